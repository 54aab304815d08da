//! System: starts the customers, owns the budgets, passes on what comes from outside, stops everything in order.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix::prelude::*;
use futures_util::future::join_all;
use tokio::sync::watch;

use super::{
    access::{
        constant_contact::{CcAccess, StoreTokens},
        virtuous::{OrganisationBudget, VirtuousAccess, observer},
    },
    budget::{CallBudget, CcPermits, Remaining},
    customer::{CustomerSupervisor, Deliver, HasEnded, Look, StoreFailed},
    env::CustomerEnv,
    webhook::HintsArrived,
};
use crate::{
    app::Surroundings,
    budget::{HourlyBudget, UNLIMITED},
    clock::Clock,
    config::{CustomerSettings, Settings, fingerprint, rules},
    constant_contact::{self, OAuth, Session},
    domain::{CustomerId, CustomerRecord, Lane, System as SystemName},
    http::{
        intake::IntakeError,
        metrics::{BudgetSnapshot, Metrics},
    },
    store::{Store, StoreError},
    transport::Transport,
    virtuous,
};

/// Messages that wait: every customer of a large host may send one at a time.
const MAILBOX: usize = 1024;
/// How often it is looked whether children have ended while the process stops.
const STOP_LOOK_EVERY: Duration = Duration::from_millis(20);

/// What the system is built from; everything that a test replaces is here.
#[derive(Clone)]
pub struct Parts {
    /// The process' settings.
    pub settings: Arc<Settings>,
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// Metrics.
    pub metrics: Metrics,
}

/// A customer that runs.
struct Running {
    settings: Arc<CustomerSettings>,
    supervisor: Addr<CustomerSupervisor>,
}

/// The root actor.
pub struct System {
    parts: Parts,
    cc_budget: Addr<CallBudget>,
    cc_key: String,
    organisations: HashMap<String, OrganisationBudget>,
    customers: HashMap<CustomerId, Running>,
    surroundings: Surroundings,
    stopping: watch::Sender<bool>,
    store_failed: watch::Sender<Option<String>>,
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "System({} customers)", self.customers.len())
    }
}

impl System {
    /// Starts the system without customers.
    ///
    /// # Errors
    /// When the ledger of calls cannot be read.
    pub fn start_with(
        parts: Parts,
        surroundings: Surroundings,
        store_failed: watch::Sender<Option<String>>,
    ) -> Result<Addr<Self>, StoreError> {
        let cc = &parts.settings.constant_contact;
        // A short fingerprint: the budget's name on disk and in metrics, never the key itself.
        let cc_key: String = fingerprint(&cc.client_id).chars().take(12).collect();
        let budget = CallBudget::new(
            cc_key.clone(),
            parts.store.clone(),
            Arc::clone(&parts.clock),
            cc.calls_per_second,
            cc.calls_per_day,
        )?;
        let system = Self {
            cc_budget: budget.start(),
            cc_key,
            organisations: HashMap::new(),
            customers: HashMap::new(),
            surroundings,
            stopping: watch::Sender::new(false),
            store_failed,
            parts,
        };
        Ok(system.start())
    }

    fn env(&mut self, settings: &Arc<CustomerSettings>, record: &CustomerRecord) -> CustomerEnv {
        let Parts { settings: process, store, clock, transport, metrics } = &self.parts;
        let (id, number) = (settings.id.clone(), record.number);
        let cc = &process.constant_contact;
        let oauth = OAuth::new(
            Arc::clone(transport),
            &cc.auth_url,
            &cc.client_id,
            secrecy::SecretString::from(cc.client_secret.expose().to_owned()),
        );
        let tokens = StoreTokens { store: store.clone(), customer: number, clock: Arc::clone(clock) };
        let session = Session::new(oauth.clone(), Arc::new(tokens), Arc::clone(clock));
        let permits = CcPermits::new(id.clone(), self.cc_budget.clone());
        let cc_client = constant_contact::Client::new(Arc::clone(transport), &cc.api_url);
        let cc_access =
            CcAccess::new(id.clone(), cc_client, oauth, session, permits, Arc::clone(clock), metrics.clone());

        // Customers that share a key share an organisation, and so its hour.
        let organisation = settings.virtuous.api_key.fingerprint();
        let ceiling = settings.virtuous.ceiling(&process.virtuous);
        let import = settings.import.calls_per_hour;
        let budget = self
            .organisations
            .entry(organisation)
            .or_insert_with(|| Arc::new(Mutex::new(HourlyBudget::new(ceiling, import))));
        let api_key = secrecy::SecretString::from(settings.virtuous.api_key.expose().to_owned());
        let client = virtuous::Client::new(
            Arc::clone(transport),
            Arc::clone(clock),
            &process.virtuous.api_url,
            &api_key,
            observer(Arc::clone(budget), Arc::clone(clock)),
        );
        let virtuous =
            VirtuousAccess::new(id.clone(), client, Arc::clone(budget), Arc::clone(clock), metrics.clone());
        CustomerEnv {
            id,
            number,
            rules: Arc::new(rules(settings)),
            settings: Arc::clone(settings),
            store: store.clone(),
            clock: Arc::clone(clock),
            metrics: metrics.clone(),
            cc: cc_access,
            virtuous,
            stopping: self.stopping.subscribe(),
        }
    }
}

impl Actor for System {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

/// Run this customer with these settings; one that runs with others is restarted. Sent by the app.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Run {
    /// Its settings.
    pub settings: Arc<CustomerSettings>,
    /// Its record.
    pub record: CustomerRecord,
}

impl Handler<Run> for System {
    type Result = ();

    fn handle(&mut self, message: Run, ctx: &mut Self::Context) {
        let Run { settings, record } = message;
        if self.customers.get(&settings.id).is_some_and(|running| running.settings == settings) {
            return;
        }
        let env = self.env(&settings, &record);
        let supervisor = CustomerSupervisor::new(env.clone(), ctx.address().recipient()).start();
        let mut surroundings = self.surroundings.write().unwrap_or_else(PoisonError::into_inner);
        surroundings.insert(settings.id.clone(), env);
        drop(surroundings);
        self.customers.insert(settings.id.clone(), Running { settings, supervisor });
    }
}

/// Something about a customer changed. Sent by the app.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct LookAt(pub CustomerId);

impl Handler<LookAt> for System {
    type Result = ();

    fn handle(&mut self, message: LookAt, _: &mut Self::Context) {
        if let Some(running) = self.customers.get(&message.0) {
            let _ = running.supervisor.try_send(Look);
        }
    }
}

/// Hints for a customer. Sent by the HTTP side.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), IntakeError>")]
pub struct HintsFor {
    /// Whose.
    pub customer: CustomerId,
    /// What.
    pub arrived: HintsArrived,
}

impl Handler<HintsFor> for System {
    type Result = ResponseFuture<Result<(), IntakeError>>;

    fn handle(&mut self, message: HintsFor, _: &mut Self::Context) -> Self::Result {
        let Some(running) = self.customers.get(&message.customer) else {
            return Box::pin(async { Err(IntakeError::Unknown) });
        };
        let deliver = running.supervisor.send(Deliver(message.arrived));
        Box::pin(async move { deliver.await.unwrap_or(Err(IntakeError::Busy)) })
    }
}

/// What is left of every budget. Sent by the metrics page.
#[derive(Debug, Message)]
#[rtype(result = "Vec<BudgetSnapshot>")]
pub struct Budgets;

impl Handler<Budgets> for System {
    type Result = ResponseFuture<Vec<BudgetSnapshot>>;

    fn handle(&mut self, _: Budgets, _: &mut Self::Context) -> Self::Result {
        let now = self.parts.clock.now();
        let mut budgets: Vec<BudgetSnapshot> = self
            .customers
            .values()
            .filter_map(|running| {
                let budget = self.organisations.get(&running.settings.virtuous.api_key.fingerprint())?;
                let mut budget = budget.lock().ok()?;
                let remaining = budget.remaining(Lane::Consent, now);
                let key = running.settings.id.as_str().to_owned();
                (remaining < UNLIMITED).then_some(BudgetSnapshot {
                    system: SystemName::Virtuous,
                    key,
                    remaining,
                })
            })
            .collect();
        let (cc, key) = (self.cc_budget.send(Remaining), self.cc_key.clone());
        Box::pin(async move {
            if let Ok(remaining) = cc.await {
                budgets.push(BudgetSnapshot { system: SystemName::ConstantContact, key, remaining });
            }
            budgets.sort_by(|one, other| one.key.cmp(&other.key));
            budgets
        })
    }
}

impl Handler<StoreFailed> for System {
    type Result = ();

    fn handle(&mut self, message: StoreFailed, _: &mut Self::Context) {
        self.store_failed.send_replace(Some(message.0));
    }
}

/// Stop: every child finishes the call in flight and ends. Answers when all have, or the time is up. Sent by the app.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub struct Stop {
    /// The most time to take.
    pub within: Duration,
}

impl Handler<Stop> for System {
    type Result = ResponseFuture<bool>;

    fn handle(&mut self, message: Stop, _: &mut Self::Context) -> Self::Result {
        self.stopping.send_replace(true);
        let supervisors: Vec<_> = self.customers.drain().map(|(_, running)| running.supervisor).collect();
        let wait_for_all = async move {
            let mut live = supervisors;
            loop {
                let ended = join_all(live.iter().map(|supervisor| supervisor.send(HasEnded))).await;
                let mut ended = ended.into_iter();
                live.retain(|_| !ended.next().is_some_and(|ended| ended.unwrap_or(true)));
                if live.is_empty() {
                    return;
                }
                tokio::time::sleep(STOP_LOOK_EVERY).await;
            }
        };
        Box::pin(async move { tokio::time::timeout(message.within, wait_for_all).await.is_ok() })
    }
}
