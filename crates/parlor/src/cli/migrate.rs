use clap::{Args, Subcommand};
use store::Store;

use super::ConfigArgs;
use crate::Failure;

/// `parlor migrate`.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Apply what is missing (SQLite does so by itself when it is opened)
    Up(ConfigArgs),
    /// Show what is applied and what is missing
    Status(ConfigArgs),
}

impl Migrate {
    pub(super) fn run(self) -> Result<(), Failure> {
        let runtime = super::runtime()?;
        match self.action {
            Action::Up(config) => {
                let settings = config.settings()?;
                let report = runtime.block_on(Store::migrate(&settings.database))?;
                if report.applied.is_empty() {
                    println!("{}: schema {} is up to date", settings.database, report.version);
                }
                if let Some(backup) = report.backup {
                    println!("copied to {} before", backup.display());
                }
                for name in report.applied {
                    println!("{}: applied {name}", settings.database);
                }
            }
            Action::Status(config) => {
                let settings = config.settings()?;
                let status = runtime.block_on(Store::migration_status(&settings.database))?;
                println!("{}: schema {} of {}", settings.database, status.version, status.known);
                for migration in status.migrations {
                    let state = if migration.applied { "applied" } else { "waits" };
                    println!("  {:<7}  {:<24} sha256 {}", state, migration.name, migration.checksum);
                }
            }
        }
        Ok(())
    }
}
