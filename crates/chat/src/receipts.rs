//! How far somebody has read, and what of it others may know.
//!
//! One's own mark and the unread that follow from it are one thing; what others are shown is another, a *receipt*: it
//! exists only for who lets others see, and only they are shown it.

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, Limits, Plan, Timestamp, UserId,
    UserKey, Write,
    conversations::{ConversationFacts, Kind},
    privacy::{self, Contact},
    refusal::{Field, Refusal},
};

/// Say "I have read up to here".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRead {
    /// Where.
    pub conversation: ConversationId,
    /// The number of the last message read.
    pub seq: i64,
}

impl MarkRead {
    /// A mark at `seq`, which counts messages from 1; 0 reads nothing.
    ///
    /// # Errors
    /// `invalid` for a negative number.
    pub fn parse(conversation: ConversationId, seq: i64) -> Result<Self, Refusal> {
        Ok(Self { conversation, seq: number(seq)? })
    }
}

/// Say "this has reached my device", in a direct conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkDelivered {
    /// Where.
    pub conversation: ConversationId,
    /// The number of the last message that came.
    pub seq: i64,
}

impl MarkDelivered {
    /// A mark at `seq`, which counts messages from 1.
    ///
    /// # Errors
    /// `invalid` for a negative number.
    pub fn parse(conversation: ConversationId, seq: i64) -> Result<Self, Refusal> {
        Ok(Self { conversation, seq: number(seq)? })
    }
}

fn number(seq: i64) -> Result<i64, Refusal> {
    if seq < 0 {
        return Err(Refusal::invalid(Field("seq"), format!("seq counts messages from 1; got {seq}")));
    }
    Ok(seq)
}

/// How far a message has come with somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReceiptKind {
    /// It has reached a device of his.
    Delivered,
    /// He has read it, and so it has reached him too.
    Read,
}

/// What others are told: somebody has come as far as this message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// In which way.
    pub kind: ReceiptKind,
    /// Up to which message.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
}

/// A row for `receipt_marks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptMark {
    /// Where.
    pub conversation: ConversationKey,
    /// Who.
    pub user: UserKey,
    /// In which way.
    pub kind: ReceiptKind,
    /// Up to which message.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Whether his earlier marks stay beside it, so that each message has its own time; else it takes their place.
    pub keeps_earlier: bool,
}

/// How far one participant has come, as others may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptState {
    /// Who.
    pub user_id: UserId,
    /// The last message that reached him, and when; direct conversations only.
    pub delivered: Option<(i64, Timestamp)>,
    /// The last message that he read, and when.
    pub read: Option<(i64, Timestamp)>,
}

/// Somebody whom a message has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenBy {
    /// Who.
    pub user: crate::accounts::User,
    /// When it reached him, where that is known.
    pub delivered_at: Option<Timestamp>,
    /// When he read it, if he has. In a conversation of more than `receipt_members`: when he last read in it.
    pub read_at: Option<Timestamp>,
}

/// What must be known of who says that something reached him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveredFacts {
    /// The number of the last message.
    pub last_seq: i64,
    /// The greatest number that others may know to have reached him, or to be read by him.
    pub known_seq: i64,
}

/// What is stored of a reader, and what would be left unread if he had read up to the asked number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadFacts {
    /// The number of the last message.
    pub last_seq: i64,
    /// The number of the conversation's last change.
    pub last_rev: i64,
    /// Up to where nothing is unread: what he has read, and what came before he joined or was deleted for him.
    pub read_seq: i64,
    /// Messages of others beyond the greater of `read_seq` and the asked number.
    pub unread: i64,
    /// How many of these mention him.
    pub mentions: i64,
    /// The same in all his other conversations together.
    pub unread_elsewhere: i64,
    /// He marked it as unread.
    pub marked_unread: bool,
}

/// A reader's mark and the counts that follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMark {
    /// Where.
    pub conversation: crate::ConversationKey,
    /// Where, by id.
    pub conversation_id: ConversationId,
    /// Up to where he has read.
    pub read_seq: i64,
    /// The last message that was counted.
    pub head_seq: i64,
    /// The last change that was there when they were counted.
    pub head_rev: i64,
    /// Messages of others beyond.
    pub unread: i64,
    /// How many of these mention him.
    pub mentions: i64,
    /// The same over all conversations.
    pub total: i64,
    /// Whether he marked it as unread, which counts nothing.
    pub marked_unread: bool,
}

/// Decides [`MarkRead`]: reading beyond the head is reading up to it, and a mark never moves back. `contacts` are the
/// members whom the reader's receipt may reach, himself among them; only he, where there are too many.
///
/// # Errors
/// `not_found` for who is not a participant.
pub fn mark_read(
    actor: &Actor,
    command: &MarkRead,
    conversation: Option<&ConversationFacts>,
    (facts, contacts): (Option<&ReadFacts>, &[Contact]),
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision<ReadMark>, Refusal> {
    let (conversation, facts) = inside(actor, conversation, facts)?;
    let read_seq = command.seq.min(facts.last_seq).max(facts.read_seq);
    let mark = ReadMark {
        conversation: conversation.key,
        conversation_id: conversation.id,
        read_seq,
        head_seq: facts.last_seq,
        head_rev: facts.last_rev,
        unread: facts.unread,
        mentions: facts.mentions,
        total: facts.unread + facts.unread_elsewhere,
        marked_unread: false,
    };
    if read_seq == facts.read_seq && !facts.marked_unread {
        return Ok(Decision::Answer(mark));
    }
    let mut plan = Plan {
        guards: vec![members_rev(conversation)],
        changes: vec![Change::ConversationRead { user: actor.key, user_id: actor.id.clone(), mark }],
        ..Plan::default()
    };
    let (user, conversation_key) = (actor.key, conversation.key);
    if read_seq == facts.read_seq {
        // Only that it was marked is taken away. What is deleted for him was not read by that.
        plan.writes.push(Write::ReadMark { user, conversation: conversation_key, read_seq: 0 });
        return Ok(Decision::Write(plan));
    }
    plan.writes.push(Write::ReadMark { user, conversation: conversation_key, read_seq });
    share(&mut plan, actor, conversation, (ReceiptKind::Read, read_seq), contacts, limits, now);
    Ok(Decision::Write(plan))
}

/// Decides [`MarkDelivered`]: beyond the head is up to it, and what is known already is not told again. The answer is how
/// far messages have reached him. `contacts` are as for [`mark_read`].
///
/// # Errors
/// `not_found` for who is not a participant; `invalid` in a conversation that is not direct, since there nobody is told.
pub fn mark_delivered(
    actor: &Actor,
    command: &MarkDelivered,
    conversation: Option<&ConversationFacts>,
    (facts, contacts): (Option<&DeliveredFacts>, &[Contact]),
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision<i64>, Refusal> {
    let (conversation, facts) = inside(actor, conversation, facts)?;
    if conversation.kind != Kind::Direct {
        let message = "what was delivered is told in direct conversations only".into();
        return Err(Refusal::invalid(Field("id"), message));
    }
    let seq = command.seq.min(facts.last_seq);
    if seq <= facts.known_seq {
        return Ok(Decision::Answer(seq));
    }
    let mut plan = Plan { guards: vec![members_rev(conversation)], ..Plan::default() };
    share(&mut plan, actor, conversation, (ReceiptKind::Delivered, seq), contacts, limits, now);
    // Whoever shows nothing keeps nothing.
    Ok(if plan.writes.is_empty() { Decision::Answer(seq) } else { Decision::Write(plan) })
}

fn inside<'f, F>(
    actor: &Actor,
    conversation: Option<&'f ConversationFacts>,
    facts: Option<&'f F>,
) -> Result<(&'f ConversationFacts, &'f F), Refusal> {
    let absent = || Refusal::NotFound { what: "conversation" };
    let conversation = conversation.ok_or_else(absent)?;
    conversation.members.get(actor.key).ok_or_else(absent)?;
    Ok((conversation, facts.ok_or_else(absent)?))
}

fn members_rev(conversation: &ConversationFacts) -> Guard {
    Guard::MembersRev { conversation: conversation.key, members_rev: conversation.members.rev }
}

/// Whether the members of a conversation are told of each other's receipts.
#[must_use]
pub fn is_told(conversation: &ConversationFacts, limits: &Limits) -> bool {
    conversation.members.iter().len() <= limits.receipt_members
}

/// Adds what others may know of it: for who lets them, and to those who let others in turn.
fn share(
    plan: &mut Plan,
    actor: &Actor,
    conversation: &ConversationFacts,
    (kind, seq): (ReceiptKind, i64),
    contacts: &[Contact],
    limits: &Limits,
    at: Timestamp,
) {
    let me = contacts.iter().find(|contact| contact.user == actor.key && contact.receipts);
    let is_alone = conversation.members.iter().len() < 2;
    let Some(me) = me.filter(|_| !conversation.blocked && !is_alone) else { return };
    plan.guards.extend(me.privacy_rev.map(|rev| privacy::guard_rev(actor.key, rev)));
    let (conversation_id, user_id) = (conversation.id, actor.id.clone());
    let keeps_earlier = is_told(conversation, limits);
    let mark = ReceiptMark { conversation: conversation.key, user: actor.key, kind, seq, at, keeps_earlier };
    plan.writes.push(Write::Receipt(mark));
    let hears = |contact: &&Contact| {
        contact.user != actor.key && contact.receipts && !contact.blocked && keeps_earlier
    };
    let members = contacts.iter().filter(hears).filter_map(|contact| conversation.members.get(contact.user));
    let listeners: Vec<UserId> = members.map(|member| member.id.clone()).collect();
    if !listeners.is_empty() {
        let receipt = Receipt { conversation_id, user_id, kind, seq, at };
        plan.changes.push(Change::Receipt { listeners, receipt });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversations::{Member, Members, Role},
        fixtures::{actor, direct},
        settings::MessagingAccess,
    };
    use std::sync::Arc;

    const NOW: Timestamp = Timestamp(7);

    /// One who shows how far he has come.
    fn contact(key: i64) -> Contact {
        Contact {
            user: UserKey(key),
            privacy_rev: Some(4),
            blocked: false,
            access: MessagingAccess::Everyone,
            receipts: true,
            follows: false,
            followed: false,
        }
    }

    fn group(members: i64) -> ConversationFacts {
        let member = |key| Member {
            key: UserKey(key),
            id: UserId::from_stored(&key.to_string()),
            role: Role::Member,
            position: key,
        };
        let members = Arc::new(Members::new(1, (1..=members).map(member).collect()));
        ConversationFacts { kind: Kind::Group, members, ..direct() }
    }

    fn read(seq: i64, conversation: &ConversationFacts, contacts: &[Contact]) -> Decision<ReadMark> {
        read_marked(seq, conversation, contacts, false)
    }

    fn read_marked(
        seq: i64,
        conversation: &ConversationFacts,
        contacts: &[Contact],
        marked_unread: bool,
    ) -> Decision<ReadMark> {
        let (unread, unread_elsewhere) = (0, 2);
        let facts = ReadFacts {
            last_seq: 10,
            last_rev: 12,
            read_seq: 4,
            unread,
            mentions: 0,
            unread_elsewhere,
            marked_unread,
        };
        let command = MarkRead::parse(conversation.id, seq).unwrap();
        let (ada, limits) = (actor(1, "ada"), Limits::default());
        mark_read(&ada, &command, Some(conversation), (Some(&facts), contacts), &limits, NOW).unwrap()
    }

    fn written<A>(decision: Decision<A>) -> Plan {
        let Decision::Write(plan) = decision else { panic!("nothing is written") };
        plan
    }

    fn told(plan: &Plan) -> Vec<&str> {
        let receipts = plan.changes.iter().filter_map(|change| match change {
            Change::Receipt { listeners, .. } => Some(listeners),
            _ => None,
        });
        receipts.flatten().map(UserId::as_str).collect()
    }

    #[test]
    fn reading_beyond_the_head_is_reading_up_to_it() {
        let plan = written(read(i64::MAX, &direct(), &[]));
        assert!(matches!(plan.writes[..], [Write::ReadMark { read_seq: 10, .. }]));
    }

    #[test]
    fn a_mark_never_moves_back() {
        for seq in [3, 4] {
            let decision = read(seq, &direct(), &[contact(1), contact(2)]);
            assert!(matches!(decision, Decision::Answer(ReadMark { read_seq: 4, .. })));
        }
    }

    #[test]
    fn reading_takes_away_that_it_was_marked_as_unread() {
        let plan = written(read_marked(3, &direct(), &[contact(1), contact(2)], true));
        assert!(matches!(plan.writes[..], [Write::ReadMark { read_seq: 0, .. }]), "nothing is read by it");
        assert!(!plan.changes.iter().any(|change| matches!(change, Change::Receipt { .. })));
    }

    #[test]
    fn a_negative_number_is_refused() {
        assert!(MarkRead::parse(direct().id, -1).is_err());
        assert!(MarkDelivered::parse(direct().id, -1).is_err());
    }

    #[test]
    fn many_messages_read_at_once_are_one_row_and_one_event() {
        let plan = written(read(10, &direct(), &[contact(1), contact(2)]));
        assert_eq!((plan.writes.len(), plan.conversation_changes(), told(&plan)), (2, 0, vec!["bob"]));
        let expected = ReceiptMark {
            conversation: direct().key,
            user: UserKey(1),
            kind: ReceiptKind::Read,
            seq: 10,
            at: NOW,
            keeps_earlier: true,
        };
        assert!(matches!(&plan.writes[1], Write::Receipt(mark) if *mark == expected));
        assert!(plan.guards.contains(&privacy::guard_rev(UserKey(1), 4)), "it rests on his setting");
    }

    #[test]
    fn who_hides_how_far_he_has_come_shows_and_sees_nothing() {
        let hidden = |key| Contact { receipts: false, ..contact(key) };
        let mine = written(read(10, &direct(), &[hidden(1), contact(2)]));
        assert_eq!((mine.writes.len(), told(&mine).len()), (1, 0), "his own mark alone");
        let theirs = written(read(10, &direct(), &[contact(1), hidden(2)]));
        assert_eq!((theirs.writes.len(), told(&theirs).len()), (2, 0), "kept, and not told");
    }

    #[test]
    fn nothing_is_told_across_a_block() {
        let blocked = ConversationFacts { blocked: true, ..direct() };
        let plan = written(read(10, &blocked, &[contact(1), contact(2)]));
        assert_eq!((plan.writes.len(), told(&plan).len()), (1, 0));
        let other = Contact { blocked: true, ..contact(2) };
        let plan = written(read(10, &group(3), &[contact(1), other, contact(3)]));
        assert_eq!(told(&plan), ["3"]);
    }

    #[test]
    fn beyond_receipt_members_a_mark_takes_the_place_of_the_one_before_and_nobody_is_told() {
        for (members, keeps, count) in [(32, true, 31), (33, false, 0)] {
            let contacts: Vec<Contact> = (1..=members).map(contact).collect();
            let plan = written(read(10, &group(members), &contacts));
            assert!(matches!(&plan.writes[1], Write::Receipt(mark) if mark.keeps_earlier == keeps));
            assert_eq!((plan.writes.len(), told(&plan).len()), (2, count), "of {members}");
        }
    }

    #[test]
    fn what_is_delivered_is_told_once_and_in_direct_conversations_only() {
        let (ada, limits) = (actor(1, "ada"), Limits::default());
        let contacts = [contact(1), contact(2)];
        let facts = DeliveredFacts { last_seq: 10, known_seq: 4 };
        let decide = |seq, conversation: &ConversationFacts, contacts: &[Contact]| {
            let command = MarkDelivered::parse(conversation.id, seq).unwrap();
            mark_delivered(&ada, &command, Some(conversation), (Some(&facts), contacts), &limits, NOW)
        };
        let plan = written(decide(i64::MAX, &direct(), &contacts).unwrap());
        assert_eq!((plan.writes.len(), plan.changes.len(), told(&plan)), (1, 1, vec!["bob"]));
        assert!(matches!(&plan.writes[0], Write::Receipt(mark) if mark.seq == 10));
        assert!(matches!(decide(4, &direct(), &contacts), Ok(Decision::Answer(4))));
        let hidden = [Contact { receipts: false, ..contact(1) }, contact(2)];
        assert!(matches!(decide(9, &direct(), &hidden), Ok(Decision::Answer(9))), "nothing is written");
        assert!(matches!(decide(9, &group(3), &contacts), Err(Refusal::Invalid { .. })));
    }
}
