//! Socket.IO packets that break the grammar or a limit of it.

use crate::{
    case::{Case, answered, breach, joined_breach, served, text},
    client::{Seen, Ws, frame},
};

pub(crate) const MALFORMED: &str = "malformed_packet";

pub(crate) fn cases() -> Vec<Case> {
    [types(), events(), acks(), sizes()].into_iter().flatten().collect()
}

pub(crate) fn refused(name: &str, packet: &str) -> Case {
    joined_breach(name, text(packet), 1008, MALFORMED)
}

fn types() -> Vec<Case> {
    vec![
        breach("empty socket packet", text("4"), 1008, MALFORMED),
        refused("lowest unknown type", "47"),
        refused("type that is a letter", "4a"),
        refused("type of two bytes", "4é"),
        refused("connect_error from a client", r#"44{"message":"no"}"#),
        refused("connect_error to a namespace", "44/n0,"),
        refused("disconnect with a payload", "41{}"),
        refused("disconnect with an id", "41/,7{}"),
        refused("event without a payload", "42"),
        refused("event with an id only", "427"),
        refused("event with a negative id", r#"42-1["echo"]"#),
        refused("event with a fraction for an id", r#"421.5["echo"]"#),
        refused("event with an attachment count", r#"421-["echo"]"#),
    ]
}

fn events() -> Vec<Case> {
    vec![
        refused("event without a name", "42[]"),
        refused("event named null", "42[null]"),
        refused("event named by half a number", "42[1e]"),
        refused("event named true", "42[true]"),
        refused("event named by an array", r#"42[["echo"]]"#),
        refused("event named by an object", r#"42[{"toString":"echo"}]"#),
        refused("event that is an object", r#"42{"0":"echo","length":1}"#),
        refused("event that is a string", r#"42"echo""#),
        refused("event that is null", "42null"),
        refused("reserved name", r#"42["disconnect"]"#),
        refused("name reserved by emitters", r#"42["newListener"]"#),
        refused("reserved name, escaped", r#"42["dis\u0063onnect"]"#),
        refused("name with half a surrogate pair", r#"42["\ud800"]"#),
        refused("two payloads", r#"42["echo"]["echo"]"#),
        refused("text behind the payload", r#"42["echo"]x"#),
        refused("space before the payload", r#"42 ["echo"]"#),
        served(
            "names that JavaScript would trip over",
            [r#"42["__proto__"]"#, r#"42["constructor"]"#, r#"42["hasOwnProperty",{}]"#, r#"42[""]"#]
                .map(text)
                .concat(),
            vec![],
        ),
        served("name of sixty thousand", text(&format!(r#"42["{}"]"#, "n".repeat(60_000))), vec![]),
        joined_breach("handler that panics", text(r#"42["panic"]"#), 1000, "internal")
            .also("handler_panicked"),
    ]
}

fn acks() -> Vec<Case> {
    let max = (1_u64 << 53) - 1;
    vec![
        refused("ack id of 400 digits", &format!(r#"42{}["echo"]"#, "9".repeat(400))),
        refused("ack id beyond what JavaScript counts", &format!(r#"42{}["acked"]"#, max + 1)),
        answered("largest ack id", &format!(r#"42{max}["acked",1]"#), &format!("43{max}[1]")),
        answered("ack id with zeros in front", r#"42007["acked",1]"#, "437[1]"),
        refused("ack without an id", "43[]"),
        refused("ack without a payload", "430"),
        refused("ack that is an object", "430{}"),
        refused("ack that is not JSON", "430[}"),
        refused("binary ack without an id", "460-[]"),
        joined_breach(
            "binary ack with a forged placeholder",
            text(r#"461-0[{"_placeholder":true,"num":7}]"#),
            1008,
            MALFORMED,
        ),
        served(
            "ten thousand acks that nobody asked for",
            (0..10_000).flat_map(|id| text(&format!("43{id}[]"))).collect(),
            vec![],
        ),
        served(
            "binary ack that nobody asked for",
            [text(r#"461-7[{"_placeholder":true,"num":0}]"#), frame(0x82, b"x")].concat(),
            vec![],
        ),
        Case::new("a question answered twice, by the wrong id and in the wrong namespace", &[], |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            ws.connect("/n0,", "");
            ws.send(r#"42["ask","?"]"#);
            assert_eq!(ws.text(), r#"420["question","?"]"#);
            ws.bytes(
                &["43/n0,0[\"forged\"]", "431[\"forged\"]", "430[\"first\"]", "430[\"second\"]"]
                    .map(text)
                    .concat(),
            );
            assert_eq!(ws.text(), r#"42["told","first"]"#);
            ws.echoes();
        }),
    ]
}

fn sizes() -> Vec<Case> {
    // `acked` with an id is 12 characters and a digit around its argument.
    let acked =
        |bytes: usize| format!(r#"421["acked","{}"]"#, "x".repeat(bytes + 1 - r#"421["acked",""]"#.len()));
    let too_large = |name: &str, bytes: Vec<u8>, size: usize| {
        served(name, bytes, vec![Seen::Text(format!(r#"431[{{"too_large":{size}}}]"#))]).also("event_bytes")
    };
    let event = text(r#"453-1["acked"]"#);
    let part = frame(0x82, &vec![0; 30_000]);
    let objects = format!(r#"451-1["acked",[{}0]]"#, r#"{"a":0},"#.repeat(100_000));
    vec![
        answered(
            "event as large as may be",
            &acked(65_536),
            &acked(65_536).replacen("421[\"acked\",", "431[", 1),
        ),
        too_large("event too large by one", text(&acked(65_537)), 65_537),
        too_large("event of almost a million", text(&acked(999_998)), 999_998),
        too_large("attachments too large together", [event, part.repeat(3)].concat(), 90_013),
        too_large(
            "a hundred thousand objects beside an attachment",
            [text(&objects), frame(0x82, b"x")].concat(),
            objects.len(),
        ),
        joined_breach(
            "attachments larger than a payload",
            [text(r#"453-["echo"]"#), frame(0x82, &vec![0; 600_000]).repeat(2)].concat(),
            1009,
            "max_payload_bytes",
        ),
        served("ack too large", text(&format!(r#"430["{}"]"#, "x".repeat(70_000))), vec![])
            .also("event_bytes"),
    ]
}
