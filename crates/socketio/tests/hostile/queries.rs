//! What a request asks for: the query, the session, the WebSocket, and from which page.

use crate::{
    case::{Case, World, close_sessions, exchange},
    client::{KEY, Poller},
    handshake::{BAD, OPEN, opens, refused, request},
};

const SOCKET: &str = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1";
const ASKING: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";

pub(crate) fn cases() -> Vec<Case> {
    [queries(), sids(), keys(), origins()].into_iter().flatten().collect()
}

fn queries() -> Vec<Case> {
    let bad = [
        ("EIO=0", "EIO=0&transport=polling"),
        ("EIO=3", "EIO=3&transport=polling"),
        ("EIO=5", "EIO=5&transport=polling"),
        ("EIO=__proto__", "EIO=__proto__&transport=polling"),
        ("EIO missing", "transport=polling"),
        ("EIO empty", "EIO=&transport=polling"),
        ("EIO=04", "EIO=04&transport=polling"),
        ("EIO twice, first the wrong one", "EIO=3&EIO=4&transport=polling"),
        ("EIO escaped", "%45IO=4&transport=polling"),
        ("EIO=4 escaped", "EIO=%34&transport=polling"),
        ("EIO in lower case", "eio=4&transport=polling"),
        ("EIO as an array", "EIO[]=4&transport=polling"),
        ("no query", ""),
        ("ten thousand separators in the query", &"&".repeat(10_000)),
        ("transport missing", "EIO=4"),
        ("transport unknown", "EIO=4&transport=webtransport"),
        ("transport __proto__", "EIO=4&transport=__proto__"),
        ("transport in upper case", "EIO=4&transport=POLLING"),
        ("transport of two", "EIO=4&transport=polling,websocket"),
    ];
    let mut cases: Vec<Case> = bad
        .map(|(name, query)| {
            refused(name, request(&format!("GET /socket.io/?{query} HTTP/1.1"), ""), 400, BAD)
        })
        .into();
    for method in ["POST", "PUT", "DELETE", "HEAD", "TRACE", "get", "PRI"] {
        let line = OPEN.replacen("GET", method, 1);
        cases.push(refused(format!("{method} without a session"), request(&line, ""), 400, BAD));
    }
    cases.push(refused("POST of a WebSocket", request(&SOCKET.replacen("GET", "POST", 1), ""), 400, BAD));
    cases
}

fn sids() -> Vec<Case> {
    let get = |sid: &[u8]| {
        let line = b"GET /socket.io/?EIO=4&transport=polling&sid=";
        [line, sid, b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"].concat()
    };
    let unknown = |name: &str, sid: &[u8]| refused(name, get(sid), 400, &["unknown_sid"]);
    let guess = format!("{}&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1", SOCKET.trim_end_matches(" HTTP/1.1"));
    let long = "A".repeat(5000);
    vec![
        refused("a guessed sid", get(b"AAAAAAAAAAAAAAAAAAAA"), 400, &["refused_request"]),
        refused("a guessed sid of the second shard", get(b"ABAAAAAAAAAAAAAAAAAA"), 400, &["refused_request"]),
        refused(
            "a guessed sid on a WebSocket",
            request(&guess, &format!("{ASKING}{KEY}")),
            400,
            &["refused_request"],
        ),
        unknown("a sid of a shard that is not there", b"____________________"),
        unknown("a sid too short by one", b"AAAAAAAAAAAAAAAAAAA"),
        unknown("a sid too long by one", b"AAAAAAAAAAAAAAAAAAAAA"),
        unknown("a sid of five thousand", long.as_bytes()),
        unknown("an empty sid", b""),
        unknown("a sid in the other base64", b"AAAAAAAAAAAAAAAAAA+/"),
        unknown("an escaped sid", b"%41AAAAAAAAAAAAAAAAA"),
        unknown("a sid called __proto__", b"__proto__"),
        unknown("a sid that is not ASCII", "é".repeat(10).as_bytes()),
        Case::new("a sid moved to another shard", &["refused_request"], move |world| {
            let poller = Poller::open(world.calm.addr);
            let mut sid = poller.sid.clone().into_bytes();
            // Its first two characters are the number of the shard.
            sid[1] = if sid[1] == b'A' { b'B' } else { b'A' };
            let (statuses, _) = exchange(world.calm.addr, &get(&sid));
            assert_eq!(statuses, [400]);
            poller.says("1");
            poller.hears("6");
        }),
    ]
}

fn keys() -> Vec<Case> {
    let version = "Sec-WebSocket-Version: 13\r\n";
    let bad = [
        ("no key", ASKING.to_owned()),
        ("a short key", format!("{ASKING}Sec-WebSocket-Key: short\r\n")),
        ("a key of seventeen bytes", format!("{ASKING}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSE=\r\n")),
        ("a key that is no base64", format!("{ASKING}Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n")),
        ("a key with bits left over", format!("{ASKING}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n")),
        ("two keys", format!("{ASKING}{KEY}{KEY}")),
        ("version 8", format!("{KEY}{}", ASKING.replace("13", "8"))),
        ("no version", format!("{KEY}{}", ASKING.replace(version, ""))),
        ("two versions", format!("{KEY}{ASKING}Sec-WebSocket-Version: 8\r\n")),
        ("an upgrade to h2c", format!("{KEY}{}", ASKING.replace("websocket", "h2c"))),
        ("no upgrade", format!("{KEY}{version}Connection: Upgrade\r\n")),
        ("an upgrade that no connection asks for", format!("{KEY}{version}Upgrade: websocket\r\n")),
    ];
    let mut cases: Vec<Case> =
        bad.map(|(name, headers)| refused(name, request(SOCKET, &headers), 400, BAD)).into();
    let old = request(&SOCKET.replace("1.1", "1.0"), &format!("{ASKING}{KEY}"));
    cases.push(refused("a WebSocket over HTTP/1.0", old, 400, BAD));
    let body = format!("{ASKING}{KEY}Content-Length: 6\r\n");
    cases.push(refused(
        "a WebSocket with a body",
        [request(SOCKET, &body), b"\x81\x80abcd".to_vec()].concat(),
        400,
        BAD,
    ));
    cases
}

fn origins() -> Vec<Case> {
    let refused_from = |name: &str, origin: &str, line: &str, headers: &str| {
        let headers = format!("Cookie: session=1\r\nOrigin: {origin}\r\n{headers}");
        refused(name, request(line, &headers), 403, &["foreign_origin"])
    };
    let own = "http://chat.example";
    let mut cases: Vec<Case> = [
        ("another origin with cookies", "https://evil.example"),
        ("the null origin with cookies", "null"),
        ("our name as a prefix", "http://chat.example.evil"),
        ("our name as user information", "http://chat.example@evil.example"),
        ("our name on another port", "http://chat.example:8080"),
        ("our name behind another", "http://evil.chat.example"),
        ("an origin without a scheme", "chat.example"),
        ("an origin that is not ASCII", "http://chät.example"),
        ("an empty origin", ""),
        ("an origin with a path", "http://chat.example/"),
    ]
    .map(|(name, origin)| refused_from(name, origin, OPEN, ""))
    .into();
    cases.push(refused_from(
        "another origin on a WebSocket",
        "https://evil.example",
        SOCKET,
        &format!("{ASKING}{KEY}"),
    ));
    cases.push(refused_from("our origin, then another", own, OPEN, "Origin: https://evil.example\r\n"));
    cases.push(opens(
        "our own origin in capitals",
        request(OPEN, "Cookie: a=1\r\nOrigin: http://CHAT.example\r\n"),
        1,
    ));
    cases.push(Case::new("another origin without cookies sees no answer", &[], |world: &World| {
        let (_, answer) = exchange(world.calm.addr, &request(OPEN, "Origin: https://evil.example\r\n"));
        assert!(!answer.to_lowercase().contains("access-control"));
        assert_eq!(close_sessions(world.calm.addr, &answer), 1);
    }));
    cases.push(refused(
        "a preflight from another origin",
        request("OPTIONS /socket.io/ HTTP/1.1", "Origin: https://evil.example\r\n"),
        204,
        &[],
    ));
    cases
}
