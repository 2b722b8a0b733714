#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parlor_socketio::fuzzing::engine_session(data));
