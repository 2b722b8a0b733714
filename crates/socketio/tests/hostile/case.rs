//! A case: what is done, and what must be counted for it.

use crate::{
    client::{Seen, Ws, frame, tcp},
    server::TestServer,
};
use std::{
    io::{Read, Write},
    net::SocketAddr,
};

/// Where cases are run.
pub(crate) struct World {
    /// With the limits that it ships with.
    pub(crate) calm: TestServer,
    /// With time-outs that a test can wait for.
    pub(crate) hasty: TestServer,
}

type Act = Box<dyn Fn(&World)>;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) act: Act,
    /// By how much each counter of refusals grows; none but these may.
    pub(crate) counts: Vec<(&'static str, u64)>,
}

impl Case {
    pub(crate) fn new(
        name: impl Into<String>,
        counts: &[&'static str],
        act: impl Fn(&World) + 'static,
    ) -> Self {
        let counts = counts.iter().map(|name| (*name, 1)).collect();
        Self { name: name.into(), act: Box::new(act), counts }
    }

    /// One more counter that grows by one.
    pub(crate) fn also(self, counter: &'static str) -> Self {
        self.also_times(counter, 1)
    }

    /// One more counter that grows by this much.
    pub(crate) fn also_times(mut self, counter: &'static str, times: u64) -> Self {
        self.counts.push((counter, times));
        self
    }

    /// Every counter grows by this much instead of one.
    pub(crate) fn times(mut self, times: u64) -> Self {
        self.counts.iter_mut().for_each(|(_, count)| *count = times);
        self
    }
}

/// A text frame.
pub(crate) fn text(text: &str) -> Vec<u8> {
    frame(0x81, text.as_bytes())
}

/// Bytes on an open WebSocket that end it with a close code.
pub(crate) fn breach(name: impl Into<String>, bytes: Vec<u8>, code: u16, counter: &'static str) -> Case {
    Case::new(name, &[counter], move |world| {
        let mut ws = Ws::open(world.calm.addr);
        ws.bytes(&bytes);
        assert_eq!(ws.ending(), Some(code));
    })
}

/// Bytes that end a WebSocket which has joined `/`.
pub(crate) fn joined_breach(
    name: impl Into<String>,
    bytes: Vec<u8>,
    code: u16,
    counter: &'static str,
) -> Case {
    Case::new(name, &[counter], move |world| {
        let (mut ws, _) = Ws::connected(world.calm.addr);
        ws.bytes(&bytes);
        assert_eq!(ws.ending(), Some(code));
    })
}

/// Bytes that look bad and are answered by this, after which the connection works.
pub(crate) fn served(name: impl Into<String>, bytes: Vec<u8>, answers: Vec<Seen>) -> Case {
    Case::new(name, &[], move |world| {
        let (mut ws, _) = Ws::connected(world.calm.addr);
        ws.bytes(&bytes);
        for answer in &answers {
            assert_eq!(ws.see(), *answer);
        }
        ws.echoes();
    })
}

/// A text packet that is answered by another.
pub(crate) fn answered(name: impl Into<String>, packet: &str, answer: &str) -> Case {
    served(name, text(packet), vec![Seen::Text(answer.to_owned())])
}

/// What a server says to raw bytes until it closes: the status of each response, and all of the text.
pub(crate) fn exchange(addr: SocketAddr, bytes: &[u8]) -> (Vec<u16>, String) {
    let mut stream = tcp(addr);
    // It may refuse before everything is written, and close while something is unread.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let statuses = answer.split("HTTP/1.").skip(1).filter_map(|rest| rest.get(2..5)?.parse().ok()).collect();
    (statuses, answer)
}

/// Ends the sessions whose open packets are in a text.
pub(crate) fn close_sessions(addr: SocketAddr, answer: &str) -> usize {
    let mut closed = 0;
    for rest in answer.split("\"sid\":\"").skip(1) {
        let path = format!("/socket.io/?EIO=4&transport=polling&sid={}", &rest[..20]);
        assert_eq!(crate::client::http(addr, &format!("POST {path}"), "", "1").0, 200);
        assert_eq!(crate::client::http(addr, &format!("GET {path}"), "", "").0, 200);
        closed += 1;
    }
    closed
}
