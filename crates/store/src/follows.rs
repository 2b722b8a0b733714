//! Follows and settings: what rules must know, and whom a user follows.

use chat::{
    Page, UserId, UserKey,
    accounts::User,
    follows::{FollowFacts, Relation},
    settings::{Chosen, SettingsFacts, UserSettings},
};

use crate::{
    Store, StoreError, accounts, codes,
    dialect::Sql,
    value::{Row, Value},
};

/// The user `?2` for the user `?1`.
pub(crate) static FOLLOW_FACTS: Sql = Sql::new(
    "SELECT o.key, o.subject, o.display_name, o.email, o.avatar_url, \
            (SELECT count(*) FROM follows f WHERE f.user_key = ?1 AND f.other = o.key), \
            (SELECT count(*) FROM follows f WHERE f.user_key = o.key AND f.other = ?1), \
            (SELECT count(*) FROM blocks b WHERE b.user_key = ?1 AND b.other = o.key), \
            (SELECT count(*) FROM blocks b WHERE b.user_key = o.key AND b.other = ?1), \
            (SELECT count(*) FROM follows f WHERE f.user_key = ?1), a.privacy_rev, o.privacy_rev \
     FROM users o JOIN users a ON a.key = ?1 WHERE o.issuer = '' AND o.subject = ?2",
);

/// Whom the user `?1` follows, beyond the key `?2`.
pub(crate) static FOLLOWING: Sql = Sql::new(
    "SELECT u.key, u.subject, u.display_name, u.email, u.avatar_url \
     FROM follows f JOIN users u ON u.key = f.other WHERE f.user_key = ?1 AND f.other > ?2 ORDER BY f.other LIMIT ?3",
);

pub(crate) static SETTINGS_FACTS: Sql = Sql::new(
    "SELECT u.privacy_rev, s.messaging_access, s.receipts FROM users u LEFT JOIN user_settings s ON s.user_key = u.key \
     WHERE u.key = ?1",
);

pub(crate) const QUERIES: &[&Sql] = &[&FOLLOW_FACTS, &FOLLOWING, &SETTINGS_FACTS];

impl Store {
    /// What is to be known before a user follows another; `None` when the other is not known.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn follow_facts(
        &self,
        user: UserKey,
        other: &UserId,
    ) -> Result<Option<FollowFacts>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Text(other.as_str().to_owned())];
        let row = self
            .read(move |read| Box::pin(async move { read.first(&FOLLOW_FACTS, &parameters).await }))
            .await?;
        row.map(|row| {
            let (blocks, blocked_by) = (row.int(7)? > 0, row.int(8)? > 0);
            Ok(FollowFacts {
                relation: Relation {
                    other: accounts::user(&row, 0)?,
                    following: row.int(5)? > 0,
                    followed: row.int(6)? > 0,
                    blocks,
                },
                blocked: blocks || blocked_by,
                count: row.int(9)?,
                privacy_rev: row.int(10)?,
                other_rev: row.int(11)?,
            })
        })
        .transpose()
    }

    /// A page of those whom a user follows, beyond one of them; in no order that means anything.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn following(
        &self,
        user: UserKey,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Page<User>, StoreError> {
        self.people_beyond(&FOLLOWING, user, after, limit).await
    }

    /// What a user has set, or what holds without that.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn settings_facts(
        &self,
        user: UserKey,
        default: UserSettings,
    ) -> Result<SettingsFacts, StoreError> {
        let parameters = [Value::Int(user.0)];
        let row = self
            .read(move |read| Box::pin(async move { read.first(&SETTINGS_FACTS, &parameters).await }))
            .await?;
        let row = row.ok_or_else(|| StoreError::Corrupt(format!("there is no user {}", user.0)))?;
        Ok(SettingsFacts { chosen: chosen(&row, 1)?, default, privacy_rev: row.int(0)? })
    }
}

/// Reads `messaging_access, receipts` of `user_settings` from `at` on.
pub(crate) fn chosen(row: &Row, at: usize) -> Result<Chosen, StoreError> {
    Ok(Chosen {
        messaging_access: row.maybe_int(at)?.map(codes::messaging_access_of).transpose()?,
        receipts: row.maybe_int(at + 1)?.map(|receipts| receipts != 0),
    })
}
