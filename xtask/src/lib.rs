//! Rules of the repository, as tests (`tests/tidy.rs`).
