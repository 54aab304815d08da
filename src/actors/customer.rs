//! CustomerSupervisor: builds a customer's children from factories, and restarts them as one generation with backoff.
//!
//! `actix::Supervisor` is not used: it does not rebuild an actor and does not survive a panic (pinned by a test below).

use std::time::Duration;

use actix::prelude::*;

use super::{
    env::CustomerEnv,
    turner::{Nudge, Poller, Submitter, Turner},
    webhook::{HintsArrived, WebhookReceiver},
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
}

impl Children {
    fn all_live(&self) -> bool {
        let Self { poller, submitter, receiver } = self;
        poller.connected() && submitter.connected() && receiver.connected()
    }
}

/// The supervisor of one customer.
pub struct CustomerSupervisor {
    env: CustomerEnv,
    store_failed: Recipient<StoreFailed>,
    generation: u64,
    children: Option<Children>,
    restarts: u32,
    started_at: crate::domain::Timestamp,
    restarting: bool,
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
        Self { env, store_failed, generation: 0, children: None, restarts: 0, started_at, restarting: false }
    }

    /// Starts a generation: a plain start, since all state is in the store.
    fn start(&mut self, ctx: &mut Context<Self>) {
        self.restarting = false;
        if self.env.is_stopping() {
            return;
        }
        self.generation += 1;
        self.started_at = self.env.now();
        let parent = || ctx.address().recipient();
        let submitter = Turner::<Submitter>::new(self.env.clone(), parent(), None, self.generation).start();
        let next = Some(submitter.clone().recipient());
        let poller = Turner::<Poller>::new(self.env.clone(), parent(), next, self.generation).start();
        let receiver = WebhookReceiver::new(self.env.clone(), poller.clone().recipient()).start();
        self.children = Some(Children { poller, submitter, receiver });
    }

    /// Ends the generation and starts a new one after a while. Dropping the addresses ends the children, each after its
    /// turn.
    fn restart(&mut self, ctx: &mut Context<Self>) {
        self.children = None;
        if self.restarting {
            return;
        }
        self.restarting = true;
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
            if supervisor.children.as_ref().is_some_and(|children| !children.all_live()) {
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
        if let Some(children) = &self.children {
            // Full means that a nudge is waiting already.
            let _ = children.poller.try_send(Nudge);
            let _ = children.submitter.try_send(Nudge);
        }
    }
}

/// Hints for the receiver. Sent by the system.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), IntakeError>")]
pub struct Deliver(pub HintsArrived);

impl Handler<Deliver> for CustomerSupervisor {
    type Result = Result<(), IntakeError>;

    fn handle(&mut self, message: Deliver, _: &mut Self::Context) -> Self::Result {
        let children = self.children.as_ref().ok_or(IntakeError::Busy)?;
        children.receiver.try_send(message.0).map_err(|_| IntakeError::Busy)
    }
}

/// Whether all children have ended; only asked while the process stops. Sent by the system.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "bool")]
pub struct HasEnded;

impl Handler<HasEnded> for CustomerSupervisor {
    type Result = bool;

    fn handle(&mut self, _: HasEnded, _: &mut Self::Context) -> bool {
        match &self.children {
            None => true,
            Some(children) => {
                // A waiting child looks once more, sees that the process stops, and ends.
                let _ = children.poller.try_send(Nudge);
                let _ = children.submitter.try_send(Nudge);
                !children.poller.connected() && !children.submitter.connected()
            }
        }
    }
}
