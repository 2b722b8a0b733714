//! What a decision wants written, as data.
//!
//! A plan is applied as a whole or not at all. Its writes are a closed set at table level, so a new command adds
//! no function to the store. `seq`, `rev` and `user_rev` are given out by the database while it holds the rows
//! that count them; a plan only says how many it takes, by listing what takes them in order.

use std::sync::Arc;

use crate::{
    ConversationId, ConversationKey, MessageId, Timestamp, UserId, UserKey,
    accounts::{NewUser, Profile},
    conversations::{Members, NewConversation, Role},
    details::UpdatedConversation,
    hidden::Hidden,
    messages::{MessageChange, NewMessage, UpdatedMessage},
    own_state::{OwnState, StateChanged},
    participants::{Departure, ParticipantChange},
    privacy::{PrivacyChange, PrivacyGuard, PrivacyWrite},
    receipts::{ReadMark, Receipt, ReceiptMark},
};

/// What a decision came to.
#[derive(Debug, Clone)]
pub enum Decision<A> {
    /// This is to be written.
    Write(Plan),
    /// Nothing is to be written; this is the answer already.
    Answer(A),
}

/// Guards, writes and changes that are committed together.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The conversation whose `seq` and `rev` this plan advances, if it does.
    pub conversation: Option<ConversationKey>,
    /// What must still hold; if one does not, nothing is written and the service decides again on fresh facts.
    pub guards: Vec<Guard>,
    /// Rows, in an order that needs no row before it is written.
    pub writes: Vec<Write>,
    /// What streams will hold and members will be told, in order.
    pub changes: Vec<Change>,
    /// What must happen once this is committed, and only then.
    pub effects: Vec<Effect>,
}

/// A fact that a decision rests on, checked again under the conversation's lock.
///
/// Uniqueness needs no guard: a plan whose new row meets an existing one (a user, a direct conversation) counts
/// as missed alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Nobody joined, left or changed role, and no setting was changed, since the facts were read.
    MembersRev {
        /// The conversation.
        conversation: ConversationKey,
        /// Its `members_rev` in the facts.
        members_rev: i64,
    },
    /// No message of this id is in the conversation.
    MessageAbsent {
        /// The conversation.
        conversation: ConversationKey,
        /// The id that is to be new.
        id: MessageId,
    },
    /// Something about who may reach whom.
    Privacy(PrivacyGuard),
    /// A message was not changed since the facts were read.
    MessageRev {
        /// The conversation.
        conversation: ConversationKey,
        /// The message's number.
        seq: i64,
        /// Its `rev` in the facts.
        rev: i64,
    },
}

/// A row to write.
#[derive(Debug, Clone)]
pub enum Write {
    /// A new row of `users`.
    User(NewUser),
    /// Changed columns of `users`.
    Profile {
        /// Whose.
        user: UserKey,
        /// What is new; absent values leave what is stored.
        profile: Profile,
    },
    /// A new row of `conversations`.
    Conversation(Arc<NewConversation>),
    /// A row of `conversations` with other details; its `members_rev` grows, since its settings may decide who may what.
    UpdateConversation(Arc<UpdatedConversation>),
    /// When a user last sent a message, in a row of `participant_state`: where he may not send as often as he likes.
    Paced {
        /// Who.
        user: UserKey,
        /// Where.
        conversation: ConversationKey,
        /// When.
        at: Timestamp,
    },
    /// A row of `participants`, with the user's own `participant_state` beside it: a new one, or that of somebody who had
    /// left. The first message that he may see as unread is the one after the last.
    Participant {
        /// Where.
        conversation: ConversationKey,
        /// Who.
        user: UserKey,
        /// As what.
        role: Role,
    },
    /// A row of `participants` that says from now on that he left.
    Departure {
        /// Where.
        conversation: ConversationKey,
        /// Who.
        user: UserKey,
        /// When.
        left_at: Timestamp,
    },
    /// A row of `participants` with another role.
    Role {
        /// Where.
        conversation: ConversationKey,
        /// Whose.
        user: UserKey,
        /// Which.
        role: Role,
    },
    /// A new row of `messages`; takes the next `seq` of the plan's conversation.
    Message(Arc<NewMessage>),
    /// A row of `messages` as it is from now on; its `rev` is that of the plan's change that tells of it.
    UpdateMessage(Arc<UpdatedMessage>),
    /// A row of `reactions`, or none any more. The sums are in the message's own row.
    Reaction {
        /// Where.
        conversation: ConversationKey,
        /// To which message.
        seq: i64,
        /// Who.
        user: UserKey,
        /// With what.
        emoji: String,
        /// Since when; `None`: no longer.
        at: Option<Timestamp>,
    },
    /// A row of `message_hidden`, with the `user_rev` of the plan's change that tells of it. One that is there stays.
    Hidden(Hidden),
    /// What a row of `participant_state` says of the conversation from now on.
    OwnState {
        /// Whose.
        user: UserKey,
        /// Where.
        conversation: ConversationKey,
        /// All of it.
        state: OwnState,
    },
    /// A row of `participant_state` whose `read_seq` grows to this, never back; it is not marked as unread any more.
    ReadMark {
        /// Whose.
        user: UserKey,
        /// Where.
        conversation: ConversationKey,
        /// Up to which message.
        read_seq: i64,
    },
    /// A row of `receipt_marks`.
    Receipt(ReceiptMark),
    /// A row about who may reach whom.
    Privacy(PrivacyWrite),
}

/// Something to be done outside because of what a plan writes: a mail, a push, a webhook. It is a row of the outbox in
/// the plan's own transaction, so that it exists exactly if its cause does; a worker does it afterwards, at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What is to be done: the name under which its handler is registered.
    pub kind: &'static str,
    /// Names the cause. While an effect of this name waits, another one is not added.
    pub dedupe_key: String,
    /// What the handler needs to know, as it likes to have it.
    pub payload: String,
    /// When its cause was.
    pub created_at: Timestamp,
    /// Not before this.
    pub due_at: Timestamp,
}

/// A row of a stream, and what those who mirror the stream are told; or what is only told.
#[derive(Debug, Clone)]
pub enum Change {
    /// A message was added. Takes the next `rev` of the plan's conversation.
    MessageNew {
        /// Who is told. True at the commit, since the plan guards `members_rev`.
        members: Arc<Members>,
        /// The message; its `seq` is the next that the plan took.
        message: Arc<NewMessage>,
    },
    /// A message that was there is another now. Takes the next `rev` of the plan's conversation.
    MessageChanged {
        /// Who is told. True at the commit, since the plan guards `members_rev`.
        members: Arc<Members>,
        /// The message.
        message: Arc<UpdatedMessage>,
        /// What happened to it.
        how: MessageChange,
    },
    /// The conversation has other details. Takes the next `rev` of the plan's conversation.
    Details {
        /// Who is told.
        members: Arc<Members>,
        /// The conversation from now on.
        updated: Arc<UpdatedConversation>,
    },
    /// Somebody joined, left, or has another role. Takes the next `rev` of the plan's conversation.
    Participant {
        /// Who is told: those who are in it afterwards.
        members: Arc<Members>,
        /// Where, by number.
        conversation: ConversationKey,
        /// Where, by id.
        conversation_id: ConversationId,
        /// Who it is about.
        user: UserKey,
        /// What happened.
        change: ParticipantChange,
    },
    /// A user lost a conversation. Takes the next `user_rev` of the user.
    ConversationLeft(Departure),
    /// A user gained a conversation. Takes the next `user_rev` of the user.
    ConversationJoined {
        /// Whose stream.
        user: UserKey,
        /// His id, for addressing.
        user_id: UserId,
        /// Which conversation, by number.
        conversation: ConversationKey,
        /// Which conversation, by id.
        conversation_id: ConversationId,
    },
    /// A user read. Takes the next `user_rev` of the user.
    ConversationRead {
        /// Whose stream.
        user: UserKey,
        /// His id, for addressing.
        user_id: UserId,
        /// What he read, and the counts that follow from it.
        mark: ReadMark,
    },
    /// A user hid a message from himself. Takes the next `user_rev` of the user.
    MessageHidden(Hidden),
    /// What a conversation is for a user alone is another now. Takes the next `user_rev` of the user.
    OwnState(StateChanged),
    /// A user decided who may reach him. Takes the next `user_rev` of the user.
    Privacy {
        /// Whose stream.
        user: UserKey,
        /// His id, for addressing.
        user_id: UserId,
        /// What he decided.
        change: PrivacyChange,
    },
    /// Somebody has come so far. In no stream, and takes no number: such marks only grow, and who misses one reads it
    /// when he looks.
    Receipt {
        /// Who is told.
        listeners: Vec<UserId>,
        /// What.
        receipt: Receipt,
    },
}

impl Change {
    /// The user whose own stream this change is in, if it is in one.
    #[must_use]
    pub fn user(&self) -> Option<UserKey> {
        match self {
            Self::MessageNew { .. }
            | Self::MessageChanged { .. }
            | Self::Participant { .. }
            | Self::Details { .. }
            | Self::Receipt { .. } => None,
            Self::ConversationLeft(Departure { user, .. })
            | Self::MessageHidden(Hidden { user, .. })
            | Self::OwnState(StateChanged { user, .. }) => Some(*user),
            Self::ConversationJoined { user, .. }
            | Self::ConversationRead { user, .. }
            | Self::Privacy { user, .. } => Some(*user),
        }
    }
}

impl Plan {
    /// How many `seq` the plan takes.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.writes.iter().filter(|write| matches!(write, Write::Message(_))).count()
    }

    /// How many `rev` the plan takes.
    #[must_use]
    pub fn conversation_changes(&self) -> usize {
        let of_user = |change: &&Change| change.user().is_some();
        let unnumbered = |change: &&Change| matches!(change, Change::Receipt { .. });
        self.changes.iter().filter(|change| !of_user(change) && !unnumbered(change)).count()
    }
}

/// The numbers that a committed plan was given: each is the last one taken *before* it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocation {
    /// `last_seq` of the plan's conversation before the plan.
    pub seq: i64,
    /// `last_rev` of the plan's conversation before the plan.
    pub rev: i64,
    /// `last_user_rev` before the plan, of each user whose stream it writes to.
    pub user_revs: Vec<(UserKey, i64)>,
}

/// A plan that is in the database, with its numbers.
#[derive(Debug, Clone)]
pub struct Committed {
    /// What was written.
    pub plan: Arc<Plan>,
    /// The numbers that it got.
    pub allocation: Allocation,
}
