//! Which changes are old, without a time in each: now and then it is noted how far a stream has come. What was there
//! at a note is as old as the note at least.

use chat::Timestamp;

use crate::{
    Overlong, Store, StoreError, Streams, commit::Statement, dialect::Sql, trimming::KEYS_PER_LOOK,
    value::Value,
};

/// Streams of the range whose mark is from `?3` or before and that keep changes up to it.
macro_rules! aged {
    ($table:literal, $stream:literal) => {
        concat!(
            "SELECT t.key, t.changes_floor, m.rev FROM change_marks m JOIN ",
            $table,
            " t ON t.key = m.key WHERE m.stream = ",
            $stream,
            " AND m.key > ?1 AND m.key <= ?2 AND m.at <= ?3 AND m.rev > t.changes_floor ORDER BY m.key"
        )
    };
}
/// Notes at `?4` how far the streams of the range have come that have no mark, or went on since one that is from `?3`
/// or before.
macro_rules! mark {
    ($table:literal, $stream:literal, $last:literal) => {
        concat!(
            "INSERT INTO change_marks (stream, key, rev, at) SELECT ",
            $stream,
            ", t.key, t.",
            $last,
            ", CAST(?4 AS BIGINT) FROM ",
            $table,
            " t LEFT JOIN change_marks m ON m.stream = ",
            $stream,
            " AND m.key = t.key WHERE t.key > ?1 AND t.key <= ?2 AND t.",
            $last,
            " > t.changes_floor AND (m.at IS NULL OR (m.at <= ?3 AND m.rev < t.",
            $last,
            ")) ON CONFLICT (stream, key) DO UPDATE SET rev = excluded.rev, at = excluded.at"
        )
    };
}

pub(crate) static AGED_CONVERSATIONS: Sql = Sql::new(aged!("conversations", "1"));
pub(crate) static AGED_USERS: Sql = Sql::new(aged!("users", "2"));
pub(crate) static MARK_CONVERSATIONS: Sql = Sql::new(mark!("conversations", "1", "last_rev"));
pub(crate) static MARK_USERS: Sql = Sql::new(mark!("users", "2", "last_user_rev"));

pub(crate) const QUERIES: &[&Sql] = &[&AGED_CONVERSATIONS, &AGED_USERS, &MARK_CONVERSATIONS, &MARK_USERS];

impl Store {
    /// Looks for streams that keep changes from `before` or earlier, as far as marks tell, among some keys beyond
    /// `after`: the same as [`overlong`](Self::overlong) looks at.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn aged(
        &self,
        streams: Streams,
        after: i64,
        before: Timestamp,
    ) -> Result<Vec<Overlong>, StoreError> {
        let sql = match streams {
            Streams::Conversations => &AGED_CONVERSATIONS,
            Streams::Users => &AGED_USERS,
        };
        let parameters = [Value::Int(after), Value::Int(after + KEYS_PER_LOOK), Value::Int(before.0)];
        let rows = self.read(move |read| Box::pin(async move { read.query(sql, &parameters).await })).await?;
        let stream = |row: &crate::value::Row| {
            Ok(Overlong { key: row.int(0)?, after: row.int(1)?, upto: row.int(2)? })
        };
        rows.iter().map(stream).collect()
    }

    /// Notes how far these streams have come `now`, where the last note is from `before` or earlier, or there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mark(
        &self,
        streams: Streams,
        after: i64,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = match streams {
            Streams::Conversations => &MARK_CONVERSATIONS,
            Streams::Users => &MARK_USERS,
        };
        let parameters = [after, after + KEYS_PER_LOOK, before.0, now.0].map(Value::Int).into();
        self.transaction(vec![Statement { sql, parameters }]).await.map(drop)
    }
}
