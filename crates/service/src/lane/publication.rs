//! What goes out once a plan is committed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chat::{
    Change, Committed, ConversationId, ConversationKey, Plan, UserId, UserKey,
    conversations::{Conversation, ConversationFacts, Members},
    details::DetailsChanged,
    messages::{Message, MessageChange},
    participants::ParticipantChanged,
    sync::Replayed,
};
use realtime::{Audience, Digests, Event, Publication, Sequencer, Stream, StreamHead};
use store::{ReplayedChange, StoreError};

use crate::{
    Shared,
    lane::own::{self, OwnStreams},
};

/// How many missing changes are read at a time.
const GAP_ROWS: usize = 500;

/// Publishes the changes of a lane's conversations in the order of `rev`, whatever became of who caused them.
pub(super) struct Outbound {
    shared: Arc<Shared>,
    sequencer: Sequencer<Publication>,
    /// What is in its order and goes out together.
    ready: Vec<Publication>,
    /// Conversations that may hold what was never published.
    suspects: BTreeMap<ConversationKey, ConversationId>,
    own: OwnStreams,
    digests: Digests,
}

impl Outbound {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let own = OwnStreams::new(shared.clone());
        let digests = Digests::new(shared.limits.heads_digest_ms);
        let (sequencer, ready) = (Sequencer::default(), Vec::new());
        Self { shared, sequencer, ready, suspects: BTreeMap::new(), own, digests }
    }

    /// Takes in what was committed; [`flush`](Self::flush) sends it.
    pub(super) async fn publish(&mut self, committed: Committed) {
        let Committed { plan, allocation } = committed;
        let (mut seq, mut rev) = (allocation.seq, allocation.rev);
        let mut created = Created(None);
        let mut user_revs: HashMap<UserKey, i64> = allocation.user_revs.into_iter().collect();

        for change in &plan.changes {
            let user_rev = change.user().and_then(|user| user_revs.get_mut(&user)).map(|rev| {
                *rev += 1;
                *rev
            });
            match (change, user_rev) {
                (Change::MessageNew { members, message }, _) => {
                    seq += 1;
                    rev += 1;
                    let event = Event::MessageNew(message.numbered(seq, rev));
                    self.offer(message.conversation, (seq, rev), members.clone(), event);
                }
                (Change::MessageChanged { members, message, how }, _) => {
                    rev += 1;
                    let event = changed(how, message.numbered(rev));
                    self.offer(message.conversation, (seq, rev), members.clone(), event);
                }
                (Change::Participant { members, conversation, conversation_id, change, .. }, _) => {
                    rev += 1;
                    let (conversation_id, change) = (*conversation_id, change.clone());
                    let event = Event::Participant(ParticipantChanged { conversation_id, rev, change });
                    self.offer(*conversation, (seq, rev), members.clone(), event);
                }
                (Change::Details { members, updated }, _) => {
                    rev += 1;
                    let (conversation_id, details) = (updated.conversation_id, updated.details.clone());
                    let event = Event::ConversationUpdated(DetailsChanged { conversation_id, rev, details });
                    self.offer(updated.conversation, (seq, rev), members.clone(), event);
                }
                (Change::ConversationLeft(departure), Some(user_rev)) => {
                    self.note_own(departure.user, &departure.user_id, user_rev);
                    let conversation_id = departure.conversation_id;
                    self.tell(&departure.user_id, Event::ConversationRemoved { conversation_id, user_rev });
                }
                (Change::ConversationJoined { user, user_id, conversation_id, .. }, Some(user_rev)) => {
                    self.note_own(*user, user_id, user_rev);
                    // A read may take its time: what is ready does not wait for it.
                    self.flush();
                    if let Some(conversation) = created.seen_by(&self.shared, *user, *conversation_id).await {
                        let event = Event::ConversationNew { conversation: Box::new(conversation), user_rev };
                        self.tell(user_id, event);
                    } else {
                        self.own.suspect(change);
                    }
                }
                (Change::Receipt { listeners, receipt }, _) => {
                    let audience = Audience::Users(listeners.as_slice().into());
                    self.ready.push(Publication { audience, event: Event::Receipt(receipt.clone()) });
                }
                (Change::ConversationRead { user, user_id, mark }, Some(user_rev)) => {
                    self.note_own(*user, user_id, user_rev);
                    let event = Event::UnreadChanged { mark: mark.clone(), user_rev };
                    self.tell(user_id, event);
                }
                (Change::MessageHidden(hidden), Some(user_rev)) => {
                    self.note_own(hidden.user, &hidden.user_id, user_rev);
                    // A read may take its time: what is ready does not wait for it.
                    self.flush();
                    match own::hidden(&self.shared, hidden, user_rev).await {
                        Some(event) => self.tell(&hidden.user_id, event),
                        None => self.own.suspect(change),
                    }
                }
                (Change::OwnState(changed), Some(user_rev)) => {
                    self.note_own(changed.user, &changed.user_id, user_rev);
                    let (conversation_id, state) = (changed.conversation_id, changed.state);
                    self.tell(&changed.user_id, Event::StateChanged { conversation_id, state, user_rev });
                }
                (Change::Privacy { user, user_id, change }, Some(user_rev)) => {
                    self.note_own(*user, user_id, user_rev);
                    self.tell(user_id, Event::PrivacyChanged { change: change.clone(), user_rev });
                }
                (change, None) => tracing::error!(?change, "a change of a user's stream was given no number"),
            }
        }
    }

    /// Whatever becomes of the event: who did not get it is told later that there was one.
    fn note_own(&mut self, user: UserKey, user_id: &UserId, user_rev: i64) {
        let (audience, head) = (Audience::User(user_id.clone()), StreamHead::User { user_rev });
        self.digests.note(Stream::User(user), audience, head, self.shared.environment.now());
    }

    /// Is there a stream whose head is to be told some time?
    pub(super) fn owes_heads(&self) -> bool {
        self.digests.is_waiting()
    }

    /// Tells how far streams have come that are quiet now.
    pub(super) fn tell_heads(&mut self) {
        if self.digests.is_waiting() {
            let due = self.digests.due(self.shared.environment.now());
            if !due.is_empty() {
                self.shared.publisher.publish(&due);
            }
        }
    }

    /// Sends what is ready, all of it at once.
    pub(super) fn flush(&mut self) {
        if !self.ready.is_empty() {
            self.shared.publisher.publish(&self.ready);
            self.ready.clear();
        }
    }

    fn tell(&mut self, user: &UserId, event: Event) {
        self.ready.push(Publication { audience: Audience::User(user.clone()), event });
    }

    /// A conversation was read: from here on its changes are published.
    pub(super) fn begin(&mut self, conversation: &ConversationFacts) {
        self.sequencer.begin(conversation.key, conversation.last_rev);
    }

    /// A retry found its message stored. If nobody was told of it (the commit was made, its answer lost), they are now.
    pub(super) fn retried(&mut self, conversation: &ConversationFacts, message: &Message) {
        if self.sequencer.is_behind(conversation.key, message.rev) {
            self.suspects.insert(conversation.key, conversation.id);
        }
    }

    /// `seq` is the last message's, as far as it is known.
    fn offer(
        &mut self,
        conversation: ConversationKey,
        (seq, rev): (i64, i64),
        members: Arc<Members>,
        event: Event,
    ) {
        let audience = Audience::Members(conversation, members);
        let (now, ready) = (self.shared.environment.now(), &mut self.ready);
        let id = match &event {
            Event::MessageNew(message)
            | Event::MessageUpdated(message)
            | Event::MessageDeleted(message)
            | Event::ReactionChanged { message, .. } => Some(message.conversation_id),
            Event::Participant(changed) => Some(changed.conversation_id),
            Event::ConversationUpdated(changed) => Some(changed.conversation_id),
            _ => None,
        };
        if let Some(id) = id {
            let head = StreamHead::Conversation { id, seq, rev };
            self.digests.note(Stream::Conversation(conversation), audience.clone(), head, now);
        }
        let publication = Publication { audience, event };
        self.sequencer.offer(conversation, rev, publication, now, |publication| ready.push(publication));
    }

    /// Is there anything that may have been committed and was not published?
    pub(super) fn is_behind(&self) -> bool {
        self.sequencer.is_waiting() || !self.suspects.is_empty() || self.own.is_behind()
    }

    /// A plan failed in a way that does not tell whether it was written: its conversation is looked at again.
    pub(super) fn suspect(&mut self, plan: &Plan) {
        self.own.suspect_all(plan);
        for change in &plan.changes {
            let (conversation, id) = match change {
                Change::MessageNew { message, .. } => (message.conversation, message.conversation_id),
                Change::MessageChanged { message, .. } => {
                    (message.conversation, message.message.conversation_id)
                }
                Change::Details { updated, .. } => (updated.conversation, updated.conversation_id),
                Change::Participant { conversation, conversation_id, .. } => {
                    (*conversation, *conversation_id)
                }
                _ => continue,
            };
            self.suspects.insert(conversation, id);
        }
    }

    /// Publishes what was committed here with its answer lost, or elsewhere and did not come in time.
    pub(super) async fn catch_up(&mut self) {
        self.clear_suspects().await;
        self.own.catch_up().await;
        self.fill_gaps().await;
        self.flush();
    }

    async fn clear_suspects(&mut self) {
        for (conversation, id) in std::mem::take(&mut self.suspects) {
            let Some(after_rev) = self.sequencer.position(conversation) else { continue };
            match self.unseen(conversation, id, after_rev).await {
                Ok((members, unseen)) => self.offer_all(conversation, &members, unseen),
                // Looked at again at the next turn.
                Err(_) => drop(self.suspects.insert(conversation, id)),
            }
        }
    }

    /// What was committed beyond, and who is in it now: nobody else is told, whoever was in it in a plan that may not have
    /// been written.
    async fn unseen(
        &self,
        conversation: ConversationKey,
        id: ConversationId,
        after_rev: i64,
    ) -> Result<(Arc<Members>, Vec<ReplayedChange>), StoreError> {
        let store = &self.shared.store;
        let unseen = store.conversation_changes(conversation, after_rev, GAP_ROWS).await?;
        let members = store.conversation_facts(&[id]).await?.pop().map(|facts| facts.members);
        Ok((members.unwrap_or_else(|| Arc::new(Members::new(0, Vec::new()))), unseen))
    }

    fn offer_all(
        &mut self,
        conversation: ConversationKey,
        members: &Arc<Members>,
        changes: Vec<ReplayedChange>,
    ) {
        for ReplayedChange { rev, change } in changes {
            let (seq, event) = match change {
                Replayed::MessageNew(message) => (message.seq, Event::MessageNew(message)),
                Replayed::MessageUpdated(message) => (message.seq, Event::MessageUpdated(message)),
                Replayed::MessageDeleted(message) => (message.seq, Event::MessageDeleted(message)),
                Replayed::Participant(changed) => (0, Event::Participant(changed)),
                Replayed::Details(changed) => (0, Event::ConversationUpdated(changed)),
                Replayed::Reacted(message) => (message.seq, Event::ReactionChanged { message, by: None }),
                // Nothing is hidden from nobody in particular.
                Replayed::Hidden { .. } => continue,
            };
            self.offer(conversation, (seq, rev), members.clone(), event);
        }
    }

    /// Reads what did not come in time (another node committed it), and publishes it in its place.
    async fn fill_gaps(&mut self) {
        for gap in self.sequencer.overdue(self.shared.environment.now()) {
            let Some(Audience::Members(_, members)) =
                self.sequencer.held(gap).map(|held| held.audience.clone())
            else {
                continue;
            };
            let missing =
                self.shared.store.conversation_changes(gap.conversation, gap.after_rev, GAP_ROWS).await;
            match missing {
                Ok(mut missing) => {
                    missing.retain(|row| row.rev < gap.before_rev);
                    self.offer_all(gap.conversation, &members, missing);
                }
                Err(error) => tracing::warn!(%error, "changes that other nodes made could not be read"),
            }
            let (now, ready) = (self.shared.environment.now(), &mut self.ready);
            if self.sequencer.overdue(now).contains(&gap) {
                self.sequencer.skip(gap, now, |publication| ready.push(publication));
            }
        }
    }
}

fn changed(how: &MessageChange, message: Message) -> Event {
    match how {
        MessageChange::Edited => Event::MessageUpdated(message.for_everybody()),
        MessageChange::Unsent => Event::MessageDeleted(message),
        MessageChange::Reacted { user_id, emojis } => {
            Event::ReactionChanged { message, by: Some((user_id.clone(), emojis.clone())) }
        }
    }
}

/// A conversation that a plan created. All its members see it alike while nothing is written in it, so it is read once;
/// what is unread later is each one's own.
struct Created(Option<Conversation>);

impl Created {
    async fn seen_by(&mut self, shared: &Shared, user: UserKey, id: ConversationId) -> Option<Conversation> {
        if self.0.as_ref().is_none_or(|seen| seen.last_seq > 0) {
            self.0 = shared.store.conversation(user, id).await.unwrap_or_else(|error| {
                // The change is in each member's stream, and told from there.
                tracing::warn!(%error, "a new conversation could not be read for its members");
                None
            });
        }
        self.0.clone()
    }
}
