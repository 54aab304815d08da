//! System: starts the customers, owns the budgets, passes on what comes from outside, stops everything in order.

use std::{
    collections::{HashMap, HashSet},
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
    budget::{CallBudget, CcPermits, Remaining, Settle},
    customer::{CustomerSupervisor, Deliver, Look, StoreFailed},
    ending::{Alive, end},
    env::CustomerEnv,
    webhook::Arrived,
};
use crate::{
    app::Surroundings,
    budget::{HourlyBudget, UNLIMITED},
    clock::Clock,
    config::{CustomerSettings, Settings, rules},
    constant_contact::{self, OAuth, Session},
    domain::{CustomerId, CustomerRecord, Lane, System as SystemName},
    http::{
        intake::IntakeError,
        metrics::{BudgetSnapshot, Metrics},
    },
    store::{CustomerNo, Store, StoreError},
    transport::Transport,
    virtuous,
};

/// Messages that wait: every customer of a large host may send one at a time.
const MAILBOX: usize = 1024;

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

/// A customer that runs, or whose last turns are still under way.
struct Running {
    /// What it is to run with: its own settings, or those that it starts anew with once it has ended. `None`: it goes.
    wanted: Option<Wanted>,
    supervisor: Addr<CustomerSupervisor>,
    ends: bool,
    alive: Alive,
}

/// What a customer is to run with.
#[derive(Clone)]
struct Wanted {
    settings: Arc<CustomerSettings>,
    number: CustomerNo,
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
        let cc_key = cc.ledger_key();
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

    /// Starts a customer of whom nothing runs.
    fn begin(&mut self, wanted: Wanted, alive: Alive, ctx: &Context<Self>) {
        let env = self.env(&wanted, alive.clone());
        let id = env.id.clone();
        env.metrics.begin(&id);
        let supervisor = CustomerSupervisor::new(env.clone(), ctx.address().recipient()).start();
        self.surroundings.write().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), env);
        self.customers.insert(id, Running { wanted: Some(wanted), supervisor, ends: false, alive });
    }

    /// Asks a customer to end, unless it was asked already; what is wanted of it then follows.
    fn end(&mut self, id: &CustomerId, ctx: &mut Context<Self>) {
        let Some(running) = self.customers.get_mut(id).filter(|running| !running.ends) else { return };
        running.ends = true;
        let (supervisor, id) = (running.supervisor.clone(), id.clone());
        ctx.spawn(end(supervisor).into_actor(self).map(move |(), system, ctx| system.ended(&id, ctx)));
    }

    /// A customer has ended: it starts anew, with another token session than the one that ended, or it is gone.
    fn ended(&mut self, id: &CustomerId, ctx: &mut Context<Self>) {
        let Some(Running { wanted, alive, .. }) = self.customers.remove(id) else { return };
        match wanted {
            Some(wanted) => self.begin(wanted, alive, ctx),
            None => {
                self.surroundings.write().unwrap_or_else(PoisonError::into_inner).remove(id);
            }
        }
    }

    fn env(&mut self, wanted: &Wanted, alive: Alive) -> CustomerEnv {
        let Wanted { settings, number } = wanted;
        let Parts { settings: process, store, clock, transport, metrics } = &self.parts;
        let (id, number) = (settings.id.clone(), *number);
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
        // Settings that are applied again may have moved them; what was used stays used.
        budget.lock().unwrap_or_else(PoisonError::into_inner).set_ceilings(ceiling, import);
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
            public_url: process.http.public_url.as_str().into(),
            is_heard: process.http.public_url.starts_with("https:")
                || !process.virtuous.api_url.starts_with("https:"),
            settings: Arc::clone(settings),
            store: store.clone(),
            clock: Arc::clone(clock),
            metrics: metrics.clone(),
            cc: cc_access,
            virtuous,
            stopping: self.stopping.subscribe(),
            // Each generation has one of its own.
            ending: watch::Sender::new(false).subscribe(),
            alive,
        }
    }
}

impl Actor for System {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

/// Run this customer with these settings; one that runs with others ends first, and then starts anew. Answers at once.
/// Sent by the app.
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
        if *self.stopping.borrow() {
            return;
        }
        let id = settings.id.clone();
        let wanted = Wanted { settings, number: record.number };
        let Some(running) = self.customers.get_mut(&id) else {
            return self.begin(wanted, Alive::default(), ctx);
        };
        let same = |it: &Wanted| it.settings == wanted.settings && it.number == wanted.number;
        if running.ends || !running.wanted.as_ref().is_some_and(same) {
            running.wanted = Some(wanted);
            self.end(&id, ctx);
        }
    }
}

/// Run these customers and no others: whose file is gone ends. Answers when the last turn of those is over. Sent by the
/// app.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RunOnly(pub HashSet<CustomerId>);

impl Handler<RunOnly> for System {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, message: RunOnly, ctx: &mut Self::Context) -> Self::Result {
        let gone: Vec<_> = self.customers.keys().filter(|id| !message.0.contains(id)).cloned().collect();
        let mut ends = Vec::new();
        for id in gone {
            if let Some(running) = self.customers.get_mut(&id) {
                running.wanted = None;
                ends.push(end(running.supervisor.clone()));
                self.end(&id, ctx);
            }
        }
        Box::pin(async move { drop(join_all(ends).await) })
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

/// A delivery for a customer. Sent by the HTTP side.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), IntakeError>")]
pub struct DeliveryFor {
    /// Whose.
    pub customer: CustomerId,
    /// What.
    pub arrived: Arrived,
}

impl Handler<DeliveryFor> for System {
    type Result = ResponseFuture<Result<(), IntakeError>>;

    fn handle(&mut self, message: DeliveryFor, _: &mut Self::Context) -> Self::Result {
        let runs = |running: &&Running| running.wanted.is_some();
        let Some(running) = self.customers.get(&message.customer).filter(runs) else {
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
                let settings = &running.wanted.as_ref()?.settings;
                let budget = self.organisations.get(&settings.virtuous.api_key.fingerprint())?;
                let mut budget = budget.lock().ok()?;
                let remaining = budget.remaining(Lane::Consent, now);
                let key = settings.id.as_str().to_owned();
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
        let ends: Vec<_> = self.customers.drain().map(|(_, running)| end(running.supervisor)).collect();
        let budget = self.cc_budget.clone();
        Box::pin(async move {
            let ended = tokio::time::timeout(message.within, join_all(ends)).await.is_ok();
            // The exact count, now that nobody calls any more: the next start does not count the rest of a block.
            let _ = budget.send(Settle).await;
            ended
        })
    }
}
