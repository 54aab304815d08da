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
    named_host::{is_known_here_alone, names_this_machine},
    pages::{escape, page_of},
    sender::Sender,
    sign_in::{go_to, turned_away},
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
    let Some(way) = begin(settings.id.clone(), opener, &state) else { return not_yet() };
    let mut response = HttpResponse::Found();
    if let Some(kept) = way.cookie {
        response.insert_header((header::SET_COOKIE, kept));
    }
    response.insert_header((header::LOCATION, way.url)).finish()
}

/// A connection that began: where the browser goes, and the line of the cookie by which it ends it.
pub(super) struct Way {
    pub(super) url: String,
    pub(super) cookie: Option<String>,
}

/// Begins a connection for the browser of a session, which asked for it by a page of Tandem's own.
pub(super) fn begin_by_page(
    request: &HttpRequest,
    customer: CustomerId,
    caller: Caller,
    state: &HttpState,
) -> Option<Way> {
    // Another tab may be under way with the cookie that the browser holds.
    let cookie = cookie(request).or_else(Secret::random)?;
    begin(customer, Opener::Browser { cookie, link: None, caller }, state)
}

/// `None` while the customer does not run.
fn begin(customer: CustomerId, opener: Opener, state: &HttpState) -> Option<Way> {
    let at = state.deps.clock.now();
    let (begun, verifier) = links::new_state(&state.signing_key, &customer, at).zip(Secret::random())?;
    let url = state.service.authorize_url(&customer, &begun, verifier.expose())?;
    let (browser, link, caller) = match opener {
        Opener::Admin { caller } => (None, None, caller),
        Opener::Browser { cookie, link, caller } => (Some(cookie), link, caller),
    };
    let cookie = browser.as_ref().map(|cookie| cookie_of(cookie, &state.deps.settings.http));
    state.callers.begun.begin(begun, Begin { customer, verifier, browser, link, caller, at });
    Some(Way { url, cookie })
}

/// The page of a customer that does not run yet.
pub(super) fn not_yet() -> HttpResponse {
    shown(StatusCode::SERVICE_UNAVAILABLE, "Not now", "This customer does not run yet. Try again soon.")
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
                by_session(request, (id, caller), state).map_err(NotOpened::page)
            }
        }
        Ok(_) | Err(TurnedAway::Wrong) => {
            let text = "This link is not valid any more, or was changed on its way. Ask the person who sent it for a new one (tandem customer link).";
            Err(shown(StatusCode::UNAUTHORIZED, "Not allowed", text))
        }
        Err(refused) => Err(turned_away(&refused)),
    }
}

/// Why a browser may not open the page.
enum NotOpened {
    OtherSite,
    /// The page with the button comes first.
    ByButton(CustomerId),
    Unasked,
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
                "Another site sent you here. Open this page from Tandem's own pages.",
            ),
            Self::ByButton(id) => return go_to(&format!("../../../customers/{id}/connect"), None),
            Self::Unasked => (StatusCode::SERVICE_UNAVAILABLE, "Not now", "Open the link to go on."),
            Self::UsedUp => (
                StatusCode::UNAUTHORIZED,
                "Not allowed",
                "This link was opened before, in another browser or to its end. Ask the person who sent it for a new one (tandem customer link).",
            ),
            Self::NotKept => (StatusCode::SERVICE_UNAVAILABLE, "Not now", "Try again soon."),
            Self::NoRandomness => {
                (StatusCode::SERVICE_UNAVAILABLE, "Not now", "The machine has no randomness.")
            }
        };
        shown(status, title, text)
    }
}

/// Opened by a browser that is signed in. A page of a stranger would have it bind the account that the browser is at to any customer:
/// it begins at once only where the browser says that Tandem's own page asked, or where a browser would have said so and what asked is
/// none. Else the page with the button comes first.
fn by_session(
    request: &HttpRequest,
    (id, caller): (Option<CustomerId>, Caller),
    state: &HttpState,
) -> Result<Opener, NotOpened> {
    let settings = &state.deps.settings.http;
    if Sender::of(request, settings) != Sender::Own {
        return Err(NotOpened::OtherSite);
    }
    let is_at_once = match request.headers().get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => tells_who_asks(request, settings),
    };
    if let Some(id) = id.filter(|_| !is_at_once) {
        return Err(NotOpened::ByButton(id));
    }
    let cookie = cookie(request).or_else(Secret::random).ok_or(NotOpened::NoRandomness)?;
    Ok(Opener::Browser { cookie, link: None, caller })
}

/// Whether a browser would say which page asks: it does over TLS, and at this machine's own name. A proxy may hide by which name it was asked.
fn tells_who_asks(request: &HttpRequest, settings: &HttpSettings) -> bool {
    settings.is_by_tls() || (names_this_machine(request) && is_known_here_alone(settings))
}

/// Opened by a signed link.
fn by_link(
    request: &HttpRequest,
    id: &CustomerId,
    (signature, expires): (&str, i64),
    state: &HttpState,
) -> Result<Opener, NotOpened> {
    let header =
        |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A browser that fetches ahead of a person opens nothing.
    if ["sec-purpose", "purpose", "x-moz"].into_iter().any(|name| header(name).contains("prefetch")) {
        return Err(NotOpened::Unasked);
    }
    let settings = &state.deps.settings.http;
    let is_browser = header("sec-fetch-mode") == "navigate" || !tells_who_asks(request, settings);
    let cookie = cookie(request).or_else(Secret::random).ok_or(NotOpened::NoRandomness)?;
    match state.used_links.open(signature, expires, (&cookie, is_browser), state.deps.clock.now()) {
        Ok(true) => {
            let caller = Caller::of_connect_link(id.clone(), guesses::origin(request, settings));
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
    let is_theirs = |begin: &Begin| match (&begin.link, &begin.browser) {
        (Some(link), Some(browser)) => state.used_links.may_connect(link, browser).unwrap_or(false),
        _ => true,
    };
    let begin = begin.filter(|begin| is_ours.as_ref() == Some(&begin.customer) && is_theirs(begin));
    let Some(begin) = begin else {
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
            let is_by_page = begin.link.is_none() && begin.browser.is_some();
            if let Some(Err(error)) = begin.link.map(|link| state.used_links.has_connected(&link)) {
                tracing::error!(%customer, %error, "a connect link was used up, and that cannot be kept: until a restart it counts all the same");
            }
            let name = state
                .customer(customer.as_str())
                .map_or_else(|| customer.to_string(), |one| one.name.clone());
            let connected = format!("You are connecting {account} for {name}. Constant Contact is connected");
            if is_by_page {
                let on = format!(
                    "<p>{}.</p><p><a class=\"button main\" href=\"../../customers/{customer}/connect\">Go on</a></p>",
                    escape(&connected)
                );
                return with_markup(StatusCode::OK, "Connected", &on);
            }
            shown(StatusCode::OK, "Connected", &format!("{connected}: you can close this page."))
        }
        Err(problem) => shown(StatusCode::BAD_GATEWAY, "Not connected", &problem),
    }
}

fn shown(status: StatusCode, title: &str, text: &str) -> HttpResponse {
    with_markup(status, title, &format!("<p>{}</p>", escape(text)))
}

fn with_markup(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page_of(title, body))
}
