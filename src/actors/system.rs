//! System: starts the customers, owns the budgets, passes on what comes from outside, stops everything in order.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use actix::prelude::*;
use futures_util::future::join_all;
use tokio::sync::watch;

use super::{
    budget::{CallBudget, Remaining, Settle},
    context_factory::ContextFactory,
    customer::{CustomerSupervisor, Surroundings},
    ending::{LiveCount, end},
    messages::StoreFailed,
    registry::Registry,
};
use crate::{
    config::CustomerSettings,
    deps::Deps,
    domain::{CustomerId, CustomerRecord, System as SystemName},
    metrics::BudgetSnapshot,
    store::{CustomerNo, StoreError},
};

/// Messages that wait: every customer of a large host may send one at a time.
const MAILBOX: usize = 1024;

/// A customer that runs, or whose last turns are still under way.
struct Running {
    /// The settings that it is to run with, now or once it has ended. `None`: it does not start again.
    wanted: Option<Wanted>,
    supervisor: Addr<CustomerSupervisor>,
    ends: bool,
    live: LiveCount,
}

/// What a customer is to run with.
#[derive(Clone)]
struct Wanted {
    settings: Arc<CustomerSettings>,
    number: CustomerNo,
}

/// The root actor.
pub struct System {
    factory: ContextFactory,
    cc_budget: Addr<CallBudget>,
    cc_key: String,
    customers: HashMap<CustomerId, Running>,
    registry: Registry,
    receivers: ArbiterHandle,
    stopping: watch::Sender<bool>,
    store_failed: watch::Sender<Option<String>>,
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "System({} customers)", self.customers.len())
    }
}

impl System {
    /// Starts the system without customers, with the thread that receivers of hooks shall run on.
    ///
    /// # Errors
    /// When the ledger of calls cannot be read.
    pub fn start_with(
        deps: Deps,
        registry: Registry,
        receivers: ArbiterHandle,
        store_failed: watch::Sender<Option<String>>,
    ) -> Result<Addr<Self>, StoreError> {
        let cc = &deps.settings.constant_contact;
        let cc_key = cc.ledger_key();
        let budget = CallBudget::new(
            cc_key.clone(),
            deps.store.clone(),
            Arc::clone(&deps.clock),
            cc.calls_per_second,
            cc.calls_per_day,
        )?;
        let cc_budget = budget.start();
        let stopping = watch::Sender::new(false);
        let system = Self {
            factory: ContextFactory::new(deps, cc_budget.clone(), stopping.subscribe()),
            cc_budget,
            cc_key,
            customers: HashMap::new(),
            registry,
            receivers,
            stopping,
            store_failed,
        };
        Ok(system.start())
    }

    /// Starts a customer of whom nothing runs. It can be asked and told things at once; its first turns come after the wait.
    fn begin(&mut self, wanted: Wanted, live: LiveCount, starts_in: Duration, ctx: &Context<Self>) {
        let context = self.factory.context(&wanted.settings, wanted.number);
        let id = context.id.clone();
        context.metrics.begin(&id);
        let failed = ctx.address().recipient();
        let looks = Arc::default();
        let surroundings = Surroundings {
            context: context.clone(),
            looks: Arc::clone(&looks),
            intake: self.registry.intake(&id),
            receivers: self.receivers.clone(),
        };
        let supervisor = CustomerSupervisor::new(surroundings, live.clone(), failed, starts_in).start();
        self.registry.insert(context, live.clone(), looks);
        self.customers.insert(id, Running { wanted: Some(wanted), supervisor, ends: false, live });
    }

    /// Asks a customer to end, unless it was asked already; what is wanted of it then follows.
    fn end(&mut self, id: &CustomerId, ctx: &mut Context<Self>) {
        let Some(running) = self.customers.get_mut(id).filter(|running| !running.ends) else { return };
        running.ends = true;
        let (supervisor, id) = (running.supervisor.clone(), id.clone());
        ctx.spawn(end(supervisor).into_actor(self).map(move |(), system, ctx| system.ended(&id, ctx)));
    }

    /// A customer has ended: it starts anew with a new token session, or it is removed.
    fn ended(&mut self, id: &CustomerId, ctx: &mut Context<Self>) {
        let Some(Running { wanted, live, .. }) = self.customers.remove(id) else { return };
        match wanted {
            Some(wanted) => self.begin(wanted, live, Duration::ZERO, ctx),
            None => self.registry.remove(id),
        }
    }
}

impl Actor for System {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

/// Run this customer with these settings. A customer that runs with others ends first, and then starts anew. Answers at once.
/// Sent by the app.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Run {
    /// Its settings.
    pub settings: Arc<CustomerSettings>,
    /// Its record.
    pub record: CustomerRecord,
    /// How long its first turns wait, if nothing of it runs: many starts are spread ([`super::starts`]).
    pub starts_in: Duration,
}

impl Handler<Run> for System {
    type Result = ();

    fn handle(&mut self, message: Run, ctx: &mut Self::Context) {
        let Run { settings, record, starts_in } = message;
        if *self.stopping.borrow() {
            return;
        }
        let id = settings.id.clone();
        let wanted = Wanted { settings, number: record.number };
        let Some(running) = self.customers.get_mut(&id) else {
            return self.begin(wanted, LiveCount::default(), starts_in, ctx);
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

/// What is left of every budget. Sent by the metrics page.
#[derive(Debug, Message)]
#[rtype(result = "Vec<BudgetSnapshot>")]
pub struct Budgets;

impl Handler<Budgets> for System {
    type Result = ResponseFuture<Vec<BudgetSnapshot>>;

    fn handle(&mut self, _: Budgets, _: &mut Self::Context) -> Self::Result {
        let mut budgets: Vec<BudgetSnapshot> = self
            .customers
            .values()
            .filter_map(|running| self.factory.budget_left(&running.wanted.as_ref()?.settings))
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
            // No actor calls any more: keep the exact count, so that the next start does not count the rest of a block.
            let _ = budget.send(Settle).await;
            ended
        })
    }
}
