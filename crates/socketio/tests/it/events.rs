//! Events, acks and attachments.

use crate::{
    client::{Seen, Ws},
    server::TestServer,
};

#[test]
fn events_keep_their_order() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    for n in 0..300 {
        ws.send(&format!("42[\"echo\",{n},\"\u{e9}\",{{\"a\":[null]}}]"));
    }
    for n in 0..300 {
        assert_eq!(ws.text(), format!("42[\"echo\",{n},\"\u{e9}\",{{\"a\":[null]}}]"));
    }
}

#[test]
fn a_frame_may_arrive_byte_by_byte_and_in_fragments() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    let text = "42[\"echo\",\"\u{1F600}\"]".as_bytes();
    for byte in crate::client::frame(0x81, text) {
        ws.bytes(&[byte]);
    }
    assert_eq!(ws.text().as_bytes(), text);
    ws.bytes(&crate::client::frame(0x01, &text[..12]));
    ws.bytes(&crate::client::frame(0x00, &text[12..13]));
    ws.bytes(&crate::client::frame(0x80, &text[13..]));
    assert_eq!(ws.text().as_bytes(), text);
}

#[test]
fn the_server_acknowledges() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    ws.send("42456[\"acked\",1,\"2\",{\"3\":[false]}]");
    assert_eq!(ws.text(), "43456[1,\"2\",{\"3\":[false]}]");
}

#[test]
fn binary_goes_there_and_back() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    for (out, back) in [("452-[\"echo\"", "452-[\"echo\""), ("452-9[\"acked\"", "462-9[")] {
        let args = "{\"_placeholder\":true,\"num\":0},{\"a\":{\"_placeholder\":true,\"num\":1}}]";
        ws.send(&format!("{out},{args}"));
        ws.binary(&[1, 2, 3]);
        ws.binary(&[0; 70_000 - 20_000]);
        let comma = if back.ends_with('[') { "" } else { "," };
        assert_eq!(ws.text(), format!("{back}{comma}{args}"));
        assert_eq!(ws.see(), Seen::Binary(vec![1, 2, 3]));
        assert_eq!(ws.see(), Seen::Binary(vec![0; 50_000]));
    }
}

#[test]
fn the_client_acknowledges_or_does_not() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    ws.send("42[\"ask\",\"first\"]");
    assert_eq!(ws.text(), "420[\"question\",\"first\"]");
    ws.send("430[{\"a\":1},2]");
    assert_eq!(ws.text(), "42[\"told\",{\"a\":1},2]");
    ws.send("42[\"ask\",\"second\"]");
    assert_eq!(ws.text(), "421[\"question\",\"second\"]");
    ws.send("4399[\"to nothing\"]");
    assert_eq!(ws.text(), "42[\"told\",\"the client did not acknowledge in time\"]");
    ws.send("431[\"too late\"]");
    ws.echoes();
}

#[test]
fn an_ack_of_the_client_may_be_empty_or_have_attachments() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    ws.send("42[\"ask\",\"nothing\"]");
    assert_eq!(ws.text(), "420[\"question\",\"nothing\"]");
    ws.send("430[]");
    assert_eq!(ws.text(), "42[\"told\"]");
    ws.send("42[\"ask\",\"much\"]");
    assert_eq!(ws.text(), "421[\"question\",\"much\"]");
    ws.send("461-1[\"x\",{\"_placeholder\":true,\"num\":0}]");
    ws.binary(&[7, 8]);
    assert_eq!(ws.text(), r#"451-["told","x",{"_placeholder":true,"num":0}]"#);
    assert_eq!(ws.see(), Seen::Binary(vec![7, 8]));
}

#[test]
fn a_number_names_an_event_too() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    for (name, seen) in [("1", "1"), ("-2.5", "-2.5"), ("\"1\"", "1")] {
        ws.send(&format!("42[{name},\"x\"]"));
        assert_eq!(ws.text(), format!("42[\"unknown\",\"{seen}\"]"));
    }
}

#[test]
fn a_direct_event_may_be_volatile() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    ws.send("42[\"volatile\",1,{\"a\":2}]");
    assert_eq!(ws.text(), "42[\"volatile\",1,{\"a\":2}]");
}

#[test]
fn base64_stands_for_binary_frames() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    ws.send("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
    ws.send("bAQID");
    assert_eq!(ws.text(), "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
    assert_eq!(ws.see(), Seen::Binary(vec![1, 2, 3]));
}

#[test]
fn event_bytes_at_the_limit_and_beyond() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    let limit = 64 * 1024;
    let event =
        |bytes: usize| format!("{}\"]", format_args!("2{}[\"acked\",\"{}", 7, "x".repeat(bytes - 14)));
    assert_eq!(event(limit).len(), limit);
    ws.send(&format!("4{}", event(limit)));
    assert!(ws.text().starts_with("437[\"xxx"));
    ws.send(&format!("4{}", event(limit + 1)));
    assert_eq!(ws.text(), format!("437[{{\"too_large\":{}}}]", limit + 1));
    let packet = "51-8[\"acked\",{\"_placeholder\":true,\"num\":0}]";
    ws.send(&format!("4{packet}"));
    ws.binary(&vec![0; limit]);
    assert_eq!(ws.text(), format!("438[{{\"too_large\":{}}}]", limit + packet.len()));
    ws.echoes();
}
