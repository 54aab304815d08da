//! The composition root: opens nothing by itself, starts the actors on a given store, stops everything in order.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use actix::{Addr, Arbiter, ArbiterHandle};
use futures_util::future::LocalBoxFuture;
use tokio::sync::watch;

use crate::{
    access::CustomerContext,
    actors::{
        ending::LiveCount,
        messages::Whom,
        registry::Registry,
        starts,
        system::{Budgets, Run, RunOnly, Stop, System},
        webhook::Delivery,
    },
    auth::{SigningKey, UsedLinks},
    care,
    config::{ConfigErrors, CustomerSettings, CustomersRead, Environment, Secret, read_customers},
    constant_contact::{Consent, Session},
    deps::Deps,
    domain::{self, ContactEvent, CustomerId, Lane, Pause, State, Stream},
    http::{Callers, HttpState},
    metrics::{CustomerSnapshot, Snapshot},
    operator::{self, OperatorError},
    service::{IntakeError, Service},
    store::{EventsKept, HintAbout, StoreError},
};

/// How long the children may take to end; the whole stop stays under 10 s.
const STOP_WITHIN: Duration = Duration::from_secs(7);
/// How long a delivery waits for its customer's receiver while this start is under way.
const STARTED_WITHIN: Duration = Duration::from_secs(5);
/// How long it waits later on, while settings that changed restart the customer.
const RESTARTED_WITHIN: Duration = Duration::from_secs(1);

/// The running service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    /// What it was built from.
    pub deps: Deps,
    /// The customers' settings as they run, in the order of their ids.
    pub customers: Arc<RwLock<Vec<Arc<CustomerSettings>>>>,
    /// What is wrong with the other files of the customers' folder, as of the last time it was read.
    pub broken: Arc<RwLock<ConfigErrors>>,
    system: Addr<System>,
    registry: Registry,
    started: Arc<watch::Sender<bool>>,
    store_failed: watch::Receiver<Option<String>>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl App {
    /// Starts the actors and the given customers on the current arbiter.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn start(deps: Deps, customers: Vec<CustomerSettings>) -> Result<Self, String> {
        let app = Self::without_customers(deps, Arbiter::current())?;
        app.run(customers).await?;
        Ok(app)
    }

    /// Starts the actors on the current arbiter, and receivers of hooks on that one. Intake can be served before [`App::run`] starts the
    /// customers (B4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn without_customers(deps: Deps, receivers: ArbiterHandle) -> Result<Self, String> {
        let (failed, store_failed) = watch::channel(None);
        let registry = Registry::default();
        let system = System::start_with(deps.clone(), registry.clone(), receivers, failed)
            .map_err(|error| error.to_string())?;
        let started = Arc::new(watch::Sender::new(false));
        let (customers, broken) = (Arc::default(), Arc::default());
        Ok(Self { deps, customers, broken, system, registry, started, store_failed })
    }

    /// Takes customers over and runs them; a customer that runs with other settings is restarted. Gives a line for each
    /// change.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn run(&self, customers: Vec<CustomerSettings>) -> Result<Vec<String>, String> {
        let customers: Vec<Arc<CustomerSettings>> = customers.into_iter().map(Arc::new).collect();
        let mut changed = Vec::new();
        if *self.started.borrow() {
            let known = self.customers.read().unwrap_or_else(PoisonError::into_inner).clone();
            changed = operator::enrolment::differences(&self.deps.store, &known, &customers);
        }
        // Known first: what is delivered meanwhile waits for the customer's place in the store.
        self.know(&customers);
        let changes = operator::enrolment::apply(&self.deps.store, &customers, self.deps.clock.now()).await;
        changed.extend(changes.map_err(|error| error.to_string())?);
        let ids = customers.iter().map(|settings| &settings.id);
        let waits = starts::waits(ids.filter(|id| self.context(id).is_none()), |id| self.owes_opt_out(id));
        for settings in &customers {
            let record = self.deps.store.customer(&settings.id).map_err(|error| error.to_string())?;
            let Some(record) = record else { continue };
            let starts_in = waits.get(&settings.id).copied();
            let run =
                Run { settings: Arc::clone(settings), record, starts_in: starts_in.unwrap_or_default() };
            let _ = self.system.send(run).await;
            if starts_in.is_none() {
                self.nudge(&settings.id);
            }
        }
        self.started.send_replace(true);
        Ok(changed)
    }

    /// Whether a customer owes an opt-out since its last run (W6); what cannot be read shows when it runs (B4).
    fn owes_opt_out(&self, id: &CustomerId) -> bool {
        let record = self.deps.store.customer(id).ok().flatten();
        record.is_some_and(|record| matches!(self.deps.store.of(record.number).oldest_owed(), Ok(Some(_))))
    }

    /// Runs the customers of a folder whose files are right, and tells which are not: those wait for a person, and no other
    /// customer waits for them (B4).
    ///
    /// # Errors
    /// As [`App::run`].
    pub async fn run_read(&self, read: CustomersRead) -> Result<Vec<String>, String> {
        for problem in &read.problems.0 {
            tracing::error!(%problem, "a customer's file is wrong: that customer does not run, the others do; mend the file, then `tandem customer apply`");
        }
        *self.broken.write().unwrap_or_else(PoisonError::into_inner) = read.problems;
        self.run(read.customers).await
    }

    /// Takes settings over as those that the HTTP side goes by.
    fn know(&self, customers: &[Arc<CustomerSettings>]) {
        let new: HashSet<&CustomerId> = customers.iter().map(|settings| &settings.id).collect();
        let mut known = self.customers.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| !new.contains(&known.id));
        known.extend(customers.iter().cloned());
        known.sort_by(|one, other| one.id.cmp(&other.id));
    }

    /// Waits until the customers of this start have their places in the store; `false` if that takes longer.
    async fn has_started(&self, within: Duration) -> bool {
        let mut started = self.started.subscribe();
        tokio::time::timeout(within, started.wait_for(|started| *started)).await.is_ok_and(|it| it.is_ok())
    }

    /// Waits until the store has failed; the process then has to stop.
    pub async fn store_failed(&self) -> String {
        let mut failed = self.store_failed.clone();
        let by_actor = async {
            match failed.wait_for(Option::is_some).await {
                Ok(error) => error.clone().unwrap_or_default(),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            error = by_actor => error,
            error = self.deps.store.failed() => error.to_string(),
        }
    }

    /// Stops the actors in order: no new turn, the call in flight is finished, then the store is synced. `false` if some
    /// did not end in time.
    pub async fn stop(&self) -> bool {
        let ended = self.system.send(Stop { within: STOP_WITHIN }).await.unwrap_or(false);
        let store = self.deps.store.clone();
        let stopped = tokio::task::spawn_blocking(move || store.stop()).await;
        ended && matches!(stopped, Ok(Ok(())))
    }

    /// What the work for a running customer shares.
    #[must_use]
    pub fn context(&self, customer: &CustomerId) -> Option<CustomerContext> {
        self.registry.context(customer)
    }

    /// The count of a running customer's living actors.
    #[must_use]
    pub fn live(&self, customer: &CustomerId) -> Option<LiveCount> {
        self.registry.live(customer)
    }

    /// What the routes of the HTTP side may use; `admin_token` opens the admin API, `signing_key` signs links.
    #[must_use]
    pub fn http_state(&self, admin_token: Secret, signing_key: SigningKey) -> HttpState {
        HttpState {
            deps: self.deps.clone(),
            customers: Arc::clone(&self.customers),
            broken: Arc::clone(&self.broken),
            service: Arc::new(self.clone()),
            admin_token,
            signing_key,
            used_links: UsedLinks::of(&self.deps.settings),
            callers: Callers::default(),
        }
    }

    /// The address that Constant Contact sends a browser back to; it must be registered exactly so.
    fn redirect_uri(&self) -> String {
        format!("{}/oauth/constant-contact/callback", self.deps.settings.http.public_url)
    }

    /// Hands a delivery to the customer's receiver; answers once it is on disk.
    async fn keep(&self, customer: CustomerId, delivery: Delivery) -> Result<EventsKept, IntakeError> {
        let is_known = {
            let customers = self.customers.read().unwrap_or_else(PoisonError::into_inner);
            customers.binary_search_by(|known| known.id.cmp(&customer)).is_ok()
        };
        if !is_known {
            return Err(IntakeError::Unknown);
        }
        let within = if *self.started.borrow() { RESTARTED_WITHIN } else { STARTED_WITHIN };
        self.registry.intake(&customer).keep(delivery, within).await
    }

    fn customer_snapshots(&self) -> Result<Vec<CustomerSnapshot>, StoreError> {
        let store = &self.deps.store;
        let now = self.deps.clock.now();
        let keyed: HashSet<CustomerId> = {
            let known = self.customers.read().unwrap_or_else(PoisonError::into_inner);
            let has_key = |one: &&Arc<CustomerSettings>| !one.virtuous.api_key.is_empty();
            known.iter().filter(has_key).map(|one| one.id.clone()).collect()
        };
        let mut snapshots = Vec::new();
        for record in store.customers()? {
            let counts = store.of(record.number).counts()?;
            // Before the import nothing is owed: nothing may be written (C4).
            let owed = store.of(record.number).oldest_owed()?.filter(|_| record.stage.may_write());
            let state = |state: State| (state.as_str(), counts.states[usize::from(state.to_u8())]);
            let lane = |lane: Lane| (lane, counts.lanes[usize::from(lane.to_u8())]);
            let lag = |stream: Stream| {
                let upto = match stream {
                    Stream::Virtuous => record.virtuous_queried_at,
                    _ => store.of(record.number).cursor(stream).ok()?.upto,
                };
                Some((stream.as_str(), now.since(upto?)))
            };
            let has_key = keyed.contains(&record.id);
            let has_organisation = has_key && record.accounts.of(domain::System::Virtuous).is_some();
            let has_grant = store.of(record.number).token().is_ok_and(|token| token.is_some());
            snapshots.push(CustomerSnapshot {
                connected: vec![
                    (domain::System::ConstantContact, has_grant),
                    (domain::System::Virtuous, has_organisation),
                ],
                oldest_unapplied_opt_out: owed.map_or(Duration::ZERO, |since| now.since(since)),
                subjects: State::ALL.into_iter().map(state).collect(),
                work: Lane::ALL.into_iter().map(lane).collect(),
                poll_lag: Stream::ALL.into_iter().filter_map(lag).collect(),
                brake: record.brake.held.is_some(),
                paused: record.pause.as_ref().map(Pause::kind),
                customer: record.id,
            });
        }
        Ok(snapshots)
    }

    /// How old the newest backup is; the store is as old as its oldest customer.
    fn backup_age(&self) -> Option<Duration> {
        let records = self.deps.store.customers().unwrap_or_default();
        let since = records.iter().map(|record| record.created_at).min();
        care::backups(&self.deps.settings.store).ok()?.age(since, self.deps.clock.now())
    }

    /// Trades a code for tokens, if they are of the customer's own account (I5); a pause that a refused grant brought is then over
    /// (B3). Gives the account.
    async fn connected(
        &self,
        customer: CustomerId,
        code: String,
        verifier: String,
    ) -> Result<String, String> {
        let context = self.context(&customer).ok_or_else(|| format!("{customer} does not run"))?;
        let consent = Consent { code, redirect_uri: self.redirect_uri(), verifier };
        let granted = context.cc.connect(consent, &context.store).await;
        let account = granted.map_err(|refused| refused.page(&customer))?;
        let (store, now) = (&self.deps.store, self.deps.clock.now());
        let record = store.customer(&customer).map_err(|error| error.to_string())?;
        let paused = |record: &crate::domain::CustomerRecord| {
            record.pause.as_ref().is_some_and(|pause| !pause.by_operator)
        };
        if let Some(record) = record.filter(paused) {
            let lifted = store.of(record.number).update_customer(move |record| record.end_pause(now)).await;
            lifted.map_err(|error| error.to_string())?;
        }
        tracing::info!(%customer, "connected to Constant Contact by its page: reading begins or goes on");
        self.nudge(&customer);
        Ok(account.to_string())
    }
}

impl Service for App {
    fn hints(
        &self,
        customer: &CustomerId,
        about: Vec<HintAbout>,
    ) -> LocalBoxFuture<'_, Result<(), IntakeError>> {
        let kept = self.keep(customer.clone(), Delivery::Hints(about));
        Box::pin(async move { kept.await.map(drop) })
    }

    fn events(
        &self,
        customer: &CustomerId,
        events: Vec<ContactEvent>,
    ) -> LocalBoxFuture<'_, Result<EventsKept, IntakeError>> {
        Box::pin(self.keep(customer.clone(), Delivery::Events(events)))
    }

    fn nudge(&self, customer: &CustomerId) {
        self.registry.look(customer, Whom::All);
    }

    fn started(&self, within: Duration) -> LocalBoxFuture<'_, bool> {
        Box::pin(self.has_started(within))
    }

    fn apply(&self) -> LocalBoxFuture<'_, Result<Vec<String>, OperatorError>> {
        Box::pin(async move {
            let read = read_customers(&self.deps.settings.customers_dir, &Environment::of_process());
            let found: HashSet<_> = read.customers.iter().map(|one| one.id.clone()).collect();
            let problems = read.problems.to_string();
            let mut changes = self.run_read(read).await.map_err(OperatorError::Failed)?;
            if !problems.is_empty() {
                return Err(OperatorError::Settings(problems));
            }
            // Whose file is gone does not run any more, so that it can be removed; nothing of it is forgotten yet.
            let mut gone = Vec::new();
            self.customers.write().unwrap_or_else(PoisonError::into_inner).retain(|one| {
                let stays = found.contains(&one.id);
                gone.extend((!stays).then(|| Arc::clone(one)));
                stays
            });
            let _ = self.system.send(RunOnly(found)).await;
            // Its last turn is over: no actor makes the subscription again.
            for settings in gone {
                operator::subscription::end(&self.deps, &settings).await;
                changes.push(operator::enrolment::stopped(&settings.id));
            }
            Ok(changes)
        })
    }

    fn connect(
        &self,
        customer: &CustomerId,
        code: String,
        verifier: String,
    ) -> LocalBoxFuture<'_, Result<String, String>> {
        Box::pin(self.connected(customer.clone(), code, verifier))
    }

    fn authorize_url(&self, customer: &CustomerId, state: &str, verifier: &str) -> Option<String> {
        let context = self.context(customer)?;
        Some(context.cc.oauth().authorize_url(state, &self.redirect_uri(), verifier))
    }

    fn session(&self, customer: &CustomerId) -> Option<Session> {
        self.context(customer).map(|context| context.cc.session().clone())
    }

    fn outside(&self, customer: &CustomerId) -> crate::domain::Outside {
        self.context(customer).map(|context| context.outside()).unwrap_or_default()
    }

    fn snapshot(&self) -> LocalBoxFuture<'_, Snapshot> {
        Box::pin(async move {
            let app = self.clone();
            let read = self.deps.store.apart(move || app.customer_snapshots()).await;
            let customers = read.unwrap_or_else(|error| {
                tracing::error!(%error, "the store cannot be read for the metrics: this answer shows no customers");
                Vec::new()
            });
            let store = self.deps.store.engine().metrics().snapshot();
            let budgets = self.system.send(Budgets).await.unwrap_or_default();
            let sends = self.deps.settings.alerts.tells_anyone();
            let alerts_waiting = self.deps.store.alerts_waiting_count().ok().filter(|_| sends);
            Snapshot { customers, budgets, backup_age: self.backup_age(), alerts_waiting, store }
        })
    }

    fn is_ready(&self) -> bool {
        self.system.connected() && self.store_failed.borrow().is_none()
    }
}
