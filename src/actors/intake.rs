//! The way of deliveries to a customer's receiver, for parts that are no actors. It is there before the receiver and outlasts its
//! restarts: a delivery waits a moment for a receiver that starts (B4).

use std::{
    pin::pin,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix::{Addr, prelude::SendError};
use tokio::sync::{Notify, oneshot};

use super::webhook::{Delivered, Delivery, WebhookReceiver};
use crate::{service::IntakeError, store::EventsKept};

/// Items of deliveries that wait for the disk, from which on another delivery is too much: 40 of the largest.
const ITEMS_MAX: usize = 40_000;

/// The way to one customer's receiver.
#[derive(Debug, Default)]
pub struct Intake {
    /// The one address: each copy of it would have a place of its own beyond the mailbox's bound.
    receiver: RwLock<Option<Addr<WebhookReceiver>>>,
    opened: Notify,
    items: AtomicUsize,
}

impl Intake {
    /// Deliveries go to this receiver from now on.
    pub(super) fn open(&self, receiver: Addr<WebhookReceiver>) {
        *self.receiver.write().unwrap_or_else(PoisonError::into_inner) = Some(receiver);
        self.opened.notify_waiters();
    }

    /// Has a delivery kept; answers once it is on disk. A receiver that does not run is waited for so long.
    ///
    /// # Errors
    /// [`IntakeError::Busy`] when too many wait, or no receiver runs in time; [`IntakeError::Store`].
    pub async fn keep(&self, delivery: Delivery, within: Duration) -> Result<EventsKept, IntakeError> {
        let _waiting = self.enter(delivery.items())?;
        let (kept, told) = oneshot::channel();
        let handed_over = self.hand_over(Delivered { delivery, kept });
        tokio::time::timeout(within, handed_over).await.unwrap_or(Err(IntakeError::Busy))?;
        // Untold: the receiver broke off, and the sender sends again.
        told.await.unwrap_or(Err(IntakeError::Busy))
    }

    async fn hand_over(&self, mut delivered: Delivered) -> Result<(), IntakeError> {
        loop {
            let mut opened = pin!(self.opened.notified());
            opened.as_mut().enable();
            match self.offer(delivered) {
                Ok(()) => return Ok(()),
                Err(SendError::Full(_)) => return Err(IntakeError::Busy),
                Err(SendError::Closed(not_taken)) => delivered = not_taken,
            }
            opened.await;
        }
    }

    fn offer(&self, delivered: Delivered) -> Result<(), SendError<Delivered>> {
        match &*self.receiver.read().unwrap_or_else(PoisonError::into_inner) {
            Some(receiver) => receiver.try_send(delivered),
            None => Err(SendError::Closed(delivered)),
        }
    }

    fn enter(&self, items: usize) -> Result<Waiting<'_>, IntakeError> {
        let waiting = Waiting { items, all: &self.items };
        let before = self.items.fetch_add(items, Ordering::Relaxed);
        // One delivery of any size goes through when nothing waits.
        if before > 0 && before + items > ITEMS_MAX { Err(IntakeError::Busy) } else { Ok(waiting) }
    }
}

/// Items that wait until this is dropped.
struct Waiting<'a> {
    items: usize,
    all: &'a AtomicUsize,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(self.items, Ordering::Relaxed);
    }
}
