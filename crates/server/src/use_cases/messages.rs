use protocol::{Error, ListMessages, Message, Page, SendMessage, Sent};
use service::{
    HistoryRange,
    chat::{Actor, ConversationId, MessageId, messages},
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

fn parse(edge: &Edge, send: SendMessage) -> Result<messages::SendMessage, service::chat::Refusal> {
    Ok(messages::SendMessage {
        conversation: ConversationId::parse(&send.conversation_id, "conversation_id")?,
        id: match send.id {
            Some(id) => MessageId::parse(&id, "id")?,
            None => MessageId(edge.service.environment().new_uuid()),
        },
        body: messages::MessageBody::parse(&send.body, edge.service.limits())?,
    })
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
