//! The connect page: sends the customer's browser to Constant Contact, and takes the code that it brings back.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;

use super::{
    state::HttpState,
    status::{escape, page_of},
};
use crate::auth::links;

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

/// `GET /oauth/constant-contact/start/{customer}`
pub async fn start(
    request: HttpRequest,
    path: web::Path<String>,
    signed: web::Query<Signed>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let now = state.deps.clock.now();
    let id = path.parse().ok();
    let by_link = id.as_ref().is_some_and(|id| match (signed.expires, &signed.signature) {
        (Some(expires), Some(signature)) => links::is_link(&state.signing_key, id, expires, signature, now),
        _ => false,
    });
    if !by_link && !state.is_admin(&request) {
        let text = "This link is not valid any more. Ask for a new one (tandem customer link).";
        return shown(StatusCode::UNAUTHORIZED, "Not allowed", text);
    }
    let Some(settings) = state.customer(&path) else {
        return shown(StatusCode::NOT_FOUND, "Not found", "There is no such customer.");
    };
    let begun = links::new_state(&state.signing_key, &settings.id, now);
    match begun.and_then(|begun| state.service.authorize_url(&settings.id, &begun)) {
        Some(url) => HttpResponse::Found().insert_header(("Location", url)).finish(),
        None => shown(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not now",
            "This customer does not run yet. Try again soon.",
        ),
    }
}

/// `GET /oauth/constant-contact/callback`
pub async fn callback(back: web::Query<Back>, state: web::Data<HttpState>) -> HttpResponse {
    let begun = back.state.as_deref().unwrap_or_default();
    let Some(customer) = links::customer_of_state(&state.signing_key, begun, state.deps.clock.now()) else {
        let text = "This took longer than ten minutes, or did not begin here. Open the link again.";
        return shown(StatusCode::BAD_REQUEST, "Not connected", text);
    };
    let code = match (&back.error, &back.code) {
        (None, Some(code)) if !code.is_empty() => code.clone(),
        _ => {
            let text = "Constant Contact did not allow it. Open the link again and choose Allow.";
            return shown(StatusCode::BAD_REQUEST, "Not connected", text);
        }
    };
    match state.service.connect(&customer, code).await {
        Ok(account) => {
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
