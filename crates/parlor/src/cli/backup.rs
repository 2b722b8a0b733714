use std::path::PathBuf;

use clap::Args;
use store::Store;

use super::ConfigArgs;
use crate::Failure;

/// `parlor backup`.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to write the copy
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Backup {
    pub(super) fn run(self) -> Result<(), Failure> {
        let shown = self.file.display();
        if self.file.exists() && !self.force {
            return Err(Failure::Config(format!(
                "{shown} is there already; choose another name, or replace it with --force"
            )));
        }
        let settings = self.config.settings()?;
        super::runtime()?.block_on(Store::back_up(&settings.database, &self.file))?;
        println!("{}: copied to {shown} and checked", settings.database);
        Ok(())
    }
}
