use std::path::PathBuf;

use clap::Args;
use service::chat::Environment;
use store::{DatabaseUrl, Store, StoreError};

use super::ConfigArgs;
use crate::{
    Failure, System,
    run::{lock_database, prepare_data_dir},
};

/// `parlor restore`.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// What `parlor backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Restore {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.config.settings()?;
        let url = &settings.database;
        // Held until the end, so that no server starts meanwhile.
        let _lock = match url {
            DatabaseUrl::Sqlite(_) => {
                prepare_data_dir(&settings)?;
                lock_database(url)?
            }
            DatabaseUrl::Postgres(_) => None,
        };
        let kept = format!(".replaced-{}", date(System.now().0));
        let restored = super::runtime()?
            .block_on(Store::restore(url, &self.file, &kept))
            .map_err(|error| nothing_changed(error, &self.file.display().to_string()))?;
        let rows = restored.rows;
        println!("{}: whole, schema {}", self.file.display(), restored.schema);
        println!(
            "{url}: restored {} users, {} conversations, {} messages ({} bytes), under a new epoch",
            rows.users, rows.conversations, rows.messages, restored.bytes
        );
        for file in &restored.kept {
            println!("kept what was there: {}", file.display());
        }
        println!("Next: parlor check, then parlor serve. Clients read everything afresh.");
        Ok(())
    }
}

fn nothing_changed(error: StoreError, file: &str) -> Failure {
    match Failure::from(error) {
        Failure::Config(why) => Failure::Config(format!("{why}; nothing was changed")),
        other => Failure::Outside(format!("{file} was not restored: {other}; nothing was changed")),
    }
}

/// As in `20261121T155025Z`: ISO 8601, which sorts by time and is a good name of a file.
fn date(ms: i64) -> String {
    let text = protocol::Time(ms).to_string();
    let whole = text.split('.').next().unwrap_or_default();
    format!("{}Z", whole.replace(['-', ':'], ""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_date_is_a_name() {
        assert_eq!(super::date(1_795_276_225_123), "20261121T155025Z");
    }
}
