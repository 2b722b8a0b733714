use protocol::{AddParticipants, Conversation, Error, Nothing, RemoveParticipant, Role, UpdateParticipant};
use service::{
    chat::{Actor, ConversationId, MessageId, UserId, conversations, participants},
    realtime::canonical,
};

use crate::{
    Edge,
    error::{from_refusal, from_service},
};

/// `participant:add`. The answer is the conversation afterwards.
pub(crate) async fn add(edge: &Edge, actor: &Actor, add: AddParticipants) -> Result<Conversation, Error> {
    let id = ConversationId::parse(&add.conversation_id, "conversation_id").map_err(from_refusal)?;
    let users: Result<Vec<_>, _> = add.user_ids.iter().map(|id| UserId::parse(id, "user_ids")).collect();
    let limits = edge.service.limits();
    let command =
        users.and_then(|users| participants::AddParticipants::parse(id, users, note_id(edge), limits));
    edge.service.execute(actor, command.map_err(from_refusal)?).await.map_err(from_service)?;
    seen(edge, actor, id).await
}

/// `participant:remove`.
pub(crate) async fn remove(edge: &Edge, actor: &Actor, remove: RemoveParticipant) -> Result<Nothing, Error> {
    let command = participants::RemoveParticipant {
        conversation: ConversationId::parse(&remove.conversation_id, "conversation_id")
            .map_err(from_refusal)?,
        user: UserId::parse(&remove.user_id, "user_id").map_err(from_refusal)?,
        note_id: note_id(edge),
    };
    edge.service.execute(actor, command).await.map_err(from_service)?;
    Ok(Nothing {})
}

/// `participant:update`. The answer is the conversation afterwards.
pub(crate) async fn update(
    edge: &Edge,
    actor: &Actor,
    update: UpdateParticipant,
) -> Result<Conversation, Error> {
    let id = ConversationId::parse(&update.conversation_id, "conversation_id").map_err(from_refusal)?;
    let command = participants::ChangeRole {
        conversation: id,
        user: UserId::parse(&update.user_id, "user_id").map_err(from_refusal)?,
        role: match update.role {
            Role::Owner => conversations::Role::Owner,
            Role::Admin => conversations::Role::Admin,
            Role::Moderator => conversations::Role::Moderator,
            Role::Member => conversations::Role::Member,
        },
        note_id: note_id(edge),
    };
    edge.service.execute(actor, command).await.map_err(from_service)?;
    seen(edge, actor, id).await
}

fn note_id(edge: &Edge) -> MessageId {
    MessageId(edge.service.environment().new_uuid())
}

async fn seen(edge: &Edge, actor: &Actor, id: ConversationId) -> Result<Conversation, Error> {
    let conversation = edge.service.conversation(actor, id).await.map_err(from_service)?;
    Ok(canonical::conversations::conversation(&conversation))
}
