//! Names that the code keeps in one place: keys, events, codes.

use crate::read;

/// Every key of the configuration.
pub(crate) fn keys() -> Vec<String> {
    let text = read("crates/parlor/src/config/keys.rs");
    let registry = text.split("#[cfg(test)]").next().unwrap();
    let calls = registry.split("key(").chain(registry.split("secret(")).skip(1);
    let mut keys: Vec<String> = calls.filter_map(|call| quoted(call.trim_start())).collect();
    keys.sort();
    keys.dedup();
    assert!(keys.len() > 20, "keys.rs is not written as this test reads it: {keys:?}");
    keys
}

/// Every event, of clients and of the server.
pub(crate) fn events() -> Vec<String> {
    let text = read("crates/protocol/src/events.rs");
    let constants = text.lines().filter_map(|line| line.strip_prefix("pub const ")?.split_once(": &str = "));
    let events: Vec<String> = constants.filter_map(|(_, value)| quoted(value)).collect();
    assert!(events.len() >= 10, "events.rs is not written as this test reads it: {events:?}");
    events
}

/// Every error code.
pub(crate) fn codes() -> Vec<String> {
    let text = read("crates/protocol/src/error.rs");
    let rows = text.lines().filter(|line| line.contains(", retry: ") && line.contains(", reconnect: "));
    let codes: Vec<String> =
        rows.filter_map(|row| row.split_once(" = ")).filter_map(|(_, value)| quoted(value)).collect();
    assert!(codes.len() >= 15, "error.rs is not written as this test reads it: {codes:?}");
    codes
}

/// Every limit of the transport.
pub(crate) fn transport_limits() -> Vec<String> {
    let text = read("crates/socketio/src/limits.rs");
    let fields = text.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "));
    let limits: Vec<String> = fields.map(|(name, _)| name.to_owned()).collect();
    assert!(limits.len() >= 15, "limits.rs is not written as this test reads it: {limits:?}");
    limits
}

/// The text that begins here in double quotes.
fn quoted(text: &str) -> Option<String> {
    text.strip_prefix('"')?.split_once('"').map(|(inside, _)| inside.to_owned())
}
