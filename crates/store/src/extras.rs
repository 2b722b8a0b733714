//! What few messages have beside a text: a JSON document in the message's own row.

use chat::{UserId, extras::Extras, mentions::Mentions};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// As it is stored: fields are added, never changed.
#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    mentions_all: bool,
}

/// The document; `None` where there is nothing of it.
pub(crate) fn write(extras: &Extras) -> Option<String> {
    if extras.is_empty() {
        return None;
    }
    let Extras { mentions } = extras;
    let document = Document {
        mentions: mentions.users.iter().map(ToString::to_string).collect(),
        mentions_all: mentions.all,
    };
    serde_json::to_string(&document).ok()
}

/// Reads what [`write`] wrote.
pub(crate) fn read(document: Option<&str>) -> Result<Extras, StoreError> {
    let Some(text) = document else { return Ok(Extras::default()) };
    let document: Document = serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt(format!("what a message has beside its text: {error}")))?;
    let users = document.mentions.iter().map(|id| UserId::from_stored(id)).collect();
    Ok(Extras { mentions: Mentions { users, all: document.mentions_all } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let users = ["ada", "a \"b\""].map(UserId::from_stored).to_vec();
        for mentions in [Mentions { users, all: false }, Mentions { users: Vec::new(), all: true }] {
            let extras = Extras { mentions };
            assert_eq!(read(write(&extras).as_deref()), Ok(extras));
        }
        assert_eq!((write(&Extras::default()), read(None)), (None, Ok(Extras::default())));
        assert!(read(Some("1")).is_err());
    }
}
