//! Mentions: how many wait for a reader, and what is between him and who names him.

use chat::{UserKey, mentions::Between};

use crate::{
    Store, StoreError,
    dialect::Sql,
    value::{Row, Value},
};

/// How many unread messages mention the participant `p`, whose state is `s`, beyond a number, as [`unread!`] has it.
///
/// [`unread!`]: crate::receipts::unread
macro_rules! mentions {
    () => {
        $crate::mentions::mentions!($crate::receipts::read_to!())
    };
    ($from:expr) => {
        concat!(
            "(SELECT count(*) FROM mentions mt WHERE mt.conversation = p.conversation \
              AND mt.user_key IN (p.user_key, 0) AND mt.seq > ",
            $from,
            " AND mt.sender <> p.user_key AND ",
            $crate::hidden::hidden!("p.user_key", "mt"),
            " = 0)"
        )
    };
}
pub(crate) use mentions;

/// Blocks between the user `?1` and others, either way.
pub(crate) static BLOCKS: Sql = Sql::new(
    "SELECT user_key, other FROM blocks WHERE user_key = ?1 AND other {ints ?2} \
     UNION ALL SELECT user_key, other FROM blocks WHERE other = ?1 AND user_key {ints ?2}",
);

pub(crate) const QUERIES: &[&Sql] = &[&BLOCKS];

impl Store {
    /// The blocks between a user and these others, whoever of them set it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn blocks_between(
        &self,
        user: UserKey,
        others: &[UserKey],
    ) -> Result<Vec<Between>, StoreError> {
        let others = others.iter().map(|other| other.0).collect();
        let parameters = [Value::Int(user.0), Value::Ints(others)];
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&BLOCKS, &parameters).await })).await?;
        let between = |row: &Row| Ok(Between { user: UserKey(row.int(0)?), other: UserKey(row.int(1)?) });
        rows.iter().map(between).collect()
    }
}
