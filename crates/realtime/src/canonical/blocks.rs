//! Blocks on the wire.

use chat::blocks::Blocked;

use super::accounts;

/// The answer to blocking and unblocking.
#[must_use]
pub fn block_state(blocked: &Blocked) -> protocol::BlockState {
    protocol::BlockState { user: accounts::user(&blocked.user), blocked: blocked.blocked }
}
