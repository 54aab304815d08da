//! Subscriptions, and the events that wait for them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

/// The most events that are kept; the oldest are dropped, as a service does after its retries.
const MOST_EVENTS: usize = 100_000;

/// A subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// The id.
    #[serde(default)]
    pub id: i64,
    /// Where deliveries go.
    #[serde(default)]
    pub payload_url: String,
    /// The secret that signs them; empty: unsigned.
    #[serde(default)]
    pub secret: String,
    /// Whether events are queued; otherwise they are dropped.
    #[serde(default)]
    pub active: bool,
    /// `contactCreate` events.
    #[serde(default)]
    pub contact_create: bool,
    /// `contactUpdate` events.
    #[serde(default)]
    pub contact_update: bool,
}

/// Something that happened to contacts, for one subscription.
#[derive(Debug, Clone)]
pub struct Event {
    /// Counts up.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// The subscription.
    pub subscription: i64,
    /// `ContactCreate` or `ContactUpdate`.
    pub name: &'static str,
    /// The contacts.
    pub contacts: Vec<i64>,
}

/// Subscriptions and events of an organisation.
#[derive(Debug, Default)]
pub struct Webhooks {
    subscriptions: Vec<Subscription>,
    pub(super) events: VecDeque<Event>,
    last_subscription: i64,
    last_event: u64,
    dropped: u64,
}

impl Webhooks {
    pub(crate) fn subscribe(&mut self, mut new: Subscription) -> i64 {
        self.last_subscription += 1;
        new.id = self.last_subscription;
        self.subscriptions.push(new);
        self.last_subscription
    }

    /// Ends a subscription; whether there was one.
    pub fn unsubscribe(&mut self, id: i64) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions.retain(|held| held.id != id);
        self.subscriptions.len() < before
    }

    /// The subscriptions.
    #[must_use]
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    pub(crate) fn subscription(&self, id: i64) -> Option<&Subscription> {
        self.subscriptions.iter().find(|held| held.id == id)
    }

    /// A subscription, to be changed.
    pub fn subscription_mut(&mut self, id: i64) -> Option<&mut Subscription> {
        self.subscriptions.iter_mut().find(|held| held.id == id)
    }

    /// Queues an event for every subscription that wants it.
    pub(crate) fn queue(&mut self, name: &'static str, contacts: Vec<i64>, now: Timestamp) {
        for at in 0..self.subscriptions.len() {
            let held = &self.subscriptions[at];
            let wanted = if name == "ContactCreate" { held.contact_create } else { held.contact_update };
            if !(held.active && wanted) {
                continue;
            }
            self.last_event += 1;
            let (id, subscription) = (self.last_event, held.id);
            self.events.push_back(Event { id, at: now, subscription, name, contacts: contacts.clone() });
            if self.events.len() > MOST_EVENTS {
                self.events.pop_front();
                self.dropped += 1;
            }
        }
    }

    /// The events that are due, oldest first.
    #[must_use]
    pub const fn events(&self) -> &VecDeque<Event> {
        &self.events
    }

    /// Puts an event back in front, for a delivery that failed.
    pub fn put_back(&mut self, event: Event) {
        self.events.push_front(event);
    }

    /// Events that were dropped because too many waited.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}
