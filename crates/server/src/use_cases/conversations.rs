use protocol::{Conversation, ConversationCreated, CreateConversation, Error, ListConversations, Page};
use service::{
    ConversationCursor,
    chat::{Actor, ConversationId, Refusal, UserId, conversations},
    realtime::canonical,
};

use crate::{
    Edge, cursor,
    error::{from_refusal, from_service},
};

/// `conversation:create`.
pub(crate) async fn create(
    edge: &Edge,
    actor: &Actor,
    create: CreateConversation,
) -> Result<ConversationCreated, Error> {
    let id = ConversationId(edge.service.environment().new_uuid());
    let made = match create {
        CreateConversation::Direct { user_id } => {
            let with = UserId::parse(&user_id, "user_id").map_err(from_refusal)?;
            edge.service.open_direct(actor, conversations::CreateDirect { id, with }).await
        }
        CreateConversation::Group { name, user_ids } => {
            let group = group(edge, actor, id, &name, &user_ids).map_err(from_refusal)?;
            edge.service.execute(actor, group).await
        }
    };
    let (id, created) = made.map_err(from_service)?;
    let conversation = edge.service.conversation(actor, id).await.map_err(from_service)?;
    Ok(ConversationCreated { conversation: canonical::conversations::conversation(&conversation), created })
}

fn group(
    edge: &Edge,
    actor: &Actor,
    id: ConversationId,
    name: &str,
    user_ids: &[String],
) -> Result<conversations::CreateGroup, Refusal> {
    let limits = edge.service.limits();
    let name = conversations::Name::parse(name, limits)?;
    let with = user_ids.iter().map(|id| UserId::parse(id, "user_ids")).collect::<Result<_, _>>()?;
    conversations::CreateGroup::parse(id, name, with, &actor.id, limits)
}

/// `conversation:list`.
pub(crate) async fn list(
    edge: &Edge,
    actor: &Actor,
    list: ListConversations,
) -> Result<Page<Conversation>, Error> {
    let after = list.cursor.as_deref().map(cursor::decode).transpose()?;
    let after =
        after.map(|(last_activity_at, id)| ConversationCursor { last_activity_at, id: ConversationId(id) });
    let page = edge.service.conversations(actor, after, list.limit).await.map_err(from_service)?;
    Ok(Page {
        items: page.items.iter().map(canonical::conversations::conversation).collect(),
        next_cursor: page.next.and_then(|next| cursor::encode(&(next.last_activity_at, next.id.0))),
    })
}
