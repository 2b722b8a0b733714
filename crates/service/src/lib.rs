//! The one door. REST, sockets, dialects, jobs and the command line all come through here: [`Service::execute`] for
//! what changes something, the queries for what only reads.
//!
//! A command takes its place in a *lane* when it is handed over, before anything is awaited, so two sends of one
//! socket keep their order. A lane is one task that owns the facts it caches: it takes what is waiting, loads the
//! facts that are missing in one go, decides, commits all plans in one batch, publishes, answers. A conversation is
//! always in the same lane.

mod accounts;
mod answer;
mod blocks;
mod conversations;
mod error;
mod follows;
pub mod jobs;
mod keys;
mod lane;
mod messages;
mod receipts;
mod requests;
mod send_rate;
mod sync;
mod weight;

use std::{
    collections::hash_map::DefaultHasher,
    future::Future,
    hash::{Hash, Hasher},
    sync::Arc,
};

pub use answer::UseCase;
pub use chat;
pub use error::ServiceError;
pub use realtime::{self, Publisher, user_room};
pub use send_rate::SendRate;
pub use store::{ConversationCursor, HistoryRange};

use chat::{Actor, Command, Environment, Limits, UserKey, settings::UserSettings};
use store::Store;
use tokio::sync::{mpsc, oneshot};

use crate::{
    answer::Done,
    keys::Keys,
    lane::{Job, Lane},
    send_rate::SendWindow,
};

/// How many commands may wait in one lane. Beyond that the answer is `unavailable`: the database does not keep up.
pub const LANE_QUEUE: usize = 16_384;

/// The use cases of Parlor over one database.
#[derive(Clone)]
pub struct Service {
    shared: Arc<Shared>,
    lanes: Arc<[mpsc::Sender<Job>]>,
}

/// What all lanes and queries use.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) limits: Limits,
    pub(crate) user_settings: UserSettings,
    pub(crate) keys: Keys,
    send_window: SendWindow,
    syncs: sync::Gate,
}

/// How the service is set up.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The limits of the domain.
    pub limits: Limits,
    /// How often a user may send; `None` lifts the limit (benchmarks).
    pub send_rate: Option<SendRate>,
    /// What holds for users who have chosen nothing.
    pub user_settings: UserSettings,
}

impl Service {
    /// Starts the lanes on the current runtime.
    #[must_use]
    pub fn start(
        store: Store,
        publisher: Arc<Publisher>,
        environment: Arc<dyn Environment>,
        settings: Settings,
    ) -> Self {
        let lanes = store.lanes();
        let shared = Arc::new(Shared {
            keys: Keys::new(store.clone()),
            send_window: SendWindow::new(settings.send_rate),
            syncs: sync::Gate::new(environment.clone(), &settings.limits),
            store,
            publisher,
            environment,
            limits: settings.limits,
            user_settings: settings.user_settings,
        });
        let lanes = (0..lanes)
            .map(|index| {
                let (sender, queue) = mpsc::channel(LANE_QUEUE);
                tokio::spawn(Lane::new(index, shared.clone(), queue).run());
                sender
            })
            .collect();
        Self { shared, lanes }
    }

    /// Carries out a command. Its place among other commands is taken by this call, not by the first `await`.
    ///
    /// # Errors
    /// A refusal of the rules, or `unavailable` when the database cannot be reached.
    pub fn execute<U: UseCase>(
        &self,
        actor: &Actor,
        use_case: U,
    ) -> impl Future<Output = Result<U::Answer, ServiceError>> + Send + use<U> {
        let place = self.enqueue(actor, use_case.into_command());
        async move {
            let done = place?.await.map_err(|_| ServiceError::Unavailable)??;
            U::answer(done).ok_or(ServiceError::Internal("a command was given another one's answer"))
        }
    }

    fn enqueue(
        &self,
        actor: &Actor,
        command: Command,
    ) -> Result<oneshot::Receiver<Result<Done, ServiceError>>, ServiceError> {
        if let Command::SendMessage(_)
        | Command::EditMessage(_)
        | Command::UnsendMessage(_)
        | Command::ReactMessage(_) = command
        {
            self.shared.send_window.take(actor.key, self.shared.environment.now())?;
        }
        let lane = match &command {
            Command::AnnounceUser(announce) => self.lane_of(&announce.id),
            // Both users' attempts meet in one lane, so that of two at once the second finds the first's.
            Command::CreateDirect(create) => {
                self.lane_of(&chat::conversations::DirectKey::of(&actor.id, &create.with))
            }
            Command::CreateGroup(create) => self.lane_of(&create.id),
            Command::UpdateConversation(update) => self.lane_of(&update.conversation),
            Command::AddParticipants(add) => self.lane_of(&add.conversation),
            Command::RemoveParticipant(remove) => self.lane_of(&remove.conversation),
            Command::ChangeRole(change) => self.lane_of(&change.conversation),
            Command::SendMessage(send) => self.lane_of(&send.conversation),
            Command::EditMessage(edit) => self.lane_of(&edit.conversation),
            Command::UnsendMessage(unsend) => self.lane_of(&unsend.conversation),
            Command::ReactMessage(react) => self.lane_of(&react.conversation),
            Command::HideMessage(hide) => self.lane_of(&hide.conversation),
            Command::MarkRead(mark) => self.lane_of(&mark.conversation),
            Command::AnswerRequest(answer) => self.lane_of(&answer.conversation),
            Command::MarkDelivered(mark) => self.lane_of(&mark.conversation),
            Command::SetState(set) => self.lane_of(&set.conversation),
            Command::DeleteConversation(delete) => self.lane_of(&delete.conversation),
            Command::SetFollow(_) | Command::ChangeSettings(_) => self.lane_of(&actor.id),
            // Where the pair's direct conversation is made.
            Command::SetBlock(block) => {
                self.lane_of(&chat::conversations::DirectKey::of(&actor.id, &block.user))
            }
        };
        let (reply, answer) = oneshot::channel();
        lane.try_send(Job::new(actor.clone(), command, reply)).map_err(|_| ServiceError::Unavailable)?;
        Ok(answer)
    }

    fn lane_of(&self, what: &impl Hash) -> &mpsc::Sender<Job> {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let lanes = self.lanes.len();
        &self.lanes[usize::try_from(hasher.finish()).unwrap_or_default() % lanes]
    }

    /// The limits of the domain.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Time and randomness.
    #[must_use]
    pub fn environment(&self) -> &dyn Environment {
        &*self.shared.environment
    }

    /// Can commands be carried out: does every lane live, and can the database be reached?
    ///
    /// # Errors
    /// `unavailable` if not.
    pub async fn ready(&self) -> Result<(), ServiceError> {
        if self.lanes.iter().any(mpsc::Sender::is_closed) {
            return Err(ServiceError::Internal("a lane has ended"));
        }
        // The cheapest read: of a user who cannot be.
        self.shared.store.user_rev(UserKey(0)).await?;
        Ok(())
    }
}
