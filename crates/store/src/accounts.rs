//! Users: who they are, and finding them.

use chat::{
    Page, UserId, UserKey,
    accounts::{Profile, User},
};

use crate::{
    Store, StoreError,
    dialect::Sql,
    layout::folded,
    read::Read,
    value::{Row, Value},
};

pub(crate) static BY_ID: Sql = Sql::new(
    "SELECT key, subject, display_name, email, avatar_url FROM users WHERE issuer = '' AND subject {texts ?1}",
);
pub(crate) static BY_KEY: Sql =
    Sql::new("SELECT key, subject, display_name, email, avatar_url FROM users WHERE key = ?1");
pub(crate) static ANYBODY: Sql = Sql::new("SELECT key FROM users LIMIT 1");
pub(crate) static USER_REV: Sql = Sql::new("SELECT last_user_rev FROM users WHERE key = ?1");
pub(crate) static SEARCH: Sql = Sql::new(
    "SELECT key, subject, display_name, email, avatar_url FROM users \
     WHERE ((subject_folded >= ?1 AND subject_folded < ?2) OR (name_folded >= ?1 AND name_folded < ?2)) \
       AND (SELECT count(*) FROM blocks b WHERE b.user_key = ?4 AND b.other = users.key) = 0 \
       AND (SELECT count(*) FROM blocks b WHERE b.user_key = users.key AND b.other = ?4) = 0 \
     ORDER BY COALESCE(name_folded, subject_folded), key LIMIT ?3",
);

pub(crate) const QUERIES: &[&Sql] = &[&BY_ID, &BY_KEY, &ANYBODY, &USER_REV, &SEARCH];

impl Store {
    /// The users of these ids, in any order; those that nobody announced are left out.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids = Value::Texts(ids.iter().map(|id| id.as_str().to_owned()).collect());
        self.read(move |read| Box::pin(async move { users(read, &BY_ID, &[ids]).await })).await
    }

    /// The user of this key.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn user(&self, key: UserKey) -> Result<Option<User>, StoreError> {
        let key = Value::Int(key.0);
        self.read(move |read| Box::pin(async move { Ok(users(read, &BY_KEY, &[key]).await?.pop()) })).await
    }

    /// Whether there is any user. Without one there is nothing else either.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        self.read(|read| Box::pin(async move { Ok(read.first(&ANYBODY, &[]).await?.is_some()) })).await
    }

    /// The number of the last change in a user's own stream; 0 for a user who is not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn user_rev(&self, user: UserKey) -> Result<i64, StoreError> {
        self.read(move |read| {
            Box::pin(async move {
                let row = read.first(&USER_REV, &[Value::Int(user.0)]).await?;
                row.map_or(Ok(0), |row| row.int(0))
            })
        })
        .await
    }

    /// Users whose id or name starts with `prefix`, in upper or lower case, by name. An empty prefix is everybody's. Whom
    /// the asker blocks, or who blocks him, is not found.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn search_users(
        &self,
        asker: UserKey,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let from = folded(prefix);
        // A range rather than LIKE: no character means anything, and the index serves it. Nothing sorts behind the
        // last code point, which is no character.
        let to = format!("{from}{}", char::MAX);
        let parameters = [Value::Text(from), Value::Text(to), Value::Int(limit as i64), Value::Int(asker.0)];
        self.read(move |read| Box::pin(async move { users(read, &SEARCH, &parameters).await })).await
    }

    /// A page of the users whom a query gives for the user `?1`, beyond the key `?2`, at most `?3`.
    pub(crate) async fn people_beyond(
        &self,
        sql: &'static Sql,
        user: UserKey,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Page<User>, StoreError> {
        let parameters =
            [Value::Int(user.0), Value::Int(after.unwrap_or(i64::MIN)), Value::Int(limit as i64 + 1)];
        let mut items =
            self.read(move |read| Box::pin(async move { users(read, sql, &parameters).await })).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| last.key.0);
        Ok(Page { items, next })
    }
}

async fn users(read: &mut Read, sql: &Sql, parameters: &[Value]) -> Result<Vec<User>, StoreError> {
    read.query(sql, parameters).await?.iter().map(|row| user(row, 0)).collect()
}

/// Reads `key, subject, display_name, email, avatar_url` from the column `at` on.
pub(crate) fn user(row: &Row, at: usize) -> Result<User, StoreError> {
    Ok(User {
        key: UserKey(row.int(at)?),
        id: UserId::from_stored(&row.text(at + 1)?),
        profile: Profile {
            name: row.maybe_text(at + 2)?,
            email: row.maybe_text(at + 3)?,
            avatar_url: row.maybe_text(at + 4)?,
        },
    })
}
