//! Upgrades from polling that go wrong; polling goes on.

use crate::{
    case::{Case, text},
    client::{KEY, Poller, Seen, Ws, finish_http, frame},
    engine::ends,
};
use std::net::Shutdown;

fn candidate(poller: &Poller) -> Ws {
    Ws::upgrade(poller.addr, &format!("&sid={}", poller.sid), KEY).unwrap()
}

/// Bytes of a candidate that never becomes the transport.
fn failed(name: &str, bytes: Vec<u8>) -> Case {
    Case::new(name, &["bad_probe"], move |world| {
        let poller = Poller::open(world.calm.addr);
        let mut ws = candidate(&poller);
        ws.bytes(&bytes);
        assert_eq!(ws.ending(), None);
        ends(&poller);
    })
}

pub(crate) fn cases() -> Vec<Case> {
    [games(), lost()].into_iter().flatten().collect()
}

fn games() -> Vec<Case> {
    let probe = |rest: Vec<u8>| [text("2probe"), rest].concat();
    vec![
        failed("upgrade without a probe", text("5")),
        failed("upgrade after a ping frame instead of a probe", [frame(0x89, b"probe"), text("5")].concat()),
        failed("ping that is no probe", text("2")),
        failed("probe by another word", text("2probes")),
        failed("pong instead of a probe", text("3probe")),
        failed("event before the probe", text(r#"42["echo"]"#)),
        failed("event before the upgrade", probe(text(r#"42["echo"]"#))),
        failed("close packet instead of the upgrade", probe(text("1"))),
        failed("upgrade with data after a probe", probe(text("5x"))),
        failed("probe in a binary frame", frame(0x82, b"2probe")),
        failed("probe that is not UTF-8", frame(0x81, b"2probe\xff")),
        failed("unmasked probe", vec![0x81, 1, b'2']),
        failed("probe of a kilobyte and one", frame(0x81, &[b'2'; 1025])),
        failed(
            "probe in fragments without end",
            [frame(0x01, &[b'2'; 600]), frame(0x00, &[b'2'; 600])].concat(),
        ),
        failed("close frame instead of a probe", frame(0x88, b"")),
        Case::new("probe twice", &[], |world| {
            let poller = Poller::open(world.calm.addr);
            let mut ws = candidate(&poller);
            ws.bytes(&[text("2probe"), text("2probe"), text("5")].concat());
            assert_eq!([ws.text(), ws.text()], ["3probe", "3probe"]);
            ws.connect("", "");
            ws.echoes();
        }),
        Case::new("probe in fragments with a ping between", &[], |world| {
            let poller = Poller::open(world.calm.addr);
            let mut ws = candidate(&poller);
            ws.bytes(&[frame(0x01, b"2pro"), frame(0x89, b"x"), frame(0x80, b"be"), text("5")].concat());
            assert_eq!([ws.see(), ws.see()], [Seen::Pong(b"x".to_vec()), Seen::Text("3probe".into())]);
            ws.connect("", "");
        }),
        Case::new("an event in the packet of the upgrade", &[], |world| {
            let poller = Poller::open(world.calm.addr);
            let mut ws = candidate(&poller);
            ws.bytes(&[text("2probe"), text("5"), text("40"), text("6")].concat());
            assert_eq!(ws.text(), "3probe");
            assert!(ws.text().starts_with("40"));
            ws.echoes();
        }),
    ]
}

fn lost() -> Vec<Case> {
    vec![
        Case::new("two candidates at once", &["double_upgrade", "bad_probe"], |world| {
            let poller = Poller::open(world.calm.addr);
            let mut first = candidate(&poller);
            first.send("2probe");
            assert_eq!(first.text(), "3probe");
            assert_eq!(candidate(&poller).see(), Seen::End);
            first.stream.shutdown(Shutdown::Write).unwrap();
            assert_eq!(first.see(), Seen::End);
            ends(&poller);
        }),
        Case::new("a candidate that goes away", &["bad_probe"], |world| {
            let poller = Poller::open(world.calm.addr);
            let mut ws = candidate(&poller);
            ws.stream.shutdown(Shutdown::Write).unwrap();
            assert_eq!(ws.see(), Seen::End);
            ends(&poller);
        }),
        Case::new("a candidate that says nothing", &["upgrade_timeout", "connect_timeout"], |world| {
            let poller = Poller::open(world.hasty.addr);
            assert_eq!(candidate(&poller).see(), Seen::End);
        }),
        Case::new("a candidate that probes and stops", &["upgrade_timeout", "connect_timeout"], |world| {
            let poller = Poller::open(world.hasty.addr);
            let mut ws = candidate(&poller);
            ws.send("2probe");
            assert_eq!(ws.text(), "3probe");
            assert_eq!(ws.see(), Seen::End);
        }),
        Case::new("a candidate that pings for ever", &["upgrade_timeout", "connect_timeout"], |world| {
            let poller = Poller::open(world.hasty.addr);
            let mut ws = candidate(&poller);
            ws.bytes(&frame(0x89, b"x"));
            while ws.see() == Seen::Pong(b"x".to_vec()) {
                ws.bytes(&frame(0x89, b"x"));
            }
        }),
        Case::new("a session closed while a candidate probes", &["bad_probe"], |world| {
            let poller = Poller::open(world.calm.addr);
            let mut ws = candidate(&poller);
            ws.send("2probe");
            assert_eq!(ws.text(), "3probe");
            poller.says("1");
            let _ = finish_http(poller.start_get());
            ws.send("5");
            assert_eq!(ws.see(), Seen::End);
        }),
    ]
}
