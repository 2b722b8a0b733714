//! The limits that rules ask about. Names, meaning and what happens beyond: `docs/limits.md`.

/// Limits of the domain; each is a key under `[limits]` in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of UTF-8 that a message's body may have. Beyond: `too_large`.
    pub message_body_bytes: usize,
    /// How long after it was sent a message may be edited; 0: for ever. Beyond: `too_late`.
    pub edit_window_ms: u64,
    /// How long after it was sent a message may be unsent; 0: for ever. Beyond: `too_late`.
    pub unsend_window_ms: u64,
    /// The most kinds of reactions that a message may have. Beyond: `invalid`.
    pub reactions_per_message: usize,
    /// The most people that a message may mention. Beyond: `invalid`.
    pub mentions_per_message: usize,
    /// The reactions that there are; empty: any emoji.
    pub reaction_set: Vec<String>,
    /// Whether a user has at most one reaction on a message: another takes its place.
    pub one_reaction_per_user: bool,
    /// The most characters of a conversation's or a user's name. Beyond: `invalid`.
    pub name_chars: usize,
    /// The most characters of a conversation's description. Beyond: `invalid`.
    pub description_chars: usize,
    /// The most seconds that slow mode may make members wait. Beyond: `invalid`.
    pub slow_mode_s: i64,
    /// The most bytes of a URL. Beyond: `invalid`.
    pub url_bytes: usize,
    /// The most members of a group, its creator included. Beyond: `limit_reached`.
    pub group_members: usize,
    /// The most people that a user may block. Beyond: `limit_reached`.
    pub blocks_per_user: usize,
    /// The most people that a user may follow. Beyond: `limit_reached`.
    pub follows_per_user: usize,
    /// The most members that a conversation may have for its members to be told of each other's receipts. Beyond: they
    /// are read when they are asked for.
    pub receipt_members: usize,
    /// How many messages somebody may send before his request is answered. Beyond: `request_pending`.
    pub request_messages: usize,
    /// The most requests that may wait for a user. Beyond: `not_allowed`.
    pub requests_waiting: usize,
    /// Items on a page when the client does not say.
    pub page_items: usize,
    /// The most items that a client may ask for; more is clamped.
    pub page_items_max: usize,
    /// About how many bytes of items one answer holds; the rest follows by cursor. Several answers must fit into a
    /// connection's queue.
    pub answer_bytes: usize,
    /// The most rows that one answer of `sync` holds; the rest follows by cursor.
    pub sync_rows: usize,
    /// A conversation that is more changes behind than this comes as `reset`.
    pub sync_changes_per_conversation: usize,
    /// How many syncs may read at once. More wait for their turn.
    pub syncs_at_once: usize,
    /// How many syncs may wait for their turn. Beyond: `rate_limited`.
    pub syncs_waiting: usize,
    /// How many syncs of one user may be under way, those that wait included. Beyond: `rate_limited`.
    pub syncs_per_user: usize,
    /// How long a stream is quiet before those who follow it are told how far it has come, for those who lost its last
    /// change; 0: they are not.
    pub heads_digest_ms: u64,
    /// How many changes are kept of a conversation's stream. Beyond: the oldest go, and clients that lack them get
    /// `reset`.
    pub changes_kept_rows: usize,
    /// How many changes are kept of a user's own stream. Beyond: as for conversations.
    pub user_changes_kept_rows: usize,
    /// How many days changes are kept, of conversations and of users; they go between that and twice that later. Beyond: as
    /// for `changes_kept_rows`. 0: however old.
    pub changes_kept_days: usize,
    /// How often an effect (a mail, a push, a webhook) is tried. Beyond: it is given up and stays in the outbox.
    pub outbox_attempts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_body_bytes: 16 * 1024,
            edit_window_ms: 0,
            unsend_window_ms: 0,
            reactions_per_message: 50,
            mentions_per_message: 50,
            reaction_set: Vec::new(),
            one_reaction_per_user: false,
            name_chars: 100,
            description_chars: 1_000,
            slow_mode_s: 86_400,
            url_bytes: 500,
            group_members: 256,
            blocks_per_user: 1_000,
            follows_per_user: 10_000,
            receipt_members: 32,
            request_messages: 3,
            requests_waiting: 100,
            page_items: 50,
            page_items_max: 200,
            answer_bytes: 256 * 1024,
            sync_rows: 1000,
            sync_changes_per_conversation: 500,
            syncs_at_once: 4,
            syncs_waiting: 1024,
            syncs_per_user: 8,
            heads_digest_ms: 30_000,
            changes_kept_rows: 10_000,
            user_changes_kept_rows: 10_000,
            changes_kept_days: 90,
            outbox_attempts: 20,
        }
    }
}

impl Limits {
    /// How many texts of a message one page holds: what was asked for, but no more bytes than an answer holds if each is as
    /// large as it may be.
    #[must_use]
    pub fn versions(&self, asked: Option<u64>) -> usize {
        self.page(asked).min((self.answer_bytes / self.message_body_bytes).max(1))
    }

    /// The page size to use for what a client asked: the default without a wish, clamped to what is allowed.
    #[must_use]
    pub fn page(&self, asked: Option<u64>) -> usize {
        asked.map_or(self.page_items, |n| {
            usize::try_from(n).unwrap_or(usize::MAX).clamp(1, self.page_items_max)
        })
    }
}
