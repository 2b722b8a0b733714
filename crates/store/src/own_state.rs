//! What a conversation is for its user alone.

use chat::{ConversationKey, Timestamp, UserKey, own_state::OwnState};

use crate::{
    Store, StoreError,
    dialect::Sql,
    value::{Row, Value},
};

/// Columns of the state `s`, as [`own_state`] reads them.
macro_rules! own_columns {
    () => {
        "s.archived, s.marked_unread, s.muted_until, s.pinned_at, s.hidden_seq"
    };
}
pub(crate) use own_columns;

/// How many columns that is.
pub(crate) const OWN_STATE_COLUMNS: usize = 5;

pub(crate) static OWN_STATE: Sql = Sql::new(concat!(
    "SELECT ",
    own_columns!(),
    " FROM participants p \
     JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = p.conversation \
     WHERE p.user_key = ?1 AND p.conversation = ?2 AND p.left_at IS NULL"
));

pub(crate) static LAST_SENT: Sql =
    Sql::new("SELECT last_sent_at FROM participant_state WHERE user_key = ?1 AND conversation = ?2");

pub(crate) const QUERIES: &[&Sql] = &[&OWN_STATE, &LAST_SENT];

impl Store {
    /// What a conversation is for a user alone. `None`: he is no participant.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn own_state(
        &self,
        user: UserKey,
        conversation: ConversationKey,
    ) -> Result<Option<OwnState>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Int(conversation.0)];
        let row =
            self.read(move |read| Box::pin(async move { read.first(&OWN_STATE, &parameters).await })).await?;
        row.map(|row| own_state(&row, 0)).transpose()
    }

    /// When a user last sent a message in a conversation where he may not send as often as he likes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn last_sent_at(
        &self,
        user: UserKey,
        conversation: ConversationKey,
    ) -> Result<Option<Timestamp>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Int(conversation.0)];
        let row =
            self.read(move |read| Box::pin(async move { read.first(&LAST_SENT, &parameters).await })).await?;
        Ok(row.map_or(Ok(None), |row| row.maybe_int(0))?.map(Timestamp))
    }
}

/// Reads the columns of [`own_columns`] from `at` on.
pub(crate) fn own_state(row: &Row, at: usize) -> Result<OwnState, StoreError> {
    Ok(OwnState {
        archived: row.int(at)? != 0,
        marked_unread: row.int(at + 1)? != 0,
        muted_until: row.maybe_int(at + 2)?.map(Timestamp),
        pinned_at: row.maybe_int(at + 3)?.map(Timestamp),
        deleted_seq: row.maybe_int(at + 4)?,
    })
}
