//! Writes and signs the delivery of an event (section 11).

use data_encoding::{BASE64, HEXLOWER};
use ring::hmac;
use serde::Serialize;
use serde_json::{json, value::RawValue};

use super::queue::Event;
use crate::{
    domain::Timestamp,
    simulator::virtuous::{
        organisation::Organisation,
        switches::{Envelope, Signature},
        view::{ContactView, Manner},
    },
};

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
