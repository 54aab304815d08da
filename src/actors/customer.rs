//! CustomerSupervisor: owns a customer's receiver of hooks, and builds its poller and submitter, which it restarts as one generation
//! with backoff.
//!
//! `actix::Supervisor` is not used: it does not rebuild an actor and does not survive a panic (pinned by a test below).

use std::{sync::Arc, time::Duration};

use actix::prelude::*;

use super::{
    children::Children,
    ending::{End, LiveCount, end},
    intake::Intake,
    looks::Looks,
    messages::{ChildEnded, Ending, StoreFailed},
    webhook::WebhookReceiver,
};
use crate::{
    access::CustomerContext,
    domain::{Pause, Timestamp},
    store::Concern,
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

/// Where the generations stand.
enum Standing {
    /// One runs.
    Runs(Children),
    /// One has been asked to end, and finishes its turns.
    Ends,
    /// None runs: the next waits for its time.
    Waits,
}

/// What the supervisor of a customer is given.
#[derive(Debug)]
pub struct Surroundings {
    /// What the work for the customer shares.
    pub context: CustomerContext,
    /// What its children are asked to look at.
    pub looks: Arc<Looks>,
    /// The way to its receiver.
    pub intake: Arc<Intake>,
    /// The thread of the receivers.
    pub receivers: ArbiterHandle,
}

/// The supervisor of one customer.
pub struct CustomerSupervisor {
    context: CustomerContext,
    looks: Arc<Looks>,
    intake: Arc<Intake>,
    receivers: ArbiterHandle,
    receiver: Option<Addr<WebhookReceiver>>,
    live: LiveCount,
    store_failed: Recipient<StoreFailed>,
    starts_in: Duration,
    generation: u64,
    standing: Standing,
    restarts: u32,
    started_at: Timestamp,
    asked: Vec<End>,
}

impl std::fmt::Debug for CustomerSupervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CustomerSupervisor({})", self.context.id)
    }
}

impl CustomerSupervisor {
    /// A supervisor with these surroundings, whose first generation begins after a wait.
    #[must_use]
    pub fn new(
        Surroundings { context, looks, intake, receivers }: Surroundings,
        live: LiveCount,
        store_failed: Recipient<StoreFailed>,
        starts_in: Duration,
    ) -> Self {
        Self {
            started_at: context.now(),
            context,
            looks,
            intake,
            receivers,
            receiver: None,
            live,
            store_failed,
            starts_in,
            generation: 0,
            standing: Standing::Waits,
            restarts: 0,
            asked: Vec::new(),
        }
    }

    /// Starts the first generation, unless something asked for it before its time came.
    fn start_first(&mut self, ctx: &mut Context<Self>) {
        if self.generation == 0 {
            self.start(ctx);
        }
    }

    /// Starts the receiver, on the thread of the receivers.
    fn receive(&mut self) {
        let (context, looks, live) = (self.context.clone(), Arc::clone(&self.looks), self.live.clone());
        let begin = move |_: &mut Context<WebhookReceiver>| WebhookReceiver::new(context, looks, &live);
        let receiver = WebhookReceiver::start_in_arbiter(&self.receivers, begin);
        self.intake.open(receiver.clone());
        self.receiver = Some(receiver);
    }

    /// Ends the receiver, which keeps first what waits in its mailbox, and then this actor.
    fn end_receiver(&mut self, ctx: &mut Context<Self>) {
        if let Some(receiver) = self.receiver.take() {
            ctx.spawn(end(receiver).into_actor(self).map(|(), _, ctx| ctx.stop()));
        }
    }

    /// Has the children look whenever they are to, as long as this actor lives. A customer waiting for its start begins.
    fn heed_looks(ctx: &mut Context<Self>, looks: Arc<Looks>) {
        let next = async move { (looks.next().await, looks) };
        ctx.spawn(actix::fut::wrap_future::<_, Self>(next).map(|(whom, looks), supervisor, ctx| {
            match &supervisor.standing {
                Standing::Runs(children) => children.nudge(whom),
                Standing::Ends | Standing::Waits => supervisor.start_first(ctx),
            }
            Self::heed_looks(ctx, looks);
        }));
    }

    /// Starts a generation: a plain start, since all state is in the store.
    fn start(&mut self, ctx: &mut Context<Self>) {
        if self.context.is_stopping() || !self.asked.is_empty() {
            return;
        }
        self.generation += 1;
        self.started_at = self.context.now();
        let parent = ctx.address().recipient();
        let children = Children::start(&self.context, &self.live, &parent, self.generation);
        self.standing = Standing::Runs(children);
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
            self.end_receiver(ctx);
            return;
        }
        if self.context.now().since(self.started_at) >= WELL_AFTER {
            self.restarts = 0;
        }
        let wait = BACKOFF.saturating_mul(1 << self.restarts.min(16)).min(BACKOFF_MAX);
        self.restarts += 1;
        ctx.run_later(wait, Self::start);
    }

    fn pause(&mut self, pause: Pause, ctx: &mut Context<Self>) {
        let (customer, reason) = (&self.context.id, &pause.reason);
        if pause.probe.is_some() {
            tracing::error!(%customer, %reason, "customer paused: nothing is read or written for it. It is tried every 15 minutes and goes on by itself once the key or grant is taken again");
        } else {
            tracing::error!(%customer, %reason, "customer paused: nothing is read or written for it until a person acts");
        }
        let store = self.context.store.clone();
        let keep = async move { store.update_customer(|record| record.begin_pause(pause)).await };
        ctx.spawn(keep.into_actor(self).map(|kept, supervisor, ctx| match kept {
            // The new generation finds the pause and idles until it is lifted.
            Ok(_) => supervisor.restart(ctx),
            Err(error) if error.concern() == Concern::Process => {
                let _ = supervisor.store_failed.try_send(StoreFailed(error.to_string()));
            }
            // Its record is what cannot be read: nothing is done for it, and the others go on (B4).
            Err(error) => {
                tracing::error!(customer = %supervisor.context.id, %error, "the pause cannot be kept; nothing is read or written for this customer, which is tried again after a while");
            }
        }));
    }
}

impl Actor for CustomerSupervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.receive();
        Self::heed_looks(ctx, Arc::clone(&self.looks));
        if self.starts_in.is_zero() {
            self.start_first(ctx);
        } else {
            ctx.run_later(self.starts_in, Self::start_first);
        }
        ctx.run_interval(LOOK_EVERY, |supervisor, ctx| {
            if supervisor.context.is_stopping() {
                return;
            }
            if supervisor.receiver.as_ref().is_some_and(|receiver| !receiver.connected()) {
                tracing::error!(customer = %supervisor.context.id, "the receiver of hooks stopped without reporting; it starts anew, and what it did not acknowledge is sent again");
                supervisor.receive();
            }
            if matches!(&supervisor.standing, Standing::Runs(children) if !children.all_live()) {
                tracing::error!(customer = %supervisor.context.id, "child actor stopped without reporting; restarting the customer's actors");
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
            Ending::Panicked(place) => {
                tracing::error!(customer = %self.context.id, child, place, "a bug ended this generation of actors; a new one starts after a wait");
                self.context.metrics.effect(&self.context.id, "generation", "panicked");
                self.restart(ctx);
            }
            Ending::Pause(reason) => {
                self.pause(Pause::until_a_person_acts(reason, self.context.now()), ctx);
            }
            Ending::Refused(system, of, reason) => {
                self.pause(Pause::refused(system, of, reason, self.context.now()), ctx);
            }
            Ending::Store(error) => drop(self.store_failed.try_send(StoreFailed(error))),
        }
    }
}

impl Handler<End> for CustomerSupervisor {
    type Result = ();

    fn handle(&mut self, message: End, ctx: &mut Self::Context) {
        self.asked.push(message);
        self.restart(ctx);
        if matches!(self.standing, Standing::Waits) {
            self.end_receiver(ctx);
        }
    }
}
