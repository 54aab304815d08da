//! Webhook subscriptions and the deliveries that are due. Delivering is the shell's work; here they are only queued,
//! and written when they are taken, so that a wave of 20,000 events costs little memory.

use std::collections::VecDeque;

use data_encoding::{BASE64, HEXLOWER};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use super::{
    organisation::Organisation,
    switches::{Envelope, Signature},
    view::{ContactView, Manner},
};
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

/// A delivery to make: POST `body` to `url` with `headers`.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event's number.
    pub event: u64,
    /// The address.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body, as signed.
    pub body: Vec<u8>,
}

/// Subscriptions and events of an organisation.
#[derive(Debug, Default)]
pub struct Webhooks {
    subscriptions: Vec<Subscription>,
    events: VecDeque<Event>,
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

    /// Queues an event for whoever wants it.
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

impl Organisation {
    /// Takes the oldest event and writes its delivery; none when nothing is due, or its subscription is gone.
    pub fn take_delivery(&mut self) -> Option<(Event, Delivery)> {
        loop {
            let event = self.webhooks.events.pop_front()?;
            if let Some(delivery) = self.delivery(&event) {
                return Some((event, delivery));
            }
        }
    }

    fn delivery(&self, event: &Event) -> Option<Delivery> {
        let subscription = self.webhooks.subscription(event.subscription)?;
        let manner = Manner { zulu: true, omit_methods: self.switches.webhook_omits_methods };
        let write = |id: &i64| -> Option<Box<RawValue>> {
            let contact = self.book.contact(*id)?;
            let view = ContactView { manner, ..self.view(contact) };
            RawValue::from_string(serde_json::to_string(&view).ok()?).ok()
        };
        let contacts: Vec<_> = event.contacts.iter().filter_map(write).collect();
        let body = self.enveloped(event, &contacts);
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        if !subscription.secret.is_empty() {
            let key = hmac::Key::new(hmac::HMAC_SHA256, subscription.secret.as_bytes());
            let tag = hmac::sign(&key, &body);
            let signature = match self.switches.webhook_signature {
                Signature::Base64 => BASE64.encode(tag.as_ref()),
                Signature::Hex => HEXLOWER.encode(tag.as_ref()),
            };
            headers.push((self.switches.webhook_header.clone(), signature));
        }
        Some(Delivery { event: event.id, url: subscription.payload_url.clone(), headers, body })
    }

    fn enveloped(&self, event: &Event, contacts: &[Box<RawValue>]) -> Vec<u8> {
        #[derive(Serialize)]
        struct Model<'a> {
            contact: &'a RawValue,
        }
        #[derive(Serialize)]
        struct Several<'a> {
            event: &'static str,
            models: Vec<Model<'a>>,
        }
        #[derive(Serialize)]
        struct Single<'a> {
            event: &'static str,
            contact: &'a RawValue,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Documented<'a> {
            event_type: &'static str,
            event_id: String,
            timestamp: String,
            organization_id: i64,
            data: &'a RawValue,
        }
        let body = match (self.switches.webhook_envelope, contacts) {
            (Envelope::Models, [contact]) => serde_json::to_vec(&Single { event: event.name, contact }),
            (Envelope::Models, several) => {
                let models = several.iter().map(|contact| Model { contact }).collect();
                serde_json::to_vec(&Several { event: event.name, models })
            }
            (Envelope::EventType, [data, ..]) => serde_json::to_vec(&Documented {
                event_type: if event.name == "ContactCreate" { "contact.created" } else { "contact.updated" },
                event_id: format!("evt_{}_{}", self.id, event.id),
                timestamp: event.at.to_rfc3339_secs(),
                organization_id: self.id,
                data,
            }),
            (Envelope::EventType, []) => serde_json::to_vec(&json!({})),
        };
        body.unwrap_or_default()
    }

    /// Queues one event for many contacts: in bulk bodies of 100, or one by one.
    pub(crate) fn announce(&mut self, name: &'static str, contacts: &[i64], now: Timestamp) {
        let bulk = self.switches.webhook_bulk && self.switches.webhook_envelope == Envelope::Models;
        for group in contacts.chunks(if bulk { 100 } else { 1 }) {
            self.webhooks.queue(name, group.to_vec(), now);
        }
    }
}
