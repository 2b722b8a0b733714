//! Who is in a group, and as what: adding, removing, leaving, roles, and who owns it.
//!
//! Each of these changes `members_rev`, which every plan in the conversation guards: whatever was decided on who was in
//! it before is decided again. A group has exactly one owner for as long as somebody is in it.

use std::sync::Arc;

use crate::{
    Actor, Change, ConversationId, Decision, Guard, Limits, MessageId, Plan, Timestamp, UserId, UserKey,
    Write,
    accounts::{NewUser, Profile, User},
    conversations::{ConversationFacts, Invitee, Member, Members, Role},
    notes::Note,
    permissions::{self, Action},
    privacy::{self, Contact},
    refusal::{Field, Limit, Refusal},
};

/// Add people to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddParticipants {
    /// Where.
    pub conversation: ConversationId,
    /// Who, each once. Created if nobody announced them.
    pub users: Vec<UserId>,
    /// The id of the message that tells of it.
    pub note_id: MessageId,
}

impl AddParticipants {
    /// Takes each user once.
    ///
    /// # Errors
    /// `invalid` without users, `limit_reached` for more than a group may have.
    pub fn parse(
        conversation: ConversationId,
        mut users: Vec<UserId>,
        note_id: MessageId,
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        users.sort_unstable();
        users.dedup();
        if users.is_empty() {
            return Err(Refusal::invalid(Field("user_ids"), "nobody is named who is to be added".into()));
        }
        if users.len() > limits.group_members {
            return Err(too_many(users.len(), limits));
        }
        Ok(Self { conversation, users, note_id })
    }
}

/// Take somebody out of a group; oneself: leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveParticipant {
    /// Where.
    pub conversation: ConversationId,
    /// Whom.
    pub user: UserId,
    /// The id of the message that tells of it.
    pub note_id: MessageId,
}

/// Give somebody another role. Who makes another one owner is an admin from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRole {
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub user: UserId,
    /// Which.
    pub role: Role,
    /// The id of the message that tells of it.
    pub note_id: MessageId,
}

/// What happened to who is in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParticipantChange {
    /// This one is in it now, after all others.
    Joined(User, Role),
    /// This one is not any more.
    Left(UserId),
    /// This one has another role.
    Updated(UserId, Role),
}

/// A change of who is in a conversation, with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantChanged {
    /// Where.
    pub conversation_id: ConversationId,
    /// The number of the change in the conversation's stream.
    pub rev: i64,
    /// What happened.
    pub change: ParticipantChange,
}

/// A user's conversation that he is not in any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// Whose.
    pub user: UserKey,
    /// His id, for addressing.
    pub user_id: UserId,
    /// Which, by number.
    pub conversation: crate::ConversationKey,
    /// Which, by id.
    pub conversation_id: ConversationId,
}

/// Decides [`AddParticipants`]; `users` are those of the command, `contacts` those of them who are new, and the actor, as far
/// as they are known.
///
/// # Errors
/// `not_found` for who is not in it, `forbidden` for whose role may not (`who_may_add`), `limit_reached` beyond
/// `group_members`, `not_allowed` where a block is between the actor and somebody new.
pub fn add(
    actor: &Actor,
    command: &AddParticipants,
    conversation: Option<&ConversationFacts>,
    (users, contacts): (&[Invitee], &[Contact]),
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision<()>, Refusal> {
    let (conversation, me) = seen_by(actor, conversation)?;
    if !permissions::may_add(conversation.kind, me.role, conversation.settings.who_may_add) {
        return Err(Refusal::Forbidden { message: "your role may not add people here".into() });
    }
    let new: Vec<&Invitee> =
        users.iter().filter(|user| conversation.members.get(user.key()).is_none()).collect();
    if new.is_empty() {
        return Ok(Decision::Answer(()));
    }
    let members = conversation.members.iter().len() + new.len();
    if members > limits.group_members {
        return Err(too_many(members, limits));
    }
    let after = Arc::new(conversation.members.with(new.iter().map(|user| (user.key(), user.id().clone()))));
    let mut plan = step(conversation);
    plan.guards.extend(privacy::approach(actor.key, contacts)?);
    plan.writes.extend(new.iter().filter_map(|user| match user {
        Invitee::Known(_) => None,
        Invitee::Unknown { key, id } => {
            let (id, profile) = (id.clone(), Profile::default());
            Some(Write::User(NewUser { key: *key, id, profile, created_at: now }))
        }
    }));
    for user in &new {
        plan.writes.push(Write::Participant {
            conversation: conversation.key,
            user: user.key(),
            role: Role::Member,
        });
        // First what makes the conversation known to them, then what happened in it.
        plan.changes.push(Change::ConversationJoined {
            user: user.key(),
            user_id: user.id().clone(),
            conversation: conversation.key,
            conversation_id: conversation.id,
        });
    }
    for user in &new {
        let joined = ParticipantChange::Joined(user.user(), Role::Member);
        plan.changes.push(changed(conversation, &after, user.key(), joined));
    }
    let note = Note::Added(new.iter().map(|user| user.id().clone()).collect());
    say(&mut plan, actor, conversation, &after, (&note, command.note_id), now);
    Ok(Decision::Write(plan))
}

/// Decides [`RemoveParticipant`].
///
/// # Errors
/// `not_found` for who is not in it and of who is not, `forbidden` for whose role is not above the other's, and in
/// direct conversations.
pub fn remove(
    actor: &Actor,
    command: &RemoveParticipant,
    conversation: Option<&ConversationFacts>,
    now: Timestamp,
) -> Result<Decision<()>, Refusal> {
    let (conversation, me) = seen_by(actor, conversation)?;
    let other = named(conversation, &command.user)?;
    let leaves = other.key == me.key;
    let may = permissions::may(conversation.kind, me.role, Action::Remove)
        && permissions::outranks(me.role, other.role);
    if conversation.kind == crate::conversations::Kind::Direct {
        return Err(Refusal::Forbidden { message: "a direct conversation cannot be left".into() });
    }
    if !leaves && !may {
        return Err(Refusal::Forbidden { message: "your role may not remove this person".into() });
    }
    let heir = (other.role == Role::Owner).then(|| conversation.members.heir_of(other.key)).flatten();
    let mut after = conversation.members.without(other.key);
    if let Some(heir) = heir {
        after = after.with_role(heir.key, Role::Owner);
    }
    let after = Arc::new(after);
    let mut plan = step(conversation);
    plan.writes.push(Write::Departure { conversation: conversation.key, user: other.key, left_at: now });
    plan.changes.push(Change::ConversationLeft(Departure {
        user: other.key,
        user_id: other.id.clone(),
        conversation: conversation.key,
        conversation_id: conversation.id,
    }));
    let left = ParticipantChange::Left(other.id.clone());
    plan.changes.push(changed(conversation, &after, other.key, left));
    if let Some(heir) = heir {
        give_role(&mut plan, conversation, &after, heir, Role::Owner);
    }
    let note = match leaves {
        true => Note::Left(heir.map(|heir| heir.id.clone())),
        false => Note::Removed(other.id.clone()),
    };
    say(&mut plan, actor, conversation, &after, (&note, command.note_id), now);
    Ok(Decision::Write(plan))
}

/// Decides [`ChangeRole`].
///
/// # Errors
/// `not_found` for who is not in it and of who is not; `forbidden` for whose role may not, and in direct conversations;
/// `invalid` for an owner who would have another role without a successor.
pub fn change_role(
    actor: &Actor,
    command: &ChangeRole,
    conversation: Option<&ConversationFacts>,
    now: Timestamp,
) -> Result<Decision<()>, Refusal> {
    let (conversation, me) = seen_by(actor, conversation)?;
    let other = named(conversation, &command.user)?;
    if other.key == me.key && other.role == Role::Owner && command.role != Role::Owner {
        let message = "a group needs an owner: make somebody else the owner instead".into();
        return Err(Refusal::invalid(Field("role"), message));
    }
    let transfers = command.role == Role::Owner;
    let may = match transfers {
        true => permissions::may(conversation.kind, me.role, Action::TransferOwnership),
        false => {
            permissions::may(conversation.kind, me.role, Action::ChangeRole)
                && permissions::outranks(me.role, other.role)
                && permissions::outranks(me.role, command.role)
        }
    };
    if !may {
        return Err(Refusal::Forbidden { message: "your role may not give this person that role".into() });
    }
    if other.role == command.role {
        return Ok(Decision::Answer(()));
    }
    let mut after = conversation.members.with_role(other.key, command.role);
    if transfers {
        after = after.with_role(me.key, Role::Admin);
    }
    let after = Arc::new(after);
    let mut plan = step(conversation);
    give_role(&mut plan, conversation, &after, other, command.role);
    let note = if transfers {
        give_role(&mut plan, conversation, &after, me, Role::Admin);
        Note::OwnerChanged(other.id.clone())
    } else {
        Note::RoleChanged(other.id.clone(), command.role)
    };
    say(&mut plan, actor, conversation, &after, (&note, command.note_id), now);
    Ok(Decision::Write(plan))
}

/// The conversation and the actor in it.
fn seen_by<'f>(
    actor: &Actor,
    conversation: Option<&'f ConversationFacts>,
) -> Result<(&'f ConversationFacts, &'f Member), Refusal> {
    let absent = || Refusal::NotFound { what: "conversation" };
    let conversation = conversation.ok_or_else(absent)?;
    Ok((conversation, conversation.members.get(actor.key).ok_or_else(absent)?))
}

fn named<'f>(conversation: &'f ConversationFacts, user: &UserId) -> Result<&'f Member, Refusal> {
    let found = conversation.members.iter().find(|member| member.id == *user);
    found.ok_or(Refusal::NotFound { what: "participant" })
}

/// A plan in this conversation, on who is in it now.
fn step(conversation: &ConversationFacts) -> Plan {
    let members_rev = conversation.members.rev;
    Plan {
        conversation: Some(conversation.key),
        guards: vec![Guard::MembersRev { conversation: conversation.key, members_rev }],
        ..Plan::default()
    }
}

fn give_role(
    plan: &mut Plan,
    conversation: &ConversationFacts,
    after: &Arc<Members>,
    to: &Member,
    role: Role,
) {
    plan.writes.push(Write::Role { conversation: conversation.key, user: to.key, role });
    let updated = ParticipantChange::Updated(to.id.clone(), role);
    plan.changes.push(changed(conversation, after, to.key, updated));
}

fn changed(
    conversation: &ConversationFacts,
    after: &Arc<Members>,
    user: UserKey,
    change: ParticipantChange,
) -> Change {
    Change::Participant {
        members: after.clone(),
        conversation: conversation.key,
        conversation_id: conversation.id,
        user,
        change,
    }
}

/// Adds the message that tells of it.
fn say(
    plan: &mut Plan,
    actor: &Actor,
    conversation: &ConversationFacts,
    after: &Arc<Members>,
    (note, id): (&Note, MessageId),
    now: Timestamp,
) {
    let message = note.message(actor, id, (conversation.key, conversation.id), now);
    plan.writes.push(Write::Message(message.clone()));
    plan.changes.push(Change::MessageNew { members: after.clone(), message });
}

fn too_many(members: usize, limits: &Limits) -> Refusal {
    Refusal::LimitReached {
        field: Field("user_ids"),
        message: format!("the group would have {members} members"),
        limit: Limit { name: "group_members", allowed: limits.group_members as u64 },
    }
}

#[cfg(test)]
mod tests;
