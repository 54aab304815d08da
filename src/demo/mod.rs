//! The demo: both simulated systems over loopback HTTP, a store in a temporary folder, and the main job on them.

mod world;

use std::{io, sync::Arc, time::Duration};

use serde::Serialize;

use crate::{
    actors::system::Parts,
    app::App,
    clock::{Clock, Stopwatch, SystemClock},
    config::{ConfigErrors, CustomerSettings, Environment, Settings},
    domain::{Counts, Stage, State},
    http::metrics::Metrics,
    store::{Options, Store},
    transport::http::{HttpTransport, Limits},
};

pub use world::World;

/// How often the demo looks how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the demo is to do.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Contacts in Constant Contact.
    pub contacts: usize,
    /// The seed of the account.
    pub seed: u64,
    /// End once both sides agree.
    pub until_synced: bool,
}

/// What the demo did (INTERFACE.md).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Contacts in Constant Contact, deleted ones not counted.
    pub contacts: u64,
    /// Contacts made in Virtuous.
    pub created: u64,
    /// Linked contacts of Virtuous that were written.
    pub updated: u64,
    /// Opt-outs written to Virtuous.
    pub opted_out: u64,
    /// Subscribers held by rule.
    pub held: u64,
    /// Calls to Constant Contact.
    pub calls_cc: u64,
    /// Calls to Virtuous.
    pub calls_virtuous: u64,
    /// Where both sides do not agree, by a comparison that knows nothing of Tandem.
    pub differences: u64,
    /// From start to agreement.
    pub seconds: f64,
    /// Subscribers that wait for a person.
    pub review: u64,
    /// Subscribers not synced by rule.
    pub excluded: u64,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { contacts, created, updated, opted_out, held, calls_cc, calls_virtuous, .. } = self;
        writeln!(f, "{contacts} contacts in {:.1} s, {} differences", self.seconds, self.differences)?;
        writeln!(
            f,
            "  {created} created, {updated} writes to linked contacts, {opted_out} opt-outs written"
        )?;
        writeln!(f, "  {held} held, {} for review, {} excluded", self.review, self.excluded)?;
        writeln!(f, "  {calls_cc} calls to Constant Contact, {calls_virtuous} to Virtuous")
    }
}

/// How far a demo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How far the first import is.
    pub stage: Stage,
    /// Where the subscribers stand.
    pub counts: Counts,
    /// Contacts in Constant Contact.
    pub contacts: u64,
}

impl Progress {
    /// Subscribers in a state.
    #[must_use]
    pub fn of(&self, state: State) -> u64 {
        self.counts.states[usize::from(state.to_u8())]
    }

    /// Subscribers that need nothing more now.
    #[must_use]
    pub fn settled(&self) -> u64 {
        [State::InSync, State::Held, State::Review, State::Excluded, State::Failed]
            .into_iter()
            .map(|state| self.of(state))
            .sum()
    }
}

/// Why a demo cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The machine does not give what it needs.
    #[error("cannot start the demo: {0}")]
    Start(#[from] io::Error),
    /// Its own settings are wrong: a bug.
    #[error("the demo's settings: {0}")]
    Settings(#[from] ConfigErrors),
    /// The store.
    #[error(transparent)]
    Open(#[from] crate::store::OpenError),
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The way out.
    #[error(transparent)]
    Transport(#[from] crate::transport::TransportError),
    /// Tandem does not start.
    #[error("{0}")]
    App(String),
    /// The simulated account.
    #[error("cannot make the account: {0}")]
    Account(String),
}

/// A running demo.
pub struct Demo {
    /// Tandem.
    pub app: App,
    world: World,
    number: u32,
    started: Stopwatch,
    // Removed with everything in it when the demo ends.
    _folder: tempfile::TempDir,
}

impl std::fmt::Debug for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Demo")
    }
}

impl Demo {
    /// Starts both simulators and Tandem; the import begins by itself. Runs on the current arbiter.
    ///
    /// # Errors
    /// [`DemoError`].
    pub async fn start(wish: Wish) -> Result<Self, DemoError> {
        let started = Stopwatch::start();
        let folder = tempfile::tempdir()?;
        let world = World::start(wish.contacts, wish.seed)?;
        let (settings, customer) = settings(folder.path(), &world)?;
        let store = Store::open(&folder.path().join("store"), Options::default())?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let transport = HttpTransport::new(Limits::default())?.shared();
        let parts = Parts { settings: Arc::new(settings), store, clock, transport, metrics: Metrics::new() };
        let app = App::start(parts, vec![customer]).await.map_err(DemoError::App)?;
        let number = app.parts.store.customers()?.first().map_or(0, |record| record.number);
        Ok(Self { app, world, number, started, _folder: folder })
    }

    /// How far it is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn progress(&self) -> Result<Progress, DemoError> {
        let record =
            self.app.parts.store.customers()?.into_iter().find(|record| record.number == self.number);
        Ok(Progress {
            stage: record.map_or(Stage::Observing, |record| record.stage),
            counts: self.app.parts.store.counts(self.number)?,
            contacts: self.world.contacts(),
        })
    }

    /// Waits until both sides agree: nothing is left to do here, and the comparison finds no difference. `tell` is told
    /// how far it is, every now and then.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn until_synced(&self, mut tell: impl FnMut(Progress)) -> Result<(), DemoError> {
        loop {
            let progress = self.progress()?;
            tell(progress);
            let done = progress.stage == Stage::Live
                && progress.counts.work() == 0
                && progress.of(State::Submitted) == 0
                && progress.of(State::Pending) == 0;
            if done && self.world.differences() == 0 {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What was done so far.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn report(&self) -> Result<Report, DemoError> {
        let progress = self.progress()?;
        let (created, updated, opted_out) = self.world.written();
        let (calls_cc, calls_virtuous) = self.world.calls();
        Ok(Report {
            contacts: progress.contacts,
            created,
            updated,
            opted_out,
            held: progress.of(State::Held),
            calls_cc,
            calls_virtuous,
            differences: self.world.differences(),
            seconds: (self.started.elapsed().as_secs_f64() * 100.0).round() / 100.0,
            review: progress.of(State::Review),
            excluded: progress.of(State::Excluded),
        })
    }

    /// Where the simulated systems are.
    #[must_use]
    pub fn address(&self) -> &str {
        self.world.url()
    }

    /// The simulators, to be looked at or edited.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Stops everything in order.
    pub async fn stop(self) -> bool {
        let stopped = self.app.stop().await;
        self.world.stop().await;
        stopped
    }
}

/// The demo's own settings: limits lifted, everything often.
fn settings(folder: &std::path::Path, world: &World) -> Result<(Settings, CustomerSettings), ConfigErrors> {
    let url = world.url();
    let environment = Environment::of(&[]);
    let process = format!(
        "data_dir = \"store\"\n[http]\nlisten = \"127.0.0.1:0\"\n[constant_contact]\napi_url = \"{url}/cc\"\n\
         auth_url = \"{url}/cc/oauth\"\nclient_id = \"demo\"\nclient_secret = \"demo\"\n\
         calls_per_second = 1000000\ncalls_per_day = 1000000000\n[virtuous]\napi_url = \"{url}/virtuous\"\n\
         calls_per_hour = 1000000000\n"
    );
    let customer = format!(
        "id = \"hope\"\nname = \"Hope Foundation\"\ntime_zone = \"America/New_York\"\n[constant_contact]\n\
         refresh_token = \"{}\"\npoll_every = \"1s\"\n[virtuous]\napi_key = \"{}\"\nquery_every = \"10s\"\n\
         lookup_after = \"30s\"\ncalls_per_hour = 1000000000\n[import]\nauto_start = true\nwindow = \"\"\n\
         calls_per_hour = 1000000000\n[mapping.fields]\n\"Favorite Program\" = \"Program Interest\"\n",
        world.refresh_token(),
        world.api_key(),
    );
    let settings = Settings::from_toml(&process, &folder.join("tandem.toml"), &environment)?;
    let customer = CustomerSettings::from_toml(&customer, &folder.join("hope.toml"), &environment)?;
    Ok((settings, customer))
}
