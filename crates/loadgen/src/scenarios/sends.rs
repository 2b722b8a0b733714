//! Durable sends: people in pairs, each sending to the other one.
//!
//! Closed loop: whoever is answered sends again. Open loop: sends start at fixed times whatever the server does, and
//! latency counts from the time that a send was meant for, so that a server which stalls cannot hide it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{send_packet, text};
use crate::cli::SendsArgs;
use crate::clock::MessageIds;
use crate::failure::{Failure, Result};
use crate::people::{self, Person};
use crate::process::Cpu;
use crate::rest::{self, NewConversation};
use crate::stats::{Latencies, Summary, round};
use crate::swarm::Swarm;
use crate::wire::packet::{Packet, contains};

/// What is still unanswered so long after the end counts as lost.
const GRACE: Duration = Duration::from_secs(10);
const TURN: Duration = Duration::from_millis(100);

#[derive(Debug, Serialize)]
pub(super) struct Report {
    senders: usize,
    /// Sends per second that were intended; none in a closed loop.
    rate: Option<u32>,
    /// Answered within the time that counts, whenever they were sent.
    acked: u64,
    acked_per_second: f64,
    /// With warm-up and what came after the time.
    acked_in_all: u64,
    /// Not answered within the grace.
    lost: usize,
    /// `message:new` frames that arrived, per send that was acknowledged in the whole run.
    deliveries_per_send: f64,
    server_cpu_us_per_send: f64,
    database_cpu_us_per_send: f64,
    /// Of those sent within it, whenever they were answered.
    ack: Summary,
}

pub(super) fn run(args: &SendsArgs) -> Result<Report> {
    let mut crowd = Crowd::gather(args)?;
    let warm_up = Duration::from_millis(args.warm_up_ms);
    let duration = Duration::from_millis(args.duration_ms);

    crowd.send_until(Instant::now() + warm_up)?;
    crowd.latencies = Latencies::default();
    let (cpu, start, acked_before) = (Cpu::read(&args.target), Instant::now(), crowd.acked);
    crowd.counted_from = start;
    crowd.send_until(start + duration)?;
    let (cpu, seconds) = (Cpu::read(&args.target).since(cpu), start.elapsed().as_secs_f64());
    let acked_in_time = crowd.acked - acked_before;
    let lost = crowd.finish()?;

    let per_send = |seconds: f64| round(seconds * 1e6 / acked_in_time as f64);
    Ok(Report {
        senders: args.senders,
        rate: args.rate,
        acked: acked_in_time,
        acked_per_second: round(acked_in_time as f64 / seconds),
        acked_in_all: crowd.acked,
        lost,
        deliveries_per_send: round(crowd.delivered as f64 / crowd.acked as f64),
        server_cpu_us_per_send: per_send(cpu.server),
        database_cpu_us_per_send: per_send(cpu.database),
        ack: crowd.latencies.summary(),
    })
}

struct Crowd {
    swarm: Swarm,
    senders: Vec<Sender>,
    ids: MessageIds,
    body: String,
    pace: Option<Pace>,
    /// Senders of a closed loop that have nothing under way.
    ready: Vec<usize>,
    /// The latency of sends that were meant for earlier is not kept.
    counted_from: Instant,
    latencies: Latencies,
    acked: u64,
    delivered: u64,
}

struct Sender {
    conversation: String,
    next_ack: u64,
    /// Ack id and intended start, oldest first.
    under_way: VecDeque<(u64, Instant)>,
}

/// The times at which an open loop sends.
struct Pace {
    start: Instant,
    interval: Duration,
    sent: u32,
}

impl Pace {
    fn next(&self) -> Instant {
        self.start + self.interval * self.sent
    }
}

impl Crowd {
    fn gather(args: &SendsArgs) -> Result<Self> {
        let people = people::invent(args.senders.next_multiple_of(2), args.target.secret.as_deref(), None)?;
        let pairs: Vec<_> =
            people.chunks(2).map(|pair| NewConversation::direct(&pair[0], &pair[1])).collect();
        let conversations = rest::create(args.target.address, &pairs)?;
        let mut swarm = Swarm::new(args.target.address)?;
        swarm.join(people.iter().map(Person::auth), args.target.connect_rate)?;
        let sender = |number: usize| Sender {
            conversation: conversations[number / 2].clone(),
            next_ack: 0,
            under_way: VecDeque::new(),
        };
        let start = Instant::now();
        Ok(Self {
            swarm,
            senders: (0..args.senders).map(sender).collect(),
            ids: MessageIds::new(),
            body: text(args.payload),
            pace: args.rate.map(|rate| Pace {
                start,
                interval: Duration::from_secs(1) / rate.max(1),
                sent: 0,
            }),
            ready: if args.rate.is_some() { Vec::new() } else { (0..args.senders).collect() },
            counted_from: start,
            latencies: Latencies::default(),
            acked: 0,
            delivered: 0,
        })
    }

    fn send_until(&mut self, end: Instant) -> Result<()> {
        while Instant::now() < end {
            for sender in std::mem::take(&mut self.ready) {
                self.send(sender, Instant::now())?;
            }
            let mut patience = TURN;
            while let Some(due) = self.pace.as_ref().map(Pace::next) {
                patience = due.saturating_duration_since(Instant::now());
                if !patience.is_zero() {
                    break;
                }
                self.send_paced(due)?;
            }
            // epoll counts whole milliseconds: for less, ask again at once. The load has a core of its own.
            self.receive(if patience < Duration::from_millis(2) { Duration::ZERO } else { patience })?;
        }
        Ok(())
    }

    fn send_paced(&mut self, due: Instant) -> Result<()> {
        let senders = self.senders.len();
        let sender = self.pace.as_mut().map_or(0, |pace| {
            pace.sent += 1;
            pace.sent as usize % senders
        });
        self.send(sender, due)
    }

    fn send(&mut self, number: usize, intended: Instant) -> Result<()> {
        let sender = &mut self.senders[number];
        let packet = send_packet(sender.next_ack, &sender.conversation, self.ids.next(), &self.body);
        sender.under_way.push_back((sender.next_ack, intended));
        sender.next_ack += 1;
        self.swarm.send(number, &packet)
    }

    fn receive(&mut self, patience: Duration) -> Result<()> {
        let closed_loop = self.pace.is_none();
        let mut refusal = None;
        let Self { swarm, senders, latencies, ready, acked, delivered, counted_from, .. } = self;
        swarm.turn(patience, |number, packet| match packet {
            Packet::Ack { id, json } => {
                if !contains(json, br#""ok":true"#) {
                    refusal = Some(String::from_utf8_lossy(json).into_owned());
                }
                let Some(intended) = senders.get_mut(number).and_then(|sender| sender.answered(id)) else {
                    return;
                };
                *acked += 1;
                if intended >= *counted_from {
                    latencies.add(intended.elapsed());
                }
                if closed_loop {
                    ready.push(number);
                }
            }
            Packet::Event { name: b"message:new", .. } => *delivered += 1,
            _ => {}
        })?;
        refusal.map_or(Ok(()), |refusal| Err(Failure::Refused(refusal)))
    }

    /// Waits for what is under way; how many sends were never answered.
    fn finish(&mut self) -> Result<usize> {
        let end = Instant::now() + GRACE;
        while self.under_way() > 0 && Instant::now() < end {
            self.receive(TURN)?;
        }
        self.receive(TURN)?;
        Ok(self.under_way())
    }

    fn under_way(&self) -> usize {
        self.senders.iter().map(|sender| sender.under_way.len()).sum()
    }
}

impl Sender {
    fn answered(&mut self, ack: u64) -> Option<Instant> {
        let place = self.under_way.iter().position(|(id, _)| *id == ack)?;
        self.under_way.remove(place).map(|(_, intended)| intended)
    }
}
