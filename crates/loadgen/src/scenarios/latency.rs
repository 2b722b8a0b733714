//! From a send to its delivery on another client, on a server that has little to do.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::{send_packet, text};
use crate::cli::LatencyArgs;
use crate::clock::MessageIds;
use crate::failure::{Failure, Result};
use crate::people::{self, Person};
use crate::rest::{self, NewConversation};
use crate::stats::{Latencies, Summary};
use crate::swarm::Swarm;
use crate::wire::packet::{Packet, contains};

/// A message that has not arrived by then never will.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pairs: usize,
    rate: u32,
    lost: usize,
    delivery: Summary,
}

/// The first of two sends, the second receives; connections `2n` and `2n + 1`.
struct Pair {
    conversation: String,
    under_way: Option<Instant>,
}

pub(super) fn run(args: &LatencyArgs) -> Result<Report> {
    let people = people::invent(args.pairs * 2, args.target.secret.as_deref(), None)?;
    let wanted: Vec<_> = people.chunks(2).map(|pair| NewConversation::direct(&pair[0], &pair[1])).collect();
    let conversations = rest::create(args.target.address, &wanted)?;
    let mut pairs: Vec<_> =
        conversations.into_iter().map(|conversation| Pair { conversation, under_way: None }).collect();
    let mut swarm = Swarm::new(args.target.address)?;
    swarm.join(people.iter().map(Person::auth), args.target.connect_rate)?;

    let (body, mut ids, mut latencies) = (text(args.payload), MessageIds::new(), Latencies::default());
    let interval = Duration::from_secs(1) / args.rate.max(1);
    let counted_from = Instant::now() + Duration::from_millis(args.warm_up_ms);
    let end = counted_from + Duration::from_millis(args.duration_ms);
    let mut due = Instant::now();
    for turn in 0.. {
        if due > end {
            break;
        }
        wait(&mut swarm, &mut pairs, due, counted_from, &mut latencies)?;
        let number = turn % args.pairs;
        if pairs[number].under_way.is_none() {
            pairs[number].under_way = Some(Instant::now());
            swarm.send(
                number * 2,
                &send_packet(turn as u64, &pairs[number].conversation, ids.next(), &body),
            )?;
        }
        due += interval;
    }
    let deadline = Instant::now() + GRACE;
    while pairs.iter().any(|pair| pair.under_way.is_some()) && Instant::now() < deadline {
        let soon = Instant::now() + Duration::from_millis(20);
        wait(&mut swarm, &mut pairs, soon, counted_from, &mut latencies)?;
    }
    let lost = pairs.iter().filter(|pair| pair.under_way.is_some()).count();
    Ok(Report { pairs: args.pairs, rate: args.rate, lost, delivery: latencies.summary() })
}

/// Receives until `due`.
fn wait(
    swarm: &mut Swarm,
    pairs: &mut [Pair],
    due: Instant,
    counted_from: Instant,
    latencies: &mut Latencies,
) -> Result<()> {
    let mut refusal = None;
    swarm.linger(due.saturating_duration_since(Instant::now()), |connection, packet| match packet {
        Packet::Event { name: b"message:new", .. } if connection % 2 == 1 => {
            if let Some(sent) = pairs[connection / 2].under_way.take()
                && sent >= counted_from
            {
                latencies.add(sent.elapsed());
            }
        }
        Packet::Ack { json, .. } if !contains(json, br#""ok":true"#) => {
            refusal = Some(String::from_utf8_lossy(json).into_owned());
        }
        _ => {}
    })?;
    refusal.map_or(Ok(()), |refusal| Err(Failure::Refused(refusal)))
}
