//! From facts to a step, and from a committed plan to an answer.

use chat::{
    Actor, Change, Command, Committed, ConversationId, ConversationKey, Decision, Guard, Limits, MessageId,
    Plan, Timestamp, UserId, UserKey, Write,
    accounts::{self, User},
    blocks::{self, Blocked},
    conversations::{self, DirectKey},
    deletions, details, edits,
    follows::{self, Relation},
    hidden, messages,
    own_state::{self, OwnState},
    pace, participants,
    privacy::PrivacyWrite,
    reactions,
    receipts::{self, ReceiptKind},
    requests,
    settings::{self, UserSettings},
};

use crate::{ServiceError, answer::Done, lane::facts::Facts};

/// What is to be done with a decided command.
pub(super) enum Step {
    /// It is answered.
    Answer(Done),
    /// It is to be written, and then answered with this.
    Write(Plan, Then),
}

/// The answer once the plan is committed.
pub(super) enum Then {
    User(User, bool),
    Conversation(ConversationId),
    /// The plan's own message, with its numbers.
    Message,
    /// The message that the plan changes, as it is from then on.
    Changed,
    /// The plan's own read mark.
    Read,
    /// What the plan makes of the conversation for the actor.
    State,
    Blocked(Blocked),
    Relation(Relation),
    Settings(UserSettings),
    /// Up to where messages reached him.
    Delivered(i64),
    /// That it is so now.
    Nothing,
}

/// Two plans with one of these in common are not put in one batch: the second must see what the first wrote.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Conflict {
    Message(ConversationKey, MessageId),
    Changed(ConversationKey, i64),
    Direct(DirectKey),
    NewUser(UserId),
    Profile(UserKey),
    /// What is a user's own in a conversation.
    Own(UserKey, ConversationKey),
    Receipt(UserKey, ConversationKey, ReceiptKind),
    Hidden(UserKey, ConversationKey, i64),
    Privacy(UserKey),
    /// Who is in it.
    Members(ConversationKey),
}

/// What a plan must be alone with in its batch.
pub(super) fn conflicts(plan: &Plan) -> Vec<Conflict> {
    let guards = plan.guards.iter().filter_map(|guard| match guard {
        Guard::MessageAbsent { conversation, id } => Some(Conflict::Message(*conversation, *id)),
        Guard::MessageRev { conversation, seq, .. } => Some(Conflict::Changed(*conversation, *seq)),
        Guard::MembersRev { .. } | Guard::Privacy(_) => None,
    });
    let writes = plan.writes.iter().filter_map(|write| match write {
        Write::User(user) => Some(Conflict::NewUser(user.id.clone())),
        Write::Profile { user, .. } => Some(Conflict::Profile(*user)),
        Write::Conversation(conversation) => conversation.direct_key.clone().map(Conflict::Direct),
        Write::ReadMark { user, conversation, .. }
        | Write::OwnState { user, conversation, .. }
        | Write::Paced { user, conversation, .. } => Some(Conflict::Own(*user, *conversation)),
        Write::Receipt(mark) => Some(Conflict::Receipt(mark.user, mark.conversation, mark.kind)),
        Write::Hidden(hidden) => Some(Conflict::Hidden(hidden.user, hidden.conversation, hidden.seq)),
        // A guard of another sees it, so that who decided without it decides again; two of one user would miss.
        Write::Privacy(PrivacyWrite::Rev { user }) => Some(Conflict::Privacy(*user)),
        Write::UpdateConversation(updated) => Some(Conflict::Members(updated.conversation)),
        Write::Participant { conversation, .. }
        | Write::Departure { conversation, .. }
        | Write::Role { conversation, .. } => Some(Conflict::Members(*conversation)),
        Write::Message(_) | Write::UpdateMessage(_) | Write::Reaction { .. } | Write::Privacy(_) => None,
    });
    guards.chain(writes).collect()
}

/// Asks the rules.
pub(super) fn decide(
    actor: &Actor,
    command: &Command,
    facts: Facts,
    limits: &Limits,
    now: Timestamp,
) -> Result<Step, ServiceError> {
    Ok(match (command, facts) {
        (Command::AnnounceUser(command), Facts::Announce { known, new_key }) => {
            match accounts::announce(known.as_ref(), command, new_key, now) {
                Decision::Answer(user) => Step::Answer(Done::User(user, false)),
                Decision::Write(plan) => {
                    let key = known.as_ref().map_or(new_key, |user| user.key);
                    let before = known.as_ref().map(|user| user.profile.clone()).unwrap_or_default();
                    let profile = before.updated_by(&command.profile);
                    let user = User { key, id: command.id.clone(), profile };
                    Step::Write(plan, Then::User(user, known.is_none()))
                }
            }
        }
        (Command::CreateDirect(command), Facts::Direct { existing, other, contacts, key }) => {
            match conversations::create_direct(actor, command, existing, &other, &contacts, key, now)? {
                Decision::Answer(id) => Step::Answer(Done::Conversation(id, false)),
                Decision::Write(plan) => Step::Write(plan, Then::Conversation(command.id)),
            }
        }
        (Command::CreateGroup(command), Facts::Group { others, contacts, key }) => {
            let plan = conversations::create_group(actor, command, &others, &contacts, key, now)?;
            Step::Write(plan, Then::Conversation(command.id))
        }
        (Command::AddParticipants(command), Facts::Participants { conversation, users, contacts }) => {
            let conversation = conversation.as_deref();
            unit(participants::add(actor, command, conversation, (&users, &contacts), limits, now)?)
        }
        (Command::RemoveParticipant(command), Facts::Participants { conversation, .. }) => {
            unit(participants::remove(actor, command, conversation.as_deref(), now)?)
        }
        (Command::ChangeRole(command), Facts::Participants { conversation, .. }) => {
            unit(participants::change_role(actor, command, conversation.as_deref(), now)?)
        }
        (Command::UpdateConversation(command), Facts::Details { conversation, before }) => {
            unit(details::update(actor, command, conversation.as_deref(), before.as_ref(), now)?)
        }
        (
            Command::SendMessage(command),
            Facts::Send { conversation, stored, original, blocks, last_sent_at, request },
        ) => {
            let conversation = conversation.as_deref();
            let facts = messages::SendFacts {
                stored: stored.as_deref(),
                original: original.as_deref(),
                blocks: &blocks,
            };
            match messages::send(actor, command, conversation, &facts, now)? {
                Decision::Answer(message) => Step::Answer(Done::Message(message)),
                Decision::Write(plan) => {
                    let plan = match request {
                        Some(request) => requests::hold(plan, command.conversation, &request, limits)?,
                        None => plan,
                    };
                    let conversation = conversation.ok_or(ServiceError::Internal("a send to nowhere"))?;
                    Step::Write(pace::pace(actor, conversation, last_sent_at, plan, now)?, Then::Message)
                }
            }
        }
        (Command::EditMessage(command), Facts::Message { conversation, message }) => {
            let (conversation, message) = (conversation.as_deref(), message.as_ref());
            match edits::edit(actor, command, conversation, message, limits, now)? {
                Decision::Answer(message) => Step::Answer(Done::Message(message)),
                Decision::Write(plan) => {
                    conversation.map_or(Ok(()), |conversation| pace::may_edit(actor, conversation))?;
                    Step::Write(plan, Then::Changed)
                }
            }
        }
        (Command::UnsendMessage(_), Facts::Message { conversation, message }) => {
            match deletions::unsend(actor, conversation.as_deref(), message.as_ref(), limits, now)? {
                Decision::Answer(message) => Step::Answer(Done::Message(message)),
                Decision::Write(plan) => Step::Write(plan, Then::Changed),
            }
        }
        (Command::ReactMessage(command), Facts::Message { conversation, message }) => {
            let (conversation, message) = (conversation.as_deref(), message.as_ref());
            match reactions::react(actor, command, conversation, message, limits, now)? {
                Decision::Answer(message) => Step::Answer(Done::Message(message)),
                Decision::Write(plan) => Step::Write(plan, Then::Changed),
            }
        }
        (Command::HideMessage(command), Facts::Hide { conversation, message }) => {
            unit(hidden::hide(actor, command, conversation.as_deref(), message)?)
        }
        (Command::MarkRead(command), Facts::Read { conversation, read, contacts }) => {
            let (conversation, facts) = (conversation.as_deref(), (read.as_ref(), &contacts[..]));
            match receipts::mark_read(actor, command, conversation, facts, limits, now)? {
                Decision::Answer(mark) => Step::Answer(Done::Read(mark)),
                Decision::Write(plan) => Step::Write(plan, Then::Read),
            }
        }
        (Command::AnswerRequest(command), Facts::Request { conversation, request }) => {
            unit(requests::answer(actor, command, conversation.as_deref(), request.as_ref(), now)?)
        }
        (Command::MarkDelivered(command), Facts::Delivered { conversation, delivered, contacts }) => {
            let (conversation, facts) = (conversation.as_deref(), (delivered.as_ref(), &contacts[..]));
            match receipts::mark_delivered(actor, command, conversation, facts, limits, now)? {
                Decision::Answer(seq) => Step::Answer(Done::Delivered(seq)),
                Decision::Write(plan) => {
                    let head = delivered.map_or(0, |facts| facts.last_seq);
                    Step::Write(plan, Then::Delivered(command.seq.min(head)))
                }
            }
        }
        (Command::SetState(command), Facts::Own { conversation, own, .. }) => {
            state(own_state::set_state(actor, command, conversation.as_deref(), own.as_ref(), now)?)
        }
        (Command::DeleteConversation(_), Facts::Own { conversation, own, read }) => {
            state(own_state::delete(actor, conversation.as_deref(), own.as_ref(), read.as_ref())?)
        }
        (Command::SetBlock(command), Facts::Block(facts)) => {
            match blocks::set_block(actor, command, facts.as_ref(), limits, now)? {
                Decision::Answer(blocked) => Step::Answer(Done::Blocked(blocked)),
                Decision::Write(plan) => {
                    let user = facts.map(|facts| facts.other);
                    let user = user.ok_or(ServiceError::Internal("nobody was blocked"))?;
                    Step::Write(plan, Then::Blocked(Blocked { user, blocked: command.blocked }))
                }
            }
        }
        (Command::SetFollow(command), Facts::Follow(facts)) => {
            match follows::set_follow(actor, command, facts.as_ref(), limits, now)? {
                Decision::Answer(relation) => Step::Answer(Done::Relation(relation)),
                Decision::Write(plan) => {
                    let relation = facts.map(|facts| facts.relation);
                    let relation = relation.ok_or(ServiceError::Internal("nobody was followed"))?;
                    let following = command.following;
                    Step::Write(plan, Then::Relation(Relation { following, ..relation }))
                }
            }
        }
        (Command::ChangeSettings(command), Facts::Settings(facts)) => {
            match settings::change(actor, command, &facts) {
                Decision::Answer(settings) => Step::Answer(Done::Settings(settings)),
                Decision::Write(plan) => Step::Write(plan, Then::Settings(facts.after(command))),
            }
        }
        _ => return Err(ServiceError::Internal("a command was given another one's facts")),
    })
}

/// The step of a command whose answer is only that it is done.
fn unit(decision: Decision<()>) -> Step {
    match decision {
        Decision::Answer(()) => Step::Answer(Done::Nothing),
        Decision::Write(plan) => Step::Write(plan, Then::Nothing),
    }
}

/// The step of a command that is answered with what the conversation is for the actor.
fn state(decision: Decision<OwnState>) -> Step {
    match decision {
        Decision::Answer(state) => Step::Answer(Done::State(state)),
        Decision::Write(plan) => Step::Write(plan, Then::State),
    }
}

/// The answer to a command whose plan is committed.
pub(super) fn done(committed: &Committed, then: Then) -> Result<Done, ServiceError> {
    let done = match then {
        Then::User(user, new) => Some(Done::User(user, new)),
        Then::Blocked(blocked) => Some(Done::Blocked(blocked)),
        Then::Relation(relation) => Some(Done::Relation(relation)),
        Then::Settings(settings) => Some(Done::Settings(settings)),
        Then::Delivered(seq) => Some(Done::Delivered(seq)),
        Then::Conversation(id) => Some(Done::Conversation(id, true)),
        Then::Nothing => Some(Done::Nothing),
        Then::Message => committed.plan.changes.iter().find_map(|change| match change {
            Change::MessageNew { message, .. } => {
                let (seq, rev) = (committed.allocation.seq + 1, committed.allocation.rev + 1);
                Some(Done::Message(message.numbered(seq, rev)))
            }
            _ => None,
        }),
        Then::Changed => committed.plan.changes.iter().find_map(|change| match change {
            Change::MessageChanged { message, .. } => {
                Some(Done::Message(message.numbered(committed.allocation.rev + 1)))
            }
            _ => None,
        }),
        Then::State => committed.plan.changes.iter().find_map(|change| match change {
            Change::OwnState(changed) => Some(Done::State(changed.state)),
            _ => None,
        }),
        Then::Read => committed.plan.changes.iter().find_map(|change| match change {
            Change::ConversationRead { mark, .. } => Some(Done::Read(mark.clone())),
            _ => None,
        }),
    };
    done.ok_or(ServiceError::Internal("a plan lacks what its command is answered with"))
}
