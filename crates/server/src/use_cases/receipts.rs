use protocol::{DeliveredState, Error, MarkDelivered, MarkRead, Page, ReadState, ReceiptState, SeenBy};
use service::{
    chat::{Actor, ConversationId, MessageId, receipts},
    realtime::canonical,
};

use crate::{
    Edge, cursor,
    error::{from_refusal, from_service},
};

/// `conversation:read`.
pub(crate) fn mark_read(
    edge: &Edge,
    actor: &Actor,
    mark: MarkRead,
) -> Result<impl Future<Output = Result<ReadState, Error>> + Send + use<>, Error> {
    let command =
        ConversationId::parse(&mark.id, "id").and_then(|id| receipts::MarkRead::parse(id, mark.seq));
    let reading = edge.service.execute(actor, command.map_err(from_refusal)?);
    Ok(async move {
        let mark = reading.await.map_err(from_service)?;
        Ok(canonical::receipts::read_state(&mark))
    })
}

/// `conversation:delivered`.
pub(crate) fn mark_delivered(
    edge: &Edge,
    actor: &Actor,
    mark: MarkDelivered,
) -> Result<impl Future<Output = Result<DeliveredState, Error>> + Send + use<>, Error> {
    let command =
        ConversationId::parse(&mark.id, "id").and_then(|id| receipts::MarkDelivered::parse(id, mark.seq));
    let marking = edge.service.execute(actor, command.map_err(from_refusal)?);
    Ok(async move { Ok(DeliveredState { delivered_seq: marking.await.map_err(from_service)? }) })
}

/// How far the others have come.
pub(crate) async fn list(
    edge: &Edge,
    actor: &Actor,
    conversation: ConversationId,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Page<ReceiptState>, Error> {
    let after = cursor.map(cursor::decode).transpose()?;
    let page = edge.service.receipts(actor, conversation, (after, limit)).await.map_err(from_service)?;
    Ok(Page {
        items: page.items.iter().map(canonical::receipts::state).collect(),
        next_cursor: page.next.and_then(|next| cursor::encode(&next)),
    })
}

/// Whom a message has reached.
pub(crate) async fn seen_by(
    edge: &Edge,
    actor: &Actor,
    message: (ConversationId, MessageId),
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Page<SeenBy>, Error> {
    let after = cursor.map(cursor::decode).transpose()?;
    let page = edge.service.seen_by(actor, message, (after, limit)).await.map_err(from_service)?;
    Ok(Page {
        items: page.items.iter().map(canonical::receipts::seen_by).collect(),
        next_cursor: page.next.and_then(|next| cursor::encode(&next)),
    })
}
