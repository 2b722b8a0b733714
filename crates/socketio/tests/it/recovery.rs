//! Connection state recovery: what a client that was cut off gets when it comes back.

use crate::{
    client::{Poller, Seen, Ws, tcp},
    server::TestServer,
};
use parlor_socketio::{Broadcast, DisconnectReason, Frame, Room};
use serde_json::{Value, json};
use std::{io::Write, net::Shutdown, sync::mpsc::channel};

fn server() -> TestServer {
    TestServer::with(|config| config.recovery = true)
}

/// A session as its client knows it.
#[derive(Clone)]
struct Session {
    auth: Value,
    sid: String,
    pid: String,
    offset: Option<String>,
}

impl Session {
    fn begin(ws: &mut Ws, auth: Value) -> Self {
        let mut auth = auth;
        auth["recover"] = json!(true);
        ws.send(&format!("40{auth}"));
        let reply = connected(&ws.text()).unwrap();
        let text = |name: &str| reply[name].as_str().unwrap().to_owned();
        Self { sid: text("sid"), pid: text("pid"), auth, offset: None }
    }

    fn in_rooms(ws: &mut Ws, rooms: &[&str]) -> Self {
        Self::begin(ws, json!({ "rooms": rooms, "user": "ada" }))
    }

    /// The next event without its offset, which is remembered.
    fn next(&mut self, ws: &mut Ws) -> Value {
        self.read(&ws.text())
    }

    fn read(&mut self, packet: &str) -> Value {
        let mut event: Vec<Value> = serde_json::from_str(packet.strip_prefix("42").unwrap()).unwrap();
        self.offset = Some(event.pop().unwrap().as_str().unwrap().to_owned());
        Value::Array(event)
    }

    fn connect_packet(&self) -> String {
        let mut auth = self.auth.clone();
        auth["pid"] = json!(self.pid);
        if let Some(offset) = &self.offset {
            auth["offset"] = json!(offset);
        }
        format!("40{auth}")
    }

    /// Comes back on another connection: what was missed, which ends where the application is told, and the reply.
    fn resume(&mut self, ws: &mut Ws) -> (Vec<Value>, Value) {
        ws.send(&self.connect_packet());
        let reply = connected(&ws.text()).unwrap();
        let recovered = self.is_recovered(&reply);
        let events =
            std::iter::from_fn(|| recovered.then(|| self.next(ws)).filter(|event| event[0] != "was"));
        (events.collect(), reply)
    }

    fn is_recovered(&self, reply: &Value) -> bool {
        assert_eq!(reply["pid"] == self.pid, reply["sid"] == self.sid);
        reply["pid"] == self.pid
    }
}

fn connected(packet: &str) -> Option<Value> {
    packet.strip_prefix("40").map(|reply| serde_json::from_str(reply).unwrap())
}

fn tell(server: &TestServer, room: &str, text: &str) {
    let frame = Frame::event("/", "told", &text).unwrap();
    server.io().broadcast("/", Broadcast::to(Room::new(room), frame));
}

/// Cuts the connection and waits until the server knows.
fn cut(server: &TestServer, ws: Ws, session: &Session) {
    drop(ws);
    server.reason_for(&session.sid);
}

/// On each shard in turn: connections are dealt out one by one.
fn on_both_shards(test: impl Fn(&TestServer)) {
    for skipped in 0..2 {
        let server = server();
        let _other: Vec<Ws> = (0..skipped).map(|_| Ws::open(server.addr)).collect();
        test(&server);
    }
}

#[test]
fn broadcasts_handed_over_together_are_missed_and_replayed_as_others_are() {
    on_both_shards(|server| {
        let mut ws = Ws::open(server.addr);
        let mut session = Session::in_rooms(&mut ws, &["room"]);
        let together = |texts: [&str; 2]| {
            let frame = |text| Frame::event("/", "told", &text).unwrap();
            let all = texts.map(|text| Broadcast::to(Room::new("room"), frame(text)));
            server.io().broadcast_all("/", all.into());
        };
        together(["one", "two"]);
        assert_eq!(session.next(&mut ws), json!(["told", "one"]));
        cut(server, ws, &session);
        together(["three", "four"]);
        let mut ws = Ws::open(server.addr);
        let (missed, _) = session.resume(&mut ws);
        assert_eq!(missed, ["two", "three", "four"].map(|text| json!(["told", text])));
    });
}

#[test]
fn what_was_missed_comes_after_the_reply_and_the_socket_is_the_same() {
    on_both_shards(|server| {
        let mut ws = Ws::open(server.addr);
        let mut session = Session::in_rooms(&mut ws, &["room"]);
        tell(server, "room", "seen");
        assert_eq!(session.next(&mut ws), json!(["told", "seen"]));
        ws.send("42[\"echo\",\"direct\"]");
        assert_eq!(session.next(&mut ws), json!(["echo", "direct"]));
        cut(server, ws, &session);
        tell(server, "room", "missed");
        tell(server, "elsewhere", "not ours");
        tell(server, &session.sid, "to the socket alone");

        let mut ws = Ws::open(server.addr);
        let (missed, reply) = session.resume(&mut ws);
        assert_eq!(missed, [json!(["told", "missed"]), json!(["told", "to the socket alone"])]);
        assert!(session.is_recovered(&reply));
        tell(server, "room", "live");
        assert_eq!(session.next(&mut ws), json!(["told", "live"]));
        assert_eq!((server.io().stats().recovered, server.io().stats().sockets), (1, 1));
    });
}

#[test]
fn events_that_were_sent_but_not_received_are_sent_again() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut ws, &["room"]);
    tell(&server, "room", "1");
    session.next(&mut ws);
    // Both reach the client's machine, but not the client.
    tell(&server, "room", "2");
    assert_eq!(session.clone().next(&mut ws), json!(["told", "2"]));
    ws.send("42[\"echo\",3]");
    assert_eq!(session.clone().next(&mut ws), json!(["echo", 3]));
    cut(&server, ws, &session);
    let (missed, reply) = session.resume(&mut Ws::open(server.addr));
    assert_eq!(missed, [json!(["told", "2"]), json!(["echo", 3])]);
    assert!(session.is_recovered(&reply));
}

#[test]
fn a_client_that_has_had_no_event_yet_recovers() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut ws, &["room"]);
    cut(&server, ws, &session);
    tell(&server, "room", "1");
    // Of the session before this one, perhaps of a run before this one.
    session.offset = Some("AAAAAAAA.77".to_owned());
    let (missed, reply) = session.resume(&mut Ws::open(server.addr));
    assert_eq!((missed.len(), session.is_recovered(&reply)), (1, true));
}

#[test]
fn volatile_events_have_an_offset_and_are_not_sent_again() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut ws, &["room"]);
    let volatile = |text: &str| {
        let frame = Frame::event("/", "told", &text).unwrap();
        server.io().broadcast("/", Broadcast { volatile: true, ..Broadcast::to(Room::new("room"), frame) });
    };
    volatile("a string that is no offset");
    assert_eq!(session.next(&mut ws), json!(["told", "a string that is no offset"]));
    cut(&server, ws, &session);
    volatile("gone");
    tell(&server, "room", "kept");
    let (missed, reply) = session.resume(&mut Ws::open(server.addr));
    assert_eq!(missed, [json!(["told", "kept"])]);
    assert!(session.is_recovered(&reply));
}

#[test]
fn who_recovers_is_asked_for_again() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut ws, &["room", "closed-meanwhile"]);
    cut(&server, ws, &session);
    tell(&server, "room", "still mine");
    tell(&server, "closed-meanwhile", "no longer mine");

    session.auth["user"] = json!("eve");
    let (missed, reply) = session.resume(&mut Ws::open(server.addr));
    assert_eq!((missed.len(), session.is_recovered(&reply)), (0, false));
    assert_eq!(server.io().stats().refusals["recovery_foreign"], 1);

    session.auth["user"] = json!("ada");
    let refused = json!({ "refuse": "banned", "pid": session.pid });
    let mut ws = Ws::open(server.addr);
    ws.send(&format!("40{refused}"));
    assert!(ws.text().starts_with("44"));
    session.auth["rooms"] = json!([]);
    let (missed, reply) = session.resume(&mut ws);
    assert_eq!(missed, [json!(["told", "still mine"])]);
    assert!(session.is_recovered(&reply));
    tell(&server, "closed-meanwhile", "no longer mine");
    tell(&server, "room", "after");
    assert_eq!(session.next(&mut ws), json!(["told", "after"]));
}

#[test]
fn a_session_that_a_living_connection_has_is_refused() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut ws, &["room"]);
    let mut second = Ws::open(server.addr);
    second.send(&session.connect_packet());
    assert_eq!(ws.text(), "2");
    ws.send("3");
    let reply = connected(&second.text()).unwrap();
    assert!(!session.is_recovered(&reply));
    assert_eq!(server.io().stats().refusals["recovery_in_use"], 1);
    tell(&server, "room", "1");
    assert_eq!(session.next(&mut ws), json!(["told", "1"]));
}

#[test]
fn a_session_that_a_dead_connection_has_is_taken_from_it() {
    let server = TestServer::with(|config| {
        config.recovery = true;
        config.limits.recovery_probe_ms = 50;
    });
    let mut dead = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut dead, &["room"]);
    tell(&server, "room", "never read");
    let mut ws = Ws::open(server.addr);
    let (missed, reply) = session.resume(&mut ws);
    assert_eq!(missed, [json!(["told", "never read"])]);
    assert!(session.is_recovered(&reply));
    assert_eq!(server.reason_for(&session.sid), DisconnectReason::Closed("claimed"));
    assert_eq!(server.io().stats().sockets, 1);
}

#[test]
fn of_a_client_that_was_cut_off_while_it_came_back_the_last_connection_gets_the_session() {
    let server = TestServer::with(|config| {
        config.recovery = true;
        config.limits.recovery_probe_ms = 50;
    });
    let mut dead = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut dead, &["room"]);
    let mut also_dead = Ws::open(server.addr);
    also_dead.send(&session.connect_packet());
    // Its claim has come: the connection before it is asked whether it lives.
    assert_eq!(dead.text(), "2");
    let mut ws = Ws::open(server.addr);
    let (_, reply) = session.resume(&mut ws);
    assert!(session.is_recovered(&reply));
    tell(&server, "room", "1");
    assert_eq!(session.next(&mut ws), json!(["told", "1"]));
}

#[test]
fn of_two_that_claim_a_session_at_once_one_gets_it() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let session = Session::in_rooms(&mut ws, &["room"]);
    cut(&server, ws, &session);
    let (told, replies) = channel();
    let streams = [0, 1].map(|_| {
        let mut ws = Ws::open(server.addr);
        let (stream, told) = (ws.stream.try_clone().unwrap(), told.clone());
        ws.send(&session.connect_packet());
        // Alive to the end, whoever asks.
        std::thread::spawn(move || {
            while let Seen::Text(packet) = ws.see() {
                match connected(&packet) {
                    Some(reply) => told.send(reply).unwrap(),
                    None if packet == "2" => ws.send("3"),
                    None => {}
                }
            }
        });
        stream
    });
    let replies: Vec<Value> = replies.iter().take(2).collect();
    streams.iter().for_each(|stream| stream.shutdown(Shutdown::Both).unwrap());
    assert_eq!(replies.iter().filter(|reply| session.is_recovered(reply)).count(), 1);
}

#[test]
fn more_than_the_window_holds_is_a_new_session() {
    let server = TestServer::with(|config| {
        config.recovery = true;
        config.limits.recovery_window_events = 3;
    });
    let mut open = Vec::new();
    for (count, recovered) in [(3, true), (4, false)] {
        let mut ws = Ws::open(server.addr);
        let mut session = Session::in_rooms(&mut ws, &["room"]);
        cut(&server, ws, &session);
        (0..count).for_each(|n| tell(&server, "room", &n.to_string()));
        let mut ws = Ws::open(server.addr);
        let (missed, reply) = session.resume(&mut ws);
        assert_eq!((session.is_recovered(&reply), missed.len()), (recovered, if recovered { 3 } else { 0 }));
        open.push(ws);
    }
    assert_eq!(server.io().stats().refusals["recovery_window"], 1);
}

#[test]
fn who_leaves_or_is_sent_away_does_not_come_back() {
    let server = server();
    let mut open = Vec::new();
    for goodbye in ["41", "42[\"kick\"]", "9"] {
        let mut ws = Ws::open(server.addr);
        let mut session = Session::in_rooms(&mut ws, &["room"]);
        ws.send(goodbye);
        cut(&server, ws, &session);
        let mut ws = Ws::open(server.addr);
        let (_, reply) = session.resume(&mut ws);
        assert!(!session.is_recovered(&reply), "{goodbye}");
        open.push(ws);
    }
    assert_eq!(server.io().stats().refusals["recovery_unknown"], 3);
}

#[test]
fn who_is_sent_away_with_a_full_queue_has_no_session_to_come_back_to() {
    let server = TestServer::with(|config| {
        config.recovery = true;
        config.limits.outbound_queue_frames = 3;
    });
    let poller = Poller::open(server.addr);
    poller.says("40{\"rooms\":[\"room\"],\"recover\":true}");
    let reply = connected(&poller.get().1).unwrap();
    let (sid, pid) = (reply["sid"].as_str().unwrap(), reply["pid"].as_str().unwrap());
    (0..3).for_each(|n| tell(&server, "room", &n.to_string()));
    server
        .io()
        .broadcast("/", Broadcast { volatile: true, ..Broadcast::to_all(Frame::event_raw("/", "e", "1")) });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let sockets = runtime.block_on(server.io().sockets("/", &[]));
    sockets[0].disconnect();
    assert_eq!(server.reason_for(sid), DisconnectReason::ServerDisconnect);
    let mut ws = Ws::open(server.addr);
    ws.send(&format!("40{}", json!({ "recover": true, "pid": pid })));
    assert_ne!(connected(&ws.text()).unwrap()["pid"], pid);
}

#[test]
fn a_polling_client_recovers() {
    on_both_shards(|server| {
        let mut ws = Ws::open(server.addr);
        let mut session = Session::in_rooms(&mut ws, &["room"]);
        cut(server, ws, &session);
        tell(server, "room", "1");
        let poller = Poller::open(server.addr);
        poller.says(&session.connect_packet());
        let payload = poller.get().1;
        let packets: Vec<&str> = payload.split('\u{1e}').collect();
        assert!(session.is_recovered(&connected(packets[0]).unwrap()));
        assert_eq!(session.read(packets[1]), json!(["told", "1"]));
    });
}

#[test]
fn a_polling_client_that_is_cut_in_the_middle_of_a_post_recovers() {
    let server = server();
    let poller = Poller::open(server.addr);
    let auth = json!({ "recover": true, "rooms": ["room"] });
    poller.says(&format!("40{auth}"));
    let reply = connected(&poller.get().1).unwrap();
    let text = |name: &str| reply[name].as_str().unwrap().to_owned();
    let mut session = Session { sid: text("sid"), pid: text("pid"), auth, offset: None };
    let mut half = tcp(server.addr);
    write!(half, "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n3", poller.path()).unwrap();
    drop(half);
    server.reason_for(&session.sid);
    tell(&server, "room", "1");
    let (missed, reply) = session.resume(&mut Ws::open(server.addr));
    assert_eq!((missed.len(), session.is_recovered(&reply)), (1, true));
}

#[test]
fn a_handlers_broadcast_and_its_next_word_keep_their_order() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut ws, &[]);
    for _ in 0..20 {
        ws.send("42[\"call then tell\"]");
    }
    for _ in 0..20 {
        assert_eq!(session.next(&mut ws), json!(["first", 1]));
        assert_eq!(session.next(&mut ws), json!(["second", 2]));
    }
}

#[test]
fn clients_that_do_not_ask_get_no_offset() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let id = ws.connect("", "{\"rooms\":[\"room\"]}");
    tell(&server, "room", "1");
    assert_eq!(ws.text(), "42[\"told\",\"1\"]");
    drop(ws);
    server.reason_for(&id);
}

#[test]
fn who_is_away_can_be_removed_from_a_room_and_disconnected() {
    let server = server();
    let mut ws = Ws::open(server.addr);
    let mut session = Session::in_rooms(&mut ws, &["room", "other"]);
    cut(&server, ws, &session);
    tell(&server, "room", "1");
    tell(&server, "other", "2");
    server.io().leave("/", &[Room::new("other")], &[Room::new("room"), Room::new(session.sid.as_str())]);
    tell(&server, "room", "3");
    let mut ws = Ws::open(server.addr);
    session.auth["rooms"] = json!([]);
    let (missed, reply) = session.resume(&mut ws);
    assert_eq!(missed, [json!(["told", "2"])]);
    assert!(session.is_recovered(&reply));
    tell(&server, "room", "4");
    tell(&server, &session.sid, "5");
    assert_eq!(session.next(&mut ws), json!(["told", "5"]));

    cut(&server, ws, &session);
    server.io().disconnect("/", &[Room::new("other")]);
    let (_, reply) = session.resume(&mut Ws::open(server.addr));
    assert!(!session.is_recovered(&reply));
}
