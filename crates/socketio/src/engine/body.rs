//! The body of a POST.

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

/// Why there is no body.
pub(super) enum Unread {
    TooLarge,
    Failed,
}

/// A body of at most `max` bytes, in one piece: a list of its chunks would take many times what they hold.
pub(super) async fn read(mut body: Incoming, max: usize) -> Result<Vec<u8>, Unread> {
    if body.size_hint().lower() > max as u64 {
        return Err(Unread::TooLarge);
    }
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Failed)?.into_data() else { continue };
        if read.len() + data.len() > max {
            return Err(Unread::TooLarge);
        }
        read.extend_from_slice(&data);
    }
    Ok(read)
}
