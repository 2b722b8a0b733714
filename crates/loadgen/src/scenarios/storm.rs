//! Everybody is cut at once and comes back as official clients do: after one second, then two, four and five, each give
//! or take half, again and again while the server says 503.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::pulse::Pulse;
use crate::cli::StormArgs;
use crate::failure::{Failure, Result};
use crate::stats::{Latencies, Summary, round};
use crate::swarm::{Buffers, Heard, Swarm};
use crate::wire::packet::Packet;

/// Bytes of text in a message of the others.
const PAYLOAD: usize = 100;
/// Keeps a client out of the room of the others.
const APART: &str = r#"{"room":false}"#;
/// Cuts between two looks at the network, so that what is late is not late here.
const CUTS_PER_TURN: usize = 64;
/// Dials between two looks at the network.
const DIALS_PER_TURN: usize = 16;
/// How long a client waits for an answer (official ones: 20 s).
const TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug, Serialize)]
pub(super) struct Report {
    clients: usize,
    established: usize,
    /// From the cut until the last one had joined; none if that did not happen.
    all_back_seconds: Option<f64>,
    back: usize,
    attempts: usize,
    /// Attempts that the server turned away.
    refused: usize,
    established_lost: usize,
    /// Deliveries among those who were not cut, before the cut.
    calm: Summary,
    /// And from the cut on, for as long as they were watched.
    storm: Summary,
    /// The part of it until all were back.
    until_back: Summary,
}

/// One that was cut.
#[derive(Clone, Copy, Default, PartialEq)]
enum Client {
    #[default]
    Away,
    /// Since the attempt of this number.
    Dialling(u32),
    Back,
}

struct Storm<'a> {
    args: &'a StormArgs,
    swarm: Swarm,
    pulse: Pulse,
    /// By connection; those of the room stand first and are not cut.
    clients: Vec<Client>,
    attempts_of: Vec<u32>,
    /// When to dial whom, or to give up the attempt of this number.
    agenda: BinaryHeap<Reverse<(Instant, usize, Option<u32>)>>,
    back: usize,
    attempts: usize,
    refused: usize,
    established_lost: usize,
    random: u64,
}

pub(super) fn run(args: &StormArgs) -> Result<Report> {
    let mut swarm = Swarm::new(args.target.address)?;
    swarm.join(vec![String::new(); args.established], args.target.connect_rate)?;
    swarm.join(vec![APART.to_owned(); args.clients], args.target.connect_rate)?;
    let mut storm = Storm::new(args, swarm);
    let calm_end = Instant::now() + Duration::from_secs(args.calm_seconds);
    while Instant::now() < calm_end {
        storm.turn()?;
    }
    let calm = storm.pulse.take().summary();

    let (start, mut all_back, mut until_back) = (Instant::now(), None, Latencies::default());
    storm.cut()?;
    while start.elapsed() < Duration::from_secs(args.storm_seconds) {
        storm.dial_who_is_due()?;
        storm.turn()?;
        if storm.back == args.clients && all_back.is_none() {
            all_back = Some(round(start.elapsed().as_secs_f64()));
            until_back = storm.pulse.take();
        }
    }
    Ok(Report {
        clients: args.clients,
        established: args.established,
        all_back_seconds: all_back,
        back: storm.back,
        attempts: storm.attempts,
        refused: storm.refused,
        established_lost: storm.established_lost,
        calm,
        storm: storm.pulse.take().and(&until_back).summary(),
        until_back: until_back.summary(),
    })
}

impl<'a> Storm<'a> {
    fn new(args: &'a StormArgs, swarm: Swarm) -> Self {
        let all = swarm.len();
        Self {
            args,
            swarm,
            pulse: Pulse::new(args.rate, PAYLOAD),
            clients: vec![Client::Back; all],
            attempts_of: vec![0; all],
            agenda: BinaryHeap::new(),
            back: 0,
            attempts: 0,
            refused: 0,
            established_lost: 0,
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    fn cut(&mut self) -> Result<()> {
        for number in self.args.established..self.clients.len() {
            self.swarm.cut(number);
            self.clients[number] = Client::Away;
            self.come_again(number);
            if number.is_multiple_of(CUTS_PER_TURN) {
                self.turn()?;
            }
        }
        Ok(())
    }

    /// Puts the next attempt on the agenda.
    fn come_again(&mut self, number: usize) {
        let delay = (1000_u64 << self.attempts_of[number].min(3)).min(5000);
        let due = Instant::now() + Duration::from_millis(delay / 2 + self.chance(delay));
        self.agenda.push(Reverse((due, number, None)));
    }

    /// Below `bound` (xorshift: only spread matters).
    fn chance(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }

    fn dial_who_is_due(&mut self) -> Result<()> {
        let now = Instant::now();
        for _ in 0..DIALS_PER_TURN {
            let Some(Reverse((due, number, given_up))) = self.agenda.peek().copied() else { break };
            if due > now {
                break;
            }
            self.agenda.pop();
            match (self.clients[number], given_up) {
                (Client::Away, None) => self.dial(number)?,
                (Client::Dialling(attempt), Some(late)) if attempt == late => {
                    self.swarm.cut(number);
                    self.clients[number] = Client::Away;
                    self.come_again(number);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn dial(&mut self, number: usize) -> Result<()> {
        self.attempts += 1;
        self.attempts_of[number] += 1;
        let attempt = self.attempts_of[number];
        self.clients[number] = Client::Dialling(attempt);
        self.agenda.push(Reverse((Instant::now() + TIMEOUT, number, Some(attempt))));
        self.swarm.redial(number, APART.to_owned(), Buffers::Default)
    }

    fn turn(&mut self) -> Result<()> {
        if let Some(packet) = self.pulse.beat() {
            self.swarm.send(0, &packet)?;
        }
        let next = self
            .agenda
            .peek()
            .map_or(Duration::MAX, |Reverse((due, ..))| due.saturating_duration_since(Instant::now()));
        let (mut turned_away, established) = (Vec::new(), self.args.established);
        let Self { swarm, pulse, clients, back, established_lost, .. } = self;
        swarm.tolerant_turn(pulse.pause().min(next), |number, heard| match heard {
            Heard::Packet(Packet::Event { json, .. }) => pulse.heard(json),
            Heard::Packet(Packet::Connected) if number >= established => {
                clients[number] = Client::Back;
                *back += 1;
            }
            Heard::Packet(_) => {}
            Heard::Lost(_) if number < established => *established_lost += 1,
            Heard::Lost(why) => {
                if clients[number] == Client::Back {
                    *back -= 1;
                }
                turned_away.push((number, matches!(why, Failure::Refused(_))));
            }
        })?;
        for (number, refused) in turned_away {
            self.refused += usize::from(refused);
            self.clients[number] = Client::Away;
            self.come_again(number);
        }
        Ok(())
    }
}
