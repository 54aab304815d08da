//! `tandem serve`: the service.

use std::{io, net::TcpListener, path::Path, process::ExitCode, sync::Arc};

use actix::Arbiter;
use clap::Args;
use tokio::task::JoinError;

use super::{
    CliError,
    files::{self, Files},
    signals,
};
use crate::{
    alerts,
    app::App,
    auth::{KeyFiles, SigningKey, admin_token, certificate},
    care,
    clock::SystemClock,
    config::{CustomersRead, Environment, Settings, load, open_to_others, read_customers},
    deps::Deps,
    http::{Intake, serve},
    metrics::Metrics,
    operator::{standing, store_dir},
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
    check_certificate(&settings)?;
    let (listen, max_connections) = (settings.http.listen, settings.http.max_connections);
    let files = Files::of(files::raise().map_err(CliError::Failed)?, max_connections);
    files.say(max_connections);
    let intake = Intake { workers: WORKERS, connections: files.connections };
    let listener = TcpListener::bind(listen)
        .map_err(|error| CliError::failed(format!("cannot listen at {listen} (http.listen): {error}")))?;
    let store = open_store(&settings)?;
    let token = admin_token::read_or_make(&settings)
        .map_err(|error| CliError::failed(format!("the admin token cannot be kept: {error}")))?;
    let signing_key = SigningKey::read_or_make(&settings)
        .map_err(|error| CliError::failed(format!("the key that signs links cannot be kept: {error}")))?;
    let transport = HttpTransport::new(Limits { calls: files.calls, ..Limits::default() })
        .map_err(|error| CliError::failed(error.to_string()))?;
    let deps = Deps {
        settings: Arc::new(settings),
        store: store.clone(),
        clock: Arc::new(SystemClock),
        transport: transport.shared(),
        metrics: Metrics::new(),
    };
    let system = system()?;
    let ended = system.block_on(async move {
        let stop = signals::stop().map_err(|error| CliError::failed(error.to_string()))?;
        let receivers = Arbiter::new();
        let app = App::without_customers(deps, receivers.handle()).map_err(CliError::failed)?;
        // Intake runs before any customer does: hints are kept whatever the customers' starts take (B4).
        let server = serve(listener, Arc::new(app.http_state(token, signing_key)), intake)
            .map_err(|error| CliError::failed(error.to_string()))?;
        let handle = server.handle();
        let served = actix::spawn(server);
        tracing::info!(%listen, "tandem serves");
        let ended = tokio::select! {
            () = stop => None,
            error = app.store_failed() => Some(format!("the store failed: {error}")),
            ended = served => Some(format!("the HTTP side ended: {}", ending(ended))),
            error = start(&app, read) => Some(error),
            () = keep(&app) => None,
        };
        if let Some(why) = &ended {
            tracing::error!(
                why,
                "Tandem stops: it cannot go on without this; start it again once the cause is mended"
            );
        }
        // Intake first, then the actors, the store last.
        tracing::info!("stopping: intake ends, calls in flight are finished, the store is synced");
        let (_, in_time) = tokio::join!(handle.stop(true), app.stop());
        if !in_time {
            tracing::warn!("some work did not end in time; it goes on after the next start");
        }
        ended.map_or(Ok(ExitCode::SUCCESS), |why| Err(CliError::failed(format!("Tandem stopped: {why}"))))
    });
    // Its end would wait for threads that the outside holds, such as a look-up of a name that gets no answer. All is on disk.
    std::mem::forget(system);
    ended
}

/// Refuses to start with a certificate that cannot be served.
fn check_certificate(settings: &Settings) -> Result<(), CliError> {
    let Some(files) = &settings.http.tls else { return Ok(()) };
    let read = certificate::read(files);
    read.map_err(|error| CliError::Usage(format!("TLS cannot be served: {error}")))?;
    if let Some(problem) = settings.http.links_without_tls() {
        tracing::warn!(
            problem,
            "write https:// in http.public_url, or leave it empty; until then links of Tandem lead nowhere"
        );
    }
    Ok(())
}

/// Opens the store, after a swap that was broken off is settled.
pub(super) fn open_store(settings: &Settings) -> Result<Store, CliError> {
    for open in open_to_others(settings) {
        let (path, mode) = (open.path.display(), format!("{:04o}", open.mode));
        tracing::warn!(%path, mode, "it holds secrets, and others on this machine may read it: chmod {:o} {path}", open.wanted);
    }
    care::settle(&settings.data_dir)?;
    let keys = KeyFiles::new(settings.key_file.clone());
    let store = Store::open_sealed(&store_dir(settings), Options::default(), keys)?;
    if let Some(problem) = store.sealing_problem() {
        tracing::error!(problem, "every customer pauses: their secrets cannot be read");
    }
    Ok(store)
}

/// Starts the customers; comes to an end only if that fails.
async fn start(app: &App, read: CustomersRead) -> String {
    match app.run_read(read).await {
        Ok(_) => std::future::pending().await,
        Err(error) => format!("the customers cannot be started: {error}"),
    }
}

/// Cares for the store, and tells people what needs them; comes to no end.
async fn keep(app: &App) {
    let (deps, customers) = (app.deps.clone(), Arc::clone(&app.customers));
    let alerts = alerts::keep(&app.deps, Arc::new(move || standing(&deps, &customers)));
    tokio::join!(care::keep(&app.deps), alerts);
}

/// Why the HTTP side ended, which it never does unless it is stopped.
fn ending(ended: Result<io::Result<()>, JoinError>) -> String {
    match ended {
        Ok(Ok(())) => "it stopped by itself".to_owned(),
        Ok(Err(error)) => error.to_string(),
        // What it said may quote a person's data (B4).
        Err(error) if error.is_panic() => "its code panicked: the place has a line of the log".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The runtime of the actors. It is built here, since actix panics where the machine gives none.
pub(super) fn system() -> Result<actix::SystemRunner, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CliError::failed(format!("Tandem cannot run: {error}")))?;
    Ok(actix::System::with_tokio_rt(|| runtime))
}
