//! CustomerSupervisor: builds a customer's children from factories, and restarts them as one generation with backoff.
//!
//! `actix::Supervisor` is not used: it does not rebuild an actor and does not survive a panic (pinned by a test below).

use std::time::Duration;

use actix::prelude::*;
use tokio::sync::watch;

use super::{
    ending::{End, end},
    env::CustomerEnv,
    turner::{Nudge, Poller, Submitter, Turner},
    webhook::{Arrived, WebhookReceiver},
};
use crate::{
    domain::{Pause, Reason},
    http::intake::IntakeError,
};

/// Messages that wait.
const MAILBOX: usize = 32;
/// How often the children are looked at: a child that ended without a word is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// First wait before a new generation.
const BACKOFF: Duration = Duration::from_secs(1);
/// Longest wait.
const BACKOFF_MAX: Duration = Duration::from_secs(300);
/// A generation that lived so long was well.
const WELL_AFTER: Duration = Duration::from_secs(600);

/// How a child ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It panicked: a bug. The generation ends and a new one starts.
    Panicked(String),
    /// It cannot go on until somebody acts: the customer pauses (B3).
    Pause(Reason),
    /// The store failed: the process stops.
    Store(String),
}

/// A child ended. Sent by children to their supervisor.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct ChildEnded {
    /// Which generation it was of.
    pub generation: u64,
    /// Which child.
    pub child: &'static str,
    /// How.
    pub ending: Ending,
}

/// The children of one generation.
struct Children {
    poller: Addr<Turner<Poller>>,
    submitter: Addr<Turner<Submitter>>,
    receiver: Addr<WebhookReceiver>,
    ending: watch::Sender<bool>,
}

impl Children {
    fn all_live(&self) -> bool {
        let Self { poller, submitter, receiver, ending: _ } = self;
        poller.connected() && submitter.connected() && receiver.connected()
    }

    /// Asks all to end, and waits until the last is gone: a long turn stops at its next call.
    async fn end(self) {
        let Self { poller, submitter, receiver, ending } = self;
        ending.send_replace(true);
        tokio::join!(end(receiver), end(poller), end(submitter));
    }
}

/// Where the generations stand.
enum Standing {
    /// One runs.
    Runs(Children),
    /// One has been asked to end, and finishes its turns.
    Ends,
    /// None runs: the next waits for its time.
    Waits,
}

/// The supervisor of one customer.
pub struct CustomerSupervisor {
    env: CustomerEnv,
    store_failed: Recipient<StoreFailed>,
    generation: u64,
    standing: Standing,
    restarts: u32,
    started_at: crate::domain::Timestamp,
    asked: Vec<End>,
}

/// The store failed: the process has to stop. Sent by supervisors to the system.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct StoreFailed(pub String);

impl std::fmt::Debug for CustomerSupervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CustomerSupervisor({})", self.env.id)
    }
}

impl CustomerSupervisor {
    /// A supervisor with these surroundings.
    #[must_use]
    pub fn new(env: CustomerEnv, store_failed: Recipient<StoreFailed>) -> Self {
        let started_at = env.now();
        let (standing, asked) = (Standing::Waits, Vec::new());
        Self { env, store_failed, generation: 0, standing, restarts: 0, started_at, asked }
    }

    /// Starts a generation: a plain start, since all state is in the store.
    fn start(&mut self, ctx: &mut Context<Self>) {
        if self.env.is_stopping() || !self.asked.is_empty() {
            return;
        }
        self.generation += 1;
        self.started_at = self.env.now();
        let parent = || ctx.address().recipient();
        let (ending, ends) = watch::channel(false);
        let env = CustomerEnv { ending: ends, ..self.env.clone() };
        let submitter = Turner::<Submitter>::new(env.clone(), parent(), None, self.generation).start();
        let next = Some(submitter.clone().recipient());
        let poller = Turner::<Poller>::new(env.clone(), parent(), next, self.generation).start();
        let receiver =
            WebhookReceiver::new(env, poller.clone().recipient(), submitter.clone().recipient()).start();
        self.standing = Standing::Runs(Children { poller, submitter, receiver, ending });
    }

    /// Ends the generation, if one runs. The next begins when its last turn is over, and a while later: never do two of
    /// one customer run at once.
    fn restart(&mut self, ctx: &mut Context<Self>) {
        match std::mem::replace(&mut self.standing, Standing::Ends) {
            Standing::Runs(children) => {
                ctx.spawn(children.end().into_actor(self).map(|(), supervisor, ctx| supervisor.ended(ctx)));
            }
            otherwise => self.standing = otherwise,
        }
    }

    /// The last child of a generation is gone.
    fn ended(&mut self, ctx: &mut Context<Self>) {
        self.standing = Standing::Waits;
        if !self.asked.is_empty() {
            ctx.stop();
            return;
        }
        if self.env.now().since(self.started_at) >= WELL_AFTER {
            self.restarts = 0;
        }
        let wait = BACKOFF.saturating_mul(1 << self.restarts.min(16)).min(BACKOFF_MAX);
        self.restarts += 1;
        ctx.run_later(wait, Self::start);
    }

    fn pause(&mut self, reason: Reason, ctx: &mut Context<Self>) {
        tracing::error!(customer = %self.env.id, %reason, "customer paused until somebody acts");
        let now = self.env.now();
        let pause = Pause { since: now, reason, by_operator: false };
        let (store, number) = (self.env.store.clone(), self.env.number);
        let keep = async move { store.update_customer(number, |record| record.pause = Some(pause)).await };
        ctx.spawn(keep.into_actor(self).map(|kept, supervisor, ctx| match kept {
            // The new generation finds the pause and idles until it is lifted.
            Ok(_) => supervisor.restart(ctx),
            Err(error) => drop(supervisor.store_failed.try_send(StoreFailed(error.to_string()))),
        }));
    }
}

impl Actor for CustomerSupervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.start(ctx);
        ctx.run_interval(LOOK_EVERY, |supervisor, ctx| {
            if supervisor.env.is_stopping() {
                return;
            }
            if matches!(&supervisor.standing, Standing::Runs(children) if !children.all_live()) {
                tracing::error!(customer = %supervisor.env.id, "a child ended without a word: a new generation starts");
                supervisor.restart(ctx);
            }
        });
    }
}

impl Handler<ChildEnded> for CustomerSupervisor {
    type Result = ();

    fn handle(&mut self, message: ChildEnded, ctx: &mut Self::Context) {
        let ChildEnded { generation, child, ending } = message;
        if generation != self.generation {
            return;
        }
        match ending {
            Ending::Panicked(text) => {
                tracing::error!(customer = %self.env.id, child, text, "a bug ended this generation");
                self.env.metrics.effect(&self.env.id, "generation", "panicked");
                self.restart(ctx);
            }
            Ending::Pause(reason) => self.pause(reason, ctx),
            Ending::Store(error) => drop(self.store_failed.try_send(StoreFailed(error))),
        }
    }
}

/// Something about the customer changed: look now. Sent by the system.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Look;

impl Handler<Look> for CustomerSupervisor {
    type Result = ();

    fn handle(&mut self, _: Look, _: &mut Self::Context) {
        if let Standing::Runs(children) = &self.standing {
            // Full means that a nudge is waiting already.
            let _ = children.poller.try_send(Nudge);
            let _ = children.submitter.try_send(Nudge);
        }
    }
}

/// A delivery for the receiver. Sent by the system.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), IntakeError>")]
pub struct Deliver(pub Arrived);

impl Handler<Deliver> for CustomerSupervisor {
    type Result = Result<(), IntakeError>;

    fn handle(&mut self, message: Deliver, _: &mut Self::Context) -> Self::Result {
        let Standing::Runs(children) = &self.standing else { return Err(IntakeError::Busy) };
        children.receiver.try_send(message.0).map_err(|_| IntakeError::Busy)
    }
}

impl Handler<End> for CustomerSupervisor {
    type Result = ();

    fn handle(&mut self, message: End, ctx: &mut Self::Context) {
        self.asked.push(message);
        self.restart(ctx);
        if matches!(self.standing, Standing::Waits) {
            ctx.stop();
        }
    }
}
