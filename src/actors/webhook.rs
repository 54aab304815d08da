//! WebhookReceiver: keeps what comes from outside, answers once it is on disk, then nudges the poller.

use actix::prelude::*;
use tokio::sync::oneshot;

use super::{
    ending::{End, Here},
    env::CustomerEnv,
    turner::Nudge,
};
use crate::store::{HintAbout, StoreError};

/// Deliveries that wait; one more is answered 503 with `Retry-After` (DESIGN: mailbox-based backpressure).
pub const MAILBOX: usize = 64;

/// The receiver of one customer.
pub struct WebhookReceiver {
    env: CustomerEnv,
    poller: Recipient<Nudge>,
    asked: Vec<End>,
    _here: Here,
}

impl std::fmt::Debug for WebhookReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebhookReceiver({})", self.env.id)
    }
}

impl WebhookReceiver {
    /// A receiver that nudges this poller.
    #[must_use]
    pub fn new(env: CustomerEnv, poller: Recipient<Nudge>) -> Self {
        let _here = env.alive.enter("receiver");
        Self { env, poller, asked: Vec::new(), _here }
    }
}

impl Actor for WebhookReceiver {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

/// Hints arrived. Sent by the HTTP side with `try_send`; the answer comes over `kept` once they are on disk.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct HintsArrived {
    /// What they are about.
    pub about: Vec<HintAbout>,
    /// Told when they are on disk.
    pub kept: oneshot::Sender<Result<(), StoreError>>,
}

impl Handler<HintsArrived> for WebhookReceiver {
    // One delivery at a time: the mailbox then fills while the disk is slow, which is what the sender should feel.
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, message: HintsArrived, _: &mut Self::Context) -> Self::Result {
        let HintsArrived { about, kept } = message;
        let (store, number, now) = (self.env.store.clone(), self.env.number, self.env.now());
        let keep = async move { store.keep_hints(number, about, now).await };
        AtomicResponse::new(Box::pin(keep.into_actor(self).map(|outcome, receiver, _| {
            if outcome.is_ok() {
                // Lost is fine: the poller also comes by itself.
                let _ = receiver.poller.try_send(Nudge);
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
