//! From polling to WebSocket, and to whom a session answers.

use crate::{
    client::{KEY, Poller, Seen, Ws, finish_http},
    server::TestServer,
};

fn probe(poller: &Poller) -> Ws {
    let mut ws = Ws::upgrade(poller.addr, &format!("&sid={}", poller.sid), KEY).unwrap();
    ws.send("2probe");
    assert_eq!(ws.text(), "3probe");
    ws
}

#[test]
fn an_upgrade_keeps_the_socket_and_loses_nothing() {
    // Several times, since chance decides which shard a request lands on.
    let server = TestServer::start();
    for _ in 0..6 {
        let poller = Poller::open(server.addr);
        poller.says("40");
        assert!(poller.get().1.starts_with("40"));
        let waiting = poller.start_get();
        let mut ws = probe(&poller);
        assert_eq!(finish_http(waiting).2, "6");
        poller.says("42[\"echo\",\"between\"]");
        ws.send("5");
        assert_eq!(ws.text(), "42[\"echo\",\"between\"]");
        ws.echoes();
        assert_eq!(poller.get().0, 400);
        assert_eq!(poller.post("42[\"echo\",1]").0, 400);
        let mut second = Ws::upgrade(poller.addr, &format!("&sid={}", poller.sid), KEY).unwrap();
        assert_eq!(second.see(), Seen::End);
        ws.echoes();
    }
}

#[test]
fn a_failed_probe_leaves_polling_alone() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    for games in [&["5"][..], &["2probe", "2"], &["42[\"echo\",1]"], &["2probe", "42[\"echo\",1]"]] {
        let mut ws = Ws::upgrade(poller.addr, &format!("&sid={}", poller.sid), KEY).unwrap();
        games.iter().for_each(|text| ws.send(text));
        assert_eq!(ws.ending(), None);
    }
    poller.says("42[\"echo\",\"alive\"]");
    assert_eq!(poller.get().1, "42[\"echo\",\"alive\"]");
}

#[test]
fn a_session_refuses_another_credential_than_its_own() {
    let server = TestServer::start();
    let poller = Poller::open_with(server.addr, "Cookie: a=1\r\nAuthorization: Bearer x\r\n");
    let stolen =
        |headers: &str| crate::client::http(server.addr, &format!("GET {}", poller.path()), headers, "").0;
    for headers in ["Authorization: Bearer y\r\n", "Cookie: a=1\r\nAuthorization: Basic x\r\n"] {
        assert_eq!(stolen(headers), 400, "{headers}");
    }
    assert_eq!(server.io().stats().refusals["changed_credentials"], 2);
    // Some clients send the header with the first request only, and a cookie of another concern may change.
    poller.says("40");
    for headers in ["", "Cookie: a=2\r\n", "Cookie: a=2\r\nAuthorization: Bearer x\r\n"] {
        let (status, _, body) =
            crate::client::http(server.addr, &format!("GET {}", poller.path()), headers, "");
        assert_eq!(status, 200, "{headers}");
        assert!(body.starts_with("40") || body.starts_with("42[\"echo\""), "{body}");
        poller.says("42[\"echo\",1]");
    }
}
