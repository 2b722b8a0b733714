//! How a conversation is kept.

/// Who may add people to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WhoMayAdd {
    /// Its owner.
    Owner,
    /// Its owner and admins.
    #[default]
    Admins,
    /// Everybody in it.
    Anyone,
}

/// Which messages somebody sees who is added later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum History {
    /// All there are.
    #[default]
    All,
    /// Those from then on.
    SinceJoin,
}

/// How a conversation is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Settings {
    /// Who may add people.
    pub who_may_add: WhoMayAdd,
    /// What new members see.
    pub history: History,
    /// Only moderators and above may write.
    pub read_only: bool,
    /// How many seconds a member waits between two messages; 0: none.
    pub slow_mode_s: i64,
}
