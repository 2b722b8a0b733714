//! What the rules must know of a message that is to be sent.

use chat::{
    UserId, UserKey,
    messages::{Message, SendMessage},
    pace,
};
use store::StoreError;

use super::facts::{Conversations, Facts};
use crate::{Shared, lane::Job};

/// A plain one needs nothing but who is there.
pub(super) async fn facts(
    shared: &Shared,
    conversations: &Conversations,
    job: &Job,
    send: &SendMessage,
) -> Result<Facts, StoreError> {
    let actor = job.actor.key;
    let Some(facts) = conversations.get(&send.conversation).cloned() else {
        return Ok(Facts::Send {
            conversation: None,
            stored: None,
            original: None,
            blocks: Vec::new(),
            last_sent_at: None,
            request: None,
        });
    };
    let original = match send.reply_to {
        Some(id) => shared.store.seen_message(actor, (facts.key, facts.id), id).await?,
        None => None,
    };
    let named = &send.extras.mentions.users;
    let blocks = if named.is_empty() {
        Vec::new()
    } else {
        let members = facts.members.iter().filter(|member| named.contains(&member.id));
        let members: Vec<UserKey> = members.map(|member| member.key).collect();
        shared.store.blocks_between(actor, &members).await?
    };
    // Only a send whose id was found taken looks for the message that took it; and one that would be refused for what it
    // rests on: it may be a retry of one that was made before.
    let gone = |message: &Message| message.deleted_at.is_some();
    let is_orphan = send.reply_to.is_some() && original.as_ref().is_none_or(gone);
    let is_member = |id: &UserId| facts.members.iter().any(|member| member.id == *id);
    let names_strangers = !named.iter().all(is_member);
    // As little as a retry may be told that it is not his turn.
    let is_held_back = pace::is_held_back(&facts, actor);
    let last_sent_at = if is_held_back { shared.store.last_sent_at(actor, facts.key).await? } else { None };
    let stored = if job.missed > 0 || is_orphan || names_strangers || is_held_back || facts.requested {
        shared.store.stored_message(actor, facts.key, send.id).await?
    } else {
        None
    };
    // Where the other one has not accepted yet; nowhere else does a send read anything.
    let request = if facts.requested { shared.store.request_facts(facts.key).await? } else { None };
    let (stored, original, request) = (stored.map(Box::new), original.map(Box::new), request.map(Box::new));
    Ok(Facts::Send { conversation: Some(facts), stored, original, blocks, last_sent_at, request })
}
