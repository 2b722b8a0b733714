//! Namespaces that a pattern stands for.

use crate::{client::Ws, server::TestServer};
use parlor_socketio::{Broadcast, DisconnectReason, Frame, Room};
use std::sync::Arc;

/// In `/dynamic-<n>`, in these rooms.
fn member(server: &TestServer, n: usize, rooms: &str) -> (Ws, String) {
    let mut ws = Ws::open(server.addr);
    let id = ws.connect(&format!("/dynamic-{n},"), &format!("{{\"rooms\":{rooms}}}"));
    (ws, id)
}

fn rooms(names: &[&str]) -> Arc<[Room]> {
    names.iter().map(|name| Room::new(*name)).collect()
}

fn ids(server: &TestServer, namespace: &str, of: &[&str]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let sockets = runtime.block_on(server.io().sockets(namespace, &rooms(of)));
    assert!(sockets.iter().all(|socket| socket.namespace() == namespace));
    let mut ids: Vec<_> = sockets.iter().map(|socket| socket.id().to_owned()).collect();
    ids.sort();
    ids
}

fn call(server: &TestServer, namespace: &str, to: &[&str], except: &[&str]) {
    let frame = Frame::event(namespace, "called", &1).unwrap();
    let (rooms, except) = (rooms(to), rooms(except));
    server.io().broadcast(namespace, Broadcast { rooms, except, volatile: false, frame });
}

#[test]
fn several_on_one_connection_are_apart() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    let ids = [ws.connect("/dynamic-1,", ""), ws.connect("/dynamic-2,", ""), ws.connect("", "")];
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    for n in [1, 2] {
        ws.send(&format!("42/dynamic-{n},7[\"whoami\"]"));
        let id = &ids[n - 1];
        assert_eq!(ws.text(), format!("43/dynamic-{n},7[{{\"id\":\"{id}\",\"name\":\"nobody\"}}]"));
    }
    ws.send("42/dynamic-1,[\"kick\"]");
    ws.send("42/dynamic-1,[\"echo\",\"on its way\"]");
    assert_eq!(ws.text(), "41/dynamic-1,");
    assert_eq!(server.reason_for(&ids[0]), DisconnectReason::ServerDisconnect);
    ws.send("42/dynamic-2,[\"ask\",\"?\"]");
    assert_eq!(ws.text(), "42/dynamic-2,0[\"question\",\"?\"]");
    ws.send("43/dynamic-2,0[\"!\"]");
    assert_eq!(ws.text(), "42/dynamic-2,[\"told\",\"!\"]");
    ws.send("41/dynamic-2,");
    assert_eq!(server.reason_for(&ids[1]), DisconnectReason::ClientDisconnect);
    assert_ne!(ws.connect("/dynamic-1,", ""), ids[0]);
    ws.send("40/dynamic-1,");
    assert_eq!(ws.ending(), Some(1008));
}

#[test]
fn rooms_of_one_are_not_those_of_another() {
    let server = TestServer::start();
    let (mut a, a_id) = member(&server, 1, "[\"x\"]");
    let (mut b, b_id) = member(&server, 1, "[\"x\",\"y\"]");
    let (mut c, c_id) = member(&server, 2, "[\"x\"]");
    call(&server, "/dynamic-1", &["x"], &[]);
    assert_eq!([a.text(), b.text()], ["42/dynamic-1,[\"called\",1]"; 2]);
    call(&server, "/dynamic-1", &[], &["y"]);
    assert_eq!(a.text(), "42/dynamic-1,[\"called\",1]");
    let frame = Frame::event("/dynamic-1", "called", &2).unwrap();
    let several = [Broadcast::to_all(frame.clone()), Broadcast::to(Room::new("y"), frame)];
    server.io().broadcast_all("/dynamic-1", several.into());
    assert_eq!([a.text(), b.text(), b.text()], ["42/dynamic-1,[\"called\",2]"; 3]);
    call(&server, "/dynamic-1", &[&b_id], &[]);
    assert_eq!(b.text(), "42/dynamic-1,[\"called\",1]");
    c.send("42/dynamic-2,[\"leave\",\"x\"]");
    c.send("42/dynamic-2,[\"join\",\"y\"]");
    c.send("42/dynamic-2,[\"echo\",1]");
    assert_eq!(c.text(), "42/dynamic-2,[\"echo\",1]");
    let mut both = [a_id.clone(), b_id.clone()];
    both.sort();
    assert_eq!(ids(&server, "/dynamic-1", &[]), both);
    assert_eq!(ids(&server, "/dynamic-1", &["y"]), [b_id]);
    assert_eq!(ids(&server, "/dynamic-2", &["y"]), std::slice::from_ref(&c_id));
    assert!(ids(&server, "/dynamic-2", &["x"]).is_empty());
    assert!(ids(&server, "/dynamic-3", &[]).is_empty());
    server.io().disconnect("/dynamic-1", &[]);
    assert_eq!([a.text(), b.text()], ["41/dynamic-1,"; 2]);
    call(&server, "/dynamic-2", &[], &[]);
    assert_eq!(c.text(), "42/dynamic-2,[\"called\",1]");
    assert_eq!(ids(&server, "/dynamic-2", &[]), [c_id]);
}

#[test]
fn a_name_of_its_own_comes_first_and_what_fits_nowhere_is_refused() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    ws.send("40/dynamic,");
    assert_eq!(ws.text(), r#"44/dynamic,{"message":"Invalid namespace"}"#);
    ws.send("40/dynamic-1\0x,");
    assert_eq!(ws.text(), "44/dynamic-1\0x,{\"message\":\"Invalid namespace\"}");
    let id = ws.connect("/dynamic-own,", "");
    // Its rooms have their plain names: nothing is shared with the pattern.
    let room = {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(server.io().sockets("/dynamic-own", &[]))[0].room().clone()
    };
    assert_eq!(room, Room::new(&*id));
}

#[test]
fn many_names_on_one_connection_leave_nothing_behind() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    for n in 0..100 {
        ws.connect(&format!("/dynamic-{n},"), "");
        ws.send(&format!("41/dynamic-{n},"));
    }
    // The latest are remembered, so that what is on its way breaks no rule; the others are as if never joined.
    ws.send("42/dynamic-99,[\"echo\",1]");
    let id = ws.connect("/dynamic-0,", "");
    assert_eq!(ids(&server, "/dynamic-0", &[]), [id]);
    assert_eq!(server.io().stats().sockets, 1);
    ws.send("42/dynamic-5,[\"echo\",1]");
    assert_eq!(ws.ending(), Some(1008));
}

#[test]
fn rooms_per_socket_is_the_same_as_elsewhere() {
    let server = TestServer::with(|config| config.limits.rooms_per_socket = 2);
    let (_ws, id) = member(&server, 1, "[\"x\",\"y\"]");
    assert_eq!(ids(&server, "/dynamic-1", &["x"]), [id]);
    assert!(ids(&server, "/dynamic-1", &["y"]).is_empty());
    assert_eq!(server.io().stats().refusals["rooms_per_socket"], 1);
}

#[test]
fn a_goodbye_finds_the_namespace_it_is_for() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    ws.connect("/dynamic-1,", "");
    ws.connect("/dynamic-2,", "");
    let goodbye = Frame::event("/dynamic-2", "bye", &1).unwrap();
    let drained = {
        let server = server.server.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(server.drain(&[("/dynamic-2", goodbye)], std::time::Duration::from_secs(10)));
        })
    };
    assert_eq!(ws.text(), "42/dynamic-2,[\"bye\",1]");
    assert_eq!(ws.ending(), Some(1001));
    drop(ws);
    drained.join().unwrap();
}
