//! Conversations: what rules must know of them, and as a participant sees them.

use std::{collections::HashMap, sync::Arc};

use chat::{
    ConversationId, ConversationKey, Page, Timestamp, UserId, UserKey,
    accounts::User,
    conversations::{Conversation, ConversationFacts, DirectKey, Kind, Member, Members, Role, Settings},
    details::Details,
};

use uuid::Uuid;

use crate::{
    Store, StoreError, accounts, codes,
    dialect::Sql,
    hidden::{hidden, seqs},
    mentions::mentions,
    messages::{message, message_columns, with_quote},
    own_state::{OWN_STATE_COLUMNS, own_columns, own_state},
    read::Read,
    receipts::{read_to, unread},
    requests,
    value::{Row, Value},
};

/// The first message that the participant `p` of the conversation `c`, whose state is `s`, may see.
macro_rules! visible_from {
    () => {
        "(CASE WHEN c.history = 2 AND p.joined_seq > s.cleared_seq THEN p.joined_seq ELSE s.cleared_seq + 1 END)"
    };
}
pub(crate) use visible_from;

/// Conversations as the user `?1` sees them, for a relation of keys. The relation is limited before counts and last
/// messages are looked up.
macro_rules! conversations_of {
    ($keys:literal) => {
        concat!(
            "SELECT c.key, c.id, c.kind, c.name, maker.subject, c.created_at, c.last_activity_at, c.last_seq, \
                    c.last_rev, ",
            read_to!(),
            ", ",
            unread!(),
            ", CASE WHEN c.last_seq > ",
            read_to!(),
            " THEN (SELECT string_agg(CAST(h.seq AS TEXT), ' ') FROM message_hidden h \
                WHERE h.user_key = p.user_key AND h.conversation = c.key AND h.seq > ",
            read_to!(),
            ") END, CASE WHEN c.last_seq > ",
            read_to!(),
            " THEN ",
            mentions!(),
            " ELSE 0 END, ",
            own_columns!(),
            ", c.description, c.avatar_url, c.who_may_add, c.history, c.read_only, c.slow_mode_s, ",
            message_columns!("?1"),
            " FROM (",
            $keys,
            ") page JOIN conversations c ON c.key = page.key \
              JOIN participants p ON p.conversation = c.key AND p.user_key = ?1 AND p.left_at IS NULL \
              JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = c.key \
              JOIN users maker ON maker.key = c.created_by \
              LEFT JOIN messages m ON m.conversation = c.key AND m.seq = \
                   (SELECT n.seq FROM messages n WHERE n.conversation = c.key AND ",
            hidden!("p.user_key", "n"),
            " = 0 ORDER BY n.seq DESC LIMIT 1) \
                   AND m.seq >= ",
            visible_from!(),
            " LEFT JOIN users w ON w.key = m.sender",
            with_quote!(),
            "ORDER BY c.last_activity_at DESC, c.id DESC"
        )
    };
}

pub(crate) static LIST: Sql = Sql::new(conversations_of!(
    "SELECT c.key FROM participants p JOIN conversations c ON c.key = p.conversation \
     JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = p.conversation \
     WHERE p.user_key = ?1 AND p.left_at IS NULL AND (s.hidden_seq IS NULL OR c.last_seq > s.hidden_seq) AND (c.last_activity_at, c.id) < (?2, ?3) \
     ORDER BY c.last_activity_at DESC, c.id DESC LIMIT ?4"
));
pub(crate) static ONE: Sql = Sql::new(conversations_of!("SELECT key FROM conversations WHERE id = ?2"));
pub(crate) static OF_KEYS: Sql =
    Sql::new(conversations_of!("SELECT key FROM conversations WHERE key {ints ?2}"));
pub(crate) static PARTICIPANTS: Sql = Sql::new(
    "SELECT p.conversation, p.role, u.key, u.subject, u.display_name, u.email, u.avatar_url \
     FROM participants p JOIN users u ON u.key = p.user_key \
     WHERE p.conversation {ints ?1} AND p.left_at IS NULL ORDER BY p.conversation, p.position, p.user_key",
);
pub(crate) static FACTS: Sql = Sql::new(
    "SELECT c.key, c.id, c.kind, c.members_rev, p.user_key, u.subject, p.role, c.last_rev, \
            CASE WHEN c.kind = 1 THEN (SELECT CAST(sum( \
                 (SELECT count(*) FROM blocks b WHERE b.user_key = p.user_key AND b.other = o.user_key)) AS BIGINT) \
                 FROM participants o WHERE o.conversation = c.key) ELSE 0 END, p.position, \
            c.who_may_add, c.history, c.read_only, c.slow_mode_s, \
            (SELECT count(*) FROM message_requests q WHERE q.conversation = c.key AND q.state <> 2) FROM conversations c \
     LEFT JOIN participants p ON p.conversation = c.key AND p.left_at IS NULL \
     LEFT JOIN users u ON u.key = p.user_key WHERE c.id {uuids ?1} ORDER BY c.key",
);
pub(crate) static DIRECT: Sql = Sql::new("SELECT id FROM conversations WHERE direct_key = ?1");

pub(crate) const QUERIES: &[&Sql] = &[&LIST, &ONE, &OF_KEYS, &PARTICIPANTS, &FACTS, &DIRECT];

/// Columns before those of the last message.
const OWN_COLUMNS: usize = DETAILS + 6;

/// Where what a conversation is called and how it is kept begins, but for its name.
const DETAILS: usize = 13 + OWN_STATE_COLUMNS;

/// Where a page of conversations ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationCursor {
    /// The last one's activity, in milliseconds.
    pub last_activity_at: i64,
    /// The last one's id, which decides between equal times.
    pub id: ConversationId,
}

impl Store {
    /// What rules must know of these conversations, in any order; those that are not there are left out.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn conversation_facts(
        &self,
        ids: &[ConversationId],
    ) -> Result<Vec<ConversationFacts>, StoreError> {
        let ids = [Value::Uuids(ids.iter().map(|id| id.0).collect())];
        let rows = self.read(move |read| Box::pin(async move { read.query(&FACTS, &ids).await })).await?;
        rows.chunk_by(|a, b| matches!((a.int(0), b.int(0)), (Ok(a), Ok(b)) if a == b)).map(facts).collect()
    }

    /// The conversation of a pair, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn direct_conversation(&self, key: &DirectKey) -> Result<Option<ConversationId>, StoreError> {
        let key = [Value::Text(key.as_str().to_owned())];
        let row = self.read(move |read| Box::pin(async move { read.first(&DIRECT, &key).await })).await?;
        row.map(|row| row.uuid(0).map(ConversationId)).transpose()
    }

    /// A page of a user's conversations, newest activity first; without those that he deleted for himself and in which
    /// nothing was said since.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn conversations(
        &self,
        user: UserKey,
        after: Option<ConversationCursor>,
        limit: usize,
    ) -> Result<Page<Conversation, ConversationCursor>, StoreError> {
        let start = ConversationCursor { last_activity_at: i64::MAX, id: ConversationId(Uuid::max()) };
        let after = after.unwrap_or(start);
        let parameters = [
            Value::Int(user.0),
            Value::Int(after.last_activity_at),
            Value::Uuid(after.id.0),
            Value::Int(limit as i64 + 1),
        ];
        let mut items =
            self.snapshot(move |read| Box::pin(async move { load(read, &LIST, &parameters).await })).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| ConversationCursor { last_activity_at: last.last_activity_at.0, id: last.id });
        Ok(Page { items, next })
    }

    /// One conversation, if the user is in it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn conversation(
        &self,
        user: UserKey,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Uuid(id.0)];
        let found =
            self.snapshot(move |read| Box::pin(async move { load(read, &ONE, &parameters).await })).await?;
        Ok(found.into_iter().next())
    }
}

/// Conversations and, in one more statement for all of them, who is in them.
pub(crate) async fn load(
    read: &mut Read,
    sql: &Sql,
    parameters: &[Value],
) -> Result<Vec<Conversation>, StoreError> {
    let rows = read.query(sql, parameters).await?;
    let mut conversations = rows.iter().map(conversation).collect::<Result<Vec<_>, _>>()?;
    if conversations.is_empty() {
        return Ok(conversations);
    }
    let keys = Value::Ints(conversations.iter().map(|conversation| conversation.key.0).collect());
    let mut participants: HashMap<i64, Vec<(User, Role)>> = HashMap::new();
    for row in read.query(&PARTICIPANTS, &[keys]).await? {
        let member = (accounts::user(&row, 2)?, codes::role_of(row.int(1)?)?);
        participants.entry(row.int(0)?).or_default().push(member);
    }
    for conversation in &mut conversations {
        conversation.participants = participants.remove(&conversation.key.0).unwrap_or_default();
    }
    with_requests(read, &mut conversations).await?;
    Ok(conversations)
}

/// Adds who was asked, where only the asker is in a direct conversation.
async fn with_requests(read: &mut Read, conversations: &mut [Conversation]) -> Result<(), StoreError> {
    let is_alone = |one: &&mut Conversation| one.kind == Kind::Direct && one.participants.len() == 1;
    let mut alone: Vec<&mut Conversation> = conversations.iter_mut().filter(is_alone).collect();
    let Some((user, _)) = alone.first().and_then(|one| one.participants.first()) else { return Ok(()) };
    let (user, keys) = (user.key, alone.iter().map(|one| one.key.0).collect());
    let mut asked: HashMap<i64, User> = requests::asked(read, user, keys).await?.into_iter().collect();
    for one in &mut alone {
        one.request = asked.remove(&one.key.0);
    }
    Ok(())
}

fn conversation(row: &Row) -> Result<Conversation, StoreError> {
    let id = ConversationId(row.uuid(1)?);
    Ok(Conversation {
        key: ConversationKey(row.int(0)?),
        id,
        kind: codes::kind_of(row.int(2)?)?,
        details: details(row, 3, DETAILS)?,
        created_by: UserId::from_stored(&row.text(4)?),
        created_at: Timestamp(row.int(5)?),
        last_activity_at: Timestamp(row.int(6)?),
        last_seq: row.int(7)?,
        last_rev: row.int(8)?,
        participants: Vec::new(),
        last_message: message(row, OWN_COLUMNS, id)?,
        read_seq: row.int(9)?,
        unread: row.int(10)?,
        hidden: seqs(row, 11)?,
        mentions: row.int(12)?,
        own: own_state(row, 13)?,
        request: None,
    })
}

/// Reads the name from one place, and from another on `description, avatar_url` and the settings.
pub(crate) fn details(row: &Row, name: usize, at: usize) -> Result<Details, StoreError> {
    Ok(Details {
        name: row.maybe_text(name)?,
        description: row.maybe_text(at)?,
        avatar_url: row.maybe_text(at + 1)?,
        settings: settings(row, at + 2)?,
    })
}

/// Reads `who_may_add, history, read_only, slow_mode_s` from `at` on.
fn settings(row: &Row, at: usize) -> Result<Settings, StoreError> {
    Ok(Settings {
        who_may_add: codes::who_may_add_of(row.int(at)?)?,
        history: codes::history_of(row.int(at + 1)?)?,
        read_only: row.int(at + 2)? != 0,
        slow_mode_s: row.int(at + 3)?,
    })
}

fn facts(rows: &[Row]) -> Result<ConversationFacts, StoreError> {
    let Some(first) = rows.first() else { return Err(StoreError::Internal("a group of no rows".into())) };
    let (mut members, mut blocked) = (Vec::with_capacity(rows.len()), false);
    for row in rows {
        if let Some(key) = row.maybe_int(4)? {
            let (id, role) = (UserId::from_stored(&row.text(5)?), codes::role_of(row.int(6)?)?);
            blocked |= row.int(8)? > 0;
            members.push(Member { key: UserKey(key), id, role, position: row.int(9)? });
        }
    }
    Ok(ConversationFacts {
        key: ConversationKey(first.int(0)?),
        id: ConversationId(first.uuid(1)?),
        kind: codes::kind_of(first.int(2)?)?,
        settings: settings(first, 10)?,
        members: Arc::new(Members::new(first.int(3)?, members)),
        last_rev: first.int(7)?,
        blocked,
        requested: first.int(14)? > 0,
    })
}
