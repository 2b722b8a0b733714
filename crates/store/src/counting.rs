//! Counting blocks of messages, so that what is unread is summed where it is much. Messages of a block that are counted
//! change in one way only: whoever deletes one takes it out of its block's counts and positions in the same transaction.
//! A position is a bit: the lowest is that of the block's first number. The last block of a conversation is counted as
//! far as it is there, in steps, and added to later: looking at a message costs ten times what summing a block does.

use crate::{
    Store, StoreError,
    commit::Statement,
    dialect::Sql,
    trimming::LAST_CONVERSATION,
    value::{Value, json_list},
};

/// Messages of a block. It is in the texts below and in `unread!` too, and in databases: it cannot be changed.
pub(crate) const BLOCK: i64 = 32;

/// Keys that one look at the table goes over.
const KEYS_PER_LOOK: i64 = 10_000;

/// So many messages, a step, are counted at once; `counted_seq` is a multiple of it.
pub(crate) static UNCOUNTED: Sql = Sql::new(
    "SELECT key, counted_seq, last_seq / 8 * 8 FROM conversations \
     WHERE key > ?1 AND key <= ?2 AND last_seq - counted_seq >= 8 ORDER BY key",
);
/// Rows are locked in the order of keys, as lanes do.
pub(crate) static LOCK_UNCOUNTED: Sql =
    Sql::new("SELECT t.key FROM {ranges ?1} r JOIN conversations t ON t.key = r.key ORDER BY t.key {lock t}");
/// Adds what a range holds of each sender to its blocks, or under sender 0 what it holds of everybody.
macro_rules! count {
    ($sender:literal, $grouped:literal) => {
        concat!(
            "INSERT INTO message_counts (conversation, sender, block, messages, positions) SELECT m.conversation, ",
            $sender,
            ", (m.seq - 1) / 32, count(*), \
                 CAST(sum(CAST(1 AS BIGINT) << CAST((m.seq - 1) % 32 AS INTEGER)) AS BIGINT) FROM {ranges ?1} r \
             JOIN conversations t ON t.key = r.key AND t.counted_seq = r.after \
             JOIN messages m ON m.conversation = r.key AND m.seq > r.after AND m.seq <= r.upto \
             WHERE m.kind <> 2 AND m.deleted_at IS NULL GROUP BY ",
            $grouped,
            " ON CONFLICT (conversation, sender, block) DO UPDATE \
             SET messages = message_counts.messages + excluded.messages, \
                 positions = message_counts.positions | excluded.positions"
        )
    };
}
pub(crate) static COUNT: Sql = Sql::new(count!("m.sender", "m.conversation, m.sender, (m.seq - 1) / 32"));
pub(crate) static COUNT_ALL: Sql = Sql::new(count!("0", "m.conversation, (m.seq - 1) / 32"));
pub(crate) static RAISE_COUNTED: Sql = Sql::new(
    "UPDATE conversations SET counted_seq = r.upto FROM {ranges ?1} r \
     WHERE conversations.key = r.key AND conversations.counted_seq = r.after",
);

pub(crate) const QUERIES: &[&Sql] = &[&UNCOUNTED, &LOCK_UNCOUNTED, &COUNT, &COUNT_ALL, &RAISE_COUNTED];

/// Messages of a conversation beyond `after` and up to `upto` that are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncounted {
    key: i64,
    after: i64,
    upto: i64,
}

impl Uncounted {
    /// The same messages in parts of at most so many blocks.
    pub fn in_parts(self, blocks: i64) -> impl Iterator<Item = Self> {
        let step = blocks.max(1) * BLOCK;
        let parts = (self.upto - self.after + step - 1) / step;
        (0..parts).map(move |part| {
            let after = self.after + part * step;
            Self { after, upto: self.upto.min(after + step), ..self }
        })
    }
}

impl Store {
    /// Looks for messages that are not counted, among some conversations beyond the key `after`; and where to look on,
    /// if that was not the end.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn uncounted(&self, after: i64) -> Result<(Vec<Uncounted>, Option<i64>), StoreError> {
        let upto = after + KEYS_PER_LOOK;
        let parameters = [Value::Int(after), Value::Int(upto)];
        self.read(move |read| {
            Box::pin(async move {
                let mut found = Vec::new();
                for row in read.query(&UNCOUNTED, &parameters).await? {
                    found.push(Uncounted { key: row.int(0)?, after: row.int(1)?, upto: row.int(2)? });
                }
                let last = read.first(&LAST_CONVERSATION, &[]).await?.map_or(Ok(0), |row| row.int(0))?;
                Ok((found, (last > upto).then_some(upto)))
            })
        })
        .await
    }

    /// Counts these messages, in one transaction. Where somebody else did so meanwhile nothing is done.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn count(&self, messages: Uncounted) -> Result<(), StoreError> {
        let Uncounted { key, after, upto } = messages;
        let range = json_list(&[()], |out, ()| out.push_str(&format!("[{key},{after},{upto}]")));
        // The conversation is locked first: a message that is unsent meanwhile is either seen, or finds itself counted.
        let statements = [&LOCK_UNCOUNTED, &COUNT, &COUNT_ALL, &RAISE_COUNTED];
        let statements =
            statements.map(|sql| Statement { sql, parameters: vec![Value::Json(range.clone())] });
        self.transaction(statements.into()).await.map(drop)
    }
}
