//! The little that the transport must know of the JSON it carries.

use super::{Malformed, RESERVED_EVENTS};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// How deep arrays and objects are nested. Only meaningful for well-formed JSON, never too low for it.
pub fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(&byte) = json.as_bytes().get(at) {
        at += 1;
        match byte {
            b'"' => at = string_end(json, at),
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

/// Where a string ends, its quote included, of which the text begins at `from`; the length if it does not end.
pub(super) fn string_end(json: &str, from: usize) -> usize {
    let (bytes, mut at) = (json.as_bytes(), from);
    loop {
        at += plain_len(&bytes[at..]);
        match bytes.get(at) {
            Some(b'\\') if at + 2 <= bytes.len() => at += 2,
            Some(b'"') => return at + 1,
            _ => return bytes.len(),
        }
    }
}

/// Bytes before the first quote or backslash. Sixteen at a time: most of a packet is the text that people wrote.
fn plain_len(bytes: &[u8]) -> usize {
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'\\');
    let (chunks, _) = bytes.as_chunks::<16>();
    // Without a way out of the inner loop, so that it becomes a few vector instructions.
    let marked = |chunk: &&[u8; 16]| chunk.iter().fold(false, |found, byte| found | is_mark(byte));
    let plain = 16 * chunks.iter().take_while(|chunk| !marked(chunk)).count();
    let rest = &bytes[plain..];
    plain + rest.iter().position(is_mark).unwrap_or(rest.len())
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
        // Official clients may use numbers, which their emitters take for the same as their digits.
        None if is_number(name) => Cow::Borrowed(name),
        _ => serde_json::from_str::<String>(name)
            .map(Cow::Owned)
            .map_err(|_| Malformed::Syntax("event name is neither a string nor a number"))?,
    };
    if RESERVED_EVENTS.contains(&name.as_ref()) {
        return Err(Malformed::Syntax("reserved event name"));
    }
    Ok((name, args))
}

fn is_number(json: &str) -> bool {
    json.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(depth(r#"["[[[[\"[[[[",{"a":[1]}]"#), 3);
        assert_eq!(depth(""), 0);
        assert_eq!(depth(&"[".repeat(100_000)), 100_000);
        assert_eq!(depth(r#"["a\"#), 1);
    }

    #[test]
    fn strings_of_any_length_are_passed_over() {
        for len in 0..70 {
            let text = "é[".repeat(len);
            assert_eq!(depth(&format!(r#"["{text}",[]]"#)), 2, "{len}");
            assert_eq!(depth(&format!(r#"["{text}\"{text}\\",[]]"#)), 2, "{len}");
            assert_eq!(depth(&format!(r#"["{text}"#)), 1, "{len}");
        }
    }

    #[test]
    fn names_and_arguments() {
        let (name, args) = event_parts(r#"["m\u0065ssage",1,"2",{"3":[true]}]"#).unwrap();
        assert_eq!(name, "message");
        let args: Vec<_> = args.iter().map(|arg| arg.get()).collect();
        assert_eq!(args, ["1", "\"2\"", r#"{"3":[true]}"#]);
        let names = ["[1]", "[-2.5]", "[\"1\",2]"].map(|payload| event_parts(payload).unwrap().0);
        assert_eq!(names, ["1", "-2.5", "1"]);
        for bad in [
            "[]",
            "[null]",
            "[true]",
            "[[1]]",
            "[01]",
            r#"["disconnect"]"#,
            r#"["a""#,
            "[\"a\"]x",
            "[\"a\\\"]",
        ] {
            assert!(event_parts(bad).is_err(), "{bad}");
        }
    }
}
