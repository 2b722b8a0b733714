//! Effects that wait to be done: taken under a lease, settled under the same lease or not at all.

use chat::Timestamp;
use uuid::Uuid;

use crate::{Store, StoreError, commit::Statement, dialect::Sql, value::Value};

/// Takes what is due, whatever the order in which causes were committed: there is no cursor that could pass one by.
pub(crate) static TAKE: Sql = Sql::new(
    "WITH due AS MATERIALIZED (SELECT key FROM outbox WHERE failed_at IS NULL AND due_at <= ?1 AND kind {texts ?2} \
                               ORDER BY due_at, key LIMIT ?3 {skip locked}) \
     UPDATE outbox SET lease = ?4, lease_owner = ?5, due_at = ?6, attempts = attempts + 1 \
     WHERE key IN (SELECT key FROM due) \
     RETURNING key, kind, dedupe_key, payload, attempts, created_at",
);
pub(crate) static DONE: Sql = Sql::new("DELETE FROM outbox WHERE key {ints ?2} AND lease = ?1 RETURNING key");
pub(crate) static AGAIN: Sql = Sql::new(
    "UPDATE outbox SET lease = NULL, lease_owner = NULL, due_at = ?3, last_error = ?4 \
     WHERE key = ?2 AND lease = ?1 RETURNING key",
);
pub(crate) static GIVE_UP: Sql = Sql::new(
    "UPDATE outbox SET lease = NULL, lease_owner = NULL, failed_at = ?3, last_error = ?4 \
     WHERE key = ?2 AND lease = ?1 RETURNING key",
);
pub(crate) static COUNTS: Sql = Sql::new(
    "SELECT CAST(COALESCE(sum(CASE WHEN failed_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT), \
            CAST(COALESCE(sum(CASE WHEN failed_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) FROM outbox",
);

pub(crate) const QUERIES: &[&Sql] = &[&TAKE, &DONE, &AGAIN, &GIVE_UP, &COUNTS];

/// The right to work at something until a moment. Who took it later has another `id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Its number, new for each taking.
    pub id: Uuid,
    /// Who has it, for people who look at the table.
    pub owner: String,
    /// When somebody else may take what it holds.
    pub until: Timestamp,
}

/// An effect that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedEffect {
    /// Its row.
    pub key: i64,
    /// Which handler does it.
    pub kind: String,
    /// Names the cause, and is the same at each attempt: what is done outside is to be idempotent by it.
    pub dedupe_key: String,
    /// What the handler needs to know.
    pub payload: String,
    /// How often it was taken, this time included.
    pub attempts: i64,
    /// When its cause was.
    pub created_at: Timestamp,
}

/// What becomes of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It happened: its row goes.
    Done,
    /// It is tried again.
    Again {
        /// When.
        due_at: Timestamp,
        /// Why, without anything that somebody wrote.
        error: String,
    },
    /// It is not tried again; its row stays.
    GivenUp {
        /// When that was decided.
        at: Timestamp,
        /// Why.
        error: String,
    },
}

/// How much the outbox holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Effects that wait, or are worked at.
    pub waiting: i64,
    /// Effects that were given up.
    pub failed: i64,
}

impl Store {
    /// Takes up to `limit` effects of these kinds that are due, for as long as the lease runs.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: some may have been taken; they are due again when the lease runs out.
    pub async fn take_effects(
        &self,
        kinds: &[&str],
        lease: &Lease,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeasedEffect>, StoreError> {
        let parameters = vec![
            Value::Int(now.0),
            Value::Texts(kinds.iter().map(|&kind| kind.to_owned()).collect()),
            Value::Int(limit as i64),
            Value::Uuid(lease.id),
            Value::Text(lease.owner.clone()),
            Value::Int(lease.until.0),
        ];
        let mut taken = Vec::new();
        for row in self.transaction(vec![Statement { sql: &TAKE, parameters }]).await?.iter().flatten() {
            taken.push(LeasedEffect {
                key: row.int(0)?,
                kind: row.text(1)?,
                dedupe_key: row.text(2)?,
                payload: row.text(3)?,
                attempts: row.int(4)?,
                created_at: Timestamp(row.int(5)?),
            });
        }
        taken.sort_unstable_by_key(|effect| effect.key);
        Ok(taken)
    }

    /// Writes what became of effects, in one transaction, and tells the keys of those that were still under this
    /// lease. Of the others nothing is changed: somebody else has taken them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn settle_effects(
        &self,
        lease: Uuid,
        settled: &[(i64, Settlement)],
    ) -> Result<Vec<i64>, StoreError> {
        let done: Vec<i64> =
            settled.iter().filter(|(_, what)| *what == Settlement::Done).map(|(key, _)| *key).collect();
        let mut statements = Vec::new();
        if !done.is_empty() {
            statements
                .push(Statement { sql: &DONE, parameters: vec![Value::Uuid(lease), Value::Ints(done)] });
        }
        for (key, what) in settled {
            let (sql, at, error) = match what {
                Settlement::Done => continue,
                Settlement::Again { due_at, error } => (&AGAIN, due_at, error),
                Settlement::GivenUp { at, error } => (&GIVE_UP, at, error),
            };
            let parameters =
                vec![Value::Uuid(lease), Value::Int(*key), Value::Int(at.0), Value::Text(error.clone())];
            statements.push(Statement { sql, parameters });
        }
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let mut keys = Vec::new();
        for row in self.transaction(statements).await?.iter().flatten() {
            keys.push(row.int(0)?);
        }
        keys.sort_unstable();
        Ok(keys)
    }

    /// How much waits, and how much was given up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        let row = self.read(|read| Box::pin(async move { read.first(&COUNTS, &[]).await })).await?;
        match row {
            Some(row) => Ok(OutboxCounts { waiting: row.int(0)?, failed: row.int(1)? }),
            None => Err(StoreError::Corrupt("a count has no row".into())),
        }
    }
}
