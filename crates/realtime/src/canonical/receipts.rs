//! Read marks on the wire.

use chat::receipts::ReadMark;

/// The event that tells a reader's devices what is left unread.
#[must_use]
pub fn unread_changed(mark: &ReadMark, user_rev: i64) -> protocol::UnreadChanged {
    protocol::UnreadChanged {
        conversation_id: mark.conversation_id.to_string(),
        read_seq: mark.read_seq,
        head_seq: mark.head_seq,
        head_rev: mark.head_rev,
        unread: mark.unread,
        total: mark.total,
        prev_user_rev: user_rev - 1,
        user_rev,
    }
}

/// The answer to reading.
#[must_use]
pub fn read_state(mark: &ReadMark) -> protocol::ReadState {
    protocol::ReadState { read_seq: mark.read_seq, unread: mark.unread }
}
