use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use protocol::{Error, ErrorCode};
use service::{
    Service,
    chat::{Actor, accounts::AnnounceUser},
};

use crate::{
    auth::{ApiKey, Authenticator, Credential},
    error::from_service,
};

/// What every edge needs. Cheap to clone.
#[derive(Clone)]
pub struct Edge {
    pub(crate) service: Service,
    pub(crate) settings: Arc<Settings>,
    draining: Arc<AtomicBool>,
}

/// How the edges are set up.
pub struct Settings {
    /// Checks tokens.
    pub authenticator: Authenticator,
    /// The key of the server API; without one that API is closed.
    pub api_key: Option<ApiKey>,
    /// Origins beside the server's own that may use cookies and read answers.
    pub cors_origins: Vec<String>,
    /// The most bytes of one event or REST body (`event_bytes`).
    pub event_bytes: usize,
    /// How long a REST body may take to arrive (`handshake_ms`).
    pub body_timeout: Duration,
    /// The people of demo mode, when it is on.
    pub demo: Option<crate::demo::Demo>,
}

impl Edge {
    /// Edges over this service.
    #[must_use]
    pub fn new(service: Service, settings: Settings) -> Self {
        Self { service, settings: Arc::new(settings), draining: Arc::default() }
    }

    /// From now on `/readyz` answers 503.
    pub fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Who shows this credential. Makes him known, or brings his profile up to date by the token's claims.
    ///
    /// A cookie comes by itself whichever page asks, so it counts only for pages that may use it.
    pub(crate) async fn actor(&self, credential: &Credential<'_>, page: Page<'_>) -> Result<Actor, Error> {
        if credential.is_cookie() && !self.trusts(page) {
            return Err(foreign(page));
        }
        let claims = self.settings.authenticator.verify(credential, self.service.environment().now())?;
        let limits = self.service.limits();
        let announce = AnnounceUser { id: claims.user_id()?, profile: claims.profile(limits)? };
        let (user, _) = self.service.announce(announce).await.map_err(from_service)?;
        Ok(Actor { key: user.key, id: user.id })
    }

    fn trusts(&self, page: Page<'_>) -> bool {
        // Without an origin it is no browser, or a page of our own that only reads.
        let Some(origin) = page.origin else { return true };
        let own = origin.split_once("://").map(|(_, authority)| authority);
        own.is_some_and(|authority| page.host == Some(authority))
            || self.settings.cors_origins.iter().any(|allowed| allowed == origin)
    }
}

/// Which page asks, by its request's headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    /// `Origin`.
    pub(crate) origin: Option<&'a str>,
    /// `Host`.
    pub(crate) host: Option<&'a str>,
}

/// The refusal of a cookie that a foreign page brought.
fn foreign(page: Page<'_>) -> Error {
    let origin = page.origin.unwrap_or_default();
    Error::new(
        ErrorCode::Forbidden,
        format!(
            "the page at {origin} may not use this server's cookie; add it to cors.origins, or send a token"
        ),
    )
}
