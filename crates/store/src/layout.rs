//! What a plan takes from which counter, worked out once for both engines.
//!
//! Offsets count from 1 and are added to the allocation's bases: the plan's first message gets `seq + 1`.

use chat::{
    Change, ConversationKey, Guard, Plan, UserKey, Write,
    conversations::NewConversation,
    hidden::Hidden,
    messages::{NewMessage, UpdatedMessage},
    participants::Departure,
    privacy::PrivacyChange,
};

use crate::codes;

/// The rows of a plan that take numbers.
pub(crate) struct Layout<'p> {
    /// The k-th takes seq offset k (from 1), and this rev offset.
    pub(crate) messages: Vec<(&'p NewMessage, i64)>,
    /// Messages that are there; each takes this rev offset.
    pub(crate) updates: Vec<(&'p UpdatedMessage, i64)>,
    /// Messages that users hide from themselves; each takes this `user_rev` offset.
    pub(crate) hidden: Vec<(&'p Hidden, i64)>,
    /// Rows of `changes`; the k-th takes rev offset k (from 1).
    pub(crate) changes: Vec<ConversationChange>,
    /// Rows of `user_changes`.
    pub(crate) user_changes: Vec<UserChange>,
    /// How many `user_rev` each user's stream takes.
    pub(crate) users: Vec<(UserKey, i64)>,
    /// How many participants each conversation gains.
    pub(crate) joins: Vec<(ConversationKey, i64)>,
    /// How many it loses.
    pub(crate) departures: Vec<(ConversationKey, i64)>,
    /// How many are given another role.
    pub(crate) roles: Vec<(ConversationKey, i64)>,
}

/// A row of `changes`.
pub(crate) struct ConversationChange {
    pub(crate) kind: i64,
    pub(crate) about: About,
}

/// What `ref` of a row of `changes` is.
pub(crate) enum About {
    /// The `seq` of a new message, by its offset.
    NewMessage(i64),
    /// What is known already.
    Row(i64),
}

impl About {
    /// The `ref`, once it is known after which `seq` the plan's messages come.
    pub(crate) fn number(&self, seq: i64) -> i64 {
        match self {
            Self::NewMessage(offset) => seq + offset,
            Self::Row(number) => *number,
        }
    }
}

/// A row of `user_changes`.
pub(crate) struct UserChange {
    pub(crate) user: UserKey,
    pub(crate) kind: i64,
    /// The number of what it is about: mostly a conversation.
    pub(crate) about: i64,
    /// Within what the plan takes of this user's stream.
    pub(crate) offset: i64,
}

impl<'p> Layout<'p> {
    pub(crate) fn of(plan: &'p Plan) -> Self {
        let mut layout = Layout {
            messages: Vec::new(),
            updates: Vec::new(),
            hidden: Vec::new(),
            changes: Vec::new(),
            user_changes: Vec::new(),
            users: Vec::new(),
            joins: Vec::new(),
            departures: Vec::new(),
            roles: Vec::new(),
        };
        // The k-th MessageNew tells of the k-th message, so its rev is the message's.
        let (mut message_revs, mut update_revs, mut hidden_revs) = (Vec::new(), Vec::new(), Vec::new());
        for change in &plan.changes {
            match change {
                Change::MessageNew { .. } => {
                    let rev_offset = layout.changes.len() as i64 + 1;
                    message_revs.push(rev_offset);
                    let seq_offset = message_revs.len() as i64;
                    let about = About::NewMessage(seq_offset);
                    layout.changes.push(ConversationChange { kind: codes::MESSAGE_NEW, about });
                }
                Change::MessageChanged { message, how, .. } => {
                    update_revs.push(layout.changes.len() as i64 + 1);
                    let about = About::Row(message.message.seq);
                    layout.changes.push(ConversationChange { kind: codes::message_change(how), about });
                }
                Change::Participant { user, change, .. } => {
                    let (kind, about) = (codes::participant_change(change), About::Row(user.0));
                    layout.changes.push(ConversationChange { kind, about });
                }
                Change::Details { .. } => {
                    let (kind, about) = (codes::CONVERSATION_UPDATED, About::Row(0));
                    layout.changes.push(ConversationChange { kind, about });
                }
                Change::ConversationLeft(Departure { user, conversation, .. }) => {
                    layout.take_user_rev(*user, codes::CONVERSATION_LEFT, conversation.0);
                }
                Change::ConversationJoined { user, conversation, .. } => {
                    layout.take_user_rev(*user, codes::CONVERSATION_JOINED, conversation.0);
                }
                Change::ConversationRead { user, mark, .. } => {
                    layout.take_user_rev(*user, codes::CONVERSATION_READ, mark.conversation.0);
                }
                Change::MessageHidden(hidden) => {
                    layout.take_user_rev(hidden.user, codes::MESSAGE_HIDDEN, hidden.conversation.0);
                    hidden_revs.push(layout.taken_of(hidden.user));
                }
                Change::OwnState(changed) => {
                    layout.take_user_rev(changed.user, codes::CONVERSATION_STATE, changed.conversation.0);
                }
                Change::Privacy { user, change, .. } => {
                    let about = match change {
                        PrivacyChange::Block { other, .. } => other,
                        PrivacyChange::Settings(_) => user,
                        PrivacyChange::Request(request) => &request.user.key,
                    };
                    layout.take_user_rev(*user, codes::privacy_change(change), about.0);
                }
                Change::Receipt { .. } => {}
            }
        }
        let (mut message_revs, mut update_revs) = (message_revs.into_iter(), update_revs.into_iter());
        let mut hidden_revs = hidden_revs.into_iter();
        for write in &plan.writes {
            match write {
                Write::Message(message) => {
                    // A message that nobody is told of was last touched by the plan's last change.
                    let rev_offset = message_revs.next().unwrap_or(layout.changes.len() as i64);
                    layout.messages.push((message, rev_offset));
                }
                Write::UpdateMessage(message) => {
                    let rev_offset = update_revs.next().unwrap_or(layout.changes.len() as i64);
                    layout.updates.push((message, rev_offset));
                }
                Write::Hidden(hidden) => {
                    let rev_offset = hidden_revs.next().unwrap_or(layout.taken_of(hidden.user));
                    layout.hidden.push((hidden, rev_offset));
                }
                Write::Participant { conversation, .. } => add(&mut layout.joins, *conversation, 1),
                Write::Departure { conversation, .. } => add(&mut layout.departures, *conversation, 1),
                Write::Role { conversation, .. } => add(&mut layout.roles, *conversation, 1),
                _ => {}
            }
        }
        layout
    }

    fn take_user_rev(&mut self, user: UserKey, kind: i64, about: i64) {
        let offset = count(&self.users, &user) + 1;
        self.user_changes.push(UserChange { user, kind, about, offset });
        add(&mut self.users, user, 1);
    }

    /// When the newest message of the plan was written.
    pub(crate) fn active_at(&self) -> Option<i64> {
        self.messages.iter().map(|(message, _)| message.created_at.0).max()
    }

    /// How many `user_rev` the plan takes of this user's stream.
    pub(crate) fn taken_of(&self, user: UserKey) -> i64 {
        count(&self.users, &user)
    }

    /// The conversations that exist and have other members, or members of other roles, afterwards.
    pub(crate) fn members_of<'l>(&'l self, plan: &'l Plan) -> impl Iterator<Item = ConversationKey> + 'l {
        let all = [&self.joins, &self.departures, &self.roles].into_iter().flatten();
        all.map(|(key, _)| *key).filter(|key| created(plan, *key).is_none())
    }

    /// How many participants this conversation gains.
    pub(crate) fn joining(&self, conversation: ConversationKey) -> i64 {
        count(&self.joins, &conversation)
    }
}

/// The conversation of this key, if the plan makes it.
pub(crate) fn created(plan: &Plan, key: ConversationKey) -> Option<&NewConversation> {
    plan.writes.iter().find_map(|write| match write {
        Write::Conversation(new) if new.key == key => Some(new.as_ref()),
        _ => None,
    })
}

/// A plan that sends one message and does nothing else, with the `members_rev` that it rests on: most plans are, and
/// both engines have a short way for them.
pub(crate) fn as_send(plan: &Plan) -> Option<(i64, &NewMessage)> {
    if !plan.effects.is_empty() {
        return None;
    }
    let [Guard::MembersRev { conversation, members_rev }, Guard::MessageAbsent { id, conversation: of_id }] =
        plan.guards[..]
    else {
        return None;
    };
    let ([Write::Message(message)], [Change::MessageNew { .. }]) = (&plan.writes[..], &plan.changes[..])
    else {
        return None;
    };
    let one_place = [Some(conversation), Some(of_id), plan.conversation] == [Some(message.conversation); 3];
    let plain = message.reply_to.is_none() && message.extras.is_empty();
    (one_place && message.id == id && plain).then_some((members_rev, message))
}

// Plans name a handful of keys (a new group names most: its members, each once), so lists beat maps.
fn count<K: PartialEq>(list: &[(K, i64)], key: &K) -> i64 {
    list.iter().find(|(k, _)| k == key).map_or(0, |(_, n)| *n)
}

fn add<K: PartialEq>(list: &mut Vec<(K, i64)>, key: K, n: i64) {
    match list.iter_mut().find(|(k, _)| *k == key) {
        Some((_, sum)) => *sum += n,
        None => list.push((key, n)),
    }
}

/// As compared by the search for people.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}
