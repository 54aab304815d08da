//! `tandem serve`: the service.

use std::{net::TcpListener, path::Path, process::ExitCode, sync::Arc};

use clap::Args;

use super::{CliError, signals};
use crate::{
    app::App,
    auth::{SigningKey, admin_token},
    clock::{Clock, SystemClock},
    config::{Environment, load, read_customers},
    deps::Deps,
    http::serve,
    metrics::Metrics,
    operator::store_dir,
    store::{Options, Store},
    transport::http::{HttpTransport, Limits},
};

/// Arguments of `tandem serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {}

/// Workers of the HTTP side: hooks only wait for the disk.
const WORKERS: usize = 1;

/// Runs the service until it is stopped.
///
/// # Errors
/// [`CliError`]; a port that is taken, a store that does not open.
pub fn run(_: ServeArgs, config: Option<&Path>) -> Result<ExitCode, CliError> {
    let settings = load(config)?;
    let read = read_customers(&settings.customers_dir, &Environment::of_process());
    if !read.problems.is_empty() {
        return Err(CliError::Settings(read.problems));
    }
    let listen = settings.http.listen;
    let listener = TcpListener::bind(listen)
        .map_err(|error| CliError::failed(format!("cannot listen at {listen} (http.listen): {error}")))?;
    let store = Store::open(&store_dir(&settings), Options::default())?;
    let token = admin_token::read_or_make(&settings)
        .map_err(|error| CliError::failed(format!("the admin token cannot be kept: {error}")))?;
    let signing_key = SigningKey::read_or_make(&settings)
        .map_err(|error| CliError::failed(format!("the key that signs links cannot be kept: {error}")))?;
    let transport =
        HttpTransport::new(Limits::default()).map_err(|error| CliError::failed(error.to_string()))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let settings = Arc::new(settings);
    let deps = Deps {
        settings,
        store: store.clone(),
        clock,
        transport: transport.shared(),
        metrics: Metrics::new(),
    };
    actix::System::new().block_on(async move {
        let stop = signals::stop().map_err(|error| CliError::failed(error.to_string()))?;
        let app = App::start(deps, read.customers).await.map_err(CliError::failed)?;
        let server = serve(listener, Arc::new(app.http_state(token, signing_key)), WORKERS)
            .map_err(|error| CliError::failed(error.to_string()))?;
        let handle = server.handle();
        actix::spawn(server);
        tracing::info!(%listen, "tandem serves");
        let failed = tokio::select! {
            () = stop => None,
            error = app.store_failed() => Some(error),
        };
        // Intake first, then the actors, the store last.
        tracing::info!("stopping: intake ends, calls in flight are finished, the store is synced");
        let (_, ended) = tokio::join!(handle.stop(true), app.stop());
        match failed {
            Some(error) => {
                Err(CliError::failed(format!("the store failed, so that Tandem stopped: {error}")))
            }
            None if ended => Ok(ExitCode::SUCCESS),
            None => {
                tracing::warn!("some work did not end in time; it goes on after the next start");
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}
