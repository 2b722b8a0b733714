//! Conversations: direct ones, one per pair of users, and groups.

use std::sync::Arc;

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Limits, Plan, Timestamp, UserId, UserKey,
    Write,
    accounts::{NewUser, Profile, User},
    details::Details,
    messages::Message,
    own_state::OwnState,
    privacy::{self, Approach, Contact},
    refusal::{Field, Limit, Refusal},
    requests,
    text::{is_blank, one_line},
};

pub use crate::{
    keeping::{History, Settings, WhoMayAdd},
    members::{Member, Members},
};

/// What kind of conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Two users (or one, talking to himself); at most one per pair.
    Direct,
    /// A named group.
    Group,
}

/// What a participant may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything, transfer included.
    Owner,
    /// Manages people and settings.
    Admin,
    /// Keeps order.
    Moderator,
    /// Reads and writes.
    Member,
}

/// What the rules must know of a conversation before anything is done in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationFacts {
    /// The database's number.
    pub key: ConversationKey,
    /// The id outside.
    pub id: ConversationId,
    /// What kind.
    pub kind: Kind,
    /// How it is kept. As of the same `members_rev`.
    pub settings: Settings,
    /// Who is in it.
    pub members: Arc<Members>,
    /// The number of its last change when this was read.
    pub last_rev: i64,
    /// Whether a block is between the two of a direct conversation. Whatever changes that, changes `members_rev`.
    pub blocked: bool,
    /// Whether it is a request that nobody has accepted: only who made it is in it. As of the same `members_rev`.
    pub requested: bool,
}

/// A conversation as one of its participants sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The database's number.
    pub key: ConversationKey,
    /// The id outside.
    pub id: ConversationId,
    /// What kind.
    pub kind: Kind,
    /// What it is called, and how it is kept.
    pub details: Details,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// The last message's time, or when it was made.
    pub last_activity_at: Timestamp,
    /// Number of its last message.
    pub last_seq: i64,
    /// Number of its last change.
    pub last_rev: i64,
    /// Who is in it, in the order of joining.
    pub participants: Vec<(User, Role)>,
    /// The newest message that is there to be seen.
    pub last_message: Option<Message>,
    /// Up to where nothing is unread for the asker: what he has read, and what came before he joined or was deleted for him.
    pub read_seq: i64,
    /// How many messages of others wait beyond.
    pub unread: i64,
    /// How many of these mention him.
    pub mentions: i64,
    /// The numbers of messages beyond `read_seq` that he hid from himself, in order: they are not in `unread`.
    pub hidden: Vec<i64>,
    /// What it is for the asker alone.
    pub own: OwnState,
    /// Whom the asker wants to write to here, and who has not accepted. He is no participant.
    pub request: Option<User>,
}

/// A row for `conversations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation {
    /// The number it will have.
    pub key: ConversationKey,
    /// The id outside.
    pub id: ConversationId,
    /// What kind.
    pub kind: Kind,
    /// A group's name.
    pub name: Option<String>,
    /// The pair, for a direct conversation; unique.
    pub direct_key: Option<DirectKey>,
    /// Who makes it.
    pub created_by: UserKey,
    /// When.
    pub created_at: Timestamp,
    /// How many people are in it.
    pub member_count: i64,
}

/// The pair of a direct conversation, in one order whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DirectKey(String);

impl DirectKey {
    /// The key of this pair. By ids rather than database numbers, so that it is known before the users are.
    #[must_use]
    pub fn of(a: &UserId, b: &UserId) -> Self {
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        // The length makes the split unambiguous whatever characters ids have.
        Self(format!("{}:{first}:{second}", first.as_str().len()))
    }

    /// As stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A conversation's name: 1 to `name_chars` characters after trimming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Trims and checks.
    ///
    /// # Errors
    /// `invalid`, naming the field and, where it is too long, the limit.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        let text = text.trim();
        one_line(text, "name")?;
        let chars = text.chars().count();
        if is_blank(text) {
            return Err(Refusal::invalid(Field("name"), "a group needs a name".into()));
        }
        if chars > limits.name_chars {
            let limit = Limit { name: "name_chars", allowed: limits.name_chars as u64 };
            return Err(Refusal::Invalid {
                field: Field("name"),
                message: format!(
                    "name has {chars} characters; at most {} are allowed (name_chars)",
                    limit.allowed
                ),
                limit: Some(limit),
            });
        }
        Ok(Self(text.to_owned()))
    }
}

/// Get or create the direct conversation of the actor and another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDirect {
    /// The id that it gets if it is new.
    pub id: ConversationId,
    /// The other. Created if nobody announced him.
    pub with: UserId,
}

/// Create a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateGroup {
    /// The id that it gets.
    pub id: ConversationId,
    /// Its name.
    pub name: Name,
    /// Who is in it beside the creator, each once. Created if nobody announced them.
    pub with: Vec<UserId>,
}

impl CreateGroup {
    /// Takes each member once, leaves out the creator, and checks how many there are.
    ///
    /// # Errors
    /// `limit_reached` beyond `group_members`.
    pub fn parse(
        id: ConversationId,
        name: Name,
        mut with: Vec<UserId>,
        actor: &UserId,
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        with.sort_unstable();
        with.dedup();
        with.retain(|id| id != actor);
        let members = with.len() + 1;
        if members > limits.group_members {
            return Err(Refusal::LimitReached {
                field: Field("user_ids"),
                message: format!("the group would have {members} members"),
                limit: Limit { name: "group_members", allowed: limits.group_members as u64 },
            });
        }
        Ok(Self { id, name, with })
    }
}

/// A person who is to be in a new conversation: known already, or to be created under the reserved number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invitee {
    /// Announced before.
    Known(User),
    /// Nobody announced him yet.
    Unknown {
        /// The number he will have.
        key: UserKey,
        /// His id outside.
        id: UserId,
    },
}

impl Invitee {
    /// His number, now or soon.
    #[must_use]
    pub fn key(&self) -> UserKey {
        match self {
            Self::Known(user) => user.key,
            Self::Unknown { key, .. } => *key,
        }
    }

    /// His id outside.
    #[must_use]
    pub fn id(&self) -> &UserId {
        match self {
            Self::Known(user) => &user.id,
            Self::Unknown { id, .. } => id,
        }
    }

    /// As others see him.
    #[must_use]
    pub fn user(&self) -> User {
        match self {
            Self::Known(user) => user.clone(),
            Self::Unknown { key, id } => User { key: *key, id: id.clone(), profile: Profile::default() },
        }
    }
}

/// Decides [`CreateDirect`]. `existing` is the pair's conversation if there is one; without one, `contacts` are the two,
/// as far as they are known.
///
/// # Errors
/// `not_allowed` where a block is between the two, or the other takes nobody's first message. Who takes those of some only is
/// asked (`requests`): he is not in the conversation before he accepts.
pub fn create_direct(
    actor: &Actor,
    command: &CreateDirect,
    existing: Option<ConversationId>,
    other: &Invitee,
    contacts: &[Contact],
    key: ConversationKey,
    now: Timestamp,
) -> Result<Decision<ConversationId>, Refusal> {
    if let Some(id) = existing {
        return Ok(Decision::Answer(id));
    }
    let approach = privacy::approach_one(actor.key, contacts)?;
    let is_request = matches!(approach, Approach::Request(_));
    // A conversation with oneself has one participant, and so has one that the other has not accepted.
    let is_alone = is_request || other.key() == actor.key;
    let others = if is_alone { &[][..] } else { std::slice::from_ref(other) };
    let conversation = NewConversation {
        key,
        id: command.id,
        kind: Kind::Direct,
        name: None,
        direct_key: Some(DirectKey::of(&actor.id, &command.with)),
        created_by: actor.key,
        created_at: now,
        member_count: 1 + others.len() as i64,
    };
    let mut plan = found(actor, conversation, others, Role::Member);
    if is_request {
        plan.writes.splice(0..0, announced(other, now));
        plan.writes.push(requests::made(key, actor.key, other.key(), now));
    }
    let (Approach::Open(guards) | Approach::Request(guards)) = approach;
    Ok(Decision::Write(Plan { guards, ..plan }))
}

/// The row of somebody whom nobody announced yet.
fn announced(other: &Invitee, created_at: Timestamp) -> Option<Write> {
    match other {
        Invitee::Known(_) => None,
        Invitee::Unknown { key, id } => {
            let profile = Profile::default();
            Some(Write::User(NewUser { key: *key, id: id.clone(), profile, created_at }))
        }
    }
}

/// Decides [`CreateGroup`]. `contacts` are its members, as far as they are known.
///
/// # Errors
/// `not_allowed` where a block is between its maker and another member, or one of them does not take his first message.
pub fn create_group(
    actor: &Actor,
    command: &CreateGroup,
    others: &[Invitee],
    contacts: &[Contact],
    key: ConversationKey,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    let guards = privacy::approach(actor.key, contacts)?;
    let conversation = NewConversation {
        key,
        id: command.id,
        kind: Kind::Group,
        name: Some(command.name.0.clone()),
        direct_key: None,
        created_by: actor.key,
        created_at: now,
        member_count: 1 + others.len() as i64,
    };
    Ok(Plan { guards, ..found(actor, conversation, others, Role::Owner) })
}

/// The plan that makes a conversation with its first participants.
fn found(actor: &Actor, conversation: NewConversation, others: &[Invitee], creator_role: Role) -> Plan {
    let (key, id, created_at) = (conversation.key, conversation.id, conversation.created_at);
    let mut plan = Plan::default();
    plan.writes.extend(others.iter().filter_map(|other| announced(other, created_at)));
    plan.writes.push(Write::Conversation(Arc::new(conversation)));
    let members = std::iter::once((actor.key, &actor.id, creator_role))
        .chain(others.iter().map(|other| (other.key(), other.id(), Role::Member)));
    for (user, user_id, role) in members {
        plan.writes.push(Write::Participant { conversation: key, user, role });
        plan.changes.push(Change::ConversationJoined {
            user,
            user_id: user_id.clone(),
            conversation: key,
            conversation_id: id,
        });
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::MessagingAccess;
    use uuid::Uuid;

    fn id(text: &str) -> UserId {
        UserId::from_stored(text)
    }

    fn ada() -> Actor {
        Actor { key: UserKey(1), id: id("ada") }
    }

    #[test]
    fn a_pair_has_one_key_whoever_asks_and_no_other_pair_has_it() {
        assert_eq!(DirectKey::of(&id("a"), &id("b")), DirectKey::of(&id("b"), &id("a")));
        assert_ne!(DirectKey::of(&id("a:b"), &id("c")), DirectKey::of(&id("a"), &id("b:c")));
    }

    #[test]
    fn a_direct_conversation_that_is_there_is_the_answer() {
        let there = ConversationId(Uuid::from_u128(7));
        let command = CreateDirect { id: ConversationId(Uuid::from_u128(8)), with: id("bob") };
        let bob = Invitee::Unknown { key: UserKey(2), id: id("bob") };
        let decision =
            create_direct(&ada(), &command, Some(there), &bob, &[], ConversationKey(1), Timestamp(0));
        assert!(matches!(decision, Ok(Decision::Answer(found)) if found == there));
    }

    #[test]
    fn somebody_whom_nobody_announced_is_created_with_the_conversation() {
        let command = CreateDirect { id: ConversationId(Uuid::from_u128(8)), with: id("bob") };
        let bob = Invitee::Unknown { key: UserKey(2), id: id("bob") };
        let Ok(Decision::Write(plan)) =
            create_direct(&ada(), &command, None, &bob, &[], ConversationKey(1), Timestamp(0))
        else {
            panic!("nothing was there")
        };
        assert!(matches!(&plan.writes[0], Write::User(user) if user.id == id("bob")));
        assert_eq!(plan.changes.len(), 2, "both users gain a conversation");
    }

    #[test]
    fn nobody_comes_close_across_a_block_and_every_decision_rests_on_there_being_none() {
        let bob = Invitee::Known(User { key: UserKey(2), id: id("bob"), profile: Profile::default() });
        let direct = CreateDirect { id: ConversationId(Uuid::from_u128(8)), with: id("bob") };
        let name = Name::parse("Garden", &Limits::default()).unwrap();
        let group = CreateGroup { id: direct.id, name, with: vec![id("bob")] };
        let decide = |blocked| {
            let contacts = [1, 2].map(|key| Contact {
                user: UserKey(key),
                privacy_rev: Some(5),
                blocked,
                access: MessagingAccess::Everyone,
                receipts: true,
                follows: false,
                followed: false,
            });
            let (key, now, others) = (ConversationKey(1), Timestamp(0), std::slice::from_ref(&bob));
            let direct = create_direct(&ada(), &direct, None, &bob, &contacts, key, now);
            (direct, create_group(&ada(), &group, others, &contacts, key, now))
        };
        let (Ok(Decision::Write(direct)), Ok(group)) = decide(false) else {
            panic!("nothing is between them")
        };
        let both = [1, 2].map(|key| privacy::guard_rev(UserKey(key), 5));
        assert_eq!((&direct.guards[..], &group.guards[..]), (&both[..], &both[..]));
        let (direct, group) = decide(true);
        assert_eq!((direct.unwrap_err(), group.unwrap_err()), (Refusal::NotAllowed, Refusal::NotAllowed));
    }

    #[test]
    fn a_conversation_with_oneself_has_one_participant() {
        let command = CreateDirect { id: ConversationId(Uuid::from_u128(8)), with: id("ada") };
        let me = Invitee::Known(User { key: UserKey(1), id: id("ada"), profile: Profile::default() });
        let Ok(Decision::Write(plan)) =
            create_direct(&ada(), &command, None, &me, &[], ConversationKey(1), Timestamp(0))
        else {
            panic!("nothing was there")
        };
        assert_eq!(plan.changes.len(), 1);
    }

    #[test]
    fn a_group_counts_each_member_once_and_its_creator() {
        let limits = Limits { group_members: 3, ..Limits::default() };
        let group = |with: &[&str]| {
            let name = Name::parse(" Garden ", &limits).unwrap();
            let with = with.iter().map(|w| id(w)).collect();
            CreateGroup::parse(ConversationId(Uuid::from_u128(1)), name, with, &id("ada"), &limits)
        };
        assert_eq!(group(&["bob", "bob", "ada", "eve"]).unwrap().with, vec![id("bob"), id("eve")]);
        assert!(matches!(group(&["bob", "eve", "joe"]), Err(Refusal::LimitReached { .. })));
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        let limits = Limits::default();
        assert!(Name::parse(&format!(" {} ", "é".repeat(100)), &limits).is_ok());
        assert!(Name::parse(&"é".repeat(101), &limits).is_err());
        for wrong in ["   ", "\u{200b}", "a\0b", "a\nb"] {
            assert!(Name::parse(wrong, &limits).is_err(), "{wrong:?}");
        }
    }
}
