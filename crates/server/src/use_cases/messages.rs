use futures_util::future::Either;
use protocol::{
    DeleteFor, DeleteMessage, Deleted, EditMessage, Error, ListMessages, ListVersions, Message,
    MessageVersion, Page, ReactMessage, SendMessage, Sent,
};
use service::{
    HistoryRange,
    chat::{
        Actor, ConversationId, MessageId, Refusal, UserId, deletions, edits, extras::Extras, hidden,
        mentions::Mentions, messages, reactions,
    },
    realtime::canonical,
};

use crate::{
    Edge, cursor,
    error::{from_refusal, from_service},
};

/// `message:send`. The message's place among others is taken before this returns.
pub(crate) fn send(
    edge: &Edge,
    actor: &Actor,
    send: SendMessage,
) -> Result<impl Future<Output = Result<Sent, Error>> + Send + use<>, Error> {
    let command = parse(edge, send).map_err(from_refusal)?;
    let sending = edge.service.execute(actor, command);
    Ok(async move {
        let message = sending.await.map_err(from_service)?;
        Ok(Sent { message: canonical::messages::message(&message) })
    })
}

fn parse(edge: &Edge, send: SendMessage) -> Result<messages::SendMessage, Refusal> {
    Ok(messages::SendMessage {
        conversation: ConversationId::parse(&send.conversation_id, "conversation_id")?,
        id: match send.id {
            Some(id) => MessageId::parse(&id, "id")?,
            None => MessageId(edge.service.environment().new_uuid()),
        },
        body: messages::MessageBody::parse(&send.body, edge.service.limits())?,
        reply_to: send.reply_to.map(|id| MessageId::parse(&id, "reply_to")).transpose()?,
        extras: Extras { mentions: mentions(edge, send.mentions)? },
    })
}

fn mentions(edge: &Edge, given: Option<protocol::Mentions>) -> Result<Mentions, Refusal> {
    let protocol::Mentions { user_ids, all } = given.unwrap_or_default();
    let users = user_ids.iter().map(|id| UserId::parse(id, "mentions")).collect::<Result<_, _>>()?;
    Mentions::parse(users, all, edge.service.limits())
}

/// `message:edit`.
pub(crate) fn edit(
    edge: &Edge,
    actor: &Actor,
    edit: EditMessage,
) -> Result<impl Future<Output = Result<Sent, Error>> + Send + use<>, Error> {
    let (conversation, id) = named(&edit.conversation_id, &edit.id).map_err(from_refusal)?;
    let body = messages::MessageBody::parse(&edit.body, edge.service.limits()).map_err(from_refusal)?;
    let editing = edge.service.execute(actor, edits::EditMessage { conversation, id, body });
    Ok(async move {
        let message = editing.await.map_err(from_service)?;
        Ok(Sent { message: canonical::messages::message(&message) })
    })
}

/// `message:delete`.
pub(crate) fn delete(
    edge: &Edge,
    actor: &Actor,
    delete: DeleteMessage,
) -> Result<impl Future<Output = Result<Deleted, Error>> + Send + use<>, Error> {
    let (conversation, id) = named(&delete.conversation_id, &delete.id).map_err(from_refusal)?;
    let deleting = match delete.r#for {
        DeleteFor::Everyone => {
            Either::Left(edge.service.execute(actor, deletions::UnsendMessage { conversation, id }))
        }
        DeleteFor::Me => Either::Right(edge.service.execute(actor, hidden::HideMessage { conversation, id })),
    };
    Ok(async move {
        let message = match deleting {
            Either::Left(unsending) => Some(unsending.await.map_err(from_service)?),
            Either::Right(hiding) => {
                hiding.await.map_err(from_service)?;
                None
            }
        };
        Ok(Deleted { message: message.as_ref().map(canonical::messages::message) })
    })
}

/// `message:react`.
pub(crate) fn react(
    edge: &Edge,
    actor: &Actor,
    react: ReactMessage,
) -> Result<impl Future<Output = Result<Sent, Error>> + Send + use<>, Error> {
    let (conversation, id) = named(&react.conversation_id, &react.id).map_err(from_refusal)?;
    let emoji = reactions::Emoji::parse(&react.emoji, edge.service.limits()).map_err(from_refusal)?;
    let on = react.on;
    let reacting = edge.service.execute(actor, reactions::ReactMessage { conversation, id, emoji, on });
    Ok(async move {
        let message = reacting.await.map_err(from_service)?;
        Ok(Sent { message: canonical::messages::message(&message) })
    })
}

/// `message:versions`.
pub(crate) async fn versions(
    edge: &Edge,
    actor: &Actor,
    list: ListVersions,
) -> Result<Page<MessageVersion>, Error> {
    let named = named(&list.conversation_id, &list.id).map_err(from_refusal)?;
    let before_rev: Option<i64> = list.cursor.as_deref().map(cursor::decode).transpose()?;
    let page = edge.service.message_versions(actor, named, before_rev, list.limit).await;
    let page = page.map_err(from_service)?;
    Ok(Page {
        items: page.items.iter().map(canonical::messages::version).collect(),
        next_cursor: page.next.and_then(|next| cursor::encode(&next)),
    })
}

/// A message that is there, by its conversation and its id.
fn named(conversation_id: &str, id: &str) -> Result<(ConversationId, MessageId), Refusal> {
    Ok((ConversationId::parse(conversation_id, "conversation_id")?, MessageId::parse(id, "id")?))
}

/// `message:list`.
pub(crate) async fn list(edge: &Edge, actor: &Actor, list: ListMessages) -> Result<Page<Message>, Error> {
    let conversation =
        ConversationId::parse(&list.conversation_id, "conversation_id").map_err(from_refusal)?;
    let from: Option<i64> = list.cursor.as_deref().map(cursor::decode).transpose()?;
    let before_seq = match (list.before_seq, from) {
        (Some(asked), Some(from)) => Some(asked.min(from)),
        (asked, from) => asked.or(from),
    };
    let range = HistoryRange { before_seq, after_seq: list.after_seq };
    let page = edge.service.history(actor, conversation, range, list.limit).await.map_err(from_service)?;
    Ok(Page {
        items: page.items.iter().map(canonical::messages::message).collect(),
        next_cursor: page.next.and_then(|next| cursor::encode(&next)),
    })
}
