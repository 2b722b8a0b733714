//! The life of one Engine.IO session as a pure machine: packets and `now` in, steps out.
//!
//! ```text
//! polling ── probe ──▶ probing ── "5" ──▶ websocket        any ── breach, time-out, close ──▶ (ended by the driver)
//! ```

use crate::{
    DisconnectReason,
    codec::engine::Packet,
    timers::{Millis, NEVER},
};
use std::borrow::Cow;

/// Intervals, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timings {
    pub(crate) ping_interval: Millis,
    pub(crate) ping_timeout: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Polling { polled: bool, posting: bool, probing: bool },
    WebSocket,
}

#[derive(Debug)]
pub(crate) struct Session {
    transport: Transport,
    /// When the next ping is due, or, while one is out, the pong.
    heartbeat: Millis,
    awaiting_pong: bool,
    /// Until when a namespace must be joined.
    admission: Millis,
}

/// What a packet asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Nothing,
    Text(&'a str),
    Binary(Cow<'a, [u8]>),
}

impl Session {
    pub(crate) fn open(now: Millis, websocket: bool, admission: Millis, timings: Timings) -> Self {
        let transport = if websocket {
            Transport::WebSocket
        } else {
            Transport::Polling { polled: false, posting: false, probing: false }
        };
        Self { transport, heartbeat: now + timings.ping_interval, awaiting_pong: false, admission }
    }

    pub(crate) fn is_polling(&self) -> bool {
        self.transport != Transport::WebSocket
    }

    pub(crate) fn is_probing(&self) -> bool {
        matches!(self.transport, Transport::Polling { probing: true, .. })
    }

    /// A namespace is joined.
    pub(crate) fn admit(&mut self) {
        self.admission = NEVER;
    }

    /// When [`Session::on_timer`] has something to do.
    pub(crate) fn deadline(&self) -> Millis {
        self.heartbeat.min(self.admission)
    }

    /// `Ok(true)`: send a ping.
    pub(crate) fn on_timer(&mut self, now: Millis, timings: Timings) -> Result<bool, DisconnectReason> {
        if now >= self.admission {
            return Err(DisconnectReason::ConnectTimeout);
        }
        if now < self.heartbeat {
            return Ok(false);
        }
        // Deadlines follow from the one before, so that a late timer does not prolong the time-out.
        if self.awaiting_pong || now >= self.heartbeat + timings.ping_timeout {
            return Err(DisconnectReason::PingTimeout);
        }
        self.heartbeat += timings.ping_timeout;
        self.awaiting_pong = true;
        Ok(true)
    }

    /// Gives the pong as much time again.
    pub(crate) fn await_pong(&mut self, now: Millis, timings: Timings) {
        self.heartbeat = now + timings.ping_timeout;
        self.awaiting_pong = true;
    }

    pub(crate) fn on_packet<'a>(
        &mut self,
        now: Millis,
        timings: Timings,
        packet: Packet<'a>,
    ) -> Result<Step<'a>, DisconnectReason> {
        match packet {
            Packet::Text(text) => Ok(Step::Text(text)),
            Packet::Binary(data) => Ok(Step::Binary(data)),
            Packet::Pong(_) => {
                if self.awaiting_pong {
                    self.awaiting_pong = false;
                    self.heartbeat = now + timings.ping_interval;
                }
                Ok(Step::Nothing)
            }
            Packet::Noop => Ok(Step::Nothing),
            Packet::Close => Err(DisconnectReason::TransportClose),
            Packet::Open(_) | Packet::Ping(_) | Packet::Upgrade => {
                Err(DisconnectReason::Protocol("unexpected_packet"))
            }
        }
    }

    /// A GET has come; only one may wait at a time.
    pub(crate) fn poll(&mut self) -> Result<(), DisconnectReason> {
        match &mut self.transport {
            Transport::Polling { polled, .. } if !*polled => *polled = true,
            _ => return Err(DisconnectReason::Protocol("poll_overlap")),
        }
        Ok(())
    }

    /// The waiting GET was answered.
    pub(crate) fn answered(&mut self) {
        if let Transport::Polling { polled, .. } = &mut self.transport {
            *polled = false;
        }
    }

    /// A POST begins; only one may run at a time.
    pub(crate) fn post(&mut self) -> Result<(), DisconnectReason> {
        match &mut self.transport {
            Transport::Polling { posting, .. } if !*posting => *posting = true,
            _ => return Err(DisconnectReason::Protocol("post_overlap")),
        }
        Ok(())
    }

    /// The POST is dealt with.
    pub(crate) fn posted(&mut self) {
        if let Transport::Polling { posting, .. } = &mut self.transport {
            *posting = false;
        }
    }

    /// A WebSocket wants to take over. `false`: one is at it already, or has done so.
    pub(crate) fn probe(&mut self) -> bool {
        match &mut self.transport {
            Transport::Polling { probing, .. } if !*probing => {
                *probing = true;
                true
            }
            _ => false,
        }
    }

    /// The probe came to nothing; polling goes on.
    pub(crate) fn probe_failed(&mut self) {
        if let Transport::Polling { probing, .. } = &mut self.transport {
            *probing = false;
        }
    }

    /// The probing WebSocket is the transport from now on.
    pub(crate) fn upgrade(&mut self) {
        self.transport = Transport::WebSocket;
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
