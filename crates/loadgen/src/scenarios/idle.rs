//! Memory of connections that do nothing.
//!
//! The first of them only warm the server up (code paths compiled, pools filled): the figure is the slope after them.

use std::time::Duration;

use serde::Serialize;

use crate::cli::IdleArgs;
use crate::failure::{Failure, Result};
use crate::people::{self, Person};
use crate::process::{kernel_slab_kib, resident_kib};
use crate::rest::{self, NewConversation};
use crate::stats::round;
use crate::swarm::Swarm;

/// One connection in so many warms up.
const WARM_UP_SHARE: usize = 10;

#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    connections: usize,
    conversations_each: usize,
    resident_before_mib: f64,
    resident_after_mib: f64,
    /// User space of the server, per connection after the first tenth.
    kib_per_connection: f64,
    /// Slab of the machine for both ends of a connection; other programs count too.
    kernel_slab_kib_per_connection: Option<f64>,
}

pub(super) fn run(args: &IdleArgs) -> Result<Report> {
    let settle = Duration::from_millis(args.settle_ms);
    let resident = || resident_kib(&args.target).ok_or_else(|| Failure::Usage("memory needs --pid".into()));
    let auths = introduce(args)?;
    if args.prepare {
        return Ok(Report { conversations_each: args.conversations, ..Report::default() });
    }
    let (first, rest) = auths.split_at(args.connections.div_ceil(WARM_UP_SHARE));
    let mut swarm = Swarm::new(args.target.address)?;

    swarm.join(first.iter().cloned(), args.target.connect_rate)?;
    swarm.linger(settle, |_, _| {})?;
    let (before, slab_before) = (resident()?, kernel_slab_kib());

    swarm.join(rest.iter().cloned(), args.target.connect_rate)?;
    swarm.linger(settle, |_, _| {})?;
    let (after, slab_after) = (resident()?, kernel_slab_kib());

    let each = |kib: f64| round(kib / rest.len() as f64);
    Ok(Report {
        connections: swarm.len(),
        conversations_each: if args.target.secret.is_some() { args.conversations } else { 0 },
        resident_before_mib: round(before / 1024.0),
        resident_after_mib: round(after / 1024.0),
        kib_per_connection: each(after - before),
        kernel_slab_kib_per_connection: slab_before
            .zip(slab_after)
            .map(|(before, after)| each(after - before)),
    })
}

/// What each connection says in CONNECT.
fn introduce(args: &IdleArgs) -> Result<Vec<String>> {
    if args.target.secret.is_none() {
        return Ok(vec![String::new(); args.connections]);
    }
    if args.conversations >= args.connections {
        return Err(Failure::Usage("--conversations must be fewer than --connections".into()));
    }
    let people = people::invent(args.connections, args.target.secret.as_deref(), args.run.as_deref())?;
    if !args.prepared {
        acquaint(args, &people)?;
    }
    Ok(people.iter().map(Person::auth).collect())
}

/// People stand in a ring and know the next ones on both sides: each has as many direct conversations as wanted, and no
/// two have the same ones.
fn acquaint(args: &IdleArgs, people: &[Person]) -> Result<()> {
    let ring = |person: usize, steps: usize| &people[(person + steps) % people.len()];
    let wanted: Vec<_> = (0..people.len())
        .flat_map(|person| (1..=args.conversations / 2).map(move |steps| (person, steps)))
        .map(|(person, steps)| NewConversation::direct(&people[person], ring(person, steps)))
        .collect();
    rest::create(args.target.address, &wanted)?;
    Ok(())
}
