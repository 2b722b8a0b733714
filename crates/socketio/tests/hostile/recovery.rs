//! Sessions that somebody wants back who should not have them, or asks for oddly.

use crate::{
    case::{Case, World},
    client::Ws,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    [odd_secrets(), odd_offsets(), claims()].into_iter().flatten().collect()
}

/// What a client knows of its session.
struct Session {
    ws: Ws,
    pid: String,
    offset: String,
}

fn connect(ws: &mut Ws, auth: &Value) -> Value {
    ws.send(&format!("40{auth}"));
    reply(ws)
}

/// The next CONNECT reply; pings may come before it.
fn reply(ws: &mut Ws) -> Value {
    loop {
        let packet = ws.text();
        if let Some(reply) = packet.strip_prefix("40") {
            return serde_json::from_str(reply).unwrap();
        }
        assert_eq!(packet, "2");
    }
}

/// Ada's, who has had one event.
fn begin(world: &World) -> Session {
    let mut ws = Ws::open(world.hasty.addr);
    let pid =
        connect(&mut ws, &json!({ "recover": true, "user": "ada" }))["pid"].as_str().unwrap().to_owned();
    ws.send(r#"42["echo",1]"#);
    let mut event = ws.text();
    while event == "2" {
        event = ws.text();
    }
    let event: Value = serde_json::from_str(event.strip_prefix("42").unwrap()).unwrap();
    Session { ws, pid, offset: event[2].as_str().unwrap().to_owned() }
}

/// Somebody who says this of a session that was cut off gets another.
fn new_session(
    name: impl Into<String>,
    counts: &[&'static str],
    auth: impl Fn(&Session) -> Value + 'static,
) -> Case {
    Case::new(name, counts, move |world| {
        let session = begin(world);
        let mut auth = auth(&session);
        auth["recover"] = json!(true);
        let Session { ws, pid, .. } = session;
        drop(ws);
        world.hasty.until("it is cut off", |stats| stats.sockets == 0);
        assert_ne!(connect(&mut Ws::open(world.hasty.addr), &auth)["pid"], pid);
    })
}

fn odd_secrets() -> Vec<Case> {
    let odd = |name: &str, pid: Value| {
        new_session(format!("pid that is {name}"), &[], move |_| json!({ "user": "ada", "pid": pid }))
    };
    vec![
        odd("empty", json!("")),
        odd("null", json!(null)),
        odd("a number", json!(1e30)),
        odd("an array", json!([["a"]])),
        odd("an object", json!({ "toString": "a" })),
        odd("a byte short", json!("A".repeat(19))),
        odd("a byte long", json!("A".repeat(21))),
        odd("of 60 000 bytes", json!("A".repeat(60_000))),
        odd("of the wrong letters", json!("*".repeat(20))),
        odd("twenty bytes of other characters", json!("é".repeat(10))),
        new_session(
            "pid of nobody",
            &["recovery_unknown"],
            |_| json!({ "user": "ada", "pid": "AAAAAAAAAAAAAAAAAAAA" }),
        ),
        new_session(
            "pid of another user",
            &["recovery_foreign"],
            |session| json!({ "user": "eve", "pid": session.pid, "offset": session.offset }),
        ),
        new_session(
            "pid of another user, by nobody",
            &["recovery_foreign"],
            |session| json!({ "pid": session.pid, "offset": session.offset }),
        ),
    ]
}

fn odd_offsets() -> Vec<Case> {
    let odd = |name: &str, offset: fn(&str) -> Value| {
        new_session(
            format!("offset {name}"),
            &["recovery_window"],
            move |session| json!({ "user": "ada", "pid": session.pid, "offset": offset(&session.offset) }),
        )
    };
    let wrong_type = |name: &str, offset: Value| {
        new_session(
            format!("offset that is {name}"),
            &[],
            move |session| json!({ "user": "ada", "pid": session.pid, "offset": offset }),
        )
    };
    vec![
        wrong_type("a number", json!(7)),
        wrong_type("an array", json!([])),
        odd("that is empty", |_| json!("")),
        odd("of 60 000 bytes", |offset| json!(offset.repeat(60_000 / offset.len()))),
        odd("from the future", |offset| json!(format!("{}.999999", &offset[..8]))),
        odd("beyond 64 bits", |offset| json!(format!("{}.99999999999999999999", &offset[..8]))),
        odd("below nought", |offset| json!(format!("{}.-1", &offset[..8]))),
        odd("with a NUL", |offset| json!(format!("{offset}\0"))),
    ]
}

fn claims() -> Vec<Case> {
    const CLAIMS: usize = 500;
    vec![
        Case::new("a living session that is claimed again and again", &[], |world| {
            let mut session = begin(world);
            let auth = json!({ "recover": true, "user": "ada", "pid": session.pid });
            let mut ws = Ws::open(world.hasty.addr);
            for _ in 0..CLAIMS {
                ws.send(&format!("40{auth}"));
                ws.send("41");
            }
            session.ws.send(r#"42["echo","alive"]"#);
            while !session.ws.text().contains("alive") {}
        }),
        Case::new("a living session that another connection claims", &["recovery_in_use"], |world| {
            let mut session = begin(world);
            let auth = json!({ "recover": true, "user": "ada", "pid": session.pid });
            let mut second = Ws::open(world.hasty.addr);
            second.send(&format!("40{auth}"));
            while session.ws.text() != "2" {}
            session.ws.send("3");
            assert_ne!(reply(&mut second)["pid"], session.pid);
        }),
    ]
}
