use protocol::{AnswerRequest, ConversationChanged, Error, MessageRequest, Nothing, OpenedRequest, Page};
use service::{
    chat::{Actor, ConversationId, requests},
    realtime::canonical,
};

use crate::{
    Edge, cursor,
    error::{from_refusal, from_service},
};

/// `request:accept`.
pub(crate) async fn accept(
    edge: &Edge,
    actor: &Actor,
    answer: AnswerRequest,
) -> Result<ConversationChanged, Error> {
    let conversation = conversation(&answer)?;
    let command = requests::AnswerRequest { conversation, accept: true, begins: false };
    edge.service.execute(actor, command).await.map_err(from_service)?;
    let joined = edge.service.conversation(actor, conversation).await.map_err(from_service)?;
    Ok(ConversationChanged { conversation: canonical::conversations::conversation(&joined) })
}

/// `request:decline`.
pub(crate) async fn decline(edge: &Edge, actor: &Actor, answer: AnswerRequest) -> Result<Nothing, Error> {
    let command =
        requests::AnswerRequest { conversation: conversation(&answer)?, accept: false, begins: false };
    edge.service.execute(actor, command).await.map_err(from_service)?;
    Ok(Nothing {})
}

/// What waits for somebody.
pub(crate) async fn list(
    edge: &Edge,
    actor: &Actor,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Page<MessageRequest>, Error> {
    let before = cursor.map(cursor::decode).transpose()?;
    let page = edge.service.requests(actor, before, limit).await.map_err(from_service)?;
    Ok(Page {
        items: page.items.iter().map(canonical::requests::request).collect(),
        next_cursor: page.next.and_then(|next| cursor::encode(&next)),
    })
}

/// One that waits, with what was said.
pub(crate) async fn open(
    edge: &Edge,
    actor: &Actor,
    conversation: ConversationId,
) -> Result<OpenedRequest, Error> {
    let opened = edge.service.opened_request(actor, conversation).await.map_err(from_service)?;
    Ok(canonical::requests::opened(&opened))
}

fn conversation(answer: &AnswerRequest) -> Result<ConversationId, Error> {
    ConversationId::parse(&answer.conversation_id, "conversation_id").map_err(from_refusal)
}
