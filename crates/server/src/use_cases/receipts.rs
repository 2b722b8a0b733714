use protocol::{Error, MarkRead, ReadState};
use service::{
    chat::{Actor, ConversationId, receipts},
    realtime::canonical,
};

use crate::{
    Edge,
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
