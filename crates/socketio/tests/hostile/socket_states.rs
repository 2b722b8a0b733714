//! Socket.IO packets at the wrong time, and namespaces.

use crate::{
    case::{Case, answered, breach, joined_breach, served, text},
    client::{Poller, Seen, Ws, frame},
};

const MALFORMED: &str = "malformed_packet";
const EARLY: &str = "event_before_connect";

pub(crate) fn cases() -> Vec<Case> {
    [early(), connects(), names(), disconnects(), crowds()].into_iter().flatten().collect()
}

fn early() -> Vec<Case> {
    let cases = [
        ("event before connect", r#"42["echo"]"#),
        ("ack before connect", "430[]"),
        ("binary event before connect", r#"451-["echo",{"_placeholder":true,"num":0}]"#),
        ("binary ack before connect", r#"461-0[{"_placeholder":true,"num":0}]"#),
        ("event too large before connect", &format!(r#"42["echo","{}"]"#, "x".repeat(70_000))),
        ("event to a namespace that does not exist", r#"42/nowhere,["echo"]"#),
        ("event to a namespace of a megabyte", &format!(r#"42/{},["echo"]"#, "n".repeat(990_000))),
    ];
    let mut cases: Vec<Case> = cases.map(|(name, packet)| breach(name, text(packet), 1008, EARLY)).into();
    cases.extend([
        joined_breach("event to another namespace", text(r#"42/parlor,["echo"]"#), 1008, EARLY),
        joined_breach("binary event to another namespace", text(r#"451-/parlor,["echo"]"#), 1008, EARLY),
        joined_breach(
            "event while authentication runs",
            [text(r#"40/n0,{"hang":true}"#), text(r#"42/n0,["echo"]"#)].concat(),
            1008,
            EARLY,
        ),
    ]);
    cases
}

fn connects() -> Vec<Case> {
    let refused = |name: &str, packet: &str| breach(name, text(packet), 1008, MALFORMED);
    let twice = "connect_twice";
    let large = format!(r#"40{{"a":"{}"}}"#, "x".repeat(65_536));
    vec![
        refused("connect with an array", "40[]"),
        refused("connect with a string", "40\"x\""),
        refused("connect with true", "40true"),
        refused("connect with null", "40null"),
        refused("connect with two objects", "40{}{}"),
        refused("connect with cut JSON", r#"40{"a":"#),
        refused("connect with a list of attachments", "401-{}"),
        breach("connect with more than an event may hold", text(&large), 1008, "event_bytes"),
        breach(
            "connect with an object that the handler chokes on",
            text(r#"40{"rooms":1}"#),
            1000,
            "internal",
        )
        .also("handler_panicked"),
        joined_breach("connect twice", text("40"), 1008, twice),
        joined_breach("connect twice, the namespace named", text("40/,"), 1008, twice),
        breach("connect twice while authentication runs", text(r#"40{"hang":true}"#).repeat(2), 1008, twice),
        Case::new("connect that is refused, a hundred times", &["connect_error"], |world| {
            let mut ws = Ws::open(world.calm.addr);
            for _ in 0..100 {
                ws.send(r#"40{"refuse":"x"}"#);
                assert_eq!(ws.text(), r#"44{"data":{"code":"x"},"message":"no"}"#);
            }
            ws.connect("", "");
        })
        .times(100),
        Case::new("connect that ends the transport", &["unavailable"], |world| {
            let mut ws = Ws::open(world.calm.addr);
            ws.send(r#"40{"drop":true}"#);
            assert_eq!(ws.ending(), Some(1000));
        }),
        Case::new("connect whose authentication never ends", &["connect_timeout"], |world| {
            let mut ws = Ws::open(world.hasty.addr);
            ws.send(r#"40{"hang":true}"#);
            while let Seen::Text(ping) = ws.see() {
                ws.send(&ping.replace('2', "3"));
            }
        }),
        Case::new("eight namespaces authenticate when the client goes", &[], |world| {
            let mut ws = Ws::open(world.calm.addr);
            (0..8).for_each(|n| ws.send(&format!(r#"40/n{n},{{"hang":true,"x":"{}"}}"#, "x".repeat(60_000))));
            ws.send("6");
        }),
    ]
}

fn names() -> Vec<Case> {
    let nowhere = |name: &str, namespace: &str| {
        let answer = format!(r#"44{namespace},{{"message":"Invalid namespace"}}"#);
        answered(name, &format!("40{namespace},"), &answer).also("invalid_namespace")
    };
    let long = |bytes: usize| format!("/{}", "n".repeat(bytes - 1));
    let refused = |name: &str, packet: &str| joined_breach(name, text(packet), 1008, MALFORMED);
    vec![
        nowhere("namespace in capitals", "/N0"),
        nowhere("namespace with a query", "/n0?token=1"),
        nowhere("namespace with a slash at the end", "/n0/"),
        nowhere("namespace that climbs", "/../n0"),
        nowhere("namespace with an escaped letter", "/%6e0"),
        nowhere("namespace of quotes and braces", r#"/"}{[]"#),
        nowhere("namespace called __proto__", "/__proto__"),
        nowhere("namespace with NUL", "/n0\0"),
        nowhere("namespace of separators", "/\u{1e}\u{2028}\n"),
        nowhere("longest name of a namespace", &long(256)),
        refused("name of a namespace too long by one", &format!("40{},", long(257))),
        refused("namespace of a megabyte", &format!("40{},", long(999_000))),
        refused("namespace with two commas", "40/n0,,"),
        refused("namespace without a slash", "40n0,"),
        answered("event to the main namespace by name", r#"42/,["echo"]"#, r#"42["echo"]"#),
        Case::new("namespace without a comma", &[], |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            ws.send("40/n0");
            assert!(ws.text().starts_with(r#"40/n0,{"sid""#));
        }),
        Case::new("nine namespaces, each way", &["namespaces_per_connection"], |world| {
            let mut ws = Ws::open(world.calm.addr);
            (0..8).for_each(|n| drop(ws.connect(&format!("/n{n},"), "")));
            ws.send("40/n8,");
            assert_eq!(ws.text(), r#"44/n8,{"message":"namespaces_per_connection is passed"}"#);
            ws.bytes(&text("41/n3,"));
            ws.connect("/n8,", "");
        }),
    ]
}

fn disconnects() -> Vec<Case> {
    vec![
        served("disconnect of a namespace never joined", text("41/parlor,"), vec![]),
        served("disconnect of a namespace that does not exist", text("41/nowhere,"), vec![]),
        served(
            "disconnect of a namespace of a megabyte",
            text(&format!("41/{},", "n".repeat(990_000))),
            vec![],
        ),
        Case::new("disconnect before connect, then connect", &[], |world| {
            let mut ws = Ws::open(world.calm.addr);
            ws.bytes(&text("41").repeat(100));
            ws.connect("", "");
            ws.echoes();
        }),
        Case::new("disconnect while authentication runs", &[], |world| {
            let mut ws = Ws::open(world.calm.addr);
            ws.bytes(&[text(r#"40{"hang":true}"#), text("41")].concat());
            ws.connect("", "");
            ws.echoes();
        }),
        Case::new("everything after a disconnect", &[], |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            let event = r#"451-["echo",{"_placeholder":true,"num":0}]"#;
            ws.bytes(
                &[
                    text("41"),
                    text("41"),
                    text(r#"42["echo"]"#),
                    text("430[]"),
                    text(event),
                    frame(0x82, b"x"),
                ]
                .concat(),
            );
            ws.connect("", "");
            ws.echoes();
        }),
        Case::new("disconnect between a packet and its attachment", &["attachment_expected"], |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            ws.bytes(
                &[text(r#"451-["echo",{"_placeholder":true,"num":0}]"#), text("41"), frame(0x82, b"x")]
                    .concat(),
            );
            assert_eq!(ws.ending(), Some(1008));
        }),
        Case::new("connect and disconnect two thousand times at once", &[], |world| {
            let mut ws = Ws::open(world.calm.addr);
            let pair = [text(r#"40{"x":"0123456789012345678901234567890123456789"}"#), text("41")].concat();
            ws.bytes(&pair.repeat(2000));
            ws.connect("", "");
        }),
    ]
}

fn crowds() -> Vec<Case> {
    vec![
        Case::new("ten thousand namespaces", &["invalid_namespace"], |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            for hundred in 0..100 {
                let names = (0..100).map(|n| format!("/x{}", hundred * 100 + n));
                ws.bytes(&names.clone().flat_map(|name| text(&format!("40{name},"))).collect::<Vec<_>>());
                for name in names {
                    assert_eq!(ws.text(), format!(r#"44{name},{{"message":"Invalid namespace"}}"#));
                }
            }
        })
        .times(10_000),
        // No more of them are read when half of the queue is full.
        Case::new("ten thousand namespaces whose refusals nobody reads", &["connect_timeout"], |world| {
            let poller = Poller::open(world.hasty.addr);
            let names: Vec<String> = (0..10_000).map(|n| format!("40/x{n},")).collect();
            assert_eq!(poller.post(&names.join("\u{1e}")).0, 200);
        })
        .also_times("invalid_namespace", 257),
        Case::new("ten thousand rooms and one more", &["rooms_per_socket"], |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            (0..10).for_each(|n| {
                let joins = (0..1000).flat_map(|m| text(&format!(r#"42["join","r{n}-{m}"]"#)));
                ws.bytes(&joins.collect::<Vec<_>>());
            });
            ws.echoes();
        }),
    ]
}
