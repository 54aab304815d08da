//! WebhookReceiver: keeps what comes from outside, answers once it is on disk, then nudges the poller or the submitter.

use actix::prelude::*;

use super::{
    ending::{End, LiveCount, LiveGuard},
    messages::{Arrived, Delivery, Nudge},
};
use crate::{
    access::CustomerContext,
    store::{EventsKept, SharedPlanner},
};

/// Deliveries that wait; one more is answered 503 with `Retry-After` (DESIGN: mailbox-based backpressure).
pub const MAILBOX: usize = 64;

/// The receiver of one customer.
pub struct WebhookReceiver {
    context: CustomerContext,
    poller: Recipient<Nudge>,
    submitter: Recipient<Nudge>,
    asked: Vec<End>,
    _live: LiveGuard,
}

impl std::fmt::Debug for WebhookReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebhookReceiver({})", self.context.id)
    }
}

impl WebhookReceiver {
    /// A receiver that nudges these: the poller follows hints, the submitter reads the contacts of events.
    #[must_use]
    pub fn new(
        context: CustomerContext,
        live: &LiveCount,
        poller: Recipient<Nudge>,
        submitter: Recipient<Nudge>,
    ) -> Self {
        Self { context, poller, submitter, asked: Vec::new(), _live: live.enter("receiver") }
    }
}

impl WebhookReceiver {
    /// By what events that tell their contact are compared with what is known (V3); `None` if none does, or it cannot be read: then their
    /// contacts are read.
    fn planner(&self, delivery: &Delivery) -> Option<SharedPlanner> {
        let Delivery::Events(events) = delivery else { return None };
        events.iter().find(|event| event.told.is_some())?;
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

impl Handler<Arrived> for WebhookReceiver {
    // One delivery at a time: the mailbox then fills while the disk is slow, which is what the sender should feel.
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, message: Arrived, _: &mut Self::Context) -> Self::Result {
        let Arrived { delivery, kept } = message;
        let (store, now) = (self.context.store.clone(), self.context.now());
        let planner = self.planner(&delivery);
        let follower = match &delivery {
            Delivery::Hints(_) => self.poller.clone(),
            Delivery::Events(_) => self.submitter.clone(),
        };
        let keep = async move {
            match delivery {
                Delivery::Hints(about) => store.keep_hints(about, now).await.map(|()| EventsKept::default()),
                Delivery::Events(events) => store.keep_events(events, planner, now).await,
            }
        };
        AtomicResponse::new(Box::pin(keep.into_actor(self).map(move |outcome, _, _| {
            if outcome.is_ok() {
                // Lost is fine: it also comes by itself.
                let _ = follower.try_send(Nudge);
            }
            let _ = kept.send(outcome);
        })))
    }
}

impl Handler<End> for WebhookReceiver {
    type Result = ();

    // It stands behind the deliveries that came before it: they are kept first.
    fn handle(&mut self, message: End, ctx: &mut Self::Context) {
        self.asked.push(message);
        ctx.stop();
    }
}
