use clap::Args;
use store::{Engine, Store, StoreOptions};

use super::ConfigArgs;
use crate::{
    Failure,
    config::{KEYS, SECRET_BYTES, Settings, Sources},
};

/// `parlor doctor`.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    config: ConfigArgs,
}

/// What a check came to.
enum Finding {
    Good(String),
    Warning(String),
    Bad(String),
}

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let sources = self.config.sources()?;
        print_values(&sources);
        let settings = Settings::parse(&sources)?;
        let findings = super::runtime()?.block_on(examine(&settings));
        println!();
        let mut bad = 0;
        for finding in findings {
            match finding {
                Finding::Good(text) => println!("  ok    {text}"),
                Finding::Warning(text) => println!("  warn  {text}"),
                Finding::Bad(text) => {
                    bad += 1;
                    println!("  FAIL  {text}");
                }
            }
        }
        if bad == 0 { Ok(()) } else { Err(Failure::Unwell(bad)) }
    }
}

fn print_values(sources: &Sources) {
    for key in KEYS {
        let value = sources.get(key.path);
        // A database address may hold a password; below it is shown as it is understood.
        let hidden = (key.secret || key.path.ends_with(".url")) && !value.text.is_empty();
        let shown = if hidden { "(set)".to_owned() } else { format!("{:?}", value.text) };
        println!("  {:<40} {shown:<24} {}", key.path, value.origin);
    }
}

async fn examine(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![logins(settings), port(settings).await, web_app()];
    findings.push(database(settings).await);
    findings
}

fn logins(settings: &Settings) -> Finding {
    match settings.jwt_secret.as_ref().map(Vec::len) {
        Some(bytes) if bytes < SECRET_BYTES => Finding::Warning(format!(
            "logins: auth.jwt_secret has {bytes} bytes; with fewer than {SECRET_BYTES} logins could be forged by guessing it"
        )),
        Some(_) => Finding::Good("logins: tokens are checked with auth.jwt_secret".into()),
        None if settings.demo => Finding::Warning("logins: demo mode, anyone may log in as anybody".into()),
        None => {
            Finding::Bad("logins: none are configured; set PARLOR_AUTH_JWT_SECRET (auth.jwt_secret)".into())
        }
    }
}

async fn port(settings: &Settings) -> Finding {
    match tokio::net::TcpListener::bind(settings.listen).await {
        Ok(_) => Finding::Good(format!("listen: {} is free", settings.listen)),
        Err(error) => Finding::Warning(format!(
            "listen: {} cannot be taken ({error}); is Parlor running, or choose another port",
            settings.listen
        )),
    }
}

fn web_app() -> Finding {
    if server::bundle_is_embedded() {
        return Finding::Good("web app: embedded".into());
    }
    Finding::Warning("web app: not in this binary; `make run` builds one with it".into())
}

async fn database(settings: &Settings) -> Finding {
    let url = &settings.database;
    if let store::DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        return Finding::Good(format!("database: {url} will be made at the first start"));
    }
    match Store::migration_status(url).await {
        // Opening asserts the server's version and that commits are durable; nothing is migrated, as nothing waits.
        Ok(status) if status.pending.is_empty() => match Store::open(url, StoreOptions::default()).await {
            Ok(store) => {
                store.close().await;
                Finding::Good(format!(
                    "database: {url} answers, its schema is up to date, commits are durable"
                ))
            }
            Err(error) => Finding::Bad(format!("database: {url}: {error}")),
        },
        Ok(status) if url.engine() == Engine::Sqlite => Finding::Warning(format!(
            "database: {url} has schema {} of {}; it is copied and migrated at the next start",
            status.version, status.known
        )),
        Ok(status) => Finding::Bad(format!(
            "database: {url} has schema {} of {}; run `parlor migrate up`",
            status.version, status.known
        )),
        Err(error) => Finding::Bad(format!("database: {url}: {error}")),
    }
}
