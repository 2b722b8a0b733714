use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

use crate::{Failure, config::Sources};

/// Logs go to standard error, as text for people or JSON for machines.
pub(super) fn start(sources: &Sources) -> Result<(), Failure> {
    let (level, format) = (sources.get("log.level"), sources.get("log.format"));
    let filter = EnvFilter::try_new(&level.text).map_err(|error| {
        Failure::Config(format!("log.level is {:?} (from {}): {error}", level.text, level.origin))
    })?;
    let pretty = match format.text.as_str() {
        "pretty" => true,
        "json" => false,
        "auto" => std::io::stderr().is_terminal(),
        other => {
            let message =
                format!("log.format is {other:?} (from {}); expected auto, pretty or json", format.origin);
            return Err(Failure::Config(message));
        }
    };
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if pretty { builder.try_init() } else { builder.json().flatten_event(true).try_init() };
    started.map_err(|error| Failure::Outside(format!("logging cannot be started: {error}")))
}
