//! The children of one generation of a customer: poller, submitter.

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::{Notify, watch};
use tracing::Instrument;

use super::{
    ending::{LiveCount, end},
    messages::{ChildEnded, Nudge, Whom},
    turn_loop::{TurnLoop, Work},
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
        let poller = TurnLoop::<Poller>::new(context, live, parent.clone(), next, generation).start();
        Self { poller, submitter, ending }
    }

    /// Whether no child has stopped.
    pub(super) fn all_live(&self) -> bool {
        self.poller.connected() && self.submitter.connected()
    }

    /// Has them look now. A full mailbox means that a nudge is waiting already.
    pub(super) fn nudge(&self, whom: Whom) {
        if whom != Whom::Submitter {
            let _ = self.poller.try_send(Nudge);
        }
        if whom != Whom::Poller {
            let _ = self.submitter.try_send(Nudge);
        }
    }

    /// Asks all children to end, and waits until the last is gone: a long turn stops at its next call.
    pub(super) async fn end(self) {
        let Self { poller, submitter, ending } = self;
        ending.send_replace(true);
        tokio::join!(end(poller), end(submitter));
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
