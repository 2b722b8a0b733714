//! Messages that users hide from themselves.

use chat::{ConversationKey, MessageId, UserKey, hidden::HideFacts};

use crate::{
    Store, StoreError,
    conversations::visible_from,
    dialect::Sql,
    value::{Row, Value},
};

/// How often the user of this key hid the message of this name: 0 or 1. Counted and not looked for by EXISTS, of which an
/// engine would make a join that reads whole tables.
macro_rules! hidden {
    ($user:literal, $message:literal) => {
        concat!(
            "(SELECT count(*) FROM message_hidden hm WHERE hm.user_key = ",
            $user,
            " AND hm.conversation = ",
            $message,
            ".conversation AND hm.seq = ",
            $message,
            ".seq)"
        )
    };
}
pub(crate) use hidden;

/// The message `?2` of the conversation `?1`, if the user `?3` may see it or hid it.
pub(crate) static FACTS: Sql = Sql::new(concat!(
    "SELECT m.seq, ",
    hidden!("?3", "m"),
    " FROM messages m JOIN conversations c ON c.key = m.conversation \
      JOIN participants p ON p.conversation = m.conversation AND p.user_key = ?3 AND p.left_at IS NULL \
      JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = p.conversation \
      WHERE m.conversation = ?1 AND m.id = ?2 AND m.seq >= ",
    visible_from!()
));

pub(crate) const QUERIES: &[&Sql] = &[&FACTS];

impl Store {
    /// What is to be known before a user hides a message from himself. `None`: there is none for him.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn hide_facts(
        &self,
        user: UserKey,
        conversation: ConversationKey,
        id: MessageId,
    ) -> Result<Option<HideFacts>, StoreError> {
        let parameters = [Value::Int(conversation.0), Value::Uuid(id.0), Value::Int(user.0)];
        let row =
            self.read(move |read| Box::pin(async move { read.first(&FACTS, &parameters).await })).await?;
        row.map(|row| Ok(HideFacts { seq: row.int(0)?, hidden: row.int(1)? > 0 })).transpose()
    }
}

/// Reads a list of numbers that are parted by spaces, and puts them in order.
pub(crate) fn seqs(row: &Row, at: usize) -> Result<Vec<i64>, StoreError> {
    let Some(text) = row.maybe_text(at)? else { return Ok(Vec::new()) };
    let corrupt = |_| StoreError::Corrupt(format!("{text:?} are no numbers of messages"));
    let mut seqs = text.split(' ').map(str::parse).collect::<Result<Vec<i64>, _>>().map_err(corrupt)?;
    seqs.sort_unstable();
    Ok(seqs)
}
