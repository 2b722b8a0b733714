use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chat::{Environment, Limits, UserKey, sync::Position};
use store::SyncPage;
use tokio::sync::{Semaphore, oneshot};

use crate::ServiceError;

/// After how long who was turned away may ask again: at least this, at most four times as long, so that not all come
/// back at once.
const RETRY_AFTER_MS: u64 = 1_000;

type Answer = Result<SyncPage, ServiceError>;

/// Lets `syncs_at_once` read, `syncs_waiting` wait for that, and turns the rest away. Who asks what somebody else waits
/// for already is answered with the same; but only until it is read, since a later asker may have missed what came
/// after that.
pub(crate) struct Gate {
    environment: Arc<dyn Environment>,
    reading: Semaphore,
    limits: Limits,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// What is waited for, and who else wants to know.
    asked: HashMap<(UserKey, Arc<Position>), Vec<oneshot::Sender<Answer>>>,
    /// How many syncs of each user are under way.
    users: HashMap<UserKey, usize>,
}

/// What to do with a sync that was asked for.
enum Turn<'g> {
    Read(Place<'g>),
    Follow(oneshot::Receiver<Answer>),
}

/// A sync under way. Dropping it gives its place back, whatever became of it.
struct Place<'g> {
    gate: &'g Gate,
    user: UserKey,
    position: Arc<Position>,
    reading: bool,
}

impl Gate {
    pub(crate) fn new(environment: Arc<dyn Environment>, limits: &Limits) -> Self {
        Self {
            environment,
            reading: Semaphore::new(limits.syncs_at_once),
            limits: limits.clone(),
            waiting: Mutex::default(),
        }
    }

    /// Reads when its turn has come, or takes the answer of somebody who asked the same.
    pub(crate) async fn run(
        &self,
        user: UserKey,
        position: Position,
        read: impl AsyncFnOnce(&Position) -> Answer,
    ) -> Answer {
        let position = Arc::new(position);
        let mut place = loop {
            match self.turn(user, &position)? {
                Turn::Read(place) => break place,
                Turn::Follow(answer) => {
                    // Who would have read was cancelled: it is somebody else's turn.
                    if let Ok(answer) = answer.await {
                        return answer;
                    }
                }
            }
        };
        let _permit = self.reading.acquire().await.map_err(|_| ServiceError::Unavailable)?;
        let followers = place.begin();
        let answer = read(&position).await;
        for follower in followers {
            let _ = follower.send(answer.clone());
        }
        answer
    }

    fn turn(&self, user: UserKey, position: &Arc<Position>) -> Result<Turn<'_>, ServiceError> {
        let mut waiting = self.waiting();
        let full = waiting.asked.len() >= self.limits.syncs_waiting;
        let of_user = waiting.users.get(&user).copied().unwrap_or(0);
        match waiting.asked.entry((user, position.clone())) {
            Entry::Occupied(mut asked) => {
                let (sender, receiver) = oneshot::channel();
                asked.get_mut().push(sender);
                return Ok(Turn::Follow(receiver));
            }
            Entry::Vacant(_) if of_user >= self.limits.syncs_per_user => {
                return Err(self.busy("syncs_per_user", self.limits.syncs_per_user));
            }
            Entry::Vacant(_) if full => return Err(self.busy("syncs_waiting", self.limits.syncs_waiting)),
            Entry::Vacant(free) => drop(free.insert(Vec::new())),
        }
        *waiting.users.entry(user).or_default() += 1;
        Ok(Turn::Read(Place { gate: self, user, position: position.clone(), reading: false }))
    }

    fn busy(&self, limit: &'static str, allowed: usize) -> ServiceError {
        let mut random = [0; 2];
        self.environment.random(&mut random);
        let spread = u64::from(u16::from_le_bytes(random)) * 3 * RETRY_AFTER_MS / u64::from(u16::MAX);
        ServiceError::Busy { limit, allowed: allowed as u64, retry_after_ms: RETRY_AFTER_MS + spread }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// From here on nobody may join: what comes now might not be in the answer. Returns who joined before.
    fn begin(&mut self) -> Vec<oneshot::Sender<Answer>> {
        self.reading = true;
        self.gate.waiting().asked.remove(&(self.user, self.position.clone())).unwrap_or_default()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.gate.waiting();
        if !self.reading {
            waiting.asked.remove(&(self.user, self.position.clone()));
        }
        if let Entry::Occupied(mut of_user) = waiting.users.entry(self.user) {
            *of_user.get_mut() -= 1;
            if *of_user.get() == 0 {
                of_user.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
        task::Poll,
    };

    use chat::{Timestamp, sync::Epoch, uuid::Uuid};

    use super::*;

    struct Still;

    impl Environment for Still {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }

        fn random(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    fn gate(syncs_at_once: usize, syncs_waiting: usize, syncs_per_user: usize) -> Gate {
        let limits = Limits { syncs_at_once, syncs_waiting, syncs_per_user, ..Limits::default() };
        Gate::new(Arc::new(Still), &limits)
    }

    fn from(user_rev: i64) -> Position {
        Position { user_rev: Some(user_rev), ..Position::default() }
    }

    fn page(user_rev: i64) -> SyncPage {
        let epoch = Epoch(Uuid::nil());
        let (conversations, removed) = (Vec::new(), Vec::new());
        SyncPage { epoch, user_rev, reset: false, privacy: None, conversations, removed, next: None }
    }

    /// Lets a future go as far as it can.
    macro_rules! advance {
        ($future:expr) => {
            poll_fn(|context| Poll::Ready($future.as_mut().poll(context))).await
        };
    }

    #[tokio::test]
    async fn who_waits_for_the_same_is_answered_with_it_until_it_is_read() {
        let gate = gate(1, 10, 10);
        let reads = AtomicUsize::new(0);
        let (finish, finished) = oneshot::channel::<()>();
        let count = || reads.fetch_add(1, Ordering::Relaxed) as i64;
        let mut first = pin!(gate.run(UserKey(1), from(1), async |_| {
            let number = count();
            let _ = finished.await;
            Ok(page(number))
        }));
        assert!(advance!(first).is_pending());
        // The first reads already, so this is a read of its own; the third joins it, the fourth is somebody else's.
        let mut second = pin!(gate.run(UserKey(1), from(1), async |_| Ok(page(count()))));
        let mut third = pin!(gate.run(UserKey(1), from(1), async |_| Ok(page(count()))));
        let mut fourth = pin!(gate.run(UserKey(2), from(1), async |_| Ok(page(count()))));
        assert!(
            advance!(second).is_pending() && advance!(third).is_pending() && advance!(fourth).is_pending()
        );
        finish.send(()).unwrap();
        assert_eq!(first.await.unwrap().user_rev, 0);
        assert_eq!(second.await.unwrap().user_rev, 1);
        assert_eq!(third.await.unwrap().user_rev, 1);
        assert_eq!(fourth.await.unwrap().user_rev, 2);
        assert!(gate.waiting().asked.is_empty() && gate.waiting().users.is_empty());
    }

    #[tokio::test]
    async fn beyond_what_may_wait_one_is_told_when_to_come_back() {
        let gate = gate(1, 2, 2);
        let never = async |_: &Position| std::future::pending().await;
        let mut reading = pin!(gate.run(UserKey(1), from(1), never));
        let mut waiting = pin!(gate.run(UserKey(1), from(2), never));
        assert!(advance!(reading).is_pending() && advance!(waiting).is_pending());
        let refused = gate.run(UserKey(1), from(3), never).await.unwrap_err();
        assert!(
            matches!(refused, ServiceError::Busy { limit: "syncs_per_user", allowed: 2, .. }),
            "{refused:?}"
        );
        let mut other = pin!(gate.run(UserKey(2), from(1), never));
        assert!(advance!(other).is_pending());
        let refused = gate.run(UserKey(3), from(1), never).await.unwrap_err();
        let expected = matches!(
            refused,
            ServiceError::Busy { limit: "syncs_waiting", allowed: 2, retry_after_ms: 4_000 }
        );
        assert!(expected, "{refused:?}");
    }

    #[tokio::test]
    async fn who_joined_somebody_that_gave_up_reads_himself() {
        let gate = gate(1, 10, 10);
        let (finish, finished) = oneshot::channel::<()>();
        let mut reading = pin!(gate.run(UserKey(1), from(1), async |_| {
            let _ = finished.await;
            Ok(page(1))
        }));
        assert!(advance!(reading).is_pending());
        let mut gone = Box::pin(gate.run(UserKey(1), from(2), async |_| Ok(page(2))));
        assert!(advance!(gone).is_pending());
        let mut follower = pin!(gate.run(UserKey(1), from(2), async |_| Ok(page(3))));
        assert!(advance!(follower).is_pending());
        drop(gone);
        assert!(advance!(follower).is_pending());
        finish.send(()).unwrap();
        assert_eq!(reading.await.unwrap().user_rev, 1);
        assert_eq!(follower.await.unwrap().user_rev, 3);
    }
}
