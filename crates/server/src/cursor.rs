//! Cursors on the wire: opaque text that names a position and nothing else.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::{Error, ErrorCode};
use serde::{Serialize, de::DeserializeOwned};

/// A position, as text.
pub(crate) fn encode(position: &impl Serialize) -> Option<String> {
    serde_json::to_vec(position).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
}

/// The position in a text that [`encode`] made.
pub(crate) fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, Error> {
    let json = URL_SAFE_NO_PAD.decode(cursor).ok();
    json.and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(|| {
        Error::new(ErrorCode::Invalid, "the cursor is not one that this server gave; begin without")
            .field("cursor")
    })
}
