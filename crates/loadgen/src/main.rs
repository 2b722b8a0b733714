//! The load generator: a client that knows the wire and nothing of the server.
//!
//! One thread drives every connection through epoll, so that the load costs one core and the server has the other.
//! It speaks Socket.IO over WebSocket to whatever serves `/socket.io/`: Parlor, the peers and the floor program alike.

mod cli;
mod clock;
mod failure;
mod gauges;
mod people;
mod process;
mod report;
mod rest;
mod scenarios;
mod stats;
mod swarm;
mod wire;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match scenarios::run(&cli) {
        Ok(report) => {
            report::print(&report, cli.json);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("parlor-loadgen: {failure}");
            ExitCode::FAILURE
        }
    }
}
