//! A connection as a client keeps it: heartbeats, numbers of requests, what waits for an answer.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::Left;
use crate::{
    link::{Cut, Link},
    wire::Packet,
};

/// Without a ping for so long the connection counts as dead.
const SILENCE: Duration = Duration::from_millis(6_500);

/// A text on its way.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) conversation: String,
    pub(super) id: String,
    pub(super) body: String,
}

/// An attempt that is not answered yet.
pub(super) struct Pending {
    pub(super) attempt: u64,
    pub(super) draft: Draft,
    pub(super) deadline: Instant,
}

pub(super) struct Line {
    link: Link,
    heard: Instant,
    asked: u64,
    pub(super) pending: BTreeMap<u64, Pending>,
    /// Events that came while something was being read.
    pub(super) early: Vec<(String, Vec<Value>)>,
}

impl Line {
    pub(super) fn new(link: Link) -> Self {
        let (heard, early) = (Instant::now(), Vec::new());
        Self { link, heard, asked: 0, pending: BTreeMap::new(), early }
    }

    pub(super) fn say(&self, packet: &str) {
        self.link.send(packet);
    }

    /// Emits an event that is to be answered; the number of the answer.
    pub(super) fn ask(&mut self, event: &str, argument: &impl Serialize) -> Result<u64, Left> {
        let argument = serde_json::to_string(argument).map_err(|error| Left::Defect(error.to_string()))?;
        self.asked += 1;
        self.say(&format!("42{}[\"{event}\",{argument}]", self.asked));
        Ok(self.asked)
    }

    /// The next packet that is no heartbeat. May be dropped and asked again.
    pub(super) async fn receive(&mut self) -> Result<Packet, Left> {
        loop {
            let packet = timeout_at(self.heard + SILENCE, self.link.receive()).await;
            let packet = packet.ok().flatten().ok_or(Left::Broken)?.map_err(Left::Defect)?;
            self.heard = Instant::now();
            match packet {
                Packet::Ping => self.say("3"),
                Packet::Close | Packet::Disconnected => return Err(Left::Broken),
                packet => return Ok(packet),
            }
        }
    }

    pub(super) fn cut(self, how: Cut) -> Vec<Draft> {
        let drafts = self.pending.into_values().map(|pending| pending.draft).collect();
        self.link.cut(how);
        drafts
    }
}
