//! The start of the demo.

use std::{
    cell::{Cell, RefCell},
    io,
    net::TcpListener,
    sync::Arc,
};

use super::{Demo, DemoError, DemoOptions, World, settings::settings};
use crate::{
    app::App,
    auth::SigningKey,
    clock::{Clock, Stopwatch, SystemClock},
    config::Secret,
    deps::Deps,
    http::{Intake, serve},
    metrics::Metrics,
    store::{Options, Store},
    transport::http::{HttpTransport, Limits},
};

impl Demo {
    /// Starts both simulators and Tandem; the import begins by itself. Runs on the current arbiter.
    ///
    /// # Errors
    /// [`DemoError`].
    pub async fn start(options: DemoOptions) -> Result<Self, DemoError> {
        let started = Stopwatch::start();
        let folder = tempfile::tempdir()?;
        let world = World::start(options.contacts, options.seed)?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let here = format!("http://{}", listener.local_addr()?);
        let (settings, customer) = settings(folder.path(), &world, &here)?;
        let store = Store::open(&folder.path().join("store"), Options::default())?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let transport = HttpTransport::new(Limits::default())?.shared();
        let deps = Deps { settings: Arc::new(settings), store, clock, transport, metrics: Metrics::new() };
        let app = App::start(deps, vec![customer]).await.map_err(DemoError::App)?;
        let signing_key =
            SigningKey::random().ok_or_else(|| io::Error::other("the machine has no randomness"))?;
        let state = app.http_state(Secret::default(), signing_key);
        let connections = app.deps.settings.http.max_connections;
        let server = serve(listener, Arc::new(state), Intake { workers: 1, connections })?;
        let http = server.handle();
        actix::spawn(server);
        let number = app.deps.store.customers()?.first().map_or(0, |record| record.number);
        Ok(Self {
            app,
            world,
            number,
            started,
            synced: Cell::new(None),
            week: RefCell::new(None),
            to_cc: Cell::new(None),
            http,
            _folder: folder,
        })
    }
}
