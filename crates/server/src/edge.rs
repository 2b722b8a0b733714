use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
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
    pub(crate) async fn actor(&self, credential: &Credential<'_>) -> Result<Actor, Error> {
        let claims = self.settings.authenticator.verify(credential, self.service.environment().now())?;
        let limits = self.service.limits();
        let announce = AnnounceUser { id: claims.user_id()?, profile: claims.profile(limits)? };
        let (user, _) = self.service.announce(announce).await.map_err(from_service)?;
        Ok(Actor { key: user.key, id: user.id })
    }

    /// May this origin use a cookie? `None` is no browser, or a page of our own.
    pub(crate) fn trusts_origin(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        let own = origin.split_once("://").map(|(_, authority)| authority);
        own.is_some_and(|authority| host == Some(authority))
            || self.settings.cors_origins.iter().any(|allowed| allowed == origin)
    }

    /// The refusal of a cookie that a foreign page brought.
    pub(crate) fn foreign_origin(origin: Option<&str>) -> Error {
        let origin = origin.unwrap_or_default();
        Error::new(
            ErrorCode::Forbidden,
            format!(
                "the page at {origin} may not use this server's cookie; add it to cors.origins, or send a token"
            ),
        )
    }
}
