//! Who may reach whom: what rules must know of people who come close to each other, and what devices mirror.

use chat::{
    UserId, UserKey,
    privacy::{Contact, PrivacyChange, PrivacyState},
    settings::{Chosen, UserSettings},
};

use crate::{
    Store, StoreError, codes,
    dialect::Sql,
    follows::chosen,
    read::Read,
    requests,
    value::{Row, Value},
};

/// The users `?2` as the user `?1` may meet them.
pub(crate) static CONTACTS: Sql = Sql::new(
    "SELECT u.key, u.privacy_rev, \
            (SELECT count(*) FROM blocks b WHERE b.user_key = ?1 AND b.other = u.key) \
            + (SELECT count(*) FROM blocks b WHERE b.user_key = u.key AND b.other = ?1), s.messaging_access, \
            (SELECT count(*) FROM follows f WHERE f.user_key = u.key AND f.other = ?1), \
            (SELECT count(*) FROM follows f WHERE f.user_key = ?1 AND f.other = u.key), s.receipts \
     FROM users u LEFT JOIN user_settings s ON s.user_key = u.key WHERE u.key {ints ?2}",
);

/// The last changes in the stream of the user `?1` that are about privacy, with what is true now.
pub(crate) static OWN_PRIVACY: Sql = Sql::new(
    "SELECT x.user_rev, x.kind, u.key, u.subject, \
            (SELECT count(*) FROM blocks b WHERE b.user_key = x.user_key AND b.other = x.ref), \
            s.messaging_access, s.receipts, \
            q.conversation, c.id, q.created_at, q.state, u.key, u.subject, u.display_name, u.email, u.avatar_url \
     FROM user_changes x JOIN users u ON u.key = x.ref LEFT JOIN user_settings s ON s.user_key = x.user_key \
     LEFT JOIN message_requests q ON q.recipient = x.user_key AND q.requester = x.ref AND x.kind = 102 \
     LEFT JOIN conversations c ON c.key = q.conversation \
     WHERE x.user_key = ?1 AND x.kind >= 100 ORDER BY x.user_rev DESC LIMIT ?2",
);

/// Whether the user `?1` changed anything about his privacy after his `user_rev` `?2`.
pub(crate) static PRIVACY_CHANGED: Sql = Sql::new(
    "SELECT x.user_rev FROM user_changes x WHERE x.user_key = ?1 AND x.user_rev > ?2 AND x.kind >= 100 LIMIT 1",
);

pub(crate) static BLOCKED_IDS: Sql = Sql::new(
    "SELECT u.subject FROM blocks b JOIN users u ON u.key = b.other WHERE b.user_key = ?1 ORDER BY u.subject",
);

pub(crate) static CHOSEN: Sql =
    Sql::new("SELECT s.messaging_access, s.receipts FROM user_settings s WHERE s.user_key = ?1");

/// More than may wait for anybody (`requests_waiting`).
const REQUESTS_SYNCED: usize = 1_000;

pub(crate) const QUERIES: &[&Sql] = &[&CONTACTS, &OWN_PRIVACY, &PRIVACY_CHANGED, &BLOCKED_IDS, &CHOSEN];

impl Store {
    /// What rules must know of these users before the actor comes close to them, in any order; those that are not there
    /// are left out. Where somebody chose nothing, the default holds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn contacts(
        &self,
        actor: UserKey,
        users: &[UserKey],
        default: UserSettings,
    ) -> Result<Vec<Contact>, StoreError> {
        let users = users.iter().map(|user| user.0).collect();
        let parameters = [Value::Int(actor.0), Value::Ints(users)];
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&CONTACTS, &parameters).await })).await?;
        let contact = |row: &Row| {
            let user = UserKey(row.int(0)?);
            let access = row.maybe_int(3)?.map(codes::messaging_access_of).transpose()?;
            let set = Chosen { messaging_access: access, receipts: row.maybe_int(6)?.map(|on| on != 0) }
                .or(default);
            // Nobody is in his own way.
            Ok(Contact {
                user,
                privacy_rev: Some(row.int(1)?),
                blocked: row.int(2)? > 0 && user != actor,
                access: set.messaging_access,
                receipts: set.receipts,
                follows: row.int(4)? > 0,
                followed: row.int(5)? > 0,
            })
        };
        rows.iter().map(contact).collect()
    }

    /// The last changes in a user's own stream that are about his privacy, as it is now, with their `user_rev`, in
    /// order; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn own_privacy_changes(
        &self,
        user: UserKey,
        default: UserSettings,
        limit: usize,
    ) -> Result<Vec<(i64, PrivacyChange)>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Int(limit as i64)];
        let rows = self
            .read(move |read| Box::pin(async move { read.query(&OWN_PRIVACY, &parameters).await }))
            .await?;
        rows.iter().rev().map(|row| Ok((row.int(0)?, change(row, default)?))).collect()
    }
}

fn change(row: &Row, default: UserSettings) -> Result<PrivacyChange, StoreError> {
    match row.int(1)? {
        codes::BLOCK_CHANGED => Ok(PrivacyChange::Block {
            other: UserKey(row.int(2)?),
            other_id: UserId::from_stored(&row.text(3)?),
            blocked: row.int(4)? > 0,
        }),
        codes::REQUEST_CHANGED => Ok(PrivacyChange::Request(requests::request(row, 7)?)),
        codes::SETTINGS_CHANGED => Ok(PrivacyChange::Settings(chosen(row, 5)?.or(default))),
        code => Err(codes::unknown("kind of a change of privacy", code)),
    }
}

/// What a client of the user must hold, if that is not what it had at this `user_rev`.
pub(crate) async fn state(
    read: &mut Read,
    user: UserKey,
    since: Option<i64>,
) -> Result<Option<PrivacyState>, StoreError> {
    if let Some(user_rev) = since
        && read.first(&PRIVACY_CHANGED, &[Value::Int(user.0), Value::Int(user_rev)]).await?.is_none()
    {
        return Ok(None);
    }
    let rows = read.query(&BLOCKED_IDS, &[Value::Int(user.0)]).await?;
    let blocked = rows.iter().map(|row| Ok(UserId::from_stored(&row.text(0)?)));
    let blocked = blocked.collect::<Result<_, StoreError>>()?;
    let row = read.first(&CHOSEN, &[Value::Int(user.0)]).await?;
    let chosen = row.map_or(Ok(Chosen::default()), |row| chosen(&row, 0))?;
    let requests = requests::waiting(read, user, None, REQUESTS_SYNCED).await?;
    let requests = requests.iter().map(|row| requests::request(row, 0)).collect::<Result<_, _>>()?;
    Ok(Some(PrivacyState { blocked, chosen, requests }))
}
