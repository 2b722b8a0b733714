//! The `parlor` binary's parts: command line, configuration and wiring. The only place that names a backend, reads
//! the environment or the system's clock.

pub mod cli;
pub mod config;
mod drain;
mod error;
mod run;
pub mod seed;
mod system;

pub use error::Failure;
pub use run::{Parlor, Wiring};
pub use system::System;
