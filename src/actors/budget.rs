//! CallBudget: permits for calls of one Constant Contact key, for all its customers together.
//!
//! Per second a window, per UTC day a ledger on disk, lanes by urgency, customers in turn within a lane (W4).

use std::time::Duration;

use actix::prelude::*;
use futures_util::future::LocalBoxFuture;
use tokio::sync::oneshot;

use crate::{
    access::Permits,
    budget::{DailyClaim, DailyLedger, DailyTake, FairQueue, PerSecond},
    clock::Clock,
    domain::{CustomerId, Lane, Timestamp},
    store::Store,
};

/// Messages that wait in the mailbox; a sender that finds it full waits in turn.
const MAILBOX: usize = 1024;
/// Waiters in a lane: every one of 10,000 customers with its poller and a few more.
const WAITERS_MAX: usize = 40_000;
/// Waiters of one customer in a lane.
const WAITERS_OF_ONE_MAX: usize = 64;
/// Calls claimed on disk at once: a kill over-counts by fewer.
const BLOCK: u64 = 25;
/// Calls claimed at once where the day is practically without limit.
const BLOCK_LARGE: u64 = 5_000;

/// Permits for the calls of one key.
pub struct CallBudget {
    key: String,
    store: Store,
    clock: std::sync::Arc<dyn Clock>,
    per_second: PerSecond,
    day: DailyLedger,
    waiting: FairQueue<oneshot::Sender<Result<(), Timestamp>>>,
    claiming: bool,
    timer: Option<SpawnHandle>,
}

impl std::fmt::Debug for CallBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallBudget")
    }
}

impl CallBudget {
    /// The budget of a key, going on from the ledger on disk.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn new(
        key: String,
        store: Store,
        clock: std::sync::Arc<dyn Clock>,
        per_second: u64,
        per_day: u64,
    ) -> Result<Self, crate::store::StoreError> {
        let kept = store.ledger(&key)?;
        let block = if per_day >= 1_000_000 { BLOCK_LARGE } else { BLOCK };
        Ok(Self {
            key,
            store,
            clock,
            per_second: PerSecond::new(per_second),
            day: DailyLedger::new(per_day, block, kept),
            waiting: FairQueue::new(WAITERS_MAX, WAITERS_OF_ONE_MAX),
            claiming: false,
            timer: None,
        })
    }

    /// Gives a permit to each waiter that may call now.
    fn serve(&mut self, ctx: &mut Context<Self>) {
        while let Some(lane) = self.waiting.next_lane() {
            if self.claiming {
                return;
            }
            // A waiter that stood back takes no permit (W6).
            if self.waiting.peek().is_some_and(oneshot::Sender::is_closed) {
                self.waiting.pop();
                continue;
            }
            let now = self.clock.now();
            match self.day.try_take(lane, now) {
                DailyTake::Granted => {}
                DailyTake::Claim(claim) => return self.claim(claim, ctx),
                DailyTake::Wait(until, _) => {
                    // The caller is told and parks its work until then, instead of waiting here (W4).
                    if let Some((_, _, waiter)) = self.waiting.pop() {
                        let _ = waiter.send(Err(until));
                    }
                    continue;
                }
            }
            if let Err(wait) = self.per_second.try_take(lane, now) {
                self.day.give_back();
                return self.serve_later(wait, ctx);
            }
            if let Some((_, _, waiter)) = self.waiting.pop() {
                // A waiter that gives up just now leaves its permit unused: the ledger rather counts too much than too little.
                let _ = waiter.send(Ok(()));
            }
        }
    }

    fn serve_later(&mut self, wait: Duration, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        self.timer = Some(ctx.run_later(wait, |budget, ctx| {
            budget.timer = None;
            budget.serve(ctx);
        }));
    }

    /// Makes a block of calls durable before any of them is made.
    fn claim(&mut self, claim: DailyClaim, ctx: &mut Context<Self>) {
        self.claiming = true;
        let (store, key) = (self.store.clone(), self.key.clone());
        let claimed = async move { store.claim_calls(key, claim).await };
        ctx.spawn(claimed.into_actor(self).map(|granted, budget, ctx| {
            budget.claiming = false;
            match granted {
                Ok(grant) => {
                    budget.day.claimed(grant);
                    budget.serve(ctx);
                }
                Err(error) => not_kept(&error),
            }
        }));
    }
}

fn not_kept(error: &crate::store::StoreError) {
    tracing::error!(%error, "the ledger of calls cannot be kept: no further call of this key is permitted until it can");
}

impl Actor for CallBudget {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

/// Asks for one call. Sent by the customers' actors.
#[derive(Message)]
#[rtype(result = "()")]
struct Acquire {
    customer: CustomerId,
    lane: Lane,
    waiter: oneshot::Sender<Result<(), Timestamp>>,
}

impl Handler<Acquire> for CallBudget {
    type Result = ();

    fn handle(&mut self, message: Acquire, ctx: &mut Self::Context) {
        let Acquire { customer, lane, waiter } = message;
        if let Err(full) = self.waiting.push(customer, lane, waiter) {
            let _ = full.0.send(Err(self.clock.now().plus(Duration::from_secs(1))));
        }
        self.serve(ctx);
    }
}

/// What became of a call that the budget has to know. Sent by the customers' actors.
#[derive(Message)]
#[rtype(result = "()")]
enum Outcome {
    /// The call never left this machine (E4).
    Unsent,
    Throttled,
    /// The call was answered after so long.
    Answered(Duration),
    /// With the server's time, if it is known.
    QuotaExceeded(Option<Timestamp>),
}

impl Handler<Outcome> for CallBudget {
    type Result = ();

    fn handle(&mut self, message: Outcome, ctx: &mut Self::Context) {
        let now = self.clock.now();
        match message {
            // A permit of yesterday that comes back today gives one call too many: the server refuses it (W4).
            Outcome::Unsent => self.day.give_back(),
            Outcome::Throttled => self.per_second.throttled(now),
            Outcome::Answered(after) => self.per_second.answered(after),
            Outcome::QuotaExceeded(server) => {
                let until = self.day.quota_exceeded(now, server);
                tracing::warn!(
                    "Constant Contact's quota of this key is used up: nothing is called until 00:00 UTC"
                );
                let (store, key) = (self.store.clone(), self.key.clone());
                let stop = async move {
                    if let Err(error) = store.stop_calls(key, until).await {
                        not_kept(&error);
                    }
                };
                ctx.spawn(stop.into_actor(self).map(|(), budget, ctx| budget.serve(ctx)));
            }
        }
    }
}

/// The end: gives back the calls that were claimed and not made. Sent by the system.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Settle;

impl Handler<Settle> for CallBudget {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Settle, _: &mut Self::Context) -> Self::Result {
        let (day, unspent) = self.day.settle();
        let (store, key) = (self.store.clone(), self.key.clone());
        Box::pin(async move {
            if unspent > 0
                && let Err(error) = store.give_back_calls(key, day, unspent).await
            {
                not_kept(&error);
            }
        })
    }
}

/// What is left of the day. Sent by the metrics page.
#[derive(Message)]
#[rtype(result = "u64")]
pub struct Remaining;

impl Handler<Remaining> for CallBudget {
    type Result = u64;

    fn handle(&mut self, _: Remaining, _: &mut Self::Context) -> u64 {
        self.day.remaining(Lane::Consent, self.clock.now())
    }
}

/// One customer's way to the permits of its key: messages to the budget's actor.
#[derive(Clone)]
pub struct CcPermits {
    customer: CustomerId,
    budget: Addr<CallBudget>,
}

impl CcPermits {
    /// For this customer.
    #[must_use]
    pub fn new(customer: CustomerId, budget: Addr<CallBudget>) -> Self {
        Self { customer, budget }
    }
}

impl Permits for CcPermits {
    fn acquire(&self, lane: Lane) -> LocalBoxFuture<'_, Result<(), Timestamp>> {
        let (waiter, permit) = oneshot::channel();
        let customer = self.customer.clone();
        Box::pin(async move {
            // `send` waits for room in the mailbox: that is the backpressure.
            match self.budget.send(Acquire { customer, lane, waiter }).await {
                Ok(()) => permit.await.unwrap_or(Err(Timestamp::FAR_FUTURE)),
                Err(_) => Err(Timestamp::FAR_FUTURE),
            }
        })
    }

    fn give_back(&self) {
        // A lost message counts one call too many, which is the safe side.
        let _ = self.budget.try_send(Outcome::Unsent);
    }

    fn answered(&self, after: Duration) {
        // A lost message measures the way with one answer fewer.
        let _ = self.budget.try_send(Outcome::Answered(after));
    }

    fn throttled(&self) {
        let _ = self.budget.try_send(Outcome::Throttled);
    }

    fn quota_exceeded(&self, server: Option<Timestamp>) {
        let _ = self.budget.try_send(Outcome::QuotaExceeded(server));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        clock::TokioClock,
        store::{Mode, Options},
    };

    #[actix::test]
    async fn w4_an_orderly_end_keeps_the_exact_count_of_the_day() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(Timestamp::from_secs(1_800_000_000)));
        let budget = CallBudget::new("key".to_owned(), store.clone(), clock, 1_000, 10_000).unwrap().start();
        let permits = CcPermits::new("hope".parse().unwrap(), budget.clone());
        for _ in 0..3 {
            permits.acquire(Lane::Change).await.unwrap();
        }
        assert_eq!(store.ledger("key").unwrap().used, BLOCK, "a block is claimed ahead of use");
        budget.send(Settle).await.unwrap();
        assert_eq!(store.ledger("key").unwrap().used, 3);
        // A call after the settlement claims a block anew.
        permits.acquire(Lane::Change).await.unwrap();
        assert_eq!(store.ledger("key").unwrap().used, 3 + BLOCK);
        store.stop().unwrap();
    }
}
