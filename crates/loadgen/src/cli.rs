//! The command line.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand};

/// Drives a Socket.IO chat server with many connections and reports what it took.
#[derive(Debug, Parser)]
#[command(name = "parlor-loadgen", version)]
pub(crate) struct Cli {
    /// Print one line of JSON instead of a list of figures.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// One room, one sender: server CPU per delivery and the time until everybody has a message.
    Fanout(FanoutArgs),
    /// Connections that do nothing: memory per connection.
    Idle(IdleArgs),
    /// Durable sends in pairs of people: acknowledged sends per second and their latency.
    Sends(SendsArgs),
    /// From a send to its delivery on another client of a calm server.
    Latency(LatencyArgs),
    /// Reads of a database that was seeded: a page of history, sync, unread counts, a page of conversations.
    Reads(ReadsArgs),
    /// A room with members that stop reading: what the others notice, and what becomes of those.
    Stalled(StalledArgs),
    /// Handshakes, upgrades and polls that nobody goes on with: what stays of them.
    Abandon(AbandonArgs),
    /// Many clients cut at once: how long until all are back, and what the others notice.
    Storm(StormArgs),
}

/// What every scenario needs to know about the server.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Where the server listens.
    #[arg(long)]
    pub(crate) address: SocketAddr,
    /// Process of the server, to account for its CPU time and memory.
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// First process of the database, accounted for with its children.
    #[arg(long)]
    pub(crate) database_pid: Option<u32>,
    /// Secret that signs the tokens (HS256). Without it connections are anonymous.
    #[arg(long)]
    pub(crate) secret: Option<String>,
    /// New connections per second; 0 is as fast as they are taken. Servers admit a limited number.
    #[arg(long, default_value_t = 0)]
    pub(crate) connect_rate: u32,
}

#[derive(Debug, Args)]
pub(crate) struct FanoutArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Connections in the room.
    #[arg(long, default_value_t = 1000)]
    pub(crate) connections: usize,
    /// Connections of one person, when people are known (`--secret`).
    #[arg(long, default_value_t = 4)]
    pub(crate) devices: usize,
    /// Messages that count.
    #[arg(long, default_value_t = 300)]
    pub(crate) messages: u64,
    /// Messages before them, which do not.
    #[arg(long, default_value_t = 50)]
    pub(crate) warm_up: u64,
    /// Bytes of text in a message.
    #[arg(long, default_value_t = 100)]
    pub(crate) payload: usize,
    /// Messages under way at once; the next one waits until one has reached everybody.
    #[arg(long, default_value_t = 1)]
    pub(crate) in_flight: u64,
}

#[derive(Debug, Args)]
pub(crate) struct IdleArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Connections to hold.
    #[arg(long, default_value_t = 15_000)]
    pub(crate) connections: usize,
    /// Direct conversations of each person (`--secret`); must be even.
    #[arg(long, default_value_t = 20)]
    pub(crate) conversations: usize,
    /// Names the people, so that a second call finds those of the first.
    #[arg(long)]
    pub(crate) run: Option<String>,
    /// Only make the conversations; the server can then be started afresh, without the memory that this took.
    #[arg(long, requires = "run")]
    pub(crate) prepare: bool,
    /// The conversations are there already.
    #[arg(long, requires = "run", conflicts_with = "prepare")]
    pub(crate) prepared: bool,
    /// Time for the server to come to rest before memory is read.
    #[arg(long, default_value_t = 2000)]
    pub(crate) settle_ms: u64,
}

#[derive(Debug, Args)]
pub(crate) struct SendsArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// People who send, each to the other one of a pair.
    #[arg(long, default_value_t = 500)]
    pub(crate) senders: usize,
    /// Sends per second in all. Without it each sender sends again when it was answered.
    #[arg(long)]
    pub(crate) rate: Option<u32>,
    /// Time before the count begins.
    #[arg(long, default_value_t = 1000)]
    pub(crate) warm_up_ms: u64,
    /// Time that counts.
    #[arg(long, default_value_t = 5000)]
    pub(crate) duration_ms: u64,
    /// Bytes of text in a message.
    #[arg(long, default_value_t = 100)]
    pub(crate) payload: usize,
}

#[derive(Debug, Args)]
pub(crate) struct LatencyArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Pairs of people; one message is under way in a pair.
    #[arg(long, default_value_t = 20)]
    pub(crate) pairs: usize,
    /// Messages per second in all.
    #[arg(long, default_value_t = 100)]
    pub(crate) rate: u32,
    /// Time before the count begins.
    #[arg(long, default_value_t = 500)]
    pub(crate) warm_up_ms: u64,
    /// Time that counts.
    #[arg(long, default_value_t = 4000)]
    pub(crate) duration_ms: u64,
    /// Bytes of text in a message.
    #[arg(long, default_value_t = 100)]
    pub(crate) payload: usize,
}

/// One request is under way at a time, so that what is measured is the request.
#[derive(Debug, Args)]
pub(crate) struct ReadsArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Names the people, as in `parlor dev seed --prefix load-RUN`.
    #[arg(long)]
    pub(crate) run: String,
    /// How many people were seeded.
    #[arg(long)]
    pub(crate) users: usize,
    /// How many of them read: the first, who are in most conversations, and as many from everywhere.
    #[arg(long, default_value_t = 100)]
    pub(crate) readers: usize,
    /// Requests of each kind that count.
    #[arg(long, default_value_t = 1000)]
    pub(crate) requests: usize,
}

/// The last three need a server that tells its counters at `/stats`: the `gauges` example.
#[derive(Debug, Args)]
pub(crate) struct StalledArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Members that read.
    #[arg(long, default_value_t = 1000)]
    pub(crate) healthy: usize,
    /// Members that do not, with the small buffers of a connection between machines.
    #[arg(long, default_value_t = 1000)]
    pub(crate) stalled: usize,
    /// Messages per second.
    #[arg(long, default_value_t = 40)]
    pub(crate) rate: u32,
    /// Messages that count.
    #[arg(long, default_value_t = 600)]
    pub(crate) messages: usize,
    /// Messages before them. Until the kernel's buffers are full, whoever stalls is served as a reader like others.
    #[arg(long, default_value_t = 40)]
    pub(crate) warm_up: usize,
    /// Bytes of text in a message.
    #[arg(long, default_value_t = 4000)]
    pub(crate) payload: usize,
}

#[derive(Debug, Args)]
pub(crate) struct AbandonArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Connections abandoned per second.
    #[arg(long, default_value_t = 40)]
    pub(crate) rate: u32,
    /// How long.
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u64,
    /// Time after which the server holds as many as it ever will: its longest patience. Memory is watched from then on.
    #[arg(long, default_value_t = 15)]
    pub(crate) steady_after: u64,
    /// How long the last of them may stay.
    #[arg(long, default_value_t = 60)]
    pub(crate) patience: u64,
}

#[derive(Debug, Args)]
pub(crate) struct StormArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Connections that are cut.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) clients: usize,
    /// Members of a room that are not.
    #[arg(long, default_value_t = 1000)]
    pub(crate) established: usize,
    /// Messages per second among those.
    #[arg(long, default_value_t = 20)]
    pub(crate) rate: u32,
    /// How long they are watched before the cut.
    #[arg(long, default_value_t = 10)]
    pub(crate) calm_seconds: u64,
    /// How long they are watched from the cut on; who is not back by then is late.
    #[arg(long, default_value_t = 60)]
    pub(crate) storm_seconds: u64,
}
