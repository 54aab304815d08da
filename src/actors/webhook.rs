//! WebhookReceiver: keeps what comes from outside, on disk before it is acknowledged, then has the poller or the submitter look
//! (W5, V1).
//!
//! The supervisor owns it and keeps it longer than a generation: hooks are taken while a customer waits for its start, restarts
//! or is paused (B4). The service runs all receivers on a thread apart from the other actors', so that no plan and no page
//! delays a hook.
//!
//! What arrived while the disk was busy is the next group: its hints are one write, its events share the writer's group. While a
//! group is written the mailbox fills, and a full mailbox is answered 503 with `Retry-After`.

use std::{mem, sync::Arc};

use actix::prelude::*;
use futures_util::future::{join, join_all};
use tokio::sync::oneshot;

use super::{
    ending::{End, LiveCount, LiveGuard},
    looks::Looks,
    messages::Whom,
};
use crate::{
    access::CustomerContext,
    domain::{ContactEvent, Timestamp},
    service::IntakeError,
    store::{CustomerStore, EventsKept, HintAbout, SharedPlanner, StoreError},
};

/// Deliveries that wait for the group that is written, and deliveries of a group: a flood of one customer leaves connections for the
/// others.
pub const MAILBOX: usize = 256;
/// What came from outside in one request.
#[derive(Debug)]
pub enum Delivery {
    /// Hints of Constant Contact.
    Hints(Vec<HintAbout>),
    /// Events of Virtuous.
    Events(Vec<ContactEvent>),
}

impl Delivery {
    /// How many hints or events.
    pub(super) fn items(&self) -> usize {
        match self {
            Self::Hints(about) => about.len(),
            Self::Events(events) => events.len(),
        }
    }
}

/// Keep this. `kept` is told once it is on disk; dropped untold means that it was not kept. Sent by the HTTP side, as far as the
/// mailbox has room.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Delivered {
    /// What came.
    pub delivery: Delivery,
    /// Where the answer goes.
    pub kept: Kept,
}

/// The answer to a delivery.
pub type Kept = oneshot::Sender<Result<EventsKept, IntakeError>>;

/// The receiver of one customer.
pub struct WebhookReceiver {
    context: CustomerContext,
    looks: Arc<Looks>,
    next: Group,
    asked: Vec<End>,
    _live: LiveGuard,
}

impl std::fmt::Debug for WebhookReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebhookReceiver({})", self.context.id)
    }
}

/// Deliveries that reach the disk together.
#[derive(Debug, Default)]
struct Group {
    about: Vec<HintAbout>,
    hints: Vec<Kept>,
    events: Vec<(Vec<ContactEvent>, Kept)>,
    received_at: Timestamp,
}

impl Group {
    fn is_empty(&self) -> bool {
        self.hints.is_empty() && self.events.is_empty()
    }

    fn is_full(&self) -> bool {
        self.hints.len() + self.events.len() >= MAILBOX
    }

    fn add(&mut self, Delivered { delivery, kept }: Delivered, now: Timestamp) {
        match delivery {
            Delivery::Hints(about) => {
                self.about.extend(about);
                self.hints.push(kept);
            }
            Delivery::Events(events) => self.events.push((events, kept)),
        }
        self.received_at = self.received_at.max(now);
    }

    /// Whether an event tells its contact, so that it can be compared with what is known (V3).
    fn tells(&self) -> bool {
        self.events.iter().flat_map(|(events, _)| events).any(|event| event.told.is_some())
    }

    /// Writes the group; each sender is answered once its own delivery is on disk or refused.
    async fn write(self, store: CustomerStore, planner: Option<SharedPlanner>, looks: &Looks) {
        let Self { about, hints, events, received_at } = self;
        let of_hints = async {
            if hints.is_empty() {
                return;
            }
            let outcome = store.keep_hints(about, received_at).await.map(|()| EventsKept::default());
            answer(hints, &outcome, || looks.ask(Whom::Poller));
        };
        let of_events = join_all(events.into_iter().map(async |(events, kept)| {
            let outcome = store.keep_events(events, planner.clone(), received_at).await;
            answer([kept], &outcome, || looks.ask(Whom::Submitter));
        }));
        join(of_hints, of_events).await;
    }
}

/// Has a look follow what was kept, and tells its senders. A sender that is gone misses nothing: what is kept stays kept.
fn answer(
    senders: impl IntoIterator<Item = Kept>,
    outcome: &Result<EventsKept, StoreError>,
    look: impl FnOnce(),
) {
    if outcome.is_ok() {
        look();
    }
    for kept in senders {
        let _ = kept.send(outcome.clone().map_err(|_| IntakeError::Store));
    }
}

impl WebhookReceiver {
    /// A receiver that asks for looks.
    #[must_use]
    pub fn new(context: CustomerContext, looks: Arc<Looks>, live: &LiveCount) -> Self {
        Self { context, looks, next: Group::default(), asked: Vec::new(), _live: live.enter("receiver") }
    }

    /// Writes what arrived, and takes nothing from the mailbox meanwhile.
    fn write(&mut self, ctx: &mut Context<Self>) {
        let group = mem::take(&mut self.next);
        if group.is_empty() {
            return;
        }
        let (store, looks) = (self.context.store.clone(), Arc::clone(&self.looks));
        let planner = group.tells().then(|| self.planner()).flatten();
        let write = async move { group.write(store, planner, &looks).await };
        ctx.wait(write.into_actor(self).map(|(), receiver, ctx| {
            if !receiver.asked.is_empty() {
                ctx.stop();
            }
        }));
    }

    /// By what events that tell their contact are compared with what is known (V3); if it cannot be read, their contacts are read.
    fn planner(&self) -> Option<SharedPlanner> {
        let planner = self.context.record().and_then(|record| self.context.planner(&record));
        planner.ok().map(SharedPlanner::new)
    }
}

impl Actor for WebhookReceiver {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<Delivered> for WebhookReceiver {
    type Result = ();

    fn handle(&mut self, message: Delivered, ctx: &mut Self::Context) {
        if self.next.is_empty() {
            // Runs once the mailbox is empty: what waits in it joins the group.
            ctx.spawn(actix::fut::ready(()).map(|(), receiver: &mut Self, ctx| receiver.write(ctx)));
        }
        self.next.add(message, self.context.now());
        if self.next.is_full() {
            self.write(ctx);
        }
    }
}

impl Handler<End> for WebhookReceiver {
    type Result = ();

    // It stands behind the deliveries that came before it: they are kept first.
    fn handle(&mut self, message: End, ctx: &mut Self::Context) {
        self.asked.push(message);
        self.write(ctx);
        if !ctx.waiting() {
            ctx.stop();
        }
    }
}
