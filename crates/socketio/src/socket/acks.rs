//! Acks that the server waits for from one socket.

use super::{AckError, Answer, Waiter};
use crate::timers::{Millis, NEVER};
use std::collections::VecDeque;

pub(crate) struct PendingAck {
    pub(crate) deadline: Millis,
    pub(crate) waiter: Waiter,
}

/// In the order of their ids. What is not answered when this is dropped reports a disconnect.
#[derive(Default)]
pub(crate) struct Acks {
    next_id: u64,
    pending: VecDeque<(u64, PendingAck)>,
}

impl Acks {
    /// Returns the id for the event. Beyond `limit`, the oldest fails with a time-out.
    pub(crate) fn add(&mut self, pending: PendingAck, limit: usize) -> u64 {
        while self.pending.len() >= limit.max(1) {
            if let Some((_, oldest)) = self.pending.pop_front() {
                oldest.waiter.tell(Err(AckError::Timeout));
            }
        }
        let id = self.next_id;
        self.next_id += 1;
        self.pending.push_back((id, pending));
        id
    }

    /// An unknown id is ignored: its time-out has passed.
    pub(crate) fn resolve(&mut self, id: u64, answer: Answer) {
        if let Ok(at) = self.pending.binary_search_by_key(&id, |(id, _)| *id)
            && let Some((_, pending)) = self.pending.remove(at)
        {
            pending.waiter.tell(Ok(answer));
        }
        self.shrink();
    }

    pub(crate) fn expire(&mut self, now: Millis) {
        let (expired, rest): (VecDeque<_>, _) =
            std::mem::take(&mut self.pending).into_iter().partition(|(_, pending)| pending.deadline <= now);
        self.pending = rest;
        for (_, pending) in expired {
            pending.waiter.tell(Err(AckError::Timeout));
        }
        self.shrink();
    }

    pub(crate) fn deadline(&self) -> Millis {
        self.pending.iter().map(|(_, pending)| pending.deadline).min().unwrap_or(NEVER)
    }

    fn shrink(&mut self) {
        if self.pending.is_empty() {
            self.pending = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;
    use tokio::sync::oneshot;

    fn pending(deadline: Millis) -> (PendingAck, oneshot::Receiver<Result<Answer, AckError>>) {
        let (sender, receiver) = oneshot::channel();
        (PendingAck { deadline, waiter: Waiter::One(sender) }, receiver)
    }

    fn json(text: &str) -> Answer {
        let args = vec![RawValue::from_string(text.to_owned()).unwrap()];
        Answer { args, attachments: Vec::new() }
    }

    #[test]
    fn answers_time_outs_and_the_limit() {
        let mut acks = Acks::default();
        let (first, mut first_answer) = pending(10);
        let (second, mut second_answer) = pending(20);
        let (third, mut third_answer) = pending(5);
        assert_eq!((acks.add(first, 2), acks.add(second, 2)), (0, 1));
        assert_eq!(acks.add(third, 2), 2);
        assert_eq!(first_answer.try_recv().unwrap().unwrap_err(), AckError::Timeout);
        assert_eq!(acks.deadline(), 5);
        acks.expire(5);
        assert_eq!(third_answer.try_recv().unwrap().unwrap_err(), AckError::Timeout);
        acks.resolve(99, json("1"));
        acks.resolve(1, json("2"));
        assert_eq!(second_answer.try_recv().unwrap().unwrap().first().get(), "2");
        assert_eq!(acks.deadline(), NEVER);
    }

    #[test]
    fn a_disconnect_drops_what_waits() {
        let mut acks = Acks::default();
        let (waiting, mut answer) = pending(10);
        acks.add(waiting, 2);
        drop(acks);
        assert!(answer.try_recv().is_err());
    }
}
