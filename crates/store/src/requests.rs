//! Message requests: what rules must know, and what waits for a user.

use chat::{
    ConversationId, ConversationKey, Page, Timestamp, UserKey,
    accounts::User,
    requests::{OpenedRequest, Request, RequestFacts},
};

use crate::{
    Store, StoreError, accounts, codes,
    dialect::Sql,
    messages::{message, message_columns, with_quote},
    read::Read,
    value::{Row, Value},
};

/// The request of the conversation `?1`.
pub(crate) static REQUEST_FACTS: Sql = Sql::new(
    "SELECT a.key, a.subject, a.display_name, a.email, a.avatar_url, \
            b.key, b.subject, b.display_name, b.email, b.avatar_url, \
            q.created_at, q.state, c.last_seq, b.privacy_rev, \
            (SELECT count(*) FROM blocks x WHERE x.user_key = q.requester AND x.other = q.recipient), \
            (SELECT count(*) FROM blocks x WHERE x.user_key = q.recipient AND x.other = q.requester), \
            (SELECT count(*) FROM message_requests o JOIN conversations oc ON oc.key = o.conversation \
             WHERE o.recipient = q.recipient AND o.state = 1 AND oc.last_seq > 0) \
     FROM message_requests q JOIN conversations c ON c.key = q.conversation \
     JOIN users a ON a.key = q.requester JOIN users b ON b.key = q.recipient WHERE q.conversation = ?1",
);

/// Requests that wait for the user `?1`, of conversations before the key `?2`, the newest first.
pub(crate) static REQUESTS: Sql = Sql::new(
    "SELECT q.conversation, c.id, q.created_at, q.state, u.key, u.subject, u.display_name, u.email, u.avatar_url \
     FROM message_requests q JOIN conversations c ON c.key = q.conversation JOIN users u ON u.key = q.requester \
     WHERE q.recipient = ?1 AND q.state = 1 AND q.conversation < ?2 AND c.last_seq > 0 \
     ORDER BY q.conversation DESC LIMIT ?3",
);

/// What was said in the conversation `?2` to the user `?1`, who was asked and has not answered.
pub(crate) static OPENED: Sql = Sql::new(concat!(
    "SELECT z.conversation, c.id, z.created_at, z.state, u.key, u.subject, u.display_name, u.email, u.avatar_url, ",
    message_columns!("?1"),
    " FROM message_requests z JOIN conversations c ON c.key = z.conversation JOIN users u ON u.key = z.requester \
      JOIN messages m ON m.conversation = z.conversation JOIN users w ON w.key = m.sender",
    with_quote!(),
    "WHERE c.id = ?2 AND z.recipient = ?1 AND z.state = 1 ORDER BY m.seq LIMIT ?3"
));

/// Who was asked in the conversations `?2`, where the user `?1` asked and was not answered.
pub(crate) static ASKED: Sql = Sql::new(
    "SELECT q.conversation, u.key, u.subject, u.display_name, u.email, u.avatar_url \
     FROM message_requests q JOIN users u ON u.key = q.recipient \
     WHERE q.conversation {ints ?2} AND q.requester = ?1 AND q.state <> 2",
);

pub(crate) const QUERIES: &[&Sql] = &[&REQUEST_FACTS, &REQUESTS, &OPENED, &ASKED];

/// Columns of a request, before those of a message.
const REQUEST_COLUMNS: usize = 9;

impl Store {
    /// What rules must know of the request that a conversation began with, if it began with one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn request_facts(
        &self,
        conversation: ConversationKey,
    ) -> Result<Option<RequestFacts>, StoreError> {
        let key = [Value::Int(conversation.0)];
        let row =
            self.read(move |read| Box::pin(async move { read.first(&REQUEST_FACTS, &key).await })).await?;
        row.map(|row| {
            Ok(RequestFacts {
                requester: accounts::user(&row, 0)?,
                recipient: accounts::user(&row, 5)?,
                created_at: Timestamp(row.int(10)?),
                state: codes::request_state_of(row.int(11)?)?,
                last_seq: row.int(12)?,
                privacy_rev: row.int(13)?,
                requester_blocks: row.int(14)? > 0,
                recipient_blocks: row.int(15)? > 0,
                waiting: row.int(16)?,
            })
        })
        .transpose()
    }

    /// A page of the requests that wait for a user, the newest first, and what the next page is to be asked with.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn requests(
        &self,
        user: UserKey,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Page<Request>, StoreError> {
        let mut rows = self
            .read(move |read| Box::pin(async move { waiting(read, user, before, limit + 1).await }))
            .await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.int(0)).transpose()?;
        Ok(Page { items: rows.iter().map(|row| request(row, 0)).collect::<Result<_, _>>()?, next })
    }

    /// A request that waits for a user, with what was said; `None`: there is none of this conversation.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn opened_request(
        &self,
        user: UserKey,
        conversation: ConversationId,
        limit: usize,
    ) -> Result<Option<OpenedRequest>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Uuid(conversation.0), Value::Int(limit as i64)];
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&OPENED, &parameters).await })).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let messages = rows.iter().filter_map(|row| message(row, REQUEST_COLUMNS, conversation).transpose());
        Ok(Some(OpenedRequest { request: request(first, 0)?, messages: messages.collect::<Result<_, _>>()? }))
    }
}

/// Rows of requests that wait for a user.
pub(crate) async fn waiting(
    read: &mut Read,
    user: UserKey,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let parameters = [Value::Int(user.0), Value::Int(before.unwrap_or(i64::MAX)), Value::Int(limit as i64)];
    read.query(&REQUESTS, &parameters).await
}

/// Reads a row of [`REQUESTS`] from `at` on.
pub(crate) fn request(row: &Row, at: usize) -> Result<Request, StoreError> {
    Ok(Request {
        conversation_id: ConversationId(row.uuid(at + 1)?),
        created_at: Timestamp(row.int(at + 2)?),
        state: codes::request_state_of(row.int(at + 3)?)?,
        user: accounts::user(row, at + 4)?,
    })
}

/// Who was asked, by conversation.
pub(crate) async fn asked(
    read: &mut Read,
    user: UserKey,
    conversations: Vec<i64>,
) -> Result<Vec<(i64, User)>, StoreError> {
    let rows = read.query(&ASKED, &[Value::Int(user.0), Value::Ints(conversations)]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, accounts::user(row, 1)?))).collect()
}
