use std::{io::Write, sync::Arc};

use clap::Args;
use service::jobs::outbox::Handlers;
use tokio::signal::unix::{SignalKind, signal};

use super::{ConfigArgs, logging};
use crate::{
    Failure, Parlor, System, Wiring,
    config::{SECRET_BYTES, Settings},
};

/// `parlor serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut sources = self.config.sources()?;
        sources.set_flag("listen", "--listen", self.listen);
        let settings = Settings::parse(&sources)?;
        logging::start(&sources)?;
        warn_of_weakness(&settings);
        super::runtime()?.block_on(serve(settings))
    }
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let demo = settings.demo;
    let database = settings.database.to_string();
    let outside = |error| Failure::Outside(format!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(outside)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(outside)?;

    let wiring = Wiring { environment: Arc::new(System), migrate: demo, handlers: Handlers::default() };
    let parlor = tokio::select! {
        started = Parlor::start(settings, wiring) => started?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let address = parlor.address().map_err(|error| Failure::Outside(error.to_string()))?;
    tracing::info!(%address, database, "listening");
    announce(&format!("http://{address}"), demo);

    parlor
        .serve(async {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("SIGTERM: draining"),
                _ = interrupt.recv() => tracing::info!("interrupted: draining"),
            }
        })
        .await
}

fn warn_of_weakness(settings: &Settings) {
    if let Some(bytes) = settings.jwt_secret.as_ref().map(Vec::len).filter(|&bytes| bytes < SECRET_BYTES) {
        tracing::warn!(
            bytes,
            wanted = SECRET_BYTES,
            "auth.jwt_secret is short; logins could be forged by guessing it"
        );
    }
}

/// For people: where it is, and how to get in.
fn announce(url: &str, demo: bool) {
    let mut text = format!("Parlor is at {url}\n");
    if demo {
        text.push_str("Log in as anybody, in as many windows as you like:\n");
        for (id, name) in server::demo::people() {
            text.push_str(&format!("  {name:<18} {url}/?as={id}\n"));
        }
    }
    // Nobody may be reading.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
