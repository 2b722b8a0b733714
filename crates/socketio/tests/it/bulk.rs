//! What is done to many sockets at once.

use crate::{client::Ws, server::TestServer};
use parlor_socketio::{Broadcast, Frame, Room};
use std::time::Duration;

fn member(server: &TestServer, rooms: &str) -> (Ws, String) {
    let mut ws = Ws::open(server.addr);
    let id = ws.connect("", &format!("{{\"rooms\":{rooms}}}"));
    (ws, id)
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn ids(server: &TestServer, of: &[Room]) -> Vec<String> {
    let mut ids: Vec<_> =
        wait(server.io().sockets("/", of)).iter().map(|socket| socket.id().to_owned()).collect();
    ids.sort();
    ids
}

fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<_> = ids.iter().map(|id| (*id).clone()).collect();
    ids.sort();
    ids
}

#[test]
fn members_are_found_and_moved() {
    let server = TestServer::start();
    let ((_a, a), (_b, b), (_c, c)) =
        (member(&server, "[\"x\"]"), member(&server, "[\"x\",\"y\"]"), member(&server, "[]"));
    let (x, y, z) = (Room::new("x"), Room::new("y"), Room::new("z"));
    assert_eq!(ids(&server, &[]), sorted(&[&a, &b, &c]));
    assert_eq!(ids(&server, &[x.clone(), y.clone()]), sorted(&[&a, &b]));
    assert!(wait(server.io().sockets("/nowhere", &[])).is_empty());
    server.io().join("/", std::slice::from_ref(&x), std::slice::from_ref(&z));
    assert_eq!(ids(&server, std::slice::from_ref(&z)), sorted(&[&a, &b]));
    server.io().leave("/", &[y], &[x.clone(), Room::new(&*b)]);
    assert_eq!(ids(&server, &[x]), sorted(&[&a]));
    assert_eq!(ids(&server, &[Room::new(&*b)]), sorted(&[&b]));
    server.io().join("/", &[], std::slice::from_ref(&z));
    assert_eq!(ids(&server, &[z]), sorted(&[&a, &b, &c]));
}

#[test]
fn everybody_is_disconnected() {
    let server = TestServer::start();
    let mut members = [member(&server, "[\"x\"]").0, member(&server, "[]").0];
    server.io().disconnect("/", &[]);
    for member in &mut members {
        assert_eq!(member.text(), "41");
    }
    assert!(ids(&server, &[]).is_empty());
}

#[test]
fn a_broadcast_gathers_acks_until_all_have_answered() {
    let server = TestServer::start();
    let mut members = ["[\"x\"]", "[\"x\"]", "[\"x\",\"not\"]"].map(|rooms| member(&server, rooms).0);
    let frame = Frame::event("/", "question", &"?").unwrap();
    let mut broadcast = Broadcast::to(Room::new("x"), frame);
    broadcast.except = [Room::new("not")].into();
    let answers = server.io().broadcast_with_ack("/", broadcast, Duration::from_secs(600));
    assert_eq!([members[0].text(), members[1].text()], [r#"420["question","?"]"#; 2]);
    members[0].send("430[1,2]");
    members[1].send("430[]");
    members[2].echoes();
    let answers = wait(answers);
    assert_eq!(answers.missing, 0);
    let mut args: Vec<_> = answers.answers.iter().map(|answer| answer.args.len()).collect();
    args.sort_unstable();
    assert_eq!(args, [0, 2]);
}

#[test]
fn who_leaves_or_is_silent_is_missing() {
    let server = TestServer::start();
    let [mut quick, mut gone, mut silent] = ["[]", "[]", "[]"].map(|rooms| member(&server, rooms).0);
    let frame = Frame::event("/", "question", &"?").unwrap();
    let answers = server.io().broadcast_with_ack("/", Broadcast::to_all(frame), Duration::from_millis(300));
    for member in [&mut quick, &mut gone, &mut silent] {
        assert_eq!(member.text(), r#"420["question","?"]"#);
    }
    quick.send("430[1]");
    gone.send("41");
    let answers = wait(answers);
    assert_eq!((answers.answers.len(), answers.missing), (1, 2));
    let none = server.io().broadcast_with_ack(
        "/parlor",
        Broadcast::to_all(Frame::event("/parlor", "question", &"?").unwrap()),
        Duration::from_secs(600),
    );
    assert_eq!(wait(none).missing, 0);
}
