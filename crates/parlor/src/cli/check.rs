use clap::Args;
use service::chat::Environment;
use store::{CheckReport, Store};

use super::ConfigArgs;
use crate::{Failure, System};

/// `parlor check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    config: ConfigArgs,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let unchecked = |failure: Failure| Failure::Unchecked(failure.to_string());
        let settings = self.config.settings().map_err(unchecked)?;
        let looking = Store::check(&settings.database, System.now());
        let report = super::runtime()
            .and_then(|runtime| runtime.block_on(looking).map_err(Failure::from))
            .map_err(unchecked)?;
        let rows = report.rows;
        println!(
            "{}: schema {}, {} users, {} conversations, {} messages",
            settings.database, report.schema, rows.users, rows.conversations, rows.messages
        );
        print_rules(&report);
        match report.broken() {
            0 => Ok(()),
            broken => Err(Failure::Inconsistent(broken)),
        }
    }
}

/// Lines for people, and for programs: a verdict, a name, a count, and what follows is for people.
fn print_rules(report: &CheckReport) {
    for rule in &report.rules {
        let verdict = if rule.found == 0 { "ok" } else { "FOUND" };
        print!("{verdict:<6} {:<18} {}", rule.name, rule.found);
        if rule.found > 0 {
            print!(" {}", rule.about);
        }
        if let Some(example) = &rule.example {
            print!("; one is {example}");
        }
        println!();
    }
    for name in &report.left_out {
        println!("{:<6} {name:<18} - not looked at, since the database cannot be read", "LEFT");
    }
    println!("{} rules, {} broken", report.rules.len() + report.left_out.len(), report.broken());
}
