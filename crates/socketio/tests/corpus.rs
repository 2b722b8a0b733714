//! What the fuzzer found worth keeping, through the oracles of the fuzz targets. New inputs: docs/testing.md.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that cannot go on fails its test")]

#[path = "../fuzz/oracles/mod.rs"]
mod oracles;

use std::{fs, path::Path};

/// Every file of a target's corpus, which must be small enough to be read.
fn replay(target: &str, oracle: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{} holds only {} inputs", folder.display(), files.len());
    for file in files {
        let input = fs::read(&file).unwrap();
        assert!(input.len() <= 1024, "{} is too large to keep", file.display());
        println!("{}", file.display());
        oracle(&input);
    }
}

#[test]
fn engine_payload() {
    replay("engine_payload", oracles::engine_payload);
}

#[test]
fn websocket_frames() {
    replay("websocket_frames", oracles::websocket_frames);
}

#[test]
fn socket_session() {
    replay("socket_session", oracles::socket_session);
}

#[test]
fn event_arguments() {
    replay("event_arguments", oracles::event_arguments);
}
