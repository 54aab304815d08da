//! Who a browser is signed in as, and what it may send.
//!
//! A page asks [`HttpState::viewer`] for the caller to show things to, and [`HttpState::signed_in`] for the name and the CSRF token of
//! its forms; what a form sends goes through [`HttpState::acting`].

use actix_web::{HttpRequest, http::header};

use super::{
    guesses,
    sender::Sender,
    state::{HttpState, TurnedAway, bearer},
};
use crate::{
    auth::{
        Caller,
        session::{self, Holder, Session, SessionId},
    },
    config::{HttpSettings, Secret},
    domain::Timestamp,
    store::{StoreError, is_noted},
};

/// The header in which a script of a page sends the CSRF token.
pub const CSRF: &str = "x-tandem-csrf";
/// The cookie, and where it is sent over TLS alone.
const COOKIE: &str = "tandem_session";
const COOKIE_OF_TLS: &str = "__Host-tandem_session";

/// The header of what an open page asks by itself.
const BY_ITSELF: &str = "x-tandem-live";

/// Whether an open page asks, and no person: that is no use of the session, which ends by rest though the page stays open.
fn is_by_itself(request: &HttpRequest) -> bool {
    request.headers().contains_key(BY_ITSELF) || request.path().ends_with("/events")
}

/// A browser that is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// As whom: what it may, and which customers it may see.
    pub caller: Caller,
    /// What its forms send in the field `csrf`, and scripts in the header `X-Tandem-CSRF`.
    pub csrf: String,
    /// When it has to sign in again, whatever it does.
    pub ends_at: Timestamp,
    /// Whether a share link opened it.
    pub is_shared: bool,
    /// What was shown.
    pub(super) holder: Holder,
    /// The session.
    pub(super) id: SessionId,
}

impl HttpState {
    /// Who the browser of a request is signed in as; `None` if it is not, or no longer. The session may what its token may now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn signed_in(&self, request: &HttpRequest) -> Result<Option<SignedIn>, StoreError> {
        let now = self.deps.clock.now();
        for id in ids(request, &self.deps.settings.http) {
            let Some(session) = self.deps.store.session(&id)?.filter(|session| session.lasts(now)) else {
                continue;
            };
            let from = guesses::origin(request, &self.deps.settings.http);
            let Some((caller, is_shared)) = self.standing_of(&session.holder, from)? else { continue };
            if !is_by_itself(request) {
                self.note_session(&session, now);
            }
            return Ok(Some(SignedIn {
                caller,
                csrf: session::csrf(&self.signing_key, &id),
                ends_at: session.made_at.plus(session::LASTS),
                is_shared,
                holder: session.holder,
                id,
            }));
        }
        Ok(None)
    }

    /// Whom a page shows things to: the bearer of a token, else the browser that is signed in, else this machine, where
    /// `http.public_url` names no other.
    ///
    /// # Errors
    /// [`TurnedAway`].
    pub async fn viewer(&self, request: &HttpRequest) -> Result<Caller, TurnedAway> {
        if bearer(request).is_none() {
            if let Some(signed_in) = self.signed_in(request)? {
                return Ok(signed_in.caller);
            }
            if self.is_open_to(request) {
                return Ok(Caller::page());
            }
        }
        self.caller(request).await
    }

    /// Who changes something by a page: the browser has to be signed in, the request to come from a page of Tandem, and its CSRF token
    /// (of the form's field, or of the header) to be this session's.
    ///
    /// # Errors
    /// [`TurnedAway::Wrong`] without a session, [`TurnedAway::Forged`].
    pub fn acting(&self, request: &HttpRequest, sent: Option<&str>) -> Result<SignedIn, TurnedAway> {
        let signed_in = self.signed_in(request)?.ok_or(TurnedAway::Wrong)?;
        let header = request.headers().get(CSRF).and_then(|value| value.to_str().ok());
        let is_own = Sender::of(request, &self.deps.settings.http) != Sender::Foreign;
        let sent = sent.or(header).unwrap_or_default();
        if is_own && session::is_csrf(&self.signing_key, &signed_in.id, sent) {
            Ok(signed_in)
        } else {
            Err(TurnedAway::Forged)
        }
    }

    /// The caller of a request without a bearer token: what only shows needs the session's cookie, all else its CSRF token as well.
    pub(super) fn caller_by_cookie(&self, request: &HttpRequest) -> Result<Caller, TurnedAway> {
        let only_shows = request.method().is_safe();
        let signed_in = if only_shows { self.signed_in(request)? } else { Some(self.acting(request, None)?) };
        signed_in.map(|signed_in| signed_in.caller).ok_or(TurnedAway::Wrong)
    }

    /// Begins a session in place of the former session of the browser; gives its cookie's line.
    ///
    /// # Errors
    /// When the store cannot write, or the machine has no randomness.
    pub(super) async fn begin_session(
        &self,
        request: &HttpRequest,
        holder: Holder,
    ) -> Result<String, StoreError> {
        let new = Session::new(holder, self.deps.clock.now());
        let (session, cookie) = new.ok_or(StoreError::Refused("the machine has no randomness"))?;
        self.deps.store.keep_session(session).await?;
        for former in ids(request, &self.deps.settings.http) {
            self.deps.store.end_session(former).await?;
        }
        Ok(cookie_line(&cookie, &self.deps.settings.http))
    }

    /// What a token may now, and whether it is a share link; `None` if it has ended.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn standing_of(
        &self,
        holder: &Holder,
        from: String,
    ) -> Result<Option<(Caller, bool)>, StoreError> {
        let now = self.deps.clock.now();
        Ok(match holder {
            Holder::Admin(mark) => {
                let is_same = *mark == session::admin_mark(&self.signing_key, &self.admin_token);
                is_same.then(|| (Caller::admin(from), false))
            }
            Holder::Token(id) => {
                let token = self.deps.store.api_token(id)?.filter(|token| !token.has_ended(now));
                token.map(|token| (token.caller(from), token.is_link))
            }
        })
    }

    fn note_session(&self, session: &Session, now: Timestamp) {
        if is_noted(Some(session.used_at), now) {
            return;
        }
        let (store, id) = (self.deps.store.clone(), session.id);
        actix_web::rt::spawn(async move {
            if let Err(error) = store.use_session(id, now).await {
                tracing::warn!(%error, "the last use of a browser's session cannot be kept; the request is answered, and the session may end early");
            }
        });
    }
}

/// The sessions that the cookies of a request name. Another program on the same machine may have set one of the same name: the first that
/// lasts counts.
fn ids(request: &HttpRequest, settings: &HttpSettings) -> Vec<SessionId> {
    let name = if settings.is_by_tls() { COOKIE_OF_TLS } else { COOKIE };
    let headers = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let cookies = headers.flat_map(|header| header.split(';')).filter_map(|one| one.trim().split_once('='));
    cookies
        .filter(|(named, _)| *named == name)
        .filter_map(|(_, value)| session::id_of(value))
        .take(4)
        .collect()
}

fn cookie_line(value: &Secret, settings: &HttpSettings) -> String {
    line_of(value.expose(), session::LASTS.as_secs(), settings)
}

/// The line that takes the cookie from the browser.
pub(super) fn without_cookie(settings: &HttpSettings) -> String {
    line_of("", 0, settings)
}

fn line_of(value: &str, seconds: u64, settings: &HttpSettings) -> String {
    let (name, secure) = if settings.is_by_tls() { (COOKIE_OF_TLS, "; Secure") } else { (COOKIE, "") };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}
