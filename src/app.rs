//! The composition root: opens nothing by itself, starts the actors on a given store, stops everything in order.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use actix::Addr;
use futures_util::future::LocalBoxFuture;
use tokio::sync::{oneshot, watch};

use crate::{
    access::CustomerContext,
    actors::{
        ending::LiveCount,
        messages::{Arrived, Delivery},
        registry::Registry,
        system::{Budgets, DeliveryFor, LookAt, Run, RunOnly, Stop, System},
    },
    auth::SigningKey,
    config::{CustomerSettings, Environment, Secret, read_customers},
    constant_contact::Session,
    deps::Deps,
    domain::{ContactEvent, CustomerId, Lane, Pause, State, Stream},
    http::HttpState,
    metrics::{CustomerSnapshot, Snapshot},
    operator::{self, OperatorError},
    service::{IntakeError, Service},
    store::{EventsKept, HintAbout, StoreError},
};

/// How long the children may take to end; the whole stop stays under 10 s.
const STOP_WITHIN: Duration = Duration::from_secs(7);

/// The running service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    /// What it was built from.
    pub deps: Deps,
    /// The customers' settings as they run.
    pub customers: Arc<RwLock<Vec<Arc<CustomerSettings>>>>,
    system: Addr<System>,
    registry: Registry,
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
        let (failed, store_failed) = watch::channel(None);
        let registry = Registry::default();
        let system =
            System::start_with(deps.clone(), registry.clone(), failed).map_err(|error| error.to_string())?;
        let app = Self { deps, customers: Arc::default(), system, registry, store_failed };
        app.run(customers).await?;
        Ok(app)
    }

    /// Takes customers over and runs them; a customer that runs with other settings is restarted. Gives a line for each
    /// change.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn run(&self, customers: Vec<CustomerSettings>) -> Result<Vec<String>, String> {
        let customers: Vec<Arc<CustomerSettings>> = customers.into_iter().map(Arc::new).collect();
        let changes = operator::enrolment::apply(&self.deps.store, &customers, self.deps.clock.now()).await;
        let changes = changes.map_err(|error| error.to_string())?;
        for settings in &customers {
            let record = self.deps.store.customer(&settings.id).map_err(|error| error.to_string())?;
            let Some(record) = record else { continue };
            let _ = self.system.send(Run { settings: Arc::clone(settings), record }).await;
            self.nudge(&settings.id);
        }
        let mut known = self.customers.write().unwrap_or_else(PoisonError::into_inner);
        for settings in customers {
            known.retain(|known| known.id != settings.id);
            known.push(settings);
        }
        known.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(changes)
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
            service: Arc::new(self.clone()),
            admin_token,
            signing_key,
        }
    }

    /// The address that Constant Contact sends a browser back to; it must be registered exactly so.
    fn redirect_uri(&self) -> String {
        format!("{}/oauth/constant-contact/callback", self.deps.settings.http.public_url)
    }

    async fn deliver(&self, customer: CustomerId, delivery: Delivery) -> Result<EventsKept, IntakeError> {
        let (kept, told) = oneshot::channel();
        let arrived = Arrived { delivery, kept };
        self.system.send(DeliveryFor { customer, arrived }).await.unwrap_or(Err(IntakeError::Busy))?;
        match told.await {
            Ok(Ok(kept)) => Ok(kept),
            Ok(Err(_)) => Err(IntakeError::Store),
            Err(_) => Err(IntakeError::Busy),
        }
    }

    fn customer_snapshots(&self) -> Result<Vec<CustomerSnapshot>, StoreError> {
        let store = &self.deps.store;
        let now = self.deps.clock.now();
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
            snapshots.push(CustomerSnapshot {
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

    /// Trades a code for tokens, if they are of the customer's own account (I5); a pause that a refused grant brought is then over
    /// (B3). Gives the account.
    async fn connected(&self, customer: CustomerId, code: String) -> Result<String, String> {
        let context = self.context(&customer).ok_or_else(|| format!("{customer} does not run"))?;
        let granted = context.cc.connect(code, self.redirect_uri(), &context.store).await;
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
        let kept = self.deliver(customer.clone(), Delivery::Hints(about));
        Box::pin(async move { kept.await.map(drop) })
    }

    fn events(
        &self,
        customer: &CustomerId,
        events: Vec<ContactEvent>,
    ) -> LocalBoxFuture<'_, Result<EventsKept, IntakeError>> {
        Box::pin(self.deliver(customer.clone(), Delivery::Events(events)))
    }

    fn nudge(&self, customer: &CustomerId) {
        // Lost is fine: every actor also looks by itself.
        let _ = self.system.try_send(LookAt(customer.clone()));
    }

    fn apply(&self) -> LocalBoxFuture<'_, Result<Vec<String>, OperatorError>> {
        Box::pin(async move {
            let read = read_customers(&self.deps.settings.customers_dir, &Environment::of_process());
            let found: HashSet<_> = read.customers.iter().map(|one| one.id.clone()).collect();
            let mut changes = self.run(read.customers).await.map_err(OperatorError::Failed)?;
            if !read.problems.is_empty() {
                return Err(OperatorError::Settings(read.problems.to_string()));
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

    fn connect(&self, customer: &CustomerId, code: String) -> LocalBoxFuture<'_, Result<String, String>> {
        Box::pin(self.connected(customer.clone(), code))
    }

    fn authorize_url(&self, customer: &CustomerId, state: &str) -> Option<String> {
        let context = self.context(customer)?;
        Some(context.cc.oauth().authorize_url(state, &self.redirect_uri()))
    }

    fn session(&self, customer: &CustomerId) -> Option<Session> {
        self.context(customer).map(|context| context.cc.session().clone())
    }

    fn snapshot(&self) -> LocalBoxFuture<'_, Snapshot> {
        Box::pin(async move {
            let customers = self.customer_snapshots().unwrap_or_else(|error| {
                tracing::error!(%error, "the store cannot be read for the metrics: this answer shows no customers");
                Vec::new()
            });
            let store = self.deps.store.engine().metrics().snapshot();
            Snapshot { customers, budgets: self.system.send(Budgets).await.unwrap_or_default(), store }
        })
    }

    fn is_ready(&self) -> bool {
        self.system.connected() && self.store_failed.borrow().is_none()
    }
}
