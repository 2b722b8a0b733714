//! Events and acks: name, arguments and nesting are those of the JSON, and survive being written again.

use super::json::{self, Json, Shape};
use parlor_socketio::codec::socket::{
    EncodedPacket, Kind, Malformed, PacketLimits, RESERVED_EVENTS, decode, depth, encode, event_parts,
};
use serde_json::value::RawValue;

const LIMITS: PacketLimits = PacketLimits { json_depth: 8, attachments: 3 };
/// Deeper than this the reference is not asked, since it has only a thread's stack.
const REFERENCE_DEPTH: usize = 256;

/// Eight bytes that are an ack id, then a payload.
pub fn event_arguments(data: &[u8]) {
    let Some((id, payload)) = data.split_first_chunk::<8>() else { return };
    let Ok(payload) = str::from_utf8(payload) else { return };
    let levels = depth(payload);
    if levels > REFERENCE_DEPTH {
        assert!(!starts_packet(payload) || decode(&format!("2{payload}"), LIMITS) == Err(Malformed::Depth));
        return;
    }
    let json = json::parse(payload);
    if let Some(json) = &json {
        assert_eq!(levels, json.depth(), "the nesting of well-formed JSON is exact");
    }
    if starts_packet(payload) {
        let packet = decode(&format!("2{payload}"), LIMITS).map(|packet| packet.payload.to_owned());
        assert_eq!(packet.is_err(), levels > LIMITS.json_depth);
        acks(u64::from_le_bytes(*id), payload);
    }
    let wanted = json.as_ref().and_then(event);
    let read = event_parts(payload).ok();
    assert_eq!(read.is_some(), wanted.is_some(), "{payload:?}");
    let (Some((name, args)), Some((wanted_name, wanted_args))) = (read, wanted) else { return };
    assert_eq!(name, wanted_name);
    assert_eq!(texts(&args), wanted_args.iter().map(|arg| arg.raw).collect::<Vec<_>>());
    written_again(&name, &args);
}

/// Where the payload begins, no digit or slash comes before it.
fn starts_packet(payload: &str) -> bool {
    payload.starts_with('[')
}

/// Name and arguments, if this is an event.
pub fn event<'a, 'b>(json: &'b Json<'a>) -> Option<(&'b str, &'b [Json<'a>])> {
    let Shape::Array(items) = &json.shape else { return None };
    let (first, args) = items.split_first()?;
    match &first.shape {
        Shape::Text(Some(name)) if !RESERVED_EVENTS.contains(&name.as_str()) => Some((name, args)),
        // A number is a name too, by its digits.
        Shape::Scalar if !["true", "false", "null"].contains(&first.raw) => Some((first.raw, args)),
        _ => None,
    }
}

fn texts<'a>(args: &[&'a RawValue]) -> Vec<&'a str> {
    args.iter().map(|arg| arg.get()).collect()
}

fn written_again(name: &str, args: &[&RawValue]) {
    let mut items = vec![serde_json::to_string(name).unwrap()];
    items.extend(args.iter().map(|arg| serde_json::to_string(arg).unwrap()));
    let again = format!("[{}]", items.join(","));
    let (name_again, args_again) = event_parts(&again).unwrap();
    assert_eq!(name_again, name);
    assert_eq!(texts(&args_again), texts(args));
    let value = |arg: &&RawValue| serde_json::from_str::<serde_json::Value>(arg.get()).ok();
    assert!(args_again.iter().map(value).eq(args.iter().map(value)));
}

fn acks(id: u64, payload: &str) {
    for kind in [Kind::Ack, Kind::BinaryAck, Kind::Event] {
        let namespace = if id.is_multiple_of(2) { "/" } else { "/admin" };
        let attachments = if kind.is_binary() { (id % 5) as usize } else { 0 };
        let mut packet = Vec::new();
        encode(&mut packet, EncodedPacket { kind, attachments, namespace, id: Some(id) });
        packet.extend_from_slice(payload.as_bytes());
        let packet = String::from_utf8(packet).unwrap();
        let read = decode(packet.strip_prefix('4').unwrap(), LIMITS);
        let exact = id < 1 << 53;
        let shallow = depth(payload) <= LIMITS.json_depth;
        assert_eq!(
            read.is_ok(),
            exact && shallow && attachments <= LIMITS.attachments,
            "{packet:?}: {read:?}"
        );
        if let Ok(read) = read {
            assert_eq!((read.kind, read.attachments, read.namespace), (kind, attachments, namespace));
            assert_eq!((read.id, read.payload), (Some(id), payload));
        }
    }
}
