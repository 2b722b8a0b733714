use clap::{Args, Subcommand};

use super::ConfigArgs;
use crate::{
    Failure, System,
    seed::{Conversations, SeedOptions, seed},
};

/// `parlor dev`.
#[derive(Debug, Args)]
pub(super) struct Dev {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fill an empty database with users, conversations and messages
    Seed(Seed),
}

#[derive(Debug, Args)]
struct Seed {
    #[command(flatten)]
    config: ConfigArgs,
    /// How many messages
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    messages: u64,
    /// How many conversations: direct ones and groups, few of them busy
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    conversations: usize,
    /// Instead, so many direct conversations for each user (an even number)
    #[arg(long, value_name = "N", conflicts_with = "conversations")]
    conversations_per_user: Option<usize>,
    /// How many users
    #[arg(long, value_name = "N", default_value_t = 500)]
    users: usize,
    /// Users are called PREFIX-0, PREFIX-1 and so on
    #[arg(long, default_value = "seed")]
    prefix: String,
    /// The same number makes the same conversations and messages
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Add to a database that is not empty
    #[arg(long)]
    append: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

impl Dev {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Action::Seed(wanted) = self.action;
        let settings = wanted.config.settings()?;
        let conversations = wanted
            .conversations_per_user
            .map_or(Conversations::Mixed(wanted.conversations), Conversations::PerUser);
        let options = SeedOptions {
            messages: wanted.messages,
            users: wanted.users,
            conversations,
            prefix: wanted.prefix,
            seed: wanted.seed,
            append: wanted.append,
            group_members: settings.limits.group_members,
            quiet: wanted.quiet,
        };
        super::runtime()?.block_on(seed(&settings.database, &options, &System))?;
        println!(
            "{}: {} messages for the users {prefix}-0 to {prefix}-{}",
            settings.database,
            options.messages,
            options.users.saturating_sub(1),
            prefix = options.prefix
        );
        Ok(())
    }
}
