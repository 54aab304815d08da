//! Share links: they open a session that shows one customer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{
    guesses,
    pages::escape,
    sender::Sender,
    sign_in::{go_to, shown, turned_away},
    state::{HttpState, TurnedAway},
};
use crate::{
    auth::{api_token::ApiToken, session::Holder},
    store::is_noted,
};

/// `GET /share/{secret}`: opens the pages, unless the browser is signed in: then a person confirms it, as following a foreign link
/// ends no session.
pub async fn open(
    request: HttpRequest,
    secret: web::Path<String>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let link = match known(&request, &secret, &state).await {
        Ok(link) => link,
        Err(refused) => return refused,
    };
    match state.signed_in(&request) {
        Ok(Some(signed_in)) if signed_in.holder == Holder::Token(link.id.clone()) => go_to("../", None),
        Ok(Some(signed_in)) if !signed_in.is_shared => {
            let text = format!(
                "<p>This browser is signed in as {}. The link ends that, and shows what is shared.</p>\
                 <form method=post><button>Open what is shared</button></form>",
                escape(&signed_in.caller.name)
            );
            shown(StatusCode::OK, "Shared", &text)
        }
        Ok(_) => begin(&request, link, &state).await,
        Err(error) => turned_away(&TurnedAway::Store(error)),
    }
}

/// `POST /share/{secret}`: opens the pages in place of the session that the browser has.
pub async fn open_anyhow(
    request: HttpRequest,
    secret: web::Path<String>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    if Sender::of(&request, &state.deps.settings.http) != Sender::Own {
        return turned_away(&TurnedAway::Forged);
    }
    match known(&request, &secret, &state).await {
        Ok(link) => begin(&request, link, &state).await,
        Err(refused) => refused,
    }
}

/// The link; else the page that says why it does not open.
async fn known(request: &HttpRequest, secret: &str, state: &HttpState) -> Result<ApiToken, HttpResponse> {
    match state.token_of(request, ("share", secret), true).await {
        Ok(known) => Ok(known),
        Err(TurnedAway::Wrong) => {
            let text =
                "<p>This link has ended, or was taken back. Ask for a new one (tandem customer share).</p>";
            Err(shown(StatusCode::UNAUTHORIZED, "Not allowed", text))
        }
        Err(refused) => Err(turned_away(&refused)),
    }
}

async fn begin(request: &HttpRequest, link: ApiToken, state: &HttpState) -> HttpResponse {
    let caller = link.caller(guesses::origin(request, &state.deps.settings.http));
    let was_noted = is_noted(link.used_at, state.deps.clock.now());
    match state.begin_session(request, Holder::Token(link.id)).await {
        Ok(cookie) => {
            // The record does not grow with what a program does with a link.
            if !was_noted {
                state.keep_session_action(&caller, "open share link").await;
            }
            go_to("../", Some(&cookie))
        }
        Err(error) => turned_away(&TurnedAway::Store(error)),
    }
}
