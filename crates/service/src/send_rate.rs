use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use chat::{Limit, Refusal, Timestamp, UserKey};

/// The limit `send_rate`: so many messages in any window of this length, over all of a user's sockets and
/// conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendRate {
    /// How many messages.
    pub messages: usize,
    /// In how long.
    pub window_ms: i64,
}

impl Default for SendRate {
    fn default() -> Self {
        Self { messages: 10, window_ms: 10_000 }
    }
}

/// Beyond this many users, those who have not sent within the window are forgotten.
const USERS_BEFORE_SWEEP: usize = 4096;

/// When each user sent, as far back as the window reaches.
pub(crate) struct SendWindow {
    rate: Option<SendRate>,
    sent: Mutex<Sent>,
}

#[derive(Default)]
struct Sent {
    by_user: HashMap<UserKey, VecDeque<i64>>,
    sweep_at: usize,
}

impl SendWindow {
    pub(crate) fn new(rate: Option<SendRate>) -> Self {
        Self { rate, sent: Mutex::new(Sent { by_user: HashMap::new(), sweep_at: USERS_BEFORE_SWEEP }) }
    }

    /// Counts a send, or refuses it and says when it will be allowed.
    pub(crate) fn take(&self, user: UserKey, now: Timestamp) -> Result<(), Refusal> {
        let Some(rate) = self.rate else { return Ok(()) };
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.sweep(now.0 - rate.window_ms);

        let times = sent.by_user.entry(user).or_default();
        while times.front().is_some_and(|&at| at <= now.0 - rate.window_ms) {
            times.pop_front();
        }
        if times.len() < rate.messages {
            times.push_back(now.0);
            return Ok(());
        }
        let free_at = times.front().copied().unwrap_or(now.0) + rate.window_ms;
        Err(Refusal::RateLimited {
            limit: Limit { name: "send_rate", allowed: rate.messages as u64 },
            window_ms: u64::try_from(rate.window_ms).unwrap_or_default(),
            retry_after_ms: u64::try_from(free_at - now.0).unwrap_or_default(),
        })
    }
}

impl Sent {
    fn sweep(&mut self, since: i64) {
        if self.by_user.len() < self.sweep_at {
            return;
        }
        self.by_user.retain(|_, times| times.back().is_some_and(|&at| at > since));
        self.sweep_at = USERS_BEFORE_SWEEP.max(self.by_user.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_in_ten_seconds_and_the_eleventh_waits_for_the_first_to_pass() {
        let window = SendWindow::new(Some(SendRate::default()));
        for i in 0..10 {
            window.take(UserKey(1), Timestamp(i * 100)).unwrap();
        }
        let refused = window.take(UserKey(1), Timestamp(4_000)).unwrap_err();
        assert!(matches!(refused, Refusal::RateLimited { retry_after_ms: 6_000, .. }), "{refused:?}");
        window.take(UserKey(2), Timestamp(4_000)).unwrap();
        assert!(window.take(UserKey(1), Timestamp(9_999)).is_err());
        window.take(UserKey(1), Timestamp(10_000)).unwrap();
    }

    #[test]
    fn users_who_stopped_sending_are_forgotten() {
        let window = SendWindow::new(Some(SendRate::default()));
        for user in 0..10_000 {
            window.take(UserKey(user), Timestamp(user * 100)).unwrap();
        }
        assert!(window.sent.lock().unwrap().by_user.len() <= USERS_BEFORE_SWEEP + 100);
    }

    #[test]
    fn off_is_off() {
        let window = SendWindow::new(None);
        assert!((0..1000).all(|_| window.take(UserKey(1), Timestamp(0)).is_ok()));
    }
}
