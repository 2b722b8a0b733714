//! Whether what a database holds fits together: for operators, and for tests of what breaks databases.
//!
//! `crates/checker` judges the same numbers, by other code, on a dump in memory and together with what clients saw. The
//! two are kept apart: this one ships, goes over tables of any size and knows them by heart; that one must not share a
//! mistake with what it judges.

mod rules;

use chat::Timestamp;

use crate::{
    DatabaseUrl, Engine, Store, StoreError, migrations, postgres,
    read::{Read, Reading},
    sqlite,
    store::blocking,
    value::Value,
};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// The schema's version.
    pub schema: i64,
    /// What the database holds.
    pub rows: RowCounts,
    /// Every rule that was looked at, in order.
    pub rules: Vec<Checked>,
    /// Rules that were not looked at, since the database could not be read any further.
    pub left_out: Vec<&'static str>,
}

/// How much a database holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows of `users`.
    pub users: i64,
    /// Rows of `conversations`.
    pub conversations: i64,
    /// Rows of `messages`, tombstones included.
    pub messages: i64,
}

/// One rule, looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its name, which does not change.
    pub name: &'static str,
    /// What was counted, in the plural.
    pub about: &'static str,
    /// How many of those there are: 0 is good.
    pub found: i64,
    /// One of them, if there are any: a row's internal key, or what the database says.
    pub example: Option<String>,
}

impl CheckReport {
    /// How many rules are broken.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.rules.iter().filter(|rule| rule.found > 0).count()
    }
}

/// The file itself, on SQLite.
const FILE: (&str, &str) = ("file", "faults of the file that SQLite finds");

/// Where the database says that it cannot read itself.
const READABLE: (&str, &str) = ("readable", "tables that cannot be read");

impl Store {
    /// Looks whether what a database holds fits together, at one moment, while it may be in use. It reads everything.
    /// `now` is the time by which leases are judged.
    ///
    /// # Errors
    /// When it cannot be looked at: [`StoreError::Config`] for what is no database of Parlor's,
    /// [`StoreError::SchemaTooOld`], [`StoreError::SchemaTooNew`], [`StoreError::Unavailable`],
    /// [`StoreError::Corrupt`] for a file that is none of SQLite's.
    pub async fn check(url: &DatabaseUrl, now: Timestamp) -> Result<CheckReport, StoreError> {
        if let DatabaseUrl::Sqlite(path) = url
            && !path.is_file()
        {
            return Err(StoreError::Config(format!("there is no database at {}", path.display())));
        }
        let status = Self::migration_status(url).await?;
        if status.version == 0 {
            return Err(StoreError::Config(format!("{url} holds no tables of Parlor's")));
        }
        status.require_current()?;
        match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                blocking(move || sqlite::in_snapshot_of(&path, |read| examine(read, now))).await
            }
            DatabaseUrl::Postgres(url) => postgres::in_snapshot_of(url, |read| examine(read, now)).await,
        }
    }
}

/// Users, conversations and messages.
pub(crate) async fn count(read: &mut Read) -> Result<RowCounts, StoreError> {
    match read.first(&rules::ROWS, &[]).await? {
        Some(row) => Ok(RowCounts { users: row.int(0)?, conversations: row.int(1)?, messages: row.int(2)? }),
        None => Err(StoreError::Corrupt("a count has no row".into())),
    }
}

fn examine(read: &mut Read, now: Timestamp) -> Reading<'_, CheckReport> {
    Box::pin(async move {
        let mut report = CheckReport {
            schema: migrations::known(engine(read)),
            rows: RowCounts::default(),
            rules: Vec::new(),
            left_out: Vec::new(),
        };
        if let Read::Sqlite(connection) = read {
            report.rules.push(file(&sqlite::faults(connection)));
        }
        match count(read).await {
            Ok(rows) => report.rows = rows,
            Err(StoreError::Corrupt(why)) => report.unreadable(why, 0),
            Err(error) => return Err(error),
        }
        for (at, rule) in rules::RULES.iter().enumerate() {
            if !report.left_out.is_empty() {
                break;
            }
            match look(read, rule, now).await {
                Ok(checked) => report.rules.push(checked),
                // What is damaged is not looked at any further; on PostgreSQL the transaction has ended, too.
                Err(StoreError::Corrupt(why)) => report.unreadable(why, at),
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    })
}

impl CheckReport {
    fn unreadable(&mut self, why: String, from: usize) {
        let (name, about) = READABLE;
        self.rules.push(Checked { name, about, found: 1, example: Some(why) });
        self.left_out = rules::RULES[from..].iter().map(|rule| rule.name).collect();
    }
}

async fn look(read: &mut Read, rule: &'static rules::Rule, now: Timestamp) -> Result<Checked, StoreError> {
    let time = [Value::Int(now.0)];
    let parameters: &[Value] = if rule.takes_time { &time } else { &[] };
    let row = read.first(&rule.sql, parameters).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("a count has no row".into()))?;
    let example = row.maybe_int(1)?.map(|key| format!("{} {key}", rule.example));
    Ok(Checked { name: rule.name, about: rule.about, found: row.int(0)?, example })
}

fn file(faults: &[String]) -> Checked {
    let (name, about) = FILE;
    Checked { name, about, found: faults.len() as i64, example: faults.first().cloned() }
}

fn engine(read: &Read) -> Engine {
    match read {
        Read::Sqlite(_) => Engine::Sqlite,
        Read::Postgres(_) => Engine::Postgres,
    }
}
