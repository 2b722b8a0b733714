//! Bringing a client from any past state to now.

use std::collections::HashMap;

use chat::{
    ConversationId, ConversationKey, MessageId, UserKey,
    details::DetailsChanged,
    messages::Message,
    participants::{ParticipantChange, ParticipantChanged},
    privacy::PrivacyState,
    sync::{Epoch, News, OwnChange, Position, Replayed, SyncedConversation},
};

use uuid::Uuid;

use crate::{
    Store, StoreError, accounts, codes,
    conversations::{OF_KEYS, details, load},
    dialect::Sql,
    hidden::{hidden, seqs},
    messages::{MESSAGE_COLUMNS, message, message_columns, with_quote},
    privacy,
    read::Read,
    value::{Row, Value, json_list},
};

/// Where the stream of the user `?1` is, the first kept change of it beyond his `user_rev` `?2`, and the epoch.
pub(crate) static NOW: Sql = Sql::new(
    "SELECT COALESCE((SELECT u.last_user_rev FROM users u WHERE u.key = ?1), 0), \
            (SELECT min(x.user_rev) FROM user_changes x WHERE x.user_key = ?1 AND x.user_rev > ?2), e.id FROM epoch e",
);

/// Conversations of the user `?1` beyond the id `?2` and up to `?6` that are not as the heads `?3` say, or where he did
/// something since his `user_rev` `?4`. The heads are read once: 10 000 conversations took 37 s on SQLite when their
/// JSON was read again for each of them, and 26 ms so.
pub(crate) static DIFFERENT: Sql = Sql::new(
    "WITH heads AS {once} {heads ?3} \
     SELECT c.key, c.id, h.rev, c.last_rev, p.left_at, \
            CAST(CASE WHEN c.key IN (SELECT l.ref FROM user_changes l \
                                     WHERE l.user_key = ?1 AND l.user_rev > ?4 AND l.kind = 20) \
                 THEN 1 ELSE 0 END AS BIGINT), \
            CASE WHEN h.rev IS NULL THEN NULL ELSE (SELECT string_agg(CAST(g.seq AS TEXT), ' ') FROM message_hidden g \
                 WHERE g.user_key = ?1 AND g.conversation = c.key AND g.user_rev > ?4) END \
     FROM participants p JOIN conversations c ON c.key = p.conversation \
     LEFT JOIN heads h ON h.id = c.id \
     WHERE p.user_key = ?1 AND c.id > ?2 AND c.id <= ?6 \
       AND (p.left_at IS NULL OR h.rev IS NOT NULL) \
       AND (p.left_at IS NOT NULL OR h.rev IS NULL OR h.rev <> c.last_rev \
            OR c.key IN (SELECT x.ref FROM user_changes x WHERE x.user_key = ?1 AND x.user_rev > ?4 AND x.kind < 100)) \
     ORDER BY c.id LIMIT ?5",
);

/// Changes of several conversations, each in its own range of `rev` (after, up to).
pub(crate) static CHANGES: Sql = Sql::new(concat!(
    "SELECT x.conversation, x.rev, x.kind, c.id, ",
    message_columns!("?3"),
    ", u.key, u.subject, u.display_name, u.email, u.avatar_url, p.role, ",
    hidden!("?3", "m"),
    ", c.name, c.description, c.avatar_url, c.who_may_add, c.history, c.read_only, c.slow_mode_s FROM {ranges ?1} r JOIN {changes r} \
      JOIN conversations c ON c.key = x.conversation \
      LEFT JOIN messages m ON m.conversation = x.conversation AND m.seq = x.ref AND x.kind < 20 \
      LEFT JOIN users w ON w.key = m.sender \
      LEFT JOIN participants p ON p.conversation = x.conversation AND p.user_key = x.ref AND x.kind >= 20 \
      LEFT JOIN users u ON u.key = p.user_key",
    with_quote!(),
    "ORDER BY x.conversation, x.rev LIMIT ?2"
));

/// The last changes in the stream of the user `?1` that are about the conversation `?2`.
pub(crate) static OWN_CHANGES: Sql = Sql::new(
    "SELECT x.user_rev, x.kind, m.id, m.seq FROM user_changes x \
     LEFT JOIN message_hidden h ON h.user_key = x.user_key AND h.user_rev = x.user_rev AND x.kind = 3 \
     LEFT JOIN messages m ON m.conversation = h.conversation AND m.seq = h.seq \
     WHERE x.user_key = ?1 AND x.ref = ?2 AND x.kind < 100 ORDER BY x.user_rev DESC LIMIT ?3",
);

pub(crate) const QUERIES: &[&Sql] = &[&NOW, &DIFFERENT, &CHANGES, &OWN_CHANGES];

/// Columns before those of the message.
const CHANGE_COLUMNS: usize = 4;

/// Columns of who joined, left or has another role.
const PERSON_COLUMNS: usize = 6;

/// How much one answer may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncLimits {
    /// Rows of one answer: a conversation is one, and each of its changes. At least one conversation is told.
    pub rows: usize,
    /// A conversation that is more changes behind comes as [`News::Reset`].
    pub changes_per_conversation: usize,
}

/// One answer. Conversations come by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncPage {
    /// The history that this database holds.
    pub epoch: Epoch,
    /// The number of the user's own last change.
    pub user_rev: i64,
    /// What the client holds is of another history, or too old to be brought up to date: it must begin with nothing.
    pub reset: bool,
    /// What devices mirror of the user's privacy, if it is not as the client has it.
    pub privacy: Option<PrivacyState>,
    /// What is not as the client has it.
    pub conversations: Vec<SyncedConversation>,
    /// What the client holds and the user is not in any more.
    pub removed: Vec<ConversationId>,
    /// The last conversation that was looked at; there are more beyond.
    pub next: Option<ConversationId>,
}

/// A change of a conversation's stream, with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedChange {
    /// Its number.
    pub rev: i64,
    /// What it was.
    pub change: Replayed,
}

/// A conversation that the client must be told of, before it is loaded.
struct Different {
    key: ConversationKey,
    id: ConversationId,
    /// The client's rev.
    has: Option<i64>,
    last_rev: i64,
    /// He is not in it any more.
    is_gone: bool,
    /// He left it since and is in it again, so that what the client holds is of the time before.
    is_anew: bool,
    /// What he hid from himself since.
    hidden: Vec<i64>,
}

impl Store {
    /// The user's conversations that are not as the client has them: unknown ones (all, without heads), changed
    /// ones, and those where he himself did something after `user_rev`. All of one answer is of one moment.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn sync(
        &self,
        user: UserKey,
        position: &Position,
        limits: &SyncLimits,
    ) -> Result<SyncPage, StoreError> {
        let heads = json_list(position.heads.as_deref().unwrap_or_default(), |out, head| {
            out.push_str(&format!("[\"{}\",{}]", head.conversation.0.simple(), head.rev));
        });
        let different = [
            Value::Int(user.0),
            Value::Uuid(position.after.map_or(Uuid::nil(), |id| id.0)),
            Value::Json(heads),
            Value::Int(position.user_rev.unwrap_or(0)),
            Value::Int(limits.rows as i64 + 1),
            Value::Uuid(position.upto.map_or(Uuid::max(), |id| id.0)),
        ];
        let asked = Asked {
            user,
            different,
            user_rev: position.user_rev,
            epoch: position.epoch,
            first: position.after.is_none(),
        };
        let (limits, upto) = (*limits, position.upto);
        let mut page =
            self.snapshot(move |read| Box::pin(async move { sync(read, &asked, &limits).await })).await?;
        if !page.reset {
            page.next = page.next.or(upto);
        }
        Ok(page)
    }

    /// The changes of a conversation after `after_rev`, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn conversation_changes(
        &self,
        conversation: ConversationKey,
        after_rev: i64,
        limit: usize,
    ) -> Result<Vec<ReplayedChange>, StoreError> {
        let ranges = ranges(&[(conversation.0, after_rev, i64::MAX)]);
        // For nobody in particular.
        let parameters = [ranges, Value::Int(limit as i64), Value::Int(0)];
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&CHANGES, &parameters).await })).await?;
        rows.iter().map(replayed).collect()
    }

    /// The last changes in a user's own stream that are about a conversation, with their `user_rev`, in order; at most
    /// `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn own_changes(
        &self,
        user: UserKey,
        conversation: ConversationKey,
        limit: usize,
    ) -> Result<Vec<(i64, OwnChange)>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Int(conversation.0), Value::Int(limit as i64)];
        let rows = self
            .read(move |read| Box::pin(async move { read.query(&OWN_CHANGES, &parameters).await }))
            .await?;
        rows.iter().rev().filter_map(|row| own_change(row).transpose()).collect()
    }
}

/// What a client asked, as statements take it.
struct Asked {
    user: UserKey,
    different: [Value; 6],
    user_rev: Option<i64>,
    epoch: Option<Epoch>,
    /// It asks from the beginning.
    first: bool,
}

async fn sync(read: &mut Read, asked: &Asked, limits: &SyncLimits) -> Result<SyncPage, StoreError> {
    let mut page = now(read, asked).await?;
    if page.reset {
        return Ok(page);
    }
    if asked.first {
        page.privacy = privacy::state(read, asked.user, asked.user_rev).await?;
    }
    let mut different = Vec::new();
    for row in read.query(&DIFFERENT, &asked.different).await? {
        let (key, id) = (ConversationKey(row.int(0)?), ConversationId(row.uuid(1)?));
        let (is_gone, is_anew) = (row.maybe_int(4)?.is_some(), row.int(5)? != 0);
        different.push(Different {
            key,
            id,
            has: row.maybe_int(2)?,
            last_rev: row.int(3)?,
            is_gone,
            is_anew,
            hidden: seqs(&row, 6)?,
        });
    }
    if different.iter().any(|one| one.has > Some(one.last_rev)) {
        // It holds what this database does not: a backup was restored.
        (page.reset, page.privacy) = (true, None);
        return Ok(page);
    }
    page.next = cut(&mut different, limits);
    page.removed = different.extract_if(.., |one| one.is_gone).map(|gone| gone.id).collect();
    if different.is_empty() {
        return Ok(page);
    }
    let keys = Value::Ints(different.iter().map(|one| one.key.0).collect());
    let conversations = load(read, &OF_KEYS, &[Value::Int(asked.user.0), keys]).await?;
    let mut conversations: HashMap<_, _> = conversations.into_iter().map(|c| (c.key, c)).collect();
    let mut changes = changes(read, asked.user, &different, limits).await?;
    for one in different {
        if let Some(conversation) = conversations.remove(&one.key) {
            let news = news(&one, changes.remove(&one.key).unwrap_or_default(), limits);
            page.conversations.push(SyncedConversation { conversation, news, hidden: one.hidden });
        }
    }
    Ok(page)
}

/// An answer without conversations: where the user's stream is, and whether the client can go on from where it is.
async fn now(read: &mut Read, asked: &Asked) -> Result<SyncPage, StoreError> {
    let has = asked.user_rev;
    let parameters = [Value::Int(asked.user.0), Value::Int(has.unwrap_or(0))];
    let row = read.first(&NOW, &parameters).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("the database has no epoch".into()))?;
    let (user_rev, kept, epoch) = (row.int(0)?, row.maybe_int(1)?, Epoch(row.uuid(2)?));
    let follows = has.is_none_or(|has| match user_rev.checked_sub(has) {
        Some(0) => true,
        // The change after the client's last one is still there.
        Some(1..) => kept == Some(has + 1),
        // It is ahead: a backup was restored.
        _ => false,
    });
    let reset = !follows || asked.epoch.is_some_and(|asked| asked != epoch);
    let (conversations, removed) = (Vec::new(), Vec::new());
    Ok(SyncPage { epoch, user_rev, reset, privacy: None, conversations, removed, next: None })
}

/// Keeps what one answer may hold and tells where the next one starts.
fn cut(different: &mut Vec<Different>, limits: &SyncLimits) -> Option<ConversationId> {
    let mut rows = 0;
    let fits = different
        .iter()
        .take_while(|one| {
            rows += 1 + one.replayable(limits).unwrap_or(0);
            rows <= limits.rows
        })
        .count()
        .max(1);
    if fits >= different.len() {
        return None;
    }
    different.truncate(fits);
    different.last().map(|last| last.id)
}

impl Different {
    /// How many changes bring the client up to date, if that is the way.
    fn replayable(&self, limits: &SyncLimits) -> Option<usize> {
        if self.is_gone || self.is_anew {
            return None;
        }
        let behind = usize::try_from(self.last_rev.checked_sub(self.has?)?).ok()?;
        (behind <= limits.changes_per_conversation).then_some(behind)
    }
}

fn news(one: &Different, changes: Vec<ReplayedChange>, limits: &SyncLimits) -> News {
    match (one.has, one.replayable(limits)) {
        (None, _) => News::Unknown,
        // Fewer than there were: the oldest are no longer kept.
        (Some(_), Some(count)) if count == changes.len() => {
            News::Changes(changes.into_iter().map(|change| change.change).collect())
        }
        _ => News::Reset,
    }
}

async fn changes(
    read: &mut Read,
    user: UserKey,
    different: &[Different],
    limits: &SyncLimits,
) -> Result<HashMap<ConversationKey, Vec<ReplayedChange>>, StoreError> {
    let wanted: Vec<_> = different
        .iter()
        .filter(|one| one.replayable(limits).is_some_and(|count| count > 0))
        .map(|one| (one.key.0, one.has.unwrap_or(0), one.last_rev))
        .collect();
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    for row in read.query(&CHANGES, &[ranges(&wanted), Value::Int(i64::MAX), Value::Int(user.0)]).await? {
        found.entry(ConversationKey(row.int(0)?)).or_default().push(replayed(&row)?);
    }
    Ok(found)
}

fn ranges(list: &[(i64, i64, i64)]) -> Value {
    Value::Json(json_list(list, |out, (key, after, upto)| out.push_str(&format!("[{key},{after},{upto}]"))))
}

/// A change of a user's own stream that is about a conversation; `None`: of what he hid nothing is known.
fn own_change(row: &Row) -> Result<Option<(i64, OwnChange)>, StoreError> {
    let change = match row.int(1)? {
        codes::MESSAGE_HIDDEN => {
            let Some(id) = row.maybe_uuid(2)? else { return Ok(None) };
            OwnChange::Hidden { id: MessageId(id), seq: row.int(3)? }
        }
        kind => codes::own_change_of(kind)?,
    };
    Ok(Some((row.int(0)?, change)))
}

fn replayed(row: &Row) -> Result<ReplayedChange, StoreError> {
    let (rev, kind, conversation) = (row.int(1)?, row.int(2)?, ConversationId(row.uuid(3)?));
    if row.int(CHANGE_COLUMNS + MESSAGE_COLUMNS + PERSON_COLUMNS)? > 0 {
        let change = Replayed::Hidden { conversation_id: conversation, rev };
        return Ok(ReplayedChange { rev, change });
    }
    let about = || {
        let message = message(row, CHANGE_COLUMNS, conversation)?
            .ok_or_else(|| StoreError::Corrupt(format!("change {rev} names a message that is not there")))?;
        // As it is now, with the number of the change that is told.
        Ok::<_, StoreError>(Message { rev, ..message })
    };
    let change = match kind {
        codes::MESSAGE_NEW => Replayed::MessageNew(about()?),
        codes::MESSAGE_EDITED => Replayed::MessageUpdated(about()?),
        codes::MESSAGE_UNSENT => Replayed::MessageDeleted(about()?),
        codes::MESSAGE_REACTED => Replayed::Reacted(about()?),
        codes::CONVERSATION_UPDATED => {
            // As they are now, as messages are.
            let at = CHANGE_COLUMNS + MESSAGE_COLUMNS + PERSON_COLUMNS + 1;
            let details = details(row, at, at + 1)?;
            Replayed::Details(DetailsChanged { conversation_id: conversation, rev, details })
        }
        codes::PARTICIPANT_JOINED | codes::PARTICIPANT_LEFT | codes::PARTICIPANT_UPDATED => {
            let change = participant_change(row, kind)?;
            Replayed::Participant(ParticipantChanged { conversation_id: conversation, rev, change })
        }
        _ => return Err(codes::unknown("kind of change", kind)),
    };
    Ok(ReplayedChange { rev, change })
}

/// What happened then, with the role of now: the changes after it lead there anyway.
fn participant_change(row: &Row, kind: i64) -> Result<ParticipantChange, StoreError> {
    let at = CHANGE_COLUMNS + MESSAGE_COLUMNS;
    let (user, role) = (accounts::user(row, at)?, codes::role_of(row.int(at + 5)?)?);
    Ok(match kind {
        codes::PARTICIPANT_JOINED => ParticipantChange::Joined(user, role),
        codes::PARTICIPANT_LEFT => ParticipantChange::Left(user.id),
        _ => ParticipantChange::Updated(user.id, role),
    })
}
