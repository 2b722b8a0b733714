//! One room, one sender. Without `--secret` the server is the `room` example or a peer like it: `message` with a string
//! goes to everybody. With it, a group of people with several devices each, and `message:send` through the product.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{send_packet, text};
use crate::cli::FanoutArgs;
use crate::clock::MessageIds;
use crate::failure::{Failure, Result};
use crate::people;
use crate::process::{Cpu, resident_kib};
use crate::rest::{self, NewConversation};
use crate::stats::{Latencies, Summary, round};
use crate::swarm::Swarm;
use crate::wire::packet::{Packet, contains};

const PATIENCE: Duration = Duration::from_secs(10);
/// The connection that sends.
const SENDER: usize = 0;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    connections: u64,
    messages: u64,
    deliveries: u64,
    deliveries_per_second: f64,
    server_cpu_us_per_delivery: f64,
    database_cpu_us_per_delivery: f64,
    /// All frames that clients got, per member and message: 1 is the message alone.
    frames_per_delivery: f64,
    resident_mib: Option<f64>,
    /// From the send until everybody had it.
    until_everybody: Summary,
}

pub(super) fn run(args: &FanoutArgs) -> Result<Report> {
    let mut swarm = Swarm::new(args.target.address)?;
    let messages = gather(args, &mut swarm)?;
    let mut room = Room::new(swarm, messages, args.in_flight);
    room.exchange(args.warm_up)?;

    room.latencies = Latencies::default();
    room.other_frames = 0;
    let (cpu, start) = (Cpu::read(&args.target), Instant::now());
    room.exchange(args.messages)?;
    let (cpu, seconds) = (Cpu::read(&args.target).since(cpu), start.elapsed().as_secs_f64());

    let deliveries = args.messages * room.members();
    let per_delivery = |seconds: f64| round(seconds * 1e6 / deliveries as f64);
    Ok(Report {
        connections: room.members(),
        messages: args.messages,
        deliveries,
        deliveries_per_second: round(deliveries as f64 / seconds),
        server_cpu_us_per_delivery: per_delivery(cpu.server),
        database_cpu_us_per_delivery: per_delivery(cpu.database),
        frames_per_delivery: round((deliveries + room.other_frames) as f64 / deliveries as f64),
        resident_mib: resident_kib(&args.target).map(|kib| round(kib / 1024.0)),
        until_everybody: room.latencies.summary(),
    })
}

/// Connects everybody; what the sender will say.
fn gather(args: &FanoutArgs, swarm: &mut Swarm) -> Result<Messages> {
    let body = text(args.payload);
    if args.target.secret.is_none() {
        swarm.join(vec![String::new(); args.connections], args.target.connect_rate)?;
        return Ok(Messages::Room(format!("42[\"message\",\"{body}\"]").into_bytes()));
    }
    let people =
        people::invent(args.connections.div_ceil(args.devices), args.target.secret.as_deref(), None)?;
    let group = NewConversation::group(&people[SENDER], &people[1..]);
    let conversation = rest::create(args.target.address, &[group])?.remove(0);
    let devices = (0..args.connections).map(|device| people[device % people.len()].auth());
    swarm.join(devices, args.target.connect_rate)?;
    Ok(Messages::Chat { conversation, body, ids: MessageIds::new() })
}

/// Makes one message after the other.
enum Messages {
    /// Always the same packet.
    Room(Vec<u8>),
    Chat {
        conversation: String,
        body: String,
        ids: MessageIds,
    },
}

impl Messages {
    fn next(&mut self) -> Vec<u8> {
        match self {
            Self::Room(packet) => packet.clone(),
            Self::Chat { conversation, body, ids } => send_packet(0, conversation, ids.next(), body),
        }
    }

    /// The event by which members get it.
    fn event(&self) -> &'static [u8] {
        match self {
            Self::Room(_) => b"message",
            Self::Chat { .. } => b"message:new",
        }
    }
}

struct Room {
    swarm: Swarm,
    messages: Messages,
    in_flight: u64,
    sent: u64,
    received: u64,
    /// Frames that are neither a delivery nor the sender's ack.
    other_frames: u64,
    /// When those were sent that not everybody has.
    under_way: VecDeque<Instant>,
    latencies: Latencies,
}

impl Room {
    fn new(swarm: Swarm, messages: Messages, in_flight: u64) -> Self {
        let (under_way, latencies) = (VecDeque::new(), Latencies::default());
        Self { swarm, messages, in_flight, sent: 0, received: 0, other_frames: 0, under_way, latencies }
    }

    fn members(&self) -> u64 {
        self.swarm.len() as u64
    }

    /// Sends `count` more messages and waits until everybody has them.
    fn exchange(&mut self, count: u64) -> Result<()> {
        let last = self.sent + count;
        let members = self.members();
        let mut heard = Instant::now();
        while self.received < last * members {
            while self.sent < last && self.sent < self.received / members + self.in_flight {
                self.swarm.send(SENDER, &self.messages.next())?;
                self.under_way.push_back(Instant::now());
                self.sent += 1;
            }
            let (before, event) = (self.received, self.messages.event());
            let (received, other_frames, mut refusal) = (&mut self.received, &mut self.other_frames, None);
            self.swarm.turn(Duration::from_secs(1), |_, packet| match packet {
                Packet::Event { name, .. } if name == event => *received += 1,
                Packet::Ack { json, .. } if contains(json, br#""ok":true"#) => {}
                Packet::Ack { json, .. } => refusal = Some(String::from_utf8_lossy(json).into_owned()),
                _ => *other_frames += 1,
            })?;
            if let Some(refusal) = refusal {
                return Err(Failure::Refused(refusal));
            }
            if self.received > before {
                heard = Instant::now();
                self.note_complete(self.received / members - before / members);
            } else if heard.elapsed() > PATIENCE {
                let state = format!("{} of {} deliveries", self.received, last * members);
                return Err(Failure::Stalled { seconds: PATIENCE.as_secs(), state });
            }
        }
        Ok(())
    }

    /// That many more messages have been delivered as often as there are members.
    fn note_complete(&mut self, messages: u64) {
        for _ in 0..messages {
            if let Some(sent) = self.under_way.pop_front() {
                self.latencies.add(sent.elapsed());
            }
        }
    }
}
