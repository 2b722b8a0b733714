//! The command line.

mod backup;
mod check;
mod dev;
mod doctor;
mod init;
mod logging;
mod migrate;
mod restore;
mod serve;
mod token;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{
    Failure,
    config::{Settings, Sources},
};

const EXAMPLES: &str = "Examples:
  PARLOR_DEMO=1 parlor serve                       try it out: demo people, no passwords
  parlor init && parlor serve --config parlor.toml start with a configuration of your own
  parlor token --config parlor.toml --user ada     a login to try things with

Exit codes: 0 done, 1 something outside did not work, 2 wrong arguments or configuration.
Of `check`: 0 all is well, 1 something was found, 2 it could not look.";

/// Messaging that you drop into your app.
#[derive(Debug, Parser)]
#[command(name = "parlor", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Write a commented configuration with new secrets
    Init(init::Init),
    /// Print a login for a user, to try things with
    Token(token::Token),
    /// Check configuration and database, and say what to do
    Doctor(doctor::Doctor),
    /// Bring the database's schema up to date
    Migrate(migrate::Migrate),
    /// Copy the embedded database while it is in use
    Backup(backup::Backup),
    /// Put a backup in the place of the embedded database, and keep what was there
    Restore(restore::Restore),
    /// Look whether what the database holds fits together
    Check(check::Check),
    /// Tools for developing and measuring
    Dev(dev::Dev),
    /// Print the OpenAPI document
    Openapi,
}

/// Where the configuration is.
#[derive(Debug, Args)]
struct ConfigArgs {
    /// The configuration file
    #[arg(long, value_name = "FILE", env = "PARLOR_CONFIG")]
    config: Option<PathBuf>,
    /// Folder for the embedded database and other files
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
}

impl ConfigArgs {
    fn sources(&self) -> Result<Sources, Failure> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut sources = Sources::read(self.config.as_deref(), environment)?;
        sources.set_flag("data_dir", "--data-dir", self.data_dir.clone());
        Ok(sources)
    }

    fn settings(&self) -> Result<Settings, Failure> {
        Settings::parse(&self.sources()?)
    }
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong, ready to be shown.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Init(init) => init.run(),
            Command::Token(token) => token.run(),
            Command::Doctor(doctor) => doctor.run(),
            Command::Migrate(migrate) => migrate.run(),
            Command::Backup(backup) => backup.run(),
            Command::Restore(restore) => restore.run(),
            Command::Check(check) => check.run(),
            Command::Dev(dev) => dev.run(),
            Command::Openapi => {
                println!("{}", server::openapi_json());
                Ok(())
            }
        }
    }
}

/// A runtime for commands that wait.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("parlor")
        .build()
        .map_err(|error| Failure::Outside(format!("threads cannot be started: {error}")))
}
