//! The server: takes connections, no more than it may, and cuts those that only hold a place (B4).

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, Protocol, error::DispatchError};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_factory, forward_ready, map_config,
};
use actix_web::{
    App,
    dev::{AppConfig, Server, ServiceRequest},
    middleware::from_fn,
    rt::net::TcpStream,
    web,
};

use super::{
    connections::{Connections, LOOK_EVERY, Standing},
    doors,
    line::Line,
    malformed::Malformed,
    pages::live::Stopping,
    routes::table,
    state::HttpState,
    stream::Stream,
    tls::{Tls, is_no_tls},
};

/// Connections that wait to be taken while as many are open as may be.
const WAITING: i32 = 1024;
/// actix's own times; [`Connections`] keeps shorter ones while places are scarce.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const DISCONNECT_WITHIN: Duration = Duration::from_secs(1);
/// Seconds that a stop leaves to requests under way.
const STOP_WITHIN: u64 = 5;

/// How much the HTTP side takes on.
#[derive(Debug, Clone, Copy)]
pub struct Intake {
    /// Threads.
    pub workers: usize,
    /// Connections at once of each thread; beyond it new ones wait.
    pub connections: usize,
}

/// Serves all routes on a listener. The caller stops the server; signals are not its business.
///
/// # Errors
/// When the listener or the certificate cannot be used.
pub fn serve(listener: TcpListener, state: Arc<HttpState>, intake: Intake) -> io::Result<Server> {
    rustix::net::listen(&listener, WAITING)?;
    let address = listener.local_addr()?;
    let connections = Connections::new(intake.workers * intake.connections);
    let malformed = Arc::new(Malformed::new(state.deps.metrics.clone()));
    let tls = Tls::of(&state.deps.settings).map_err(io::Error::other)?.map(Arc::new);
    let data = web::Data::from(state);
    let builder = Server::build()
        .workers(intake.workers)
        .max_concurrent_connections(intake.connections)
        .disable_signals()
        .shutdown_timeout(STOP_WITHIN);
    let stopping = builder.graceful_shutdown_signal();
    let server = builder.listen("tandem", listener, move || {
        let (stopping, connections) = (stopping.clone(), connections.clone());
        let (malformed, tls) = (Arc::clone(&malformed), tls.clone());
        let ends = stopping.clone();
        let ends = Stopping(Box::new(move || {
            let ends = ends.clone();
            Box::pin(async move { ends.notified().await })
        }));
        let app = App::new()
            .app_data(data.clone())
            .app_data(web::Data::new(connections.clone()))
            .app_data(web::Data::new(ends))
            .wrap_fn(tell_standing)
            .wrap(from_fn(doors::pass))
            .configure(table)
            .into_factory()
            .map_err(|error: actix_web::Error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(REQUEST_WITHIN)
            .client_disconnect_timeout(DISCONNECT_WITHIN)
            .local_addr(address)
            .finish(map_config(app, |()| AppConfig::default()));
        fn_factory(move || {
            let (service, connections) = (http.new_service(()), connections.clone());
            let (malformed, tls) = (malformed.clone(), tls.clone());
            async move {
                let service = Rc::new(service.await?);
                actix_web::rt::spawn(look(connections.clone()));
                Ok::<_, ()>(Watched { service, connections, malformed, tls })
            }
        })
    })?;
    Ok(server.run())
}

/// Cuts connections for as long as the worker lives.
async fn look(connections: Connections) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        ticks.tick().await;
        connections.cut();
    }
}

/// Tells that a request is being answered, and that it was.
fn tell_standing<S: Service<ServiceRequest>>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<S::Response, S::Error>> + use<S> {
    let (peer, connections) = (request.peer_addr(), request.app_data::<web::Data<Connections>>().cloned());
    let stands = move |standing| {
        if let Some(connections) = &connections {
            connections.stands(peer, standing);
        }
    };
    stands(Standing::Served);
    let answer = service.call(request);
    async move {
        let answer = answer.await;
        stands(Standing::Idle);
        answer
    }
}

/// Serves connections until they end or are cut.
struct Watched<S> {
    service: Rc<S>,
    connections: Connections,
    malformed: Arc<Malformed>,
    tls: Option<Arc<Tls>>,
}

impl<S> Service<TcpStream> for Watched<S>
where
    S: Service<(Line<Stream>, Protocol, Option<SocketAddr>), Response = (), Error = DispatchError> + 'static,
{
    type Response = ();
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), S::Error>>>>;

    forward_ready!(service);

    fn call(&self, stream: TcpStream) -> Self::Future {
        let peer = stream.peer_addr().ok();
        let entered = peer.map(|peer| self.connections.enter(peer));
        // Answers are written whole: there is nothing to gather.
        let _ = stream.set_nodelay(true);
        let (service, connections) = (Rc::clone(&self.service), self.connections.clone());
        let (malformed, tls) = (Arc::clone(&self.malformed), self.tls.clone());
        let no_tls = Arc::clone(&malformed);
        let served = async move {
            let stream = match tls {
                None => Stream::Plain(stream),
                Some(tls) => match tls.secure(stream).await {
                    Ok(stream) => stream,
                    Err(error) => {
                        if is_no_tls(&error) {
                            no_tls.came();
                        }
                        return Ok(());
                    }
                },
            };
            service.call((Line::new(stream, connections, peer), Protocol::Http1, peer)).await
        };
        Box::pin(async move {
            let outcome = match entered {
                None => served.await,
                Some(entered) => tokio::select! {
                    outcome = served => outcome,
                    // What is dropped here is closed.
                    () = entered.cut() => Ok(()),
                },
            };
            if let Err(DispatchError::Parse(_)) = outcome {
                malformed.came();
            }
            outcome
        })
    }
}
