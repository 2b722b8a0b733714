//! Message requests: the first words to somebody who takes none of strangers.
//!
//! While a request waits, only who made it is in the conversation. So nothing of the one who was asked can be seen in it:
//! no reading, no typing, no presence; and a request that was declined looks like one that waits.

use std::sync::Arc;

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, Limits, Plan, Timestamp, UserId,
    UserKey, Write,
    accounts::User,
    conversations::{ConversationFacts, Role},
    messages::Message,
    participants::ParticipantChange,
    privacy::{self, PrivacyChange, PrivacyWrite},
    refusal::Refusal,
};

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestState {
    /// It waits for an answer.
    Pending,
    /// The two are in conversation.
    Accepted,
    /// It was refused; who made it is not told.
    Declined,
}

/// A request as the one who was asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The conversation that it is about.
    pub conversation_id: ConversationId,
    /// Who made it.
    pub user: User,
    /// When.
    pub created_at: Timestamp,
    /// How far it has come.
    pub state: RequestState,
}

/// A request with what was said so far, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedRequest {
    /// The request.
    pub request: Request,
    /// What its maker said.
    pub messages: Vec<Message>,
}

/// What rules must know of the request that a conversation began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFacts {
    /// Who made it.
    pub requester: User,
    /// Who was asked.
    pub recipient: User,
    /// When.
    pub created_at: Timestamp,
    /// How far it has come.
    pub state: RequestState,
    /// The number of the conversation's last message. Before the first nobody is asked anything.
    pub last_seq: i64,
    /// The `privacy_rev` of the one who was asked: each message to him and each answer of his raises it.
    pub privacy_rev: i64,
    /// Whether the requester blocks the recipient.
    pub requester_blocks: bool,
    /// Whether the recipient blocks the requester.
    pub recipient_blocks: bool,
    /// How many requests wait for the recipient.
    pub waiting: i64,
}

impl RequestFacts {
    fn guard(&self) -> Guard {
        privacy::guard_rev(self.recipient.key, self.privacy_rev)
    }

    /// What the recipient's devices are told.
    fn told(&self, conversation_id: ConversationId, state: RequestState) -> Change {
        let request =
            Request { conversation_id, user: self.requester.clone(), created_at: self.created_at, state };
        let (user, user_id) = (self.recipient.key, self.recipient.id.clone());
        privacy::change(user, user_id, PrivacyChange::Request(request))
    }
}

/// Answer a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRequest {
    /// The conversation that it is about.
    pub conversation: ConversationId,
    /// Whether to take it.
    pub accept: bool,
    /// Whether the one who was asked begins himself: then nothing needs to have been said.
    pub begins: bool,
}

/// The row of a new request.
#[must_use]
pub fn made(conversation: ConversationKey, requester: UserKey, recipient: UserKey, at: Timestamp) -> Write {
    let state = RequestState::Pending;
    Write::Privacy(PrivacyWrite::Request { conversation, requester, recipient, state, at })
}

/// A message in a conversation that the other one has not accepted: so many are taken, and the first one is the request.
///
/// # Errors
/// `request_pending` beyond `request_messages`; `not_allowed` for who blocks the other, and where too many wait for him
/// (`requests_waiting`).
pub fn hold(
    mut plan: Plan,
    conversation: ConversationId,
    request: &RequestFacts,
    limits: &Limits,
) -> Result<Plan, Refusal> {
    if request.requester_blocks {
        return Err(Refusal::NotAllowed);
    }
    if request.last_seq >= limits.request_messages as i64 {
        return Err(Refusal::RequestPending);
    }
    let is_first = request.last_seq == 0 && request.state == RequestState::Pending;
    if is_first && request.waiting >= limits.requests_waiting as i64 {
        return Err(Refusal::NotAllowed);
    }
    plan.guards.push(request.guard());
    plan.writes.extend(privacy::touch(request.recipient.key, None));
    if is_first && !request.recipient_blocks {
        plan.changes.push(request.told(conversation, RequestState::Pending));
    }
    Ok(plan)
}

/// Decides [`AnswerRequest`]. To decline again, or to accept what is accepted, changes nothing; who declined may still accept.
///
/// # Errors
/// `not_found` for everybody but the one who was asked, and before anything was said (unless he begins himself); `not_allowed` where a block is between
/// the two.
pub fn answer(
    actor: &Actor,
    command: &AnswerRequest,
    conversation: Option<&ConversationFacts>,
    request: Option<&RequestFacts>,
    now: Timestamp,
) -> Result<Decision<()>, Refusal> {
    let absent = || Refusal::NotFound { what: "request" };
    let (conversation, request) = conversation.zip(request).ok_or_else(absent)?;
    if request.recipient.key != actor.key || (request.last_seq == 0 && !command.begins) {
        return Err(absent());
    }
    let wished = if command.accept { RequestState::Accepted } else { RequestState::Declined };
    if request.state == wished {
        return Ok(Decision::Answer(()));
    }
    if request.state == RequestState::Accepted {
        return Err(absent());
    }
    if command.accept && (request.requester_blocks || request.recipient_blocks) {
        return Err(Refusal::NotAllowed);
    }
    let mut plan = Plan { guards: vec![request.guard()], ..Plan::default() };
    if command.accept {
        join(&mut plan, conversation, &request.recipient);
    }
    let (requester, recipient) = (request.requester.key, actor.key);
    plan.writes.push(Write::Privacy(PrivacyWrite::Request {
        conversation: conversation.key,
        requester,
        recipient,
        state: wished,
        at: now,
    }));
    plan.writes.extend(privacy::touch(actor.key, None));
    plan.changes.push(request.told(conversation.id, wished));
    Ok(Decision::Write(plan))
}

/// The one who was asked is in the conversation from now on.
fn join(plan: &mut Plan, conversation: &ConversationFacts, recipient: &User) {
    let (key, id, members) = (conversation.key, conversation.id, &conversation.members);
    let (user, user_id): (UserKey, UserId) = (recipient.key, recipient.id.clone());
    plan.conversation = Some(key);
    plan.guards.push(Guard::MembersRev { conversation: key, members_rev: members.rev });
    plan.writes.push(Write::Participant { conversation: key, user, role: Role::Member });
    let joined = user_id.clone();
    plan.changes.push(Change::ConversationJoined { user, user_id, conversation: key, conversation_id: id });
    plan.changes.push(Change::Participant {
        members: Arc::new(members.with(std::iter::once((user, joined)))),
        conversation: key,
        conversation_id: id,
        user,
        change: ParticipantChange::Joined(recipient.clone(), Role::Member),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::Profile,
        conversations::{Member, Members},
        fixtures::{actor, direct},
    };

    const NOW: Timestamp = Timestamp(7);

    fn user(key: i64, id: &str) -> User {
        User { key: UserKey(key), id: UserId::from_stored(id), profile: Profile::default() }
    }

    /// Ada asked Bob, and said one thing.
    fn facts() -> RequestFacts {
        RequestFacts {
            requester: user(1, "ada"),
            recipient: user(2, "bob"),
            created_at: Timestamp(3),
            state: RequestState::Pending,
            last_seq: 1,
            privacy_rev: 4,
            requester_blocks: false,
            recipient_blocks: false,
            waiting: 0,
        }
    }

    fn asked() -> ConversationFacts {
        let ada = Member { key: UserKey(1), id: UserId::from_stored("ada"), role: Role::Member, position: 0 };
        ConversationFacts { members: Arc::new(Members::new(3, vec![ada])), requested: true, ..direct() }
    }

    fn decide(who: &Actor, accept: bool, facts: &RequestFacts) -> Result<Decision<()>, Refusal> {
        let command = AnswerRequest { conversation: asked().id, accept, begins: false };
        answer(who, &command, Some(&asked()), Some(facts), NOW)
    }

    fn written(decision: Result<Decision<()>, Refusal>) -> Plan {
        let Ok(Decision::Write(plan)) = decision else { panic!("nothing is written") };
        plan
    }

    #[test]
    fn who_accepts_is_in_it_and_both_are_told() {
        let plan = written(decide(&actor(2, "bob"), true, &facts()));
        assert!(matches!(plan.writes[0], Write::Participant { user: UserKey(2), .. }));
        assert!(matches!(&plan.changes[1], Change::Participant { members, .. } if members.iter().len() == 2));
        assert_eq!((plan.changes.len(), plan.conversation_changes()), (3, 1));
        assert!(plan.guards.contains(&privacy::guard_rev(UserKey(2), 4)), "it rests on no other answer");
    }

    #[test]
    fn who_declines_is_told_alone_and_is_not_in_it() {
        let plan = written(decide(&actor(2, "bob"), false, &facts()));
        assert_eq!(plan.changes.iter().map(Change::user).collect::<Vec<_>>(), [Some(UserKey(2))]);
        assert!(!plan.writes.iter().any(|write| matches!(write, Write::Participant { .. })));
        let declined = RequestFacts { state: RequestState::Declined, ..facts() };
        assert!(matches!(decide(&actor(2, "bob"), false, &declined), Ok(Decision::Answer(()))));
        assert!(matches!(decide(&actor(2, "bob"), true, &declined), Ok(Decision::Write(_))));
    }

    #[test]
    fn nobody_else_answers_nor_before_anything_was_said() {
        let absent = Err(Refusal::NotFound { what: "request" });
        let refused = |decision: Result<Decision<()>, Refusal>| decision.map(|_| ());
        for who in [actor(1, "ada"), actor(3, "eve")] {
            assert_eq!(refused(decide(&who, true, &facts())), absent);
        }
        let silent = RequestFacts { last_seq: 0, ..facts() };
        assert_eq!(refused(decide(&actor(2, "bob"), true, &silent)), absent);
        let accepted = RequestFacts { state: RequestState::Accepted, ..facts() };
        assert_eq!(refused(decide(&actor(2, "bob"), false, &accepted)), absent);
    }

    #[test]
    fn nothing_is_accepted_across_a_block() {
        for (requester_blocks, recipient_blocks) in [(true, false), (false, true)] {
            let facts = RequestFacts { requester_blocks, recipient_blocks, ..facts() };
            assert_eq!(decide(&actor(2, "bob"), true, &facts).unwrap_err(), Refusal::NotAllowed);
        }
    }

    #[test]
    fn so_many_messages_are_taken_before_the_answer_and_the_first_is_told() {
        let limits = Limits { request_messages: 3, ..Limits::default() };
        let held = |last_seq, state| {
            hold(Plan::default(), asked().id, &RequestFacts { last_seq, state, ..facts() }, &limits)
        };
        for (state, told) in [(RequestState::Pending, 1), (RequestState::Declined, 0)] {
            assert_eq!(held(0, state).unwrap().changes.len(), told);
            let plan = held(2, state).unwrap();
            assert_eq!((plan.changes.len(), plan.guards.len(), plan.writes.len()), (0, 1, 1));
            assert_eq!(
                held(3, state).unwrap_err(),
                Refusal::RequestPending,
                "alike, whatever the answer was"
            );
        }
    }

    #[test]
    fn so_many_may_wait_for_one() {
        let limits = Limits { requests_waiting: 2, ..Limits::default() };
        let first = |waiting| {
            hold(Plan::default(), asked().id, &RequestFacts { last_seq: 0, waiting, ..facts() }, &limits)
        };
        assert!(first(1).is_ok());
        assert_eq!(first(2).unwrap_err(), Refusal::NotAllowed);
    }
}
