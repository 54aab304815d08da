//! Is it alive, is it ready, what does it count: open to this machine, and with the admin token to what a proxy forwards.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{forwarded::is_forwarded, guesses::Shown, refusal, state::HttpState};
use crate::metrics::CONTENT_TYPE;

/// `GET /healthz`: the process answers.
pub async fn healthz(request: HttpRequest, state: web::Data<HttpState>) -> HttpResponse {
    match probes(&request, &state).await {
        Some(refused) => refused,
        None => HttpResponse::Ok().content_type("text/plain").body("ok\n"),
    }
}

/// `GET /readyz`: the store is open and intake works, whatever the budgets.
pub async fn readyz(request: HttpRequest, state: web::Data<HttpState>) -> HttpResponse {
    if let Some(refused) = probes(&request, &state).await {
        return refused;
    }
    if state.service.is_ready() {
        HttpResponse::Ok().content_type("text/plain").body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().content_type("text/plain").body("not ready\n")
    }
}

/// Probes of this machine or its network come by themselves; what a proxy forwards comes from outside.
async fn probes(request: &HttpRequest, state: &HttpState) -> Option<HttpResponse> {
    if is_forwarded(request) { refused(state.admin(request).await) } else { None }
}

fn refused(shown: Shown) -> Option<HttpResponse> {
    refusal::of(shown).map(|mut answer| answer.content_type("text/plain").body("needs the admin token\n"))
}

/// `GET /metrics`: open on loopback, else with the admin token.
pub async fn metrics(request: HttpRequest, state: web::Data<HttpState>) -> HttpResponse {
    if let Some(refused) = refused(state.local(&request).await) {
        return refused;
    }
    let snapshot = state.service.snapshot().await;
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(state.deps.metrics.render(&snapshot))
}
