//! All routes, in one table.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, Resource, dev::Server, guard, web};

use super::{admin, health, hooks, oauth, state::HttpState, status};

/// A resource for `GET`, and for the `HEAD` of monitors.
fn probe(path: &str) -> Resource {
    web::resource(path).guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// The table.
pub fn table(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(status::page))
        .service(probe("/healthz").to(health::healthz))
        .service(probe("/readyz").to(health::readyz))
        .route("/metrics", web::get().to(health::metrics))
        .service(
            web::resource("/hooks/constant-contact/{customer}/{token}")
                .route(web::post().to(hooks::constant_contact)),
        )
        .service(web::resource("/hooks/virtuous/{customer}/{token}").route(web::post().to(hooks::virtuous)))
        .route("/oauth/constant-contact/start/{customer}", web::get().to(oauth::start))
        .route("/oauth/constant-contact/callback", web::get().to(oauth::callback))
        .route("/api/v1/openapi.json", web::get().to(admin::openapi))
        .route("/api/v1/{path:.*}", web::route().to(admin::api));
}

/// Connections that wait to be taken while as many are open as may be.
const WAITING: i32 = 1024;

/// How much the HTTP side takes on.
#[derive(Debug, Clone, Copy)]
pub struct Intake {
    /// Threads.
    pub workers: usize,
    /// Connections at once of each thread; beyond it new ones wait.
    pub connections: usize,
}

/// Serves the table on a listener. The caller stops the server; signals are not its business.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(listener: TcpListener, state: Arc<HttpState>, intake: Intake) -> std::io::Result<Server> {
    rustix::net::listen(&listener, WAITING)?;
    let data = web::Data::from(state);
    let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(table))
        .workers(intake.workers)
        .max_connections(intake.connections)
        .disable_signals()
        .shutdown_timeout(5)
        .keep_alive(Duration::from_secs(15))
        .client_request_timeout(Duration::from_secs(10))
        .listen(listener)?;
    Ok(server.run())
}
