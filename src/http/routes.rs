//! All routes, in one table, and what they share.

use std::{
    net::TcpListener,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpServer, Resource, dev::Server, guard, http::header, web};

use super::{admin, health, hooks, intake::Service, metrics::Metrics, oauth, status};
use crate::{
    clock::Clock,
    config::{CustomerSettings, Secret, Settings},
    desk::Room,
    domain::CustomerId,
    store::Store,
    transport::Transport,
};

/// What every route may use.
pub struct Desk {
    /// The store.
    pub store: Store,
    /// The process settings.
    pub settings: Arc<Settings>,
    /// The customers' settings; the service replaces them when they are applied.
    pub customers: Arc<RwLock<Vec<Arc<CustomerSettings>>>>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Metrics,
    /// The running service.
    pub service: Arc<dyn Service>,
    /// The way out, for `check`.
    pub transport: Arc<dyn Transport>,
    /// Opens the admin API and signs links.
    pub admin_token: Secret,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}

impl Desk {
    /// The desk of a running service.
    #[must_use]
    pub fn of(app: &crate::app::App, admin_token: Secret) -> Self {
        let parts = app.parts.clone();
        Self {
            store: parts.store,
            settings: parts.settings,
            customers: Arc::clone(&app.customers),
            clock: parts.clock,
            metrics: parts.metrics,
            service: Arc::new(app.clone()),
            transport: parts.transport,
            admin_token,
        }
    }

    /// The customers' settings as they are now.
    #[must_use]
    pub fn customers(&self) -> Vec<Arc<CustomerSettings>> {
        self.customers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One customer's settings.
    #[must_use]
    pub fn customer(&self, name: &str) -> Option<Arc<CustomerSettings>> {
        let id: CustomerId = name.parse().ok()?;
        let customers = self.customers.read().unwrap_or_else(PoisonError::into_inner);
        customers.iter().find(|settings| settings.id == id).cloned()
    }

    /// Where the desk's questions are answered.
    #[must_use]
    pub fn room(&self) -> Room {
        let service = Arc::clone(&self.service);
        Room {
            store: self.store.clone(),
            settings: Arc::clone(&self.settings),
            customers: self.customers(),
            transport: Arc::clone(&self.transport),
            clock: Arc::clone(&self.clock),
            sessions: Some(Arc::new(move |id| service.session(id))),
            admin_token: self.admin_token.clone(),
        }
    }

    /// Whether the request carries the admin token.
    #[must_use]
    pub fn is_admin(&self, request: &HttpRequest) -> bool {
        let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = value.and_then(|value| value.split_once(' '));
        shown.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && self.admin_token.matches(token.trim())
        })
    }

    /// Whether the request may see what is open on loopback: it comes from this machine and no proxy forwarded it, or
    /// it carries the admin token.
    #[must_use]
    pub fn is_local(&self, request: &HttpRequest) -> bool {
        let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"];
        let direct = forwarded.iter().all(|name| !request.headers().contains_key(*name));
        let here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        (here && direct) || self.is_admin(request)
    }
}

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

/// Serves the table on a listener. The caller stops the server; signals are not its business.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(listener: TcpListener, desk: Arc<Desk>, workers: usize) -> std::io::Result<Server> {
    let data = web::Data::from(desk);
    let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(table))
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(5)
        .keep_alive(Duration::from_secs(15))
        .client_request_timeout(Duration::from_secs(10))
        .listen(listener)?;
    Ok(server.run())
}
