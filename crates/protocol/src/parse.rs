use serde::de::DeserializeOwned;

/// Why a payload is not of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The field at fault, dotted; empty when the payload as a whole is.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// Reads a payload; a failure names the field.
///
/// # Errors
/// [`Malformed`] for what is not JSON or not of the type.
pub fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Malformed> {
    // serde would take a list for an object, by position.
    if json.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        let message = "it must be an object with named fields".to_owned();
        return Err(Malformed { field: String::new(), message });
    }
    // The path is only tracked once something is wrong, so that the common case pays nothing for it.
    serde_json::from_slice(json).or_else(|_| {
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(json)).map_err(malformed)
    })
}

fn malformed(error: serde_path_to_error::Error<serde_json::Error>) -> Malformed {
    let path = error.path().to_string();
    let inner = error.into_inner();
    let message = inner.to_string();
    // "missing field `x`" is reported at its parent.
    let missing =
        message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()).map(str::to_owned);
    let field = match (path.as_str(), missing) {
        ("." | "?", Some(field)) => field,
        ("." | "?", None) => String::new(),
        (parent, Some(field)) => format!("{parent}.{field}"),
        (path, None) => path.to_owned(),
    };
    // Where it stands in the text helps nobody who built it with a library, nor does the name of a type of ours.
    let message = message.split(" at line ").next().unwrap_or_default();
    let message = message.split(", expected struct ").next().unwrap_or_default().to_owned();
    Malformed { field, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SendMessage;

    #[test]
    fn a_failure_names_the_field() {
        let field = |json: &str| parse::<SendMessage>(json.as_bytes()).unwrap_err().field;
        assert_eq!(field(r#"{"conversation_id": 5, "body": "x"}"#), "conversation_id");
        assert_eq!(field(r#"{"conversation_id": "x"}"#), "body");
        assert_eq!(field(r#"{"conversation_id": "x", "body": null}"#), "body");
        assert_eq!(field("null"), "");
        assert_eq!(field("[]"), "");
        assert_eq!(field(r#"["x", null, "y"]"#), "");
        assert_eq!(field("{"), "");
    }
}
