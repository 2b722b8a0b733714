//! Any course of a session, beside a model that only notes what happened. For tests and the fuzzer.

use super::session::{Session, Step, Timings};
use crate::{
    DisconnectReason,
    codec::engine::Packet,
    timers::{Millis, NEVER},
};

/// What is known from outside.
struct Model {
    session: Session,
    timings: Timings,
    now: Millis,
    is_websocket: bool,
    polled: bool,
    posting: bool,
    probing: bool,
    /// Until when a namespace must be joined.
    join_by: Millis,
    /// From when the current interval counts: the opening, or the last pong that was due.
    calm_since: Millis,
    ping_is_out: bool,
}

/// Two bytes of timings, one of how it opens, then steps of two bytes each: which, and how much.
///
/// # Panics
/// When the machine does what no session may do.
pub(crate) fn check(data: &[u8]) {
    let Some((&[interval, timeout, opening], steps)) = data.split_first_chunk::<3>() else { return };
    let timings =
        Timings { ping_interval: Millis::from(interval) + 1, ping_timeout: Millis::from(timeout) + 1 };
    let join_by = if opening & 2 == 0 { 300 } else { NEVER };
    let is_websocket = opening & 1 == 1;
    let mut model = Model {
        session: Session::open(0, is_websocket, join_by, timings),
        timings,
        now: 0,
        is_websocket,
        polled: false,
        posting: false,
        probing: false,
        join_by,
        calm_since: 0,
        ping_is_out: false,
    };
    for &[step, amount] in steps.as_chunks::<2>().0 {
        if model.step(step, amount).is_err() {
            return;
        }
    }
}

impl Model {
    fn step(&mut self, step: u8, amount: u8) -> Result<(), DisconnectReason> {
        match step % 12 {
            0 => self.wait(Millis::from(amount))?,
            1 => {
                self.now += Millis::from(amount);
                self.timer()?;
            }
            2 => self.pong()?,
            3 => self.packet(amount)?,
            4 => {
                let polled = self.session.poll();
                assert_eq!(polled.is_ok(), !self.is_websocket && !self.polled);
                self.polled = true;
                polled?;
            }
            5 => {
                self.session.answered();
                self.polled = false;
            }
            6 => {
                let posted = self.session.post();
                assert_eq!(posted.is_ok(), !self.is_websocket && !self.posting);
                self.posting = true;
                posted?;
            }
            7 => {
                self.session.posted();
                self.posting = false;
            }
            8 => {
                assert_eq!(self.session.probe(), !self.is_websocket && !self.probing);
                self.probing = !self.is_websocket;
            }
            9 => {
                self.session.probe_failed();
                self.probing = false;
            }
            10 if self.probing => {
                self.session.upgrade();
                (self.is_websocket, self.probing) = (true, false);
            }
            10 => {}
            _ => {
                self.session.admit();
                self.join_by = NEVER;
            }
        }
        assert_eq!(self.session.is_polling(), !self.is_websocket);
        assert_eq!(self.session.is_probing(), self.probing);
        Ok(())
    }

    /// Time passes with timers that come when they are due.
    fn wait(&mut self, amount: Millis) -> Result<(), DisconnectReason> {
        let until = self.now + amount;
        while self.session.deadline() <= until {
            self.now = self.now.max(self.session.deadline());
            self.timer()?;
        }
        self.now = until;
        Ok(())
    }

    fn timer(&mut self) -> Result<(), DisconnectReason> {
        let (now, Timings { ping_interval, ping_timeout }) = (self.now, self.timings);
        let ping_due = self.calm_since + ping_interval;
        let outcome = self.session.on_timer(now, self.timings);
        match outcome {
            Err(DisconnectReason::ConnectTimeout) => assert!(now >= self.join_by),
            Err(reason) => {
                assert_eq!(reason, DisconnectReason::PingTimeout);
                assert!(now >= ping_due + ping_timeout, "a client that answers in time lives");
            }
            Ok(pinged) => {
                assert!(now < self.join_by && now < ping_due + ping_timeout, "outlived its deadline");
                assert_eq!(pinged, now >= ping_due && !self.ping_is_out, "one ping for an interval");
                self.ping_is_out |= pinged;
                assert!(self.session.deadline() > now, "a timer would fire again at once");
            }
        }
        outcome.map(drop)
    }

    fn pong(&mut self) -> Result<(), DisconnectReason> {
        assert_eq!(self.session.on_packet(self.now, self.timings, Packet::Pong("")), Ok(Step::Nothing));
        if std::mem::take(&mut self.ping_is_out) {
            self.calm_since = self.now;
        }
        Ok(())
    }

    fn packet(&mut self, amount: u8) -> Result<(), DisconnectReason> {
        let deadline = self.session.deadline();
        let (packet, wanted) = match amount % 7 {
            0 => (Packet::Text("x"), Some(Step::Text("x"))),
            1 => (Packet::Binary(vec![amount].into()), Some(Step::Binary(vec![amount].into()))),
            2 => (Packet::Noop, Some(Step::Nothing)),
            3 => (Packet::Close, None),
            4 => (Packet::Open("{}"), None),
            5 => (Packet::Ping(""), None),
            _ => (Packet::Upgrade, None),
        };
        let outcome = self.session.on_packet(self.now, self.timings, packet);
        assert_eq!(outcome.as_ref().ok(), wanted.as_ref());
        assert_eq!(self.session.deadline(), deadline, "only a pong moves the heartbeat");
        outcome.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{fs, path::Path};

    #[test]
    fn corpus() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/engine_session");
        let inputs: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
        assert!(inputs.len() >= 10 && inputs.iter().all(|input| input.len() <= 1024));
        inputs.iter().for_each(|input| check(input));
    }

    proptest! {
        #[test]
        fn any_course_keeps_the_rules(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            check(&data);
        }
    }
}
