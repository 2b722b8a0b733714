//! The little that the transport must know of the JSON it carries.

use super::{Malformed, RESERVED_EVENTS};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// How deep arrays and objects are nested. Only meaningful for well-formed JSON, never too low for it.
pub fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Name and arguments of an event payload.
pub fn event_parts(payload: &str) -> Result<(Cow<'_, str>, Vec<&RawValue>), Malformed> {
    let mut args: Vec<&RawValue> =
        serde_json::from_str(payload).map_err(|_| Malformed::Syntax("payload is not JSON"))?;
    if args.is_empty() {
        return Err(Malformed::Syntax("event without a name"));
    }
    let name = args.remove(0).get();
    let name = match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        _ => serde_json::from_str::<String>(name)
            .map(Cow::Owned)
            .map_err(|_| Malformed::Syntax("event name is not a string"))?,
    };
    if RESERVED_EVENTS.contains(&name.as_ref()) {
        return Err(Malformed::Syntax("reserved event name"));
    }
    Ok((name, args))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(depth(r#"["[[[[\"[[[[",{"a":[1]}]"#), 3);
        assert_eq!(depth(""), 0);
        assert_eq!(depth(&"[".repeat(100_000)), 100_000);
    }

    #[test]
    fn names_and_arguments() {
        let (name, args) = event_parts(r#"["m\u0065ssage",1,"2",{"3":[true]}]"#).unwrap();
        assert_eq!(name, "message");
        let args: Vec<_> = args.iter().map(|arg| arg.get()).collect();
        assert_eq!(args, ["1", "\"2\"", r#"{"3":[true]}"#]);
        for bad in ["[]", "[null]", "[1]", r#"["disconnect"]"#, r#"["a""#, "[\"a\"]x", "[\"a\\\"]"] {
            assert!(event_parts(bad).is_err(), "{bad}");
        }
    }
}
