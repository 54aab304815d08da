//! What the routes share, and whom they let in.

use std::sync::{Arc, PoisonError, RwLock};

use actix_web::{HttpRequest, http::header};

use super::{
    begun::Begun,
    bodies::Bodies,
    forwarded::is_forwarded,
    guesses::{self, Guesses, Shown},
    named_host::{is_known_here_alone, names_this_machine},
    running::Running,
    streams::Streams,
};
use crate::{
    auth::{Caller, SigningKey, UsedLinks, api_token, api_token::ApiToken, session, session::Holder},
    config::{ConfigErrors, CustomerSettings, Secret},
    deps::Deps,
    domain::{CustomerId, Timestamp},
    operator::{OperatorContext, Plans},
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
    /// Their pages that are live.
    pub streams: Streams,
    /// Plans that they asked for.
    pub plans: Plans,
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
            plans: self.callers.plans.clone(),
        };
        all.for_caller(caller)
    }

    /// Who sent a request: by the token that it carries, of which a wrong one is counted and costs waits; without any, by the session of
    /// the browser.
    ///
    /// # Errors
    /// [`TurnedAway`].
    pub async fn caller(&self, request: &HttpRequest) -> Result<Caller, TurnedAway> {
        match bearer(request) {
            Some(shown) => Ok(self.bearer_of(request, shown).await?.0),
            None => self.caller_by_cookie(request),
        }
    }

    /// Who shows the admin token or an API token.
    pub(super) async fn bearer_of(
        &self,
        request: &HttpRequest,
        shown: &str,
    ) -> Result<(Caller, Holder), TurnedAway> {
        if api_token::id_of(shown).is_some() {
            let token = self.token_of(request, ("token", shown), false).await?;
            return Ok((
                token.caller(guesses::origin(request, &self.deps.settings.http)),
                Holder::Token(token.id),
            ));
        }
        match self.guessed(request, ("admin", shown), || self.admin_token.matches(shown)).await {
            Shown::Right => {
                let mark = session::admin_mark(&self.signing_key, &self.admin_token);
                Ok((Caller::admin(guesses::origin(request, &self.deps.settings.http)), Holder::Admin(mark)))
            }
            Shown::Wrong => Err(TurnedAway::Wrong),
            Shown::Later => Err(TurnedAway::Later),
        }
    }

    /// The API token, or the share link, that is shown at a door.
    pub(super) async fn token_of(
        &self,
        request: &HttpRequest,
        (door, shown): (&str, &str),
        is_link: bool,
    ) -> Result<ApiToken, TurnedAway> {
        let known = match api_token::id_of(shown) {
            Some(id) => self.deps.store.api_token(id)?.filter(|token| token.is_link == is_link),
            None => None,
        };
        let now = self.deps.clock.now();
        let is_right = || known.as_ref().is_some_and(|token| token.admits(shown, now));
        match self.guessed(request, (door, shown), is_right).await {
            Shown::Later => Err(TurnedAway::Later),
            Shown::Wrong => Err(TurnedAway::Wrong),
            Shown::Right => {
                let token = known.ok_or(TurnedAway::Wrong)?;
                self.note_use(&token, now);
                Ok(token)
            }
        }
    }

    fn note_use(&self, token: &ApiToken, now: Timestamp) {
        if is_noted(token.used_at, now) {
            return;
        }
        let (store, id) = (self.deps.store.clone(), token.id.clone());
        actix_web::rt::spawn(async move {
            if let Err(error) = store.use_api_token(id, now).await {
                tracing::warn!(%error, "the last use of an API token cannot be kept; the request is answered");
            }
        });
    }

    /// Whether the request carries the admin token. A wrong one is counted, and costs waits.
    pub async fn admin(&self, request: &HttpRequest) -> Shown {
        let Some(token) = bearer(request) else { return Shown::Wrong };
        self.guessed(request, ("admin", token), || self.admin_token.matches(token)).await
    }

    async fn guessed(
        &self,
        request: &HttpRequest,
        (door, token): (&str, &str),
        is_right: impl Fn() -> bool,
    ) -> Shown {
        let shown = self.callers.guesses.compare(&guesses::Caller::of(request, door), token, is_right).await;
        if shown != Shown::Right {
            self.deps.metrics.wrong_token(None, "admin");
        }
        shown
    }

    /// Whether the request may see what is open on loopback: it comes from this machine, or a browser that may see every customer is
    /// signed in, or it carries the admin token.
    pub async fn local(&self, request: &HttpRequest) -> Shown {
        let sees_all =
            || self.signed_in(request).is_ok_and(|it| it.is_some_and(|it| it.caller.only.is_none()));
        if Self::is_here(request) || (bearer(request).is_none() && sees_all()) {
            Shown::Right
        } else {
            self.admin(request).await
        }
    }

    /// Whether a request comes from this machine, and no proxy forwarded it.
    pub(super) fn is_here(request: &HttpRequest) -> bool {
        let here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        here && !is_forwarded(request) && names_this_machine(request)
    }

    /// Whether pages that name no people are open to a request: it is of this machine, which no other name leads to. A proxy that passes
    /// neither name nor header would have all that it forwards count as this machine.
    pub(super) fn is_open_to(&self, request: &HttpRequest) -> bool {
        Self::is_here(request) && is_known_here_alone(&self.deps.settings.http)
    }
}

/// Why a request is not answered.
#[derive(Debug)]
pub enum TurnedAway {
    /// Its token is missing, wrong, or has ended.
    Wrong,
    /// Too many wrong tokens came from there.
    Later,
    /// It has a session, and nothing that shows that the person meant it: no CSRF token of the session, or another site sent it.
    Forged,
    /// The store cannot be read.
    Store(StoreError),
}

impl From<StoreError> for TurnedAway {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The token of a request's `Authorization: Bearer`.
pub(super) fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
