//! What can be measured; one file each.

mod abandon;
mod fanout;
mod idle;
mod latency;
mod pulse;
mod reads;
mod sends;
mod stalled;
mod storm;

use serde_json::Value;

use crate::cli::{Cli, Command};
use crate::failure::Result;

/// Runs one scenario; its report as JSON.
pub(crate) fn run(cli: &Cli) -> Result<Value> {
    Ok(match &cli.command {
        Command::Fanout(args) => serde_json::to_value(fanout::run(args)?)?,
        Command::Idle(args) => serde_json::to_value(idle::run(args)?)?,
        Command::Sends(args) => serde_json::to_value(sends::run(args)?)?,
        Command::Latency(args) => serde_json::to_value(latency::run(args)?)?,
        Command::Reads(args) => serde_json::to_value(reads::run(args)?)?,
        Command::Stalled(args) => serde_json::to_value(stalled::run(args)?)?,
        Command::Abandon(args) => serde_json::to_value(abandon::run(args)?)?,
        Command::Storm(args) => serde_json::to_value(storm::run(args)?)?,
    })
}

/// The event that sends a message, with its ack id.
fn send_packet(ack: u64, conversation_id: &str, id: uuid::Uuid, body: &str) -> Vec<u8> {
    // Written by hand: this runs tens of thousands of times a second, and no value needs escaping.
    format!(
        r#"42{ack}["message:send",{{"conversation_id":"{conversation_id}","id":"{id}","body":"{body}"}}]"#
    )
    .into_bytes()
}

/// Text of a message.
fn text(bytes: usize) -> String {
    "x".repeat(bytes)
}
