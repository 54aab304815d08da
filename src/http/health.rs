//! Is it alive, is it ready, what does it count.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{metrics::CONTENT_TYPE, routes::Desk};

/// `GET /healthz`: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the store is open and intake works, whatever the budgets.
pub async fn readyz(desk: web::Data<Desk>) -> HttpResponse {
    if desk.service.is_ready() {
        HttpResponse::Ok().content_type("text/plain").body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().content_type("text/plain").body("not ready\n")
    }
}

/// `GET /metrics`: open on loopback, else with the admin token.
pub async fn metrics(request: HttpRequest, desk: web::Data<Desk>) -> HttpResponse {
    if !desk.is_local(&request) {
        return HttpResponse::Unauthorized().body("needs the admin token");
    }
    let snapshot = desk.service.snapshot().await;
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(desk.metrics.render(&snapshot))
}
