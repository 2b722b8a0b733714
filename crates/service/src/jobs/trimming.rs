//! Keeps the streams of changes from growing for ever. What a client misses beyond is a reset.

use chat::Timestamp;
use store::{Overlong, Store, StoreError, Streams};

use super::schedules::Run;

/// The name of the schedule.
pub const NAME: &str = "trimming";

/// How often.
pub const PERIOD_MS: i64 = 600_000;

const DAY_MS: i64 = 86_400_000;

/// Rows that one transaction deletes: it is short, so sends go on between two of them.
const ROWS_PER_CHUNK: i64 = 1_000;

/// How many changes are kept of each stream, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Of a conversation (`limits.changes_kept_rows`).
    pub changes: usize,
    /// Of a user's own (`limits.user_changes_kept_rows`).
    pub user_changes: usize,
    /// For how many days at least, of either (`limits.changes_kept_days`); 0: however old.
    pub days: usize,
}

/// Trims all streams, as long as the run holds its schedule.
///
/// # Errors
/// `Unavailable`; what was trimmed until then stays so.
pub async fn trim(store: Store, kept: Kept, run: Run) -> Result<(), StoreError> {
    for (streams, rows) in [(Streams::Conversations, kept.changes), (Streams::Users, kept.user_changes)] {
        let mut after = Some(0);
        while let Some(from) = after {
            let look = store.overlong(streams, from, rows).await?;
            if !forget(&store, streams, &look.overlong, &run).await? {
                return Ok(());
            }
            if kept.days > 0 && !forget_old(&store, streams, from, kept.days, &run).await? {
                return Ok(());
            }
            after = look.next;
        }
    }
    Ok(())
}

/// Forgets what was there at the last mark, once that is old enough, and marks how far streams have come now.
/// False: the run has lost its schedule.
async fn forget_old(
    store: &Store,
    streams: Streams,
    from: i64,
    days: usize,
    run: &Run,
) -> Result<bool, StoreError> {
    let now = run.now();
    let before = Timestamp(now.0 - i64::try_from(days).unwrap_or(i64::MAX / DAY_MS) * DAY_MS);
    let aged = store.aged(streams, from, before).await?;
    if !forget(store, streams, &aged, run).await? || !run.goes_on().await? {
        return Ok(false);
    }
    store.mark(streams, from, before, now).await?;
    Ok(true)
}

/// Forgets these ranges, a chunk at a time. False: the run has lost its schedule.
async fn forget(store: &Store, streams: Streams, ranges: &[Overlong], run: &Run) -> Result<bool, StoreError> {
    for chunk in chunks(ranges) {
        if !run.goes_on().await? {
            return Ok(false);
        }
        store.trim(streams, &chunk).await?;
    }
    Ok(true)
}

/// Ranges of at most [`ROWS_PER_CHUNK`] rows together, each stream at most once in one of them.
fn chunks(overlong: &[Overlong]) -> Vec<Vec<Overlong>> {
    let mut chunks = Vec::new();
    let (mut chunk, mut room) = (Vec::new(), ROWS_PER_CHUNK);
    for stream in overlong {
        let mut after = stream.after;
        while after < stream.upto {
            let upto = stream.upto.min(after + room);
            chunk.push(Overlong { after, upto, ..*stream });
            room -= upto - after;
            after = upto;
            if room == 0 {
                chunks.push(std::mem::take(&mut chunk));
                room = ROWS_PER_CHUNK;
            }
        }
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_so_many_rows_and_each_stream_once() {
        let stream = |key, after, upto| Overlong { key, after, upto };
        assert_eq!(chunks(&[]), Vec::<Vec<Overlong>>::new());
        assert_eq!(chunks(&[stream(1, 0, 1_000)]), [[stream(1, 0, 1_000)]]);
        let many = [stream(1, 5, 205), stream(2, 0, 2_000), stream(3, 7, 8)];
        let expected = [
            vec![stream(1, 5, 205), stream(2, 0, 800)],
            vec![stream(2, 800, 1_800)],
            vec![stream(2, 1_800, 2_000), stream(3, 7, 8)],
        ];
        assert_eq!(chunks(&many), expected);
    }
}
