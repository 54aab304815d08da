//! Signing in and out of the pages.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;

use super::{
    named_host::named,
    pages::{escape, page_of},
    sender::Sender,
    sessions::{SignedIn, without_cookie},
    state::{HttpState, TurnedAway},
};
use crate::config::{HttpSettings, Secret};

/// The longest address to go on to.
const NEXT_CHARS_MAX: usize = 500;

/// Where to go on after the sign-in.
#[derive(Debug, Deserialize)]
pub struct Next {
    next: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Form {
    token: String,
    next: Option<String>,
}

/// What a form sends that ends sessions.
#[derive(Debug, Deserialize)]
pub struct Out {
    csrf: Option<String>,
}

/// `GET /sign-in`: the form, or who is signed in.
pub async fn page(request: HttpRequest, next: web::Query<Next>, state: web::Data<HttpState>) -> HttpResponse {
    match state.signed_in(&request) {
        Ok(Some(signed_in)) => shown(StatusCode::OK, "Signed in", &out(&signed_in)),
        Ok(None) => {
            let note = by_other_scheme(&request, &state.deps.settings.http);
            shown(StatusCode::OK, "Sign in", &form(next.next.as_deref(), &note))
        }
        Err(error) => turned_away(&TurnedAway::Store(error)),
    }
}

/// `POST /sign-in`: with the admin token or an API token. Each sign-in is a new session, and the browser's former one ends.
pub async fn sign_in(
    request: HttpRequest,
    form: web::Form<Form>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    // A page of a stranger would have the browser act as somebody else.
    if Sender::of(&request, &state.deps.settings.http) != Sender::Own {
        return turned_away(&TurnedAway::Forged);
    }
    let Form { token, next } = form.into_inner();
    let (caller, holder) = match state.bearer_of(&request, Secret::new(&token).expose()).await {
        Ok(known) => known,
        Err(TurnedAway::Wrong) => {
            let text = "This token is wrong, or has ended.";
            return shown(StatusCode::UNAUTHORIZED, "Sign in", &self::form(next.as_deref(), text));
        }
        Err(refused) => return turned_away(&refused),
    };
    match state.begin_session(&request, holder).await {
        Ok(cookie) => {
            state.keep_session_action(&caller, "sign in").await;
            let next = next
                .as_deref()
                .filter(|next| is_ours(next))
                .map_or_else(|| "./".to_owned(), |next| format!(".{next}"));
            go_to(&next, Some(&cookie))
        }
        Err(error) => turned_away(&TurnedAway::Store(error)),
    }
}

/// `POST /sign-out`
pub async fn sign_out(
    request: HttpRequest,
    sent: web::Form<Out>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    end(&request, &sent, &state, false).await
}

/// `POST /sign-out-everywhere`: ends the sessions of all browsers that signed in with the same token.
pub async fn sign_out_everywhere(
    request: HttpRequest,
    sent: web::Form<Out>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    end(&request, &sent, &state, true).await
}

async fn end(request: &HttpRequest, sent: &Out, state: &HttpState, everywhere: bool) -> HttpResponse {
    let gone = without_cookie(&state.deps.settings.http);
    let SignedIn { caller, id, holder, is_shared, .. } = match state.acting(request, sent.csrf.as_deref()) {
        Ok(signed_in) => signed_in,
        // It has ended already.
        Err(TurnedAway::Wrong) => return go_to("sign-in", Some(&gone)),
        Err(refused) => return turned_away(&refused),
    };
    // The other browsers of a share link are other people's.
    let (what, ended) = if everywhere && !is_shared {
        ("sign out everywhere", state.deps.store.end_sessions(Some(holder)).await.map(drop))
    } else {
        ("sign out", state.deps.store.end_session(id).await)
    };
    if let Err(error) = ended {
        return turned_away(&TurnedAway::Store(error));
    }
    state.keep_session_action(&caller, what).await;
    go_to("sign-in", Some(&gone))
}

/// Whether an address to go on to is a page of Tandem: no other host, and nothing that a browser would take for one.
fn is_ours(next: &str) -> bool {
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_plain && next.len() <= NEXT_CHARS_MAX && next.starts_with('/') && !next.starts_with("//")
}

/// Sends the browser on; `to` counts from the page that was asked for, so that a path before it, of a proxy, stays.
pub(super) fn go_to(to: &str, cookie: Option<&str>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    if let Some(cookie) = cookie {
        response.insert_header((header::SET_COOKIE, cookie));
    }
    response.insert_header((header::LOCATION, to)).finish()
}

/// What is said where the page seems to have come without TLS although browsers reach Tandem by it: the cookie is for TLS alone, and
/// browsers drop it in silence elsewhere.
fn by_other_scheme(request: &HttpRequest, settings: &HttpSettings) -> String {
    let url =
        url::Url::parse(&settings.public_url).ok().filter(|_| settings.is_by_tls() && settings.tls.is_none());
    let Some(url) = url else { return String::new() };
    let header =
        |name: &str| request.headers().get_all(name).last()?.to_str().ok()?.rsplit(',').next().map(str::trim);
    let by_name = header(header::HOST.as_str()).and_then(named).as_ref()
        == url.host().map(|host| host.to_owned()).as_ref();
    let is_by_tls =
        header("x-forwarded-proto").map_or(by_name, |scheme| scheme.eq_ignore_ascii_case("https"));
    if is_by_tls {
        return String::new();
    }
    format!(
        "Where the address of this page does not begin with https://, your browser does not keep the sign-in: open {}/sign-in.",
        settings.public_url
    )
}

fn form(next: Option<&str>, problem: &str) -> String {
    let next = next.filter(|next| is_ours(next)).unwrap_or_default();
    format!(
        "<p>{}</p><form method=post action=\"sign-in\"><input type=hidden name=next value=\"{}\">\
         <label>Admin token or API token <input type=password name=token autocomplete=current-password required></label> \
         <button>Sign in</button></form>\
         <p>The admin token is in the file admin-token of data_dir; `tandem token create` makes an API token.</p>",
        escape(problem),
        escape(next)
    )
}

fn out(signed_in: &SignedIn) -> String {
    let button = |action: &str, text: &str| {
        format!(
            "<form method=post action=\"{action}\"><input type=hidden name=csrf value=\"{}\"><button>{text}</button></form>",
            escape(&signed_in.csrf)
        )
    };
    let everywhere = if signed_in.is_shared {
        String::new()
    } else {
        button("sign-out-everywhere", "Sign out all browsers with this token")
    };
    format!(
        "<p>You are signed in as {} until {}.</p>{}{everywhere}",
        escape(&signed_in.caller.name),
        signed_in.ends_at,
        button("sign-out", "Sign out")
    )
}

/// A page with a form. Browsers tell where a form's request comes from only if the page lets them.
pub(super) fn shown(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .body(page_of(title, body))
}

/// The page of what is not answered.
pub(super) fn turned_away(refused: &TurnedAway) -> HttpResponse {
    let (status, title, text) = match refused {
        TurnedAway::Wrong => (StatusCode::UNAUTHORIZED, "Not allowed", "Sign in first."),
        TurnedAway::Later => (
            StatusCode::TOO_MANY_REQUESTS,
            "Not now",
            "Too many wrong tokens came from there. Try again in a moment.",
        ),
        TurnedAway::Forged => (
            StatusCode::FORBIDDEN,
            "Not done",
            "This came from another site, or from a page of a session that has ended. Load the page again and repeat it.",
        ),
        TurnedAway::Store(error) => {
            tracing::error!(%error, "a browser's session cannot be read or kept: the page says so; look at the disk and the rights of data_dir");
            (StatusCode::SERVICE_UNAVAILABLE, "Not now", "The store cannot be used. Try again soon.")
        }
    };
    let mut page = shown(status, title, &format!("<p>{text}</p>"));
    if status == StatusCode::TOO_MANY_REQUESTS {
        page.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
    }
    page
}
