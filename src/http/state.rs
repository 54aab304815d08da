//! What the routes share, and whom they let in.

use std::sync::{Arc, PoisonError, RwLock};

use actix_web::{HttpRequest, http::header};

use super::running::Running;
use crate::{
    auth::{Caller, SigningKey, api_token},
    config::{ConfigErrors, CustomerSettings, Secret},
    deps::Deps,
    domain::CustomerId,
    operator::OperatorContext,
    service::Service,
    store::{StoreError, is_noted},
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

    /// What a caller's questions are answered from: without what it may not see.
    #[must_use]
    pub fn context(&self, caller: Caller) -> OperatorContext {
        let all = OperatorContext {
            deps: self.deps.clone(),
            customers: self.customers(),
            broken: self.broken(),
            service: Some(Arc::new(Running(Arc::clone(&self.service)))),
            signing_key: self.signing_key.clone(),
            caller: Caller::command(),
        };
        all.for_caller(caller)
    }

    /// Who sent a request, by the token that it carries; `None` without a good one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn caller(&self, request: &HttpRequest) -> Result<Option<Caller>, StoreError> {
        let from = request.peer_addr().map_or_else(String::new, |peer| peer.ip().to_canonical().to_string());
        if self.is_admin(request) {
            return Ok(Some(Caller::admin(from)));
        }
        let Some(shown) = bearer(request) else { return Ok(None) };
        let Some(id) = api_token::id_of(shown) else { return Ok(None) };
        let (store, now) = (&self.deps.store, self.deps.clock.now());
        let Some(token) = store.api_token(id)?.filter(|token| token.admits(shown, now)) else {
            return Ok(None);
        };
        if !is_noted(token.used_at, now) {
            let (store, id) = (store.clone(), token.id.clone());
            actix_web::rt::spawn(async move {
                if let Err(error) = store.use_api_token(id, now).await {
                    tracing::warn!(%error, "the last use of an API token cannot be kept; the request is answered");
                }
            });
        }
        Ok(Some(token.caller(from)))
    }

    /// Whether the request carries the admin token.
    #[must_use]
    pub fn is_admin(&self, request: &HttpRequest) -> bool {
        bearer(request).is_some_and(|token| self.admin_token.matches(token))
    }

    /// Whether the request may see what is open on loopback: it comes from this machine and no proxy forwarded it, or
    /// it carries the admin token.
    #[must_use]
    pub fn is_local(&self, request: &HttpRequest) -> bool {
        let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"];
        let direct = forwarded.iter().all(|name| !request.headers().contains_key(*name));
        let here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        (here && direct) || self.is_admin(request)
    }
}

/// The token that a request carries.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
