//! `{"_placeholder":true,"num":n}`, which stands in a packet for its attachment `n`.

use super::{Malformed, json::string_end};
use serde::de::IgnoredAny;

/// Every placeholder must name one of the attachments that the packet announces.
///
/// Values are looked at, not built: a payload may be a million bytes of `[0,0,…`, and it may hold what events without
/// attachments may hold too, numbers beyond any type and halves of surrogate pairs.
pub(super) fn check(payload: &str, attachments: usize) -> Result<(), Malformed> {
    serde_json::from_str::<IgnoredAny>(payload).map_err(|_| Malformed::Syntax("payload is not JSON"))?;
    if fit(payload, attachments) { Ok(()) } else { Err(Malformed::Syntax("placeholder names no attachment")) }
}

/// What is known of an object that is still open.
#[derive(Default)]
struct Object {
    key: Option<Key>,
    is_placeholder: bool,
    num_fits: bool,
}

enum Key {
    Placeholder,
    Num,
    Other,
}

/// Over JSON that is known to be well-formed. Of fields with the same key the last one counts, as for clients.
fn fit(json: &str, attachments: usize) -> bool {
    // Nothing for an array. No deeper than `json_depth`, which is checked before.
    let mut open: Vec<Option<Object>> = Vec::new();
    let mut rest = json;
    while let Some(&first) = rest.as_bytes().first() {
        let (token, after) = rest.split_at(token_len(rest, first));
        rest = after;
        match first {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {}
            b'}' | b']' => match open.pop().flatten() {
                Some(object) if object.is_placeholder && !object.num_fits => return false,
                _ => {}
            },
            _ => {
                if let Some(Some(object)) = open.last_mut() {
                    object.take(token, attachments);
                }
                match first {
                    b'{' => open.push(Some(Object::default())),
                    b'[' => open.push(None),
                    _ => {}
                }
            }
        }
    }
    true
}

impl Object {
    /// A key, or the value after one, of which an array or object shows only its bracket.
    fn take(&mut self, token: &str, attachments: usize) {
        match self.key.take() {
            None => self.key = Some(Key::of(token)),
            Some(Key::Placeholder) => self.is_placeholder = token == "true",
            Some(Key::Num) => self.num_fits = token.parse::<usize>().is_ok_and(|num| num < attachments),
            Some(Key::Other) => {}
        }
    }
}

impl Key {
    fn of(token: &str) -> Self {
        let is = |name: &str| {
            token.get(1..token.len() - 1) == Some(name)
                || token.contains('\\') && serde_json::from_str::<String>(token).is_ok_and(|key| key == name)
        };
        match () {
            () if is("_placeholder") => Self::Placeholder,
            () if is("num") => Self::Num,
            () => Self::Other,
        }
    }
}

/// Length of the token that begins with `first`: a mark, a string with its quotes, a number or a word.
fn token_len(json: &str, first: u8) -> usize {
    match first {
        b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'[' | b']' | b'{' | b'}' => 1,
        b'"' => string_end(json, 1),
        _ => json.find([' ', '\t', '\n', '\r', ',', ':', ']', '}']).unwrap_or(json.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_field_of_a_name_counts_and_names_may_be_escaped() {
        for good in [
            r#"["a",{"_placeholder":true,"num":1}]"#,
            r#"["a", { "num" : 0 , "_placeholder" : true } ]"#,
            r#"["a",{"_placeholder":true,"_placeholder":false,"num":9}]"#,
            r#"["a",{"_placeholder":"true","num":9}]"#,
            r#"["a",{"x":"_placeholder","num":9}]"#,
            r#"["a",{"_placeholder":[true],"num":9}]"#,
            r#"["a\"{","\\",{"\"":{"_placeholder":true,"num":0}}]"#,
        ] {
            assert_eq!(check(good, 2), Ok(()), "{good}");
        }
        for bad in [
            r#"["a",{"_placeholder":true,"num":2}]"#,
            r#"["a",{"_placeholder":true,"num":0,"num":2}]"#,
            r#"["a",{"_placeholder":true,"num":[0]}]"#,
            r#"["a",{"_placeholder":true,"num":0.0}]"#,
            r#"["a",{"_placeholder":true,"num":-0}]"#,
            r#"["a",{"_pl\u0061ceholder":true}]"#,
            r#"[[{"a":{"_placeholder":true}}]]"#,
            r#"["a",{"_placeholder":true,"num":0}"#,
        ] {
            assert!(check(bad, 2).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_events_may_hold_binary_ones_may_hold_too() {
        assert_eq!(check(r#"["a",1e999,"\ud83d",{"\ud83d":1}]"#, 1), Ok(()));
    }
}
