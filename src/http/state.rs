//! What the routes share, and whom they let in.

use std::sync::{Arc, PoisonError, RwLock};

use actix_web::{HttpRequest, http::header};

use super::{doors, running::Running};
use crate::{
    auth::SigningKey,
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

    /// Whether the request carries the admin token.
    #[must_use]
    pub fn is_admin(&self, request: &HttpRequest) -> bool {
        let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = value.and_then(|value| value.split_once(' '));
        shown.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && self.admin_token.matches(token.trim())
        })
    }

    /// Whether the request may see what is open on loopback: it comes from this machine and no proxy forwarded it, or
    /// it carries the admin token.
    #[must_use]
    pub fn is_local(&self, request: &HttpRequest) -> bool {
        let here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        (here && !doors::is_forwarded(request)) || self.is_admin(request)
    }
}
