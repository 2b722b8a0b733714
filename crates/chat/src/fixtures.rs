//! What tests of the rules decide on: Ada and Bob, their direct conversation, and what Ada wrote in it.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    Actor, ConversationId, ConversationKey, MessageId, Timestamp, UserId, UserKey,
    conversations::{ConversationFacts, Kind as ConversationKind, Member, Members, Role},
    messages::{Kind, Message},
};

pub(crate) fn actor(key: i64, id: &str) -> Actor {
    Actor { key: UserKey(key), id: UserId::from_stored(id) }
}

pub(crate) fn direct() -> ConversationFacts {
    let member =
        |key, id| Member { key: UserKey(key), id: UserId::from_stored(id), role: Role::Member, position: 0 };
    ConversationFacts {
        key: ConversationKey(5),
        id: ConversationId(Uuid::from_u128(5)),
        kind: ConversationKind::Direct,
        last_rev: 9,
        blocked: false,
        requested: false,
        settings: Default::default(),
        members: Arc::new(Members::new(3, vec![member(2, "bob"), member(1, "ada")])),
    }
}

pub(crate) fn written(body: &str) -> Message {
    Message {
        id: MessageId(Uuid::from_u128(9)),
        conversation_id: ConversationId(Uuid::from_u128(5)),
        seq: 4,
        rev: 6,
        sender_id: UserId::from_stored("ada"),
        kind: Kind::Text,
        body: Some(body.into()),
        created_at: Timestamp(1_000),
        edited_at: None,
        deleted_at: None,
        reply_to: None,
        reactions: Vec::new(),
        extras: Default::default(),
    }
}
