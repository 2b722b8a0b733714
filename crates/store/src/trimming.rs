//! Forgetting the oldest changes of streams, a chunk at a time. Where a stream begins is known: its floor.

use chat::{ConversationKey, UserKey};

use crate::{
    Store, StoreError,
    commit::Statement,
    dialect::Sql,
    value::{Value, json_list},
};

/// Keys that one look at the table goes over: bounded, so that a look never takes long.
pub(crate) const KEYS_PER_LOOK: i64 = 10_000;

/// Streams of the range that hold more than `?3` changes, with the range that is too much.
macro_rules! overlong {
    ($table:literal, $last:literal) => {
        concat!(
            "SELECT key, changes_floor, ",
            $last,
            " - ?3 FROM ",
            $table,
            " WHERE key > ?1 AND key <= ?2 AND ",
            $last,
            " - changes_floor > ?3 ORDER BY key"
        )
    };
}
/// Rows are locked in the order of keys, as lanes do.
macro_rules! raise_floor {
    ($table:literal) => {
        concat!(
            "WITH low AS MATERIALIZED (SELECT t.key, r.upto FROM {ranges ?1} r JOIN ",
            $table,
            " t ON t.key = r.key \
             WHERE t.changes_floor < r.upto ORDER BY t.key {lock t}) \
             UPDATE ",
            $table,
            " SET changes_floor = low.upto FROM low WHERE ",
            $table,
            ".key = low.key"
        )
    };
}

pub(crate) static OVERLONG_CONVERSATIONS: Sql = Sql::new(overlong!("conversations", "last_rev"));
pub(crate) static OVERLONG_USERS: Sql = Sql::new(overlong!("users", "last_user_rev"));
pub(crate) static LAST_CONVERSATION: Sql = Sql::new("SELECT COALESCE(max(key), 0) FROM conversations");
pub(crate) static LAST_USER: Sql = Sql::new("SELECT COALESCE(max(key), 0) FROM users");
pub(crate) static FORGET_CHANGES: Sql = Sql::new(
    "DELETE FROM changes WHERE (conversation, rev) IN \
     (SELECT x.conversation, x.rev FROM {ranges ?1} r \
      JOIN changes x ON x.conversation = r.key AND x.rev > r.after AND x.rev <= r.upto)",
);
pub(crate) static FORGET_USER_CHANGES: Sql = Sql::new(
    "DELETE FROM user_changes WHERE (user_key, user_rev) IN \
     (SELECT x.user_key, x.user_rev FROM {ranges ?1} r \
      JOIN user_changes x ON x.user_key = r.key AND x.user_rev > r.after AND x.user_rev <= r.upto)",
);
pub(crate) static RAISE_CONVERSATIONS: Sql = Sql::new(raise_floor!("conversations"));
pub(crate) static RAISE_USERS: Sql = Sql::new(raise_floor!("users"));

pub(crate) const QUERIES: &[&Sql] = &[
    &OVERLONG_CONVERSATIONS,
    &OVERLONG_USERS,
    &LAST_CONVERSATION,
    &LAST_USER,
    &FORGET_CHANGES,
    &FORGET_USER_CHANGES,
    &RAISE_CONVERSATIONS,
    &RAISE_USERS,
];

/// Which streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// Those of conversations: `changes`.
    Conversations,
    /// Those of users: `user_changes`.
    Users,
}

/// A stream that holds more than it should: what is beyond `after` and up to `upto` is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlong {
    /// The key of its conversation or user.
    pub key: i64,
    /// Its floor: the newest number that is gone.
    pub after: i64,
    /// The newest number that is to go.
    pub upto: i64,
}

impl Overlong {
    /// The stream of a conversation, without looking whether it is too long.
    #[must_use]
    pub fn conversation(key: ConversationKey, after: i64, upto: i64) -> Self {
        Self { key: key.0, after, upto }
    }

    /// The stream of a user, without looking whether it is too long.
    #[must_use]
    pub fn user(key: UserKey, after: i64, upto: i64) -> Self {
        Self { key: key.0, after, upto }
    }
}

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Streams with more than was to be kept, by key.
    pub overlong: Vec<Overlong>,
    /// Look on from here; `None`: that was the end.
    pub next: Option<i64>,
}

impl Store {
    /// Looks for streams with more than `kept` changes, among some keys beyond `after`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn overlong(&self, streams: Streams, after: i64, kept: usize) -> Result<Look, StoreError> {
        let (sql, last) = match streams {
            Streams::Conversations => (&OVERLONG_CONVERSATIONS, &LAST_CONVERSATION),
            Streams::Users => (&OVERLONG_USERS, &LAST_USER),
        };
        let upto = after + KEYS_PER_LOOK;
        let parameters = [Value::Int(after), Value::Int(upto), Value::Int(kept as i64)];
        self.read(move |read| {
            Box::pin(async move {
                let mut overlong = Vec::new();
                for row in read.query(sql, &parameters).await? {
                    overlong.push(Overlong { key: row.int(0)?, after: row.int(1)?, upto: row.int(2)? });
                }
                let last = read.first(last, &[]).await?.map_or(Ok(0), |row| row.int(0))?;
                Ok(Look { overlong, next: (last > upto).then_some(upto) })
            })
        })
        .await
    }

    /// Forgets the changes of these ranges and raises the floors to their ends, in one transaction. Each stream may be
    /// named once.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn trim(&self, streams: Streams, ranges: &[Overlong]) -> Result<(), StoreError> {
        let list = json_list(ranges, |out, one| {
            out.push_str(&format!("[{},{},{}]", one.key, one.after, one.upto));
        });
        let (forget, raise) = match streams {
            Streams::Conversations => (&FORGET_CHANGES, &RAISE_CONVERSATIONS),
            Streams::Users => (&FORGET_USER_CHANGES, &RAISE_USERS),
        };
        let statements =
            [forget, raise].map(|sql| Statement { sql, parameters: vec![Value::Json(list.clone())] });
        self.transaction(statements.into()).await.map(drop)
    }
}
