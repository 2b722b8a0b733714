//! JSON as nobody writes it, in the arguments of events and in what CONNECT carries.

use crate::case::{Case, answered, breach, joined_breach, text};

const MALFORMED: &str = "malformed_packet";

pub(crate) fn cases() -> Vec<Case> {
    [refused(), deep(), allowed()].into_iter().flatten().collect()
}

/// What is no JSON, as an argument of an event.
fn refused() -> Vec<Case> {
    let arguments = [
        ("trailing comma in an array", "[1,]"),
        ("trailing comma in an object", r#"{"a":1,}"#),
        ("array of a comma", "[,]"),
        ("hole in an array", "[1,,2]"),
        ("comment to the end of the line", "1 // x\n"),
        ("comment in the middle", "1 /* x */"),
        ("byte order mark", "\u{feff}1"),
        ("single quotes", "'x'"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("undefined", "undefined"),
        ("literal in capitals", "True"),
        ("literal cut", "tru"),
        ("literal too long", "nullx"),
        ("number in hex", "0x10"),
        ("number with a zero in front", "01"),
        ("number with a plus", "+1"),
        ("minus alone", "-"),
        ("number that ends in its point", "1."),
        ("number that begins with its point", ".5"),
        ("exponent alone", "1e"),
        ("number with separators", "1_000"),
        ("number of a later standard", "1n"),
        ("escape that is none", r#""\x41""#),
        ("escape with too few digits", r#""\u12""#),
        ("escape with letters", r#""\u12gh""#),
        ("raw NUL in a string", "\"a\0b\""),
        ("raw line break in a string", "\"a\nb\""),
        ("raw tab in a string", "\"a\tb\""),
        ("separator of payloads in a string", "\"\u{1e}4\""),
        ("key without quotes", "{a:1}"),
        ("key that is a number", "{1:1}"),
        ("key without a value", r#"{"a"}"#),
        ("value without a key", "{:1}"),
        ("two colons", r#"{"a"::1}"#),
        ("two values without a comma", "1 2"),
        ("space that JSON does not know", "\u{a0}1"),
        ("form feed", "\u{c}1"),
        ("brackets crossed", "[{]}"),
        ("bracket of another kind", "[1}"),
    ];
    let unterminated = [
        ("string without an end", r#"42["echo","x]"#),
        ("string that ends in an escape", r#"42["echo","x\"#),
        ("array without an end", r#"42["echo",[1]"#),
        ("object without an end", r#"42["echo",{"a":1]"#),
        ("payload without an end", r#"42["echo""#),
        ("payload that ends in a comma", r#"42["echo","#),
        ("name without an end", r#"42["echo"#),
    ];
    let objects = [
        ("auth with a trailing comma", r#"40{"a":1,}"#),
        ("auth without an end", r#"40{"a":{"b":1}"#),
        ("auth with text behind", "40{} x"),
        ("auth with a raw NUL", "40{\"a\":\"\0\"}"),
    ];
    let arguments = arguments.map(|(name, argument)| (name, format!(r#"42["echo",{argument}]"#)));
    let unterminated = unterminated.map(|(name, packet)| (name, packet.to_owned()));
    let mut cases: Vec<Case> = (arguments.into_iter().chain(unterminated))
        .map(|(name, packet)| joined_breach(name, text(&packet), 1008, MALFORMED))
        .collect();
    cases.extend(objects.map(|(name, packet)| breach(name, text(packet), 1008, MALFORMED)));
    // Packets with attachments are read by another way.
    let binary = [
        ("comma that trails beside an attachment", "[1,]"),
        ("string without an end beside an attachment", "\"x"),
    ];
    cases.extend(binary.map(|(name, argument)| {
        joined_breach(name, text(&format!(r#"451-["echo",{argument}]"#)), 1008, MALFORMED)
    }));
    cases
}

fn nested(open: &str, depth: usize, close: &str) -> String {
    format!("{}0{}", open.repeat(depth), close.repeat(depth))
}

fn deep() -> Vec<Case> {
    let depth = "json_depth";
    let event = |json: String| text(&format!(r#"42["echo",{json}]"#));
    let (arrays, objects) = (nested("[", 32, "]"), nested(r#"{"a":"#, 32, "}"));
    let allowed = format!(r#"42["echo",{}]"#, nested("[", 31, "]"));
    let quoted = format!(r#"42["echo","{}"]"#, r#"[\"{"#.repeat(5000));
    vec![
        joined_breach("33 levels of arrays", event(arrays.clone()), 1008, depth),
        joined_breach("33 levels of objects", event(objects), 1008, depth),
        joined_breach("a hundred thousand levels of arrays", event(nested("[", 100_000, "]")), 1008, depth),
        joined_breach(
            "a hundred thousand levels of objects",
            event(nested(r#"{"a":"#, 100_000, "}")),
            1008,
            depth,
        ),
        joined_breach("a hundred thousand brackets without an end", event("[".repeat(100_000)), 1008, depth),
        joined_breach("33 levels in an ack", text(&format!("430[{arrays}]")), 1008, depth),
        joined_breach(
            "33 levels beside an attachment",
            text(&format!(r#"451-["echo",{arrays}]"#)),
            1008,
            depth,
        ),
        breach("33 levels in auth", text(&format!(r#"40{}"#, nested(r#"{"a":"#, 33, "}"))), 1008, depth),
        breach(
            "a hundred thousand levels in auth",
            text(&format!(r#"40{{"a":{}}}"#, nested("[", 100_000, "]"))),
            1008,
            depth,
        ),
        answered("32 levels", &allowed, &allowed),
        answered("brackets inside a string", &quoted, &quoted),
    ]
}

/// What looks bad and is JSON: passed on as it came, not one byte changed.
fn allowed() -> Vec<Case> {
    let keys: Vec<String> = (0..6000).map(|n| format!(r#""{n}":1"#)).collect();
    let arguments = [
        ("number beyond all numbers", "1e999".to_owned()),
        ("number below all numbers", "-1e-999".to_owned()),
        ("number of sixty thousand digits", "9".repeat(60_000)),
        ("number with sixty thousand decimals", format!("0.{}", "1".repeat(60_000))),
        ("minus zero", "-0".to_owned()),
        ("high surrogate alone", r#""\ud800""#.to_owned()),
        ("surrogates in the wrong order", r#""\udc00\ud800""#.to_owned()),
        ("NUL as an escape", r#""\u0000""#.to_owned()),
        ("character that is none", r#""\uffff""#.to_owned()),
        ("line separators of JavaScript", "\"\u{2028}\u{2029}\"".to_owned()),
        ("delete character", "\"\u{7f}\"".to_owned()),
        ("key twice", r#"{"a":1,"a":2}"#.to_owned()),
        ("empty key", r#"{"":{"":1}}"#.to_owned()),
        ("key __proto__", r#"{"__proto__":{"polluted":true}}"#.to_owned()),
        ("key constructor", r#"{"constructor":{"prototype":{"polluted":true}}}"#.to_owned()),
        ("keys toString, toJSON and then", r#"{"toString":null,"toJSON":1,"then":1}"#.to_owned()),
        ("six thousand keys", format!("{{{}}}", keys.join(","))),
        ("twenty thousand arguments", vec!["1"; 20_000].join(",")),
        ("every space there is", " \t\r\n1 \t\r\n,[ ]".to_owned()),
        ("closing tag of a script", r#""</script><!--""#.to_owned()),
    ];
    let mut cases: Vec<Case> = arguments
        .map(|(name, argument)| {
            // Spaces around an argument belong to no argument.
            let answer = if name.starts_with("every") { "1,[ ]".to_owned() } else { argument.clone() };
            answered(name, &format!(r#"42["echo",{argument}]"#), &format!(r#"42["echo",{answer}]"#))
        })
        .into();
    let keys: Vec<String> = (0..100_000).map(|n| format!(r#""{n}":1"#)).collect();
    let large =
        format!(r#"427["acked",{{{}}}]"#, keys.join(",").split_at(900_000).0.trim_end_matches(|c| c != ','));
    let answer = format!(r#"437[{{"too_large":{}}}]"#, large.len() - 1);
    cases
        .push(answered("almost a hundred thousand keys, not even read", &large, &answer).also("event_bytes"));
    cases
}
