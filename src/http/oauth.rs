//! The connect page: sends the customer's browser to Constant Contact, and takes the code that it brings back.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;

use super::{
    begun::Begin,
    guesses,
    pages::{escape, page_of},
    sender::Sender,
    sign_in::turned_away,
    state::{HttpState, TurnedAway, bearer},
};
use crate::{
    auth::{Caller, links},
    config::{HttpSettings, Secret},
    domain::CustomerId,
};

/// What a signed link carries.
#[derive(Debug, Deserialize)]
pub struct Signed {
    expires: Option<i64>,
    signature: Option<String>,
}

/// What the browser brings back.
#[derive(Deserialize)]
pub struct Back {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// The cookie of the browser that opened a link.
const COOKIE: &str = "tandem_connect";
/// How long the browser keeps it: as long as a link lasts.
const COOKIE_SECS: i64 = links::LINK_SECS;

/// How a connection is begun.
enum Opener {
    /// A browser that opened a signed link, or is signed in: only this browser may end what it began.
    Browser { cookie: Secret, link: Option<String>, caller: Caller },
    /// A person with the admin token, perhaps without a browser.
    Admin { caller: Caller },
}

/// `GET /oauth/constant-contact/start/{customer}`
pub async fn start(
    request: HttpRequest,
    path: web::Path<String>,
    signed: web::Query<Signed>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let opener = match opener(&request, &path, &signed, &state).await {
        Ok(opener) => opener,
        Err(refused) => return refused,
    };
    let Some(settings) = state.customer(&path) else {
        return shown(StatusCode::NOT_FOUND, "Not found", "There is no such customer.");
    };
    let at = state.deps.clock.now();
    let begun = links::new_state(&state.signing_key, &settings.id, at).zip(Secret::random());
    let begun = begun.and_then(|(begun, verifier)| {
        let url = state.service.authorize_url(&settings.id, &begun, verifier.expose())?;
        Some((begun, verifier, url))
    });
    let Some((begun, verifier, url)) = begun else {
        return shown(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not now",
            "This customer does not run yet. Try again soon.",
        );
    };
    let mut response = HttpResponse::Found();
    let (browser, link, caller) = match opener {
        Opener::Admin { caller } => (None, None, caller),
        Opener::Browser { cookie, link, caller } => {
            let kept = cookie_of(&cookie, &state.deps.settings.http);
            response.insert_header((header::SET_COOKIE, kept));
            (Some(cookie), link, caller)
        }
    };
    let customer = settings.id.clone();
    state.callers.begun.begin(begun, Begin { customer, verifier, browser, link, caller, at });
    response.insert_header(("Location", url)).finish()
}

/// How the page is opened; else the page that says why not.
async fn opener(
    request: &HttpRequest,
    customer: &str,
    signed: &Signed,
    state: &HttpState,
) -> Result<Opener, HttpResponse> {
    let id = customer.parse::<CustomerId>().ok();
    // A link in a mail comes from another site and is its own proof, also where the browser is signed in.
    if bearer(request).is_none()
        && let (Some(id), Some(expires), Some(signature)) = (&id, signed.expires, &signed.signature)
        && links::is_link(&state.signing_key, id, expires, signature, state.deps.clock.now())
    {
        return by_link(request, id, (signature, expires), state).map_err(NotOpened::page);
    }
    match state.caller(request).await {
        Ok(caller) if id.as_ref().is_none_or(|id| caller.may_connect(id)) => {
            if bearer(request).is_some() {
                Ok(Opener::Admin { caller })
            } else {
                by_session(request, caller, state).map_err(NotOpened::page)
            }
        }
        Ok(_) | Err(TurnedAway::Wrong) => {
            let text = "This link is not valid any more. Ask for a new one (tandem customer link).";
            Err(shown(StatusCode::UNAUTHORIZED, "Not allowed", text))
        }
        Err(refused) => Err(turned_away(&refused)),
    }
}

/// Why a browser may not open the page.
enum NotOpened {
    OtherSite,
    UsedUp,
    NotKept,
    NoRandomness,
}

impl NotOpened {
    fn page(self) -> HttpResponse {
        let (status, title, text) = match self {
            Self::OtherSite => (
                StatusCode::FORBIDDEN,
                "Not allowed",
                "Another site sent you here. Open this page from Tandem's own pages, or type its address.",
            ),
            Self::UsedUp => (
                StatusCode::UNAUTHORIZED,
                "Not allowed",
                "This link was opened before, in another browser or to its end. Ask for a new one (tandem customer link).",
            ),
            Self::NotKept => (StatusCode::SERVICE_UNAVAILABLE, "Not now", "Try again soon."),
            Self::NoRandomness => {
                (StatusCode::SERVICE_UNAVAILABLE, "Not now", "The machine has no randomness.")
            }
        };
        shown(status, title, text)
    }
}

/// Opened by a browser that is signed in. A page of a stranger would have it bind the account that the browser is at to any customer.
fn by_session(request: &HttpRequest, caller: Caller, state: &HttpState) -> Result<Opener, NotOpened> {
    if Sender::of(request, &state.deps.settings.http) != Sender::Own {
        return Err(NotOpened::OtherSite);
    }
    let cookie = cookie(request).or_else(Secret::random).ok_or(NotOpened::NoRandomness)?;
    Ok(Opener::Browser { cookie, link: None, caller })
}

/// Opened by a signed link.
fn by_link(
    request: &HttpRequest,
    id: &CustomerId,
    (signature, expires): (&str, i64),
    state: &HttpState,
) -> Result<Opener, NotOpened> {
    let cookie = cookie(request).or_else(Secret::random).ok_or(NotOpened::NoRandomness)?;
    match state.used_links.open(signature, expires, &cookie, state.deps.clock.now()) {
        Ok(true) => {
            let caller =
                Caller::of_connect_link(id.clone(), guesses::origin(request, &state.deps.settings.http));
            Ok(Opener::Browser { cookie, link: Some(signature.to_owned()), caller })
        }
        Ok(false) => Err(NotOpened::UsedUp),
        Err(error) => {
            tracing::error!(customer = %id, %error, "a connect link was opened, and that cannot be kept: the page is not shown; look at the disk and the rights of data_dir");
            Err(NotOpened::NotKept)
        }
    }
}

/// The cookie that the browser of a request holds, if it may be Tandem's.
fn cookie(request: &HttpRequest) -> Option<Secret> {
    let headers = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let mut cookies =
        headers.flat_map(|header| header.split(';')).filter_map(|one| one.trim().split_once('='));
    let (_, value) = cookies.find(|(name, _)| *name == COOKIE)?;
    (value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| Secret::new(value))
}

fn cookie_of(value: &Secret, settings: &HttpSettings) -> String {
    let url = url::Url::parse(&settings.public_url).ok();
    let path = url.as_ref().map_or("", |url| url.path().trim_end_matches('/'));
    let secure = if settings.is_by_tls() { "; Secure" } else { "" };
    format!(
        "{COOKIE}={}; Path={path}/oauth/constant-contact; Max-Age={COOKIE_SECS}; HttpOnly; SameSite=Lax{secure}",
        value.expose()
    )
}

/// `GET /oauth/constant-contact/callback`
pub async fn callback(
    request: HttpRequest,
    back: web::Query<Back>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let begun = back.state.as_deref().unwrap_or_default();
    let is_ours = links::customer_of_state(&state.signing_key, begun, state.deps.clock.now());
    let begin = state.callers.begun.end(begun, cookie(&request).as_ref().map(Secret::expose));
    let Some(begin) = begin.filter(|begin| is_ours.as_ref() == Some(&begin.customer)) else {
        let text = "This took longer than ten minutes, was used before, or did not begin in this browser. Open the link again.";
        return shown(StatusCode::BAD_REQUEST, "Not connected", text);
    };
    let code = match (&back.error, &back.code) {
        (None, Some(code)) if !code.is_empty() => code.clone(),
        _ => {
            let text = "Constant Contact did not allow it. Open the link again and choose Allow.";
            return shown(StatusCode::BAD_REQUEST, "Not connected", text);
        }
    };
    let customer = begin.customer;
    match state.service.connect(&customer, code, begin.verifier.expose().to_owned()).await {
        Ok(account) => {
            state.keep_action(&begin.caller, Some(&customer), "connect Constant Contact").await;
            if let Some(Err(error)) = begin.link.map(|link| state.used_links.has_connected(&link)) {
                tracing::error!(%customer, %error, "a connect link was used up, and that cannot be kept: until a restart it counts all the same");
            }
            let name = state
                .customer(customer.as_str())
                .map_or_else(|| customer.to_string(), |one| one.name.clone());
            let text = format!(
                "You are connecting {account} for {name}. Constant Contact is connected: you can close this page."
            );
            shown(StatusCode::OK, "Connected", &text)
        }
        Err(problem) => shown(StatusCode::BAD_GATEWAY, "Not connected", &problem),
    }
}

fn shown(status: StatusCode, title: &str, text: &str) -> HttpResponse {
    let body = format!("<p>{}</p>", escape(text));
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page_of(title, &body))
}
