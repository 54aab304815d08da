//! Is it alive, is it ready, what does it count.

use actix_web::{HttpRequest, HttpResponse, web};

use super::state::HttpState;
use crate::metrics::CONTENT_TYPE;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the store is open and intake works, whatever the budgets.
pub async fn readyz(state: web::Data<HttpState>) -> HttpResponse {
    if state.service.is_ready() {
        HttpResponse::Ok().content_type("text/plain").body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().content_type("text/plain").body("not ready\n")
    }
}

/// `GET /metrics`: open on loopback, else with the admin token.
pub async fn metrics(request: HttpRequest, state: web::Data<HttpState>) -> HttpResponse {
    if !state.is_local(&request) {
        return HttpResponse::Unauthorized().body("needs the admin token");
    }
    let snapshot = state.service.snapshot().await;
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(state.deps.metrics.render(&snapshot))
}
