//! Read marks and receipts on the wire.

use chat::{
    Timestamp,
    receipts::{ReadMark, Receipt, ReceiptKind, ReceiptState, SeenBy},
};
use protocol::{Time, events};

use super::accounts;

/// The event that tells a reader's devices what is left unread.
#[must_use]
pub fn unread_changed(mark: &ReadMark, user_rev: i64) -> protocol::UnreadChanged {
    protocol::UnreadChanged {
        conversation_id: mark.conversation_id.to_string(),
        read_seq: mark.read_seq,
        head_seq: mark.head_seq,
        head_rev: mark.head_rev,
        unread: mark.unread,
        mentions: mark.mentions,
        total: mark.total,
        marked_unread: mark.marked_unread,
        prev_user_rev: user_rev - 1,
        user_rev,
    }
}

/// The answer to reading.
#[must_use]
pub fn read_state(mark: &ReadMark) -> protocol::ReadState {
    protocol::ReadState { read_seq: mark.read_seq, unread: mark.unread, mentions: mark.mentions }
}

/// The event that tells of a receipt of this kind.
pub(super) fn name(kind: ReceiptKind) -> &'static str {
    match kind {
        ReceiptKind::Delivered => events::RECEIPT_DELIVERED,
        ReceiptKind::Read => events::RECEIPT_READ,
    }
}

/// How far somebody has come.
#[must_use]
pub fn receipt(receipt: &Receipt) -> protocol::Receipt {
    protocol::Receipt {
        conversation_id: receipt.conversation_id.to_string(),
        user_id: receipt.user_id.to_string(),
        seq: receipt.seq,
        at: Time(receipt.at.0),
    }
}

/// How far one participant has come.
#[must_use]
pub fn state(state: &ReceiptState) -> protocol::ReceiptState {
    let mark = |(seq, at): (i64, Timestamp)| protocol::Mark { seq, at: Time(at.0) };
    protocol::ReceiptState {
        user_id: state.user_id.to_string(),
        delivered: state.delivered.map(mark),
        read: state.read.map(mark),
    }
}

/// Somebody whom a message has reached.
#[must_use]
pub fn seen_by(seen: &SeenBy) -> protocol::SeenBy {
    protocol::SeenBy {
        user: accounts::user(&seen.user),
        delivered_at: seen.delivered_at.map(|at| Time(at.0)),
        read_at: seen.read_at.map(|at| Time(at.0)),
    }
}
