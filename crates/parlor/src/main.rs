//! `parlor`: see `parlor --help`.

use std::process::ExitCode;

use clap::Parser;
use parlor::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("parlor: {failure}");
            failure.exit_code()
        }
    }
}
