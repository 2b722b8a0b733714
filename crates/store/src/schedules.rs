//! Named periodic jobs: who may run one, and when next.

use chat::Timestamp;
use uuid::Uuid;

use crate::{Lease, Store, StoreError, commit::Statement, dialect::Sql, value::Value};

pub(crate) static NOT_DUE: Sql = Sql::new("SELECT name FROM schedules WHERE due_at > ?1");
/// A name that is not there is due. While it is leased, `due_at` is when the lease runs out.
pub(crate) static CLAIM: Sql = Sql::new(
    "INSERT INTO schedules (name, due_at, lease, lease_owner) VALUES (?1, ?3, ?4, ?5) \
     ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at, lease = excluded.lease, \
                                      lease_owner = excluded.lease_owner \
     WHERE schedules.due_at <= ?2 RETURNING name",
);
pub(crate) static EXTEND: Sql =
    Sql::new("UPDATE schedules SET due_at = ?3 WHERE name = ?1 AND lease = ?2 RETURNING name");
pub(crate) static FINISH: Sql = Sql::new(
    "UPDATE schedules SET due_at = ?3, finished_at = ?4, lease = NULL, lease_owner = NULL \
     WHERE name = ?1 AND lease = ?2 RETURNING name",
);

pub(crate) const QUERIES: &[&Sql] = &[&NOT_DUE, &CLAIM, &EXTEND, &FINISH];

impl Store {
    /// The names of schedules that nobody needs to try now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn schedules_not_due(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let parameters = [Value::Int(now.0)];
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&NOT_DUE, &parameters).await })).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// Takes a schedule that is due; false: it is not, or somebody else has it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn claim_schedule(
        &self,
        name: &str,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let parameters = vec![
            Value::Text(name.to_owned()),
            Value::Int(now.0),
            Value::Int(lease.until.0),
            Value::Uuid(lease.id),
            Value::Text(lease.owner.clone()),
        ];
        self.touches(&CLAIM, parameters).await
    }

    /// Makes a lease run until later; false: it ran out, and somebody else has taken the schedule.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn extend_schedule(
        &self,
        name: &str,
        lease: Uuid,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let parameters = vec![Value::Text(name.to_owned()), Value::Uuid(lease), Value::Int(until.0)];
        self.touches(&EXTEND, parameters).await
    }

    /// Gives a schedule back until it is due again; false: somebody else has taken it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn finish_schedule(
        &self,
        name: &str,
        lease: Uuid,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let parameters =
            vec![Value::Text(name.to_owned()), Value::Uuid(lease), Value::Int(due_at.0), Value::Int(now.0)];
        self.touches(&FINISH, parameters).await
    }

    async fn touches(&self, sql: &'static Sql, parameters: Vec<Value>) -> Result<bool, StoreError> {
        let rows = self.transaction(vec![Statement { sql, parameters }]).await?;
        Ok(rows.iter().any(|rows| !rows.is_empty()))
    }
}
