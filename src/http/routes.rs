//! All routes, in one table.

use actix_web::{Resource, guard, web};

use super::{admin, health, hooks, oauth, pages, share, sign_in};

/// A resource for `GET`, and for the `HEAD` of monitors.
fn probe(path: &str) -> Resource {
    web::resource(path).guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// The table. Patterns are tried in this order, and hooks come in floods.
pub fn table(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/hooks/constant-contact/{customer}/{token}")
                .route(web::post().to(hooks::constant_contact)),
        )
        .service(web::resource("/hooks/virtuous/{customer}/{token}").route(web::post().to(hooks::virtuous)))
        .configure(pages::table)
        .service(
            web::resource("/sign-in")
                .route(web::get().to(sign_in::page))
                .route(web::post().to(sign_in::sign_in)),
        )
        .route("/sign-out", web::post().to(sign_in::sign_out))
        .route("/sign-out-everywhere", web::post().to(sign_in::sign_out_everywhere))
        .service(
            web::resource("/share/{secret}")
                .route(web::get().to(share::open))
                .route(web::post().to(share::open_anyhow)),
        )
        .service(probe("/healthz").to(health::healthz))
        .service(probe("/readyz").to(health::readyz))
        .route("/metrics", web::get().to(health::metrics))
        .route("/oauth/constant-contact/start/{customer}", web::get().to(oauth::start))
        .route("/oauth/constant-contact/callback", web::get().to(oauth::callback))
        .route("/api/v1/proof", web::get().to(admin::proof))
        .route("/api/v1/openapi.json", web::get().to(admin::openapi))
        .route("/api/v1/{path:.*}", web::route().to(admin::api));
}
