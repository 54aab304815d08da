//! The children of one generation of a customer: poller, submitter, receiver.

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::{Notify, watch};
use tracing::Instrument;

use super::{
    ending::{LiveCount, end},
    messages::{Arrived, ChildEnded, Nudge},
    turn_loop::{TurnLoop, Work},
    webhook::WebhookReceiver,
};
use crate::{
    access::CustomerContext,
    poller, submitter,
    turn::{Turn, TurnError},
};

/// The poller's work.
#[derive(Debug)]
pub struct Poller;

impl Work for Poller {
    const NAME: &'static str = "poller";
    type Memory = poller::memory::Memory;

    async fn turn(
        context: CustomerContext,
        mut memory: Self::Memory,
    ) -> (Result<Turn, TurnError>, Self::Memory) {
        let of_customer = tracing::info_span!("poller", customer = %context.id);
        let outcome = poller::turn::turn(&context, &mut memory).instrument(of_customer).await;
        (outcome, memory)
    }
}

/// The submitter's work.
#[derive(Debug)]
pub struct Submitter;

impl Work for Submitter {
    const NAME: &'static str = "submitter";
    type Memory = submitter::memory::Memory;

    async fn turn(
        context: CustomerContext,
        mut memory: Self::Memory,
    ) -> (Result<Turn, TurnError>, Self::Memory) {
        let of_customer = tracing::info_span!("submitter", customer = %context.id);
        let outcome = submitter::turn::turn(&context, &mut memory).instrument(of_customer).await;
        (outcome, memory)
    }
}

/// The children of one generation.
pub(super) struct Children {
    poller: Addr<TurnLoop<Poller>>,
    submitter: Addr<TurnLoop<Submitter>>,
    receiver: Addr<WebhookReceiver>,
    ending: watch::Sender<bool>,
}

impl Children {
    /// Starts a generation: a plain start, since all state is in the store.
    pub(super) fn start(
        context: &CustomerContext,
        live: &LiveCount,
        parent: &Recipient<ChildEnded>,
        generation: u64,
    ) -> Self {
        let (ending, ends) = watch::channel(false);
        let captured = Arc::new(Notify::new());
        let context = CustomerContext { ending: ends, captured: Arc::clone(&captured), ..context.clone() };
        let submitter = TurnLoop::<Submitter>::new(context.clone(), live, parent.clone(), None, generation);
        let submitter = submitter.start();
        let next = Some(submitter.clone().recipient());
        actix::spawn(pass_on(captured, submitter.clone().recipient(), context.ending.clone()));
        let poller = TurnLoop::<Poller>::new(context.clone(), live, parent.clone(), next, generation).start();
        let receiver =
            WebhookReceiver::new(context, live, poller.clone().recipient(), submitter.clone().recipient());
        Self { poller, submitter, receiver: receiver.start(), ending }
    }

    /// Whether no child has stopped.
    pub(super) fn all_live(&self) -> bool {
        let Self { poller, submitter, receiver, ending: _ } = self;
        poller.connected() && submitter.connected() && receiver.connected()
    }

    /// Has poller and submitter look now. A full mailbox means that a nudge is waiting already.
    pub(super) fn nudge(&self) {
        let _ = self.poller.try_send(Nudge);
        let _ = self.submitter.try_send(Nudge);
    }

    /// Hands a delivery to the receiver; `Err` if its mailbox is full, or it has stopped.
    pub(super) fn deliver(&self, arrived: Arrived) -> Result<(), SendError<Arrived>> {
        self.receiver.try_send(arrived)
    }

    /// Asks all children to end, and waits until the last is gone: a long turn stops at its next call.
    pub(super) async fn end(self) {
        let Self { poller, submitter, receiver, ending } = self;
        ending.send_replace(true);
        tokio::join!(end(receiver), end(poller), end(submitter));
    }
}

/// Has the submitter look as soon as something was captured, however long the turn still takes that captured it (W6), until the
/// generation ends.
async fn pass_on(captured: Arc<Notify>, submitter: Recipient<Nudge>, mut ending: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            // Full means that a nudge is waiting already.
            () = captured.notified() => drop(submitter.try_send(Nudge)),
            _ = ending.changed() => return,
        }
    }
}
