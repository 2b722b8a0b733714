use protocol::{Conversation, Error, UpdateConversation, WhoMayAdd};
use service::{
    chat::{
        Actor, ConversationId, MessageId, Refusal, conversations,
        details::{self, Optional},
    },
    realtime::canonical,
};

use crate::{
    Edge,
    error::{from_refusal, from_service},
};

/// `conversation:update`. The answer is the conversation afterwards.
pub(crate) async fn update(
    edge: &Edge,
    actor: &Actor,
    update: UpdateConversation,
) -> Result<Conversation, Error> {
    let command = parse(edge, update).map_err(from_refusal)?;
    let id = command.conversation;
    edge.service.execute(actor, command).await.map_err(from_service)?;
    let conversation = edge.service.conversation(actor, id).await.map_err(from_service)?;
    Ok(canonical::conversations::conversation(&conversation))
}

fn parse(edge: &Edge, update: UpdateConversation) -> Result<details::UpdateConversation, Refusal> {
    let limits = edge.service.limits();
    let name = update.name.map(|name| conversations::Name::parse(&name, limits)).transpose()?;
    let description = update.description.map(|text| Optional::description(&text, limits)).transpose()?;
    let avatar_url = update.avatar_url.map(|url| Optional::avatar_url(&url, limits)).transpose()?;
    let slow_mode = update.slow_mode_s.map(|seconds| details::UpdateConversation::slow_mode(seconds, limits));
    Ok(details::UpdateConversation {
        conversation: ConversationId::parse(&update.id, "id")?,
        name,
        description,
        avatar_url,
        who_may_add: update.who_may_add.map(|who| match who {
            WhoMayAdd::Owner => conversations::WhoMayAdd::Owner,
            WhoMayAdd::Admins => conversations::WhoMayAdd::Admins,
            WhoMayAdd::Anyone => conversations::WhoMayAdd::Anyone,
        }),
        history: None,
        read_only: update.read_only,
        slow_mode_s: slow_mode.transpose()?,
        note_id: MessageId(edge.service.environment().new_uuid()),
    })
}
