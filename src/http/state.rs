//! What the routes share, and whom they let in.

use std::sync::{Arc, PoisonError, RwLock};

use actix_web::{HttpRequest, http::header};

use super::{
    begun::Begun,
    bodies::Bodies,
    forwarded::is_forwarded,
    guesses::{Caller, Guesses, Shown},
    running::Running,
};
use crate::{
    auth::{SigningKey, UsedLinks},
    config::{ConfigErrors, CustomerSettings, Secret},
    deps::Deps,
    domain::CustomerId,
    operator::OperatorContext,
    service::Service,
};

/// What every route may use.
pub struct HttpState {
    /// Store, settings, clock, metrics, and the way out for `check`.
    pub deps: Deps,
    /// The customers' settings in the order of their ids; the service replaces them when they are applied.
    pub customers: Arc<RwLock<Vec<Arc<CustomerSettings>>>>,
    /// What is wrong with the files of other customers, as of the last time they were read (B4).
    pub broken: Arc<RwLock<ConfigErrors>>,
    /// The running service.
    pub service: Arc<dyn Service>,
    /// Opens the admin API.
    pub admin_token: Secret,
    /// Signs links and states of the connect page.
    pub signing_key: SigningKey,
    /// Links that were opened.
    pub used_links: UsedLinks,
    /// What it remembers of callers; nothing that a restart may not forget.
    pub callers: Callers,
}

/// What is remembered of callers.
#[derive(Debug, Default)]
pub struct Callers {
    /// Their wrong tokens.
    pub guesses: Guesses,
    /// Connections that they began.
    pub begun: Begun,
    /// Their bodies that are being received.
    pub bodies: Bodies,
}

impl std::fmt::Debug for HttpState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpState")
    }
}

impl HttpState {
    /// The customers' settings as they are now.
    #[must_use]
    pub fn customers(&self) -> Vec<Arc<CustomerSettings>> {
        self.customers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is wrong with the files of other customers.
    #[must_use]
    pub fn broken(&self) -> ConfigErrors {
        self.broken.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One customer's settings.
    #[must_use]
    pub fn customer(&self, name: &str) -> Option<Arc<CustomerSettings>> {
        let id: CustomerId = name.parse().ok()?;
        let customers = self.customers.read().unwrap_or_else(PoisonError::into_inner);
        let place = customers.binary_search_by(|settings| settings.id.cmp(&id)).ok()?;
        customers.get(place).cloned()
    }

    /// What the operators' questions are answered from.
    #[must_use]
    pub fn context(&self) -> OperatorContext {
        OperatorContext {
            deps: self.deps.clone(),
            customers: self.customers(),
            broken: self.broken(),
            service: Some(Arc::new(Running(Arc::clone(&self.service)))),
            signing_key: self.signing_key.clone(),
        }
    }

    /// Whether the request carries the admin token. A wrong one is counted, and costs waits.
    pub async fn admin(&self, request: &HttpRequest) -> Shown {
        let Some(token) = bearer(request) else { return Shown::Wrong };
        let is_right = || self.admin_token.matches(token);
        let shown = self.callers.guesses.compare(&Caller::of(request, "admin"), is_right).await;
        if shown != Shown::Right {
            self.deps.metrics.wrong_token(None, "admin");
        }
        shown
    }

    /// Whether the request may see what is open on loopback: it comes from this machine and no proxy forwarded it, or
    /// it carries the admin token.
    pub async fn local(&self, request: &HttpRequest) -> Shown {
        let here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        if here && !is_forwarded(request) { Shown::Right } else { self.admin(request).await }
    }
}

/// The token of a request's `Authorization: Bearer`.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
