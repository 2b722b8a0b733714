//! Members of a room that stop reading, among others that do read.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::pulse::Pulse;
use crate::cli::{StalledArgs, Target};
use crate::failure::{Failure, Result};
use crate::gauges::Gauges;
use crate::process::resident_kib;
use crate::stats::{Summary, round};
use crate::swarm::{Buffers, Heard, Swarm};
use crate::wire::packet::Packet;

/// Both kinds join in turns of so many lots, so that no kind is served first.
const LOTS: usize = 20;
/// Why a connection that does not read may be ended, or its queue dropped.
const REASONS: [&str; 3] = ["slow_consumer", "write_stall", "invalidated"];
const LOOK: Duration = Duration::from_millis(500);
/// How long after the last message the server may take to end the stalled ones.
const GRACE: Duration = Duration::from_secs(30);

#[derive(Debug, Serialize)]
pub(super) struct Report {
    healthy: usize,
    stalled: usize,
    messages: usize,
    /// Healthy members that the server cut off: there must be none.
    healthy_lost: usize,
    /// Stalled ones that were dealt with, as the server counts.
    dealt_with: u64,
    refusals: BTreeMap<String, u64>,
    /// Highest growth of resident memory.
    resident_growth_mib: f64,
    /// From when a message was meant to go until a healthy member had it.
    delivery: Summary,
}

struct Crowd<'a> {
    args: &'a StalledArgs,
    swarm: Swarm,
    /// By connection.
    healthy: Vec<bool>,
    healthy_lost: usize,
    pulse: Pulse,
    looked: Instant,
    peak_kib: f64,
    gauges: Gauges,
}

pub(super) fn run(args: &StalledArgs) -> Result<Report> {
    let mut crowd = Crowd::gather(args)?;
    let before = resident(&args.target)?;
    crowd.pulse.start();
    crowd.exchange(args.warm_up)?;
    crowd.pulse.take();
    crowd.exchange(args.messages)?;
    let delivery = crowd.settle()?;
    Ok(Report {
        healthy: args.healthy,
        stalled: args.stalled,
        messages: args.messages,
        healthy_lost: crowd.healthy_lost,
        dealt_with: crowd.gauges.refused(&REASONS),
        resident_growth_mib: round((crowd.peak_kib - before).max(0.0) / 1024.0),
        refusals: crowd.gauges.refusals,
        delivery,
    })
}

fn resident(target: &Target) -> Result<f64> {
    resident_kib(target).ok_or_else(|| Failure::Usage("memory needs --pid".into()))
}

impl<'a> Crowd<'a> {
    fn gather(args: &'a StalledArgs) -> Result<Self> {
        let (mut swarm, mut healthy) = (Swarm::new(args.target.address)?, Vec::new());
        for lot in 0..LOTS {
            let share = |all: usize| (lot + 1) * all / LOTS - lot * all / LOTS;
            let rate = args.target.connect_rate;
            swarm.join(vec![String::new(); share(args.healthy)], rate)?;
            healthy.resize(swarm.len(), true);
            swarm.join_with(vec![String::new(); share(args.stalled)], rate, Buffers::Small)?;
            healthy.resize(swarm.len(), false);
        }
        for number in (0..swarm.len()).filter(|number| !healthy[*number]) {
            swarm.stall(number)?;
        }
        Ok(Self {
            args,
            swarm,
            healthy,
            healthy_lost: 0,
            pulse: Pulse::new(args.rate, args.payload),
            looked: Instant::now(),
            peak_kib: 0.0,
            gauges: Gauges::read(args.target.address)?,
        })
    }

    /// Sends so many more messages.
    fn exchange(&mut self, messages: usize) -> Result<()> {
        let last = self.pulse.sent() + messages;
        while self.pulse.sent() < last {
            if let Some(packet) = self.pulse.beat() {
                self.swarm.send(0, &packet)?;
            }
            self.turn()?;
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<()> {
        let patience = self.pulse.pause().min(Duration::from_millis(20));
        let (pulse, lost, healthy) = (&mut self.pulse, &mut self.healthy_lost, &self.healthy);
        self.swarm.tolerant_turn(patience, |number, heard| match heard {
            Heard::Packet(Packet::Event { json, .. }) if healthy[number] => pulse.heard(json),
            Heard::Packet(_) => {}
            Heard::Lost(_) => *lost += usize::from(healthy[number]),
        })?;
        if self.looked.elapsed() > LOOK {
            self.looked = Instant::now();
            self.peak_kib = self.peak_kib.max(resident(&self.args.target)?);
        }
        Ok(())
    }

    /// Waits until everything has arrived and the server has dealt with everybody who stalled.
    fn settle(&mut self) -> Result<Summary> {
        let end = Instant::now() + GRACE;
        let quiet = Instant::now() + Duration::from_secs(1);
        while Instant::now() < quiet {
            self.turn()?;
        }
        let delivery = self.pulse.take().summary();
        self.gauges = Gauges::read(self.args.target.address)?;
        while self.gauges.refused(&REASONS) < self.args.stalled as u64 && Instant::now() < end {
            self.swarm.tolerant_turn(LOOK, |_, _| {})?;
            self.gauges = Gauges::read(self.args.target.address)?;
        }
        Ok(delivery)
    }
}
