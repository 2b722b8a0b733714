//! Attachments of Socket.IO packets, and the placeholders that stand for them.

use crate::{
    case::{Case, answered, joined_breach, served, text},
    client::{Seen, Ws, frame},
    socket::{MALFORMED, refused},
};

pub(crate) fn cases() -> Vec<Case> {
    [attachments(), placeholders()].into_iter().flatten().collect()
}

fn attachments() -> Vec<Case> {
    let event = |count: usize| {
        let places: Vec<String> =
            (0..count).map(|n| format!(r#"{{"_placeholder":true,"num":{n}}}"#)).collect();
        text(&format!(r#"45{count}-["echo",{}]"#, places.join(",")))
    };
    let over = "binary_attachments_per_event";
    let place = r#"{"_placeholder":true,"num":0}"#;
    let echoed = |count: usize| {
        let Seen::Text(event) = seen(event(count)) else { panic!("a text") };
        std::iter::once(Seen::Text(event)).chain((0..count).map(|_| Seen::Binary(b"x".to_vec()))).collect()
    };
    vec![
        refused("no attachment count", r#"45["echo"]"#),
        refused("empty attachment count", r#"45-["echo"]"#),
        refused("attachment count with a plus", r#"45+1-["echo"]"#),
        refused("attachment count in hex", r#"450x1-["echo"]"#),
        refused("attachment count with a fraction", r#"451.5-["echo"]"#),
        refused("attachment count of 22 digits", r#"4599999999999999999999-["echo"]"#),
        refused("attachment count behind the namespace", r#"45/,1-["echo"]"#),
        joined_breach("eleven attachments", text(r#"4511-["echo"]"#), 1008, over),
        joined_breach("999 999 999 attachments", text(r#"45999999999-["echo"]"#), 1008, over),
        joined_breach("eleven attachments of an ack", text("4611-0[]"), 1008, over),
        served("ten attachments", [event(10), frame(0x82, b"x").repeat(10)].concat(), echoed(10)),
        served("no attachment announced", text(r#"450-["echo"]"#), vec![Seen::Text(r#"42["echo"]"#.into())]),
        joined_breach(
            "event instead of an attachment",
            [event(1), text(r#"42["echo"]"#)].concat(),
            1008,
            "attachment_expected",
        ),
        joined_breach(
            "connect instead of an attachment",
            [event(1), text("40/n0,")].concat(),
            1008,
            "attachment_expected",
        ),
        joined_breach(
            "attachment too many",
            [event(1), frame(0x82, b"x").repeat(2)].concat(),
            1008,
            MALFORMED,
        ),
        served("attachment after a pong", [event(1), text("3"), frame(0x82, b"x")].concat(), echoed(1)),
        Case::new("attachment that never comes", &[], move |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            ws.bytes(&event(2));
            ws.binary(&[0; 60_000]);
        }),
        Case::new(
            "packet that waits for its attachment, pings not answered",
            &["ping_timeout"],
            move |world| {
                let mut ws = Ws::open(world.hasty.addr);
                ws.send("40");
                while !ws.text().starts_with("40") {}
                ws.send(&format!(r#"451-["echo",{place}]"#));
                assert_eq!(ws.ending(), None);
            },
        ),
    ]
}

fn seen(frame: Vec<u8>) -> Seen {
    // Undoes the mask of the client that wrote it.
    let start = if frame[1] & 0x7f == 126 { 4 } else { 2 };
    let (mask, payload) = frame[start..].split_at(4);
    let bytes = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Seen::Text(String::from_utf8(bytes).unwrap())
}

fn placeholders() -> Vec<Case> {
    let event = |value: &str| text(&format!(r#"451-["echo",{value}]"#));
    let forged = |name: &str, value: &str| joined_breach(name, event(value), 1008, MALFORMED);
    let place = |num: &str| format!(r#"{{"_placeholder":true,"num":{num}}}"#);
    let passed = |name: &str, value: &str| {
        let packet = format!(r#"451-["echo",{value}]"#);
        let answer = vec![Seen::Text(format!("4{}", &packet[1..])), Seen::Binary(b"x".to_vec())];
        served(name, [text(&packet), frame(0x82, b"x")].concat(), answer)
    };
    vec![
        forged("placeholder one too far", &place("1")),
        forged("negative placeholder", &place("-1")),
        forged("placeholder -0", &place("-0")),
        forged("placeholder with a fraction", &place("0.5")),
        forged("placeholder in exponents", &place("0e0")),
        forged("placeholder beyond 64 bits", &place("18446744073709551616")),
        forged("placeholder named splice", &place(r#""splice""#)),
        forged("placeholder named __proto__", &place(r#""__proto__""#)),
        forged("placeholder null", &place("null")),
        forged("placeholder true", &place("true")),
        forged("placeholder of an array", &place("[0]")),
        forged("placeholder without a number", r#"{"_placeholder":true}"#),
        forged("placeholder deep inside", &format!(r#"{{"a":[[{{"b":{}}}]]}}"#, place("7"))),
        forged("placeholder with a second number", r#"{"_placeholder":true,"num":0,"num":7}"#),
        forged("placeholder with an escaped key", r#"{"_place\u0068older":true,"num":7}"#),
        forged(
            "placeholder inside a placeholder",
            &format!(r#"{{"_placeholder":true,"num":0,"x":{}}}"#, place("7")),
        ),
        passed("placeholder used twice", &format!("{0},{0}", place("0"))),
        passed("placeholder with other keys", r#"{"x":1,"num":0,"_placeholder":true}"#),
        passed("what only looks like a placeholder", r#"{"_placeholder":"true","num":7}"#),
        answered(
            "placeholder in an event without attachments",
            &format!(r#"42["echo",{}]"#, place("7")),
            &format!(r#"42["echo",{}]"#, place("7")),
        ),
    ]
}
