//! The floor of the benchmarks: what the machine gives when nothing but the unavoidable is done.
//!
//! `fanout` writes one message to N connections in a plain loop. `sqlite` commits groups of sends and does nothing else.
//! Neither is a server; a real one is measured by how close it comes.

mod fanout;
mod sqlite;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "parlor-floor", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a room with a bare write loop.
    Fanout {
        #[arg(long)]
        port: u16,
    },
    /// Commit groups of sends to SQLite; prints JSON.
    Sqlite {
        /// Folder for the database, on the disk that counts.
        #[arg(long)]
        dir: PathBuf,
        /// Closed-loop writers: each hands in its next send when the last one is committed.
        #[arg(long, default_value_t = 500)]
        writers: usize,
        #[arg(long, default_value_t = 1000)]
        warm_up_ms: u64,
        #[arg(long, default_value_t = 3000)]
        duration_ms: u64,
        /// Bytes of text in a message.
        #[arg(long, default_value_t = 100)]
        payload: usize,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor-floor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Fanout { port } => fanout::serve(port),
        Command::Sqlite { dir, writers, warm_up_ms, duration_ms, payload } => {
            let load = sqlite::Load { writers, warm_up_ms, duration_ms, payload };
            println!("{}", sqlite::measure(&dir, &load)?);
            Ok(())
        }
    }
}
