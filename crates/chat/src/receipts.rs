//! How far somebody has read.

use crate::{
    Actor, Change, ConversationId, Decision, Guard, Plan, Write,
    conversations::ConversationFacts,
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
        if seq < 0 {
            return Err(Refusal::invalid(Field("seq"), format!("seq counts messages from 1; got {seq}")));
        }
        Ok(Self { conversation, seq })
    }
}

/// What is stored of a reader, and what would be left unread if he had read up to the asked number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadFacts {
    /// The number of the last message.
    pub last_seq: i64,
    /// The number of the conversation's last change.
    pub last_rev: i64,
    /// Up to where he has read.
    pub read_seq: i64,
    /// Messages of others beyond the greater of `read_seq` and the asked number.
    pub unread: i64,
    /// The same in all his other conversations together.
    pub unread_elsewhere: i64,
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
    /// The same over all conversations.
    pub total: i64,
}

/// Decides [`MarkRead`]: reading beyond the head is reading up to it, and a mark never moves back.
///
/// # Errors
/// `not_found` for who is not a participant.
pub fn mark_read(
    actor: &Actor,
    command: &MarkRead,
    conversation: Option<&ConversationFacts>,
    facts: Option<&ReadFacts>,
) -> Result<Decision<ReadMark>, Refusal> {
    let absent = || Refusal::NotFound { what: "conversation" };
    let conversation = conversation.ok_or_else(absent)?;
    conversation.members.get(actor.key).ok_or_else(absent)?;
    let facts = facts.ok_or_else(absent)?;

    let read_seq = command.seq.min(facts.last_seq).max(facts.read_seq);
    let mark = ReadMark {
        conversation: conversation.key,
        conversation_id: conversation.id,
        read_seq,
        head_seq: facts.last_seq,
        head_rev: facts.last_rev,
        unread: facts.unread,
        total: facts.unread + facts.unread_elsewhere,
    };
    if read_seq == facts.read_seq {
        return Ok(Decision::Answer(mark));
    }
    Ok(Decision::Write(Plan {
        conversation: None,
        guards: vec![Guard::MembersRev {
            conversation: conversation.key,
            members_rev: conversation.members.rev,
        }],
        writes: vec![Write::ReadMark { user: actor.key, conversation: conversation.key, read_seq }],
        changes: vec![Change::ConversationRead { user: actor.key, user_id: actor.id.clone(), mark }],
        effects: Vec::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ConversationKey, UserId, UserKey,
        conversations::{Kind, Member, Members, Role},
    };
    use std::sync::Arc;
    use uuid::Uuid;

    fn decide(seq: i64) -> Decision<ReadMark> {
        let ada = Actor { key: UserKey(1), id: UserId::from_stored("ada") };
        let member = Member { key: ada.key, id: ada.id.clone(), role: Role::Member, position: 0 };
        let conversation = ConversationFacts {
            key: ConversationKey(5),
            id: ConversationId(Uuid::from_u128(5)),
            kind: Kind::Direct,
            last_rev: 0,
            blocked: false,
            settings: Default::default(),
            members: Arc::new(Members::new(1, vec![member])),
        };
        let facts = ReadFacts { last_seq: 10, last_rev: 12, read_seq: 4, unread: 0, unread_elsewhere: 2 };
        let command = MarkRead::parse(conversation.id, seq).unwrap();
        mark_read(&ada, &command, Some(&conversation), Some(&facts)).unwrap()
    }

    #[test]
    fn reading_beyond_the_head_is_reading_up_to_it() {
        let Decision::Write(plan) = decide(i64::MAX) else { panic!("it moved") };
        assert!(matches!(plan.writes[..], [Write::ReadMark { read_seq: 10, .. }]));
    }

    #[test]
    fn a_mark_never_moves_back() {
        assert!(matches!(decide(3), Decision::Answer(ReadMark { read_seq: 4, .. })));
        assert!(matches!(decide(4), Decision::Answer(ReadMark { read_seq: 4, .. })));
    }

    #[test]
    fn a_negative_number_is_refused() {
        assert!(MarkRead::parse(ConversationId(Uuid::nil()), -1).is_err());
    }
}
