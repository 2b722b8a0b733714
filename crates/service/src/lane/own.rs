//! Users' own streams, when what was committed may not have been told.

use std::{collections::BTreeMap, sync::Arc};

use chat::{
    Change, ConversationId, ConversationKey, Plan, UserId, UserKey, hidden::Hidden, own_state::StateChanged,
    participants::Departure, receipts::ReadMark, sync::OwnChange,
};
use realtime::{Audience, Event, Publication};
use store::{HistoryRange, Store, StoreError};

use crate::Shared;

/// How many of a user's changes in one conversation are told again.
const CHANGES: usize = 16;

/// Changes of users' own streams that may hold what was never published. They are told again with what is true now:
/// clients drop those that they have.
pub(super) struct OwnStreams {
    shared: Arc<Shared>,
    /// In the order of keys, so that every run is like the other.
    suspects: BTreeMap<(UserKey, ConversationKey), (UserId, ConversationId)>,
    /// The same of changes about privacy.
    privacy: BTreeMap<UserKey, UserId>,
}

impl OwnStreams {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, suspects: BTreeMap::new(), privacy: BTreeMap::new() }
    }

    /// A change may have been committed and not published.
    pub(super) fn suspect(&mut self, change: &Change) {
        let (user, conversation, ids) = match change {
            Change::ConversationJoined { user, user_id, conversation, conversation_id } => {
                (*user, *conversation, (user_id.clone(), *conversation_id))
            }
            Change::ConversationRead { user, user_id, mark } => {
                (*user, mark.conversation, (user_id.clone(), mark.conversation_id))
            }
            Change::MessageHidden(hidden) => {
                (hidden.user, hidden.conversation, (hidden.user_id.clone(), hidden.conversation_id))
            }
            Change::Privacy { user, user_id, .. } => {
                self.privacy.insert(*user, user_id.clone());
                return;
            }
            Change::ConversationLeft(Departure { user, user_id, conversation, conversation_id })
            | Change::OwnState(StateChanged { user, user_id, conversation, conversation_id, .. }) => {
                (*user, *conversation, (user_id.clone(), *conversation_id))
            }
            Change::MessageNew { .. }
            | Change::MessageChanged { .. }
            | Change::Participant { .. }
            | Change::Details { .. }
            | Change::Receipt { .. } => return,
        };
        self.suspects.insert((user, conversation), ids);
    }

    pub(super) fn suspect_all(&mut self, plan: &Plan) {
        plan.changes.iter().for_each(|change| self.suspect(change));
    }

    pub(super) fn is_behind(&self) -> bool {
        !self.suspects.is_empty() || !self.privacy.is_empty()
    }

    /// Publishes what the database holds of the suspects.
    pub(super) async fn catch_up(&mut self) {
        for ((user, conversation), ids) in std::mem::take(&mut self.suspects) {
            // Looked at again at the next turn.
            if self.tell(user, conversation, &ids).await.is_err() {
                self.suspects.insert((user, conversation), ids);
            }
        }
        for (user, id) in std::mem::take(&mut self.privacy) {
            if self.tell_privacy(user, &id).await.is_err() {
                self.privacy.insert(user, id);
            }
        }
    }

    async fn tell_privacy(&self, user: UserKey, id: &UserId) -> Result<(), StoreError> {
        let default = self.shared.user_settings;
        let changes = self.shared.store.own_privacy_changes(user, default, CHANGES).await?;
        for (user_rev, change) in changes {
            let audience = Audience::User(id.clone());
            let event = Event::PrivacyChanged { change, user_rev };
            self.shared.publisher.publish(&[Publication { audience, event }]);
        }
        Ok(())
    }

    async fn tell(
        &self,
        user: UserKey,
        conversation: ConversationKey,
        (user_id, conversation_id): &(UserId, ConversationId),
    ) -> Result<(), StoreError> {
        let store = &self.shared.store;
        for (user_rev, change) in store.own_changes(user, conversation, CHANGES).await? {
            let event = match change {
                OwnChange::Joined => store.conversation(user, *conversation_id).await?.map(|conversation| {
                    Event::ConversationNew { conversation: Box::new(conversation), user_rev }
                }),
                OwnChange::Left => {
                    Some(Event::ConversationRemoved { conversation_id: *conversation_id, user_rev })
                }
                OwnChange::State => store
                    .own_state(user, conversation)
                    .await?
                    .map(|state| Event::StateChanged { conversation_id: *conversation_id, state, user_rev }),
                OwnChange::Read => mark(store, user, (conversation, *conversation_id))
                    .await?
                    .map(|mark| Event::UnreadChanged { mark, user_rev }),
                OwnChange::Hidden { id, seq } => {
                    let (user_id, conversation_id) = (user_id.clone(), *conversation_id);
                    let hidden = Hidden { user, user_id, conversation, conversation_id, id, seq };
                    what_is_left(store, &hidden, user_rev).await?
                }
            };
            if let Some(event) = event {
                let audience = Audience::User(user_id.clone());
                self.shared.publisher.publish(&[Publication { audience, event }]);
            }
        }
        Ok(())
    }
}

/// How far a user has read, as it is now; `None`: he is not in the conversation any more.
async fn mark(
    store: &Store,
    user: UserKey,
    (conversation, conversation_id): (ConversationKey, ConversationId),
) -> Result<Option<ReadMark>, StoreError> {
    Ok(store.read_facts(user, conversation, 0).await?.map(|facts| ReadMark {
        conversation,
        conversation_id,
        read_seq: facts.read_seq,
        head_seq: facts.last_seq,
        head_rev: facts.last_rev,
        unread: facts.unread,
        mentions: facts.mentions,
        total: facts.unread + facts.unread_elsewhere,
        marked_unread: facts.marked_unread,
    }))
}

/// What a user is told of a message that he hid from himself, if that can be read.
pub(super) async fn hidden(shared: &Shared, hidden: &Hidden, user_rev: i64) -> Option<Event> {
    what_is_left(&shared.store, hidden, user_rev).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "what is left of a conversation could not be read for who hid a message of it");
        None
    })
}

/// The message is gone; what is unread and which is the last one follow from that.
async fn what_is_left(store: &Store, hidden: &Hidden, user_rev: i64) -> Result<Option<Event>, StoreError> {
    let conversation = (hidden.conversation, hidden.conversation_id);
    let Some(mark) = mark(store, hidden.user, conversation).await? else { return Ok(None) };
    let newest = store.history(hidden.user, hidden.conversation_id, HistoryRange::default(), 1).await?;
    let last_message = newest.and_then(|page| page.items.into_iter().next());
    let hidden = hidden.clone();
    Ok(Some(Event::MessageHidden { hidden, mark, last_message, user_rev }))
}
