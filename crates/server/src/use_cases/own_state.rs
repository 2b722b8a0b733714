use protocol::{DeleteConversation, Error, SetState, StateSet};
use service::{
    chat::{
        Actor, ConversationId, Refusal, Timestamp,
        own_state::{self, FOR_GOOD, Mute},
        refusal::Field,
    },
    realtime::canonical,
};

use crate::{
    Edge,
    error::{from_refusal, from_service},
};

/// `state:set`.
pub(crate) fn set(
    edge: &Edge,
    actor: &Actor,
    set: SetState,
) -> Result<impl Future<Output = Result<StateSet, Error>> + Send + use<>, Error> {
    let setting = edge.service.execute(actor, parse(set).map_err(from_refusal)?);
    Ok(async move { setting.await.map(answer).map_err(from_service) })
}

/// `conversation:delete`.
pub(crate) fn delete(
    edge: &Edge,
    actor: &Actor,
    delete: DeleteConversation,
) -> Result<impl Future<Output = Result<StateSet, Error>> + Send + use<>, Error> {
    let conversation = ConversationId::parse(&delete.id, "id").map_err(from_refusal)?;
    let deleting = edge.service.execute(actor, own_state::DeleteConversation { conversation });
    Ok(async move { deleting.await.map(answer).map_err(from_service) })
}

fn parse(set: SetState) -> Result<own_state::SetState, Refusal> {
    let mute = match (set.muted, set.muted_until) {
        (None, None) => None,
        (Some(false), None) => Some(Mute::Off),
        (Some(true), None) => Some(Mute::Until(FOR_GOOD)),
        (None | Some(true), Some(until)) => Some(Mute::Until(Timestamp(until.0))),
        (Some(false), Some(_)) => {
            let message = "muted_until needs muted, or neither: what is not muted has no end".to_owned();
            return Err(Refusal::invalid(Field("muted_until"), message));
        }
    };
    Ok(own_state::SetState {
        conversation: ConversationId::parse(&set.conversation_id, "conversation_id")?,
        archived: set.archived,
        marked_unread: set.marked_unread,
        pinned: set.pinned,
        mute,
    })
}

fn answer(state: own_state::OwnState) -> StateSet {
    StateSet { state: canonical::own_state::state(&state) }
}
