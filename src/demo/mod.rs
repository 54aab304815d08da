//! The demo: both simulated systems over loopback HTTP, a store in a temporary folder, and the main job on them.

mod report;
mod staff;
mod world;

use std::{
    cell::{Cell, RefCell},
    io,
    net::TcpListener,
    sync::Arc,
    time::Duration,
};

use crate::{
    app::App,
    auth::SigningKey,
    clock::{Clock, Stopwatch, SystemClock},
    config::{ConfigErrors, CustomerSettings, Environment, Secret, Settings},
    deps::Deps,
    domain::{Counts, Stage, State, Stream, Timestamp},
    http::serve,
    metrics::Metrics,
    operator::review::{self, Review},
    simulator::week::Week,
    store::{Options, Store},
    transport::http::{HttpTransport, Limits},
};

pub use report::Report;
pub use staff::ToCc;
pub use world::World;

/// How often the demo looks how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What shows the edits of a week: each is read once more after them.
const READINGS: [Stream; 5] =
    [Stream::Changes, Stream::OptOuts, Stream::Lists, Stream::Bounces, Stream::Sweep];

/// What the demo is to do.
#[derive(Debug, Clone, Copy)]
pub struct DemoOptions {
    /// Contacts in Constant Contact.
    pub contacts: usize,
    /// The seed of the account.
    pub seed: u64,
    /// End once both sides agree.
    pub until_synced: bool,
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

/// The week that was played.
struct Played {
    week: Week,
    reviews_before: Vec<String>,
    at: Timestamp,
    began: Stopwatch,
    seconds: Option<f64>,
}

/// A running demo.
pub struct Demo {
    /// Tandem.
    pub app: App,
    world: World,
    number: u32,
    started: Stopwatch,
    // The contacts and seconds of the first sync.
    synced: Cell<Option<(u64, f64)>>,
    week: RefCell<Option<Played>>,
    to_cc: Cell<Option<ToCc>>,
    // Tandem's own receivers and dashboard.
    http: actix_web::dev::ServerHandle,
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
        let server = serve(listener, Arc::new(state), 1)?;
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

    /// How far it is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn progress(&self) -> Result<Progress, DemoError> {
        let record = self.app.deps.store.customers()?.into_iter().find(|record| record.number == self.number);
        Ok(Progress {
            stage: record.map_or(Stage::Observing, |record| record.stage),
            counts: self.app.deps.store.of(self.number).counts()?,
            contacts: self.world.contacts(),
        })
    }

    /// Waits until both sides agree: nothing is left to do here, and the comparison finds no difference. After a week was
    /// played, everything is read once more before. `tell` is told how far it is, every now and then.
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
            if done && self.has_read_the_week()? && self.differences() == 0 {
                let mut week = self.week.borrow_mut();
                match week.as_mut() {
                    Some(played) => drop(played.seconds.get_or_insert(rounded(played.began))),
                    None => self.synced.set(Some((progress.contacts, rounded(self.started)))),
                }
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Plays a week of edits in both systems.
    ///
    /// # Errors
    /// When the account is not there.
    pub fn play_week(&self) -> Result<(), DemoError> {
        let at = SystemClock.now();
        let reviews_before = self.reviews()?.into_iter().map(|review| review.id).collect();
        let week = self.world.play_week(at)?;
        let began = Stopwatch::start();
        *self.week.borrow_mut() = Some(Played { week, reviews_before, at, began, seconds: None });
        Ok(())
    }

    /// Has staff opt one person out and tag another in Virtuous, and waits until Constant Contact has both.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn staff_edits(&self) -> Result<(), DemoError> {
        let Some(edits) = self.world.staff_edits(SystemClock.now()) else { return Ok(()) };
        let began = Stopwatch::start();
        let (mut opt_out, mut membership) = (None, None);
        while opt_out.is_none() || membership.is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
            let (is_out, is_on) = self.world.has(&edits);
            opt_out = opt_out.or_else(|| is_out.then(|| rounded(began)));
            membership = membership.or_else(|| is_on.then(|| rounded(began)));
        }
        self.to_cc.set(Some(ToCc {
            opt_outs: 1,
            opt_out_seconds: opt_out.unwrap_or_default(),
            memberships: 1,
            membership_seconds: membership.unwrap_or_default(),
        }));
        Ok(())
    }

    /// Whether every reading was done again after the week's edits; so it is if there was none.
    fn has_read_the_week(&self) -> Result<bool, DemoError> {
        let Some(at) = self.week.borrow().as_ref().map(|played| played.at) else { return Ok(true) };
        for stream in READINGS {
            let cursor = self.app.deps.store.of(self.number).cursor(stream)?;
            if cursor.open.is_some() || cursor.completed_at.is_none_or(|completed| completed <= at) {
                return Ok(false);
            }
        }
        Ok(self.app.deps.store.of(self.number).hints(SystemClock.now(), 1)?.due.is_empty())
    }

    fn differences(&self) -> u64 {
        let gone = self.week.borrow().as_ref().map_or(0, |played| self.world.still_opted_in(&played.week));
        self.world.differences().saturating_add(gone)
    }

    /// What waits for a person.
    fn reviews(&self) -> Result<Vec<Review>, DemoError> {
        let store = &self.app.deps.store;
        let reference = &store.of(self.number).reference_data()?.virtuous;
        let subjects = store.of(self.number).attention(State::Review, usize::MAX)?;
        Ok(subjects.iter().map(|subject| review::of(subject, reference)).collect())
    }

    /// What was done so far.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn report(&self) -> Result<Report, DemoError> {
        let progress = self.progress()?;
        let (created, updated, opted_out) = self.world.written();
        let (calls_cc, calls_virtuous) = self.world.calls();
        let week = self.week.borrow();
        let played = week.as_ref();
        let (contacts, seconds) = self.synced.get().unwrap_or((progress.contacts, rounded(self.started)));
        Ok(Report {
            contacts,
            created,
            updated,
            opted_out,
            held: progress.of(State::Held),
            calls_cc,
            calls_virtuous,
            differences: self.differences(),
            seconds,
            review: progress.of(State::Review),
            excluded: progress.of(State::Excluded),
            week_seconds: played.and_then(|played| played.seconds),
            week: played.map(|played| played.week.clone()),
            reviews_before: played.map_or_else(Vec::new, |played| played.reviews_before.clone()),
            reviews: self.reviews()?,
            to_cc: self.to_cc.get(),
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
        let (_, stopped) = tokio::join!(self.http.stop(false), self.app.stop());
        self.world.stop().await;
        stopped
    }
}

/// Seconds so far, to the hundredth.
fn rounded(since: Stopwatch) -> f64 {
    (since.elapsed().as_secs_f64() * 100.0).round() / 100.0
}

/// The demo's own settings: limits lifted, everything often.
fn settings(
    folder: &std::path::Path,
    world: &World,
    here: &str,
) -> Result<(Settings, CustomerSettings), ConfigErrors> {
    let url = world.url();
    let environment = Environment::of(&[]);
    let process = format!(
        "data_dir = \"store\"\n[http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"{here}\"\n[constant_contact]\napi_url = \"{url}/cc\"\n\
         auth_url = \"{url}/cc/oauth\"\nclient_id = \"demo\"\nclient_secret = \"demo\"\n\
         calls_per_second = 1000000\ncalls_per_day = 1000000000\n[virtuous]\napi_url = \"{url}/virtuous\"\n\
         calls_per_hour = 1000000000\n"
    );
    let customer = format!(
        "id = \"hope\"\nname = \"Hope Foundation\"\ntime_zone = \"America/New_York\"\n[constant_contact]\n\
         refresh_token = \"{}\"\npoll_every = \"1s\"\nlists_every = \"2 polls\"\n\
         bounces_every = \"2s\"\nsweep_every = \"20s\"\n[virtuous]\napi_key = \"{}\"\nquery_every = \"10s\"\n\
         lookup_after = \"30s\"\ncalls_per_hour = 1000000000\n[import]\nauto_start = true\nwindow = \"\"\n\
         calls_per_hour = 1000000000\n[mapping.fields]\n\"Favorite Program\" = \"Program Interest\"\n",
        world.refresh_token(),
        world.api_key(),
    );
    let settings = Settings::from_toml(&process, &folder.join("tandem.toml"), &environment)?;
    let customer = CustomerSettings::from_toml(&customer, &folder.join("hope.toml"), &environment)?;
    Ok((settings, customer))
}
