//! Counts blocks of messages, so that much that is unread is soon summed.

use store::{Store, StoreError};

use super::schedules::Run;

/// The name of the schedule.
pub const NAME: &str = "counting";

/// How often.
pub const PERIOD_MS: i64 = 300_000;

/// Blocks that one transaction counts: it is short, so sends go on between two of them.
const BLOCKS_PER_CHUNK: i64 = 128;

/// Counts all that is not counted, as long as the run holds its schedule; without a run, to the end.
///
/// # Errors
/// `Unavailable`; what was counted until then stays so.
pub async fn count(store: Store, run: Option<Run>) -> Result<(), StoreError> {
    let mut after = Some(0);
    while let Some(from) = after {
        let (found, next) = store.uncounted(from).await?;
        for chunk in found.into_iter().flat_map(|blocks| blocks.in_parts(BLOCKS_PER_CHUNK)) {
            if let Some(run) = &run
                && !run.goes_on().await?
            {
                return Ok(());
            }
            store.count(chunk).await?;
        }
        after = next;
    }
    Ok(())
}
