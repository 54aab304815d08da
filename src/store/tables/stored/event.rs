//! Events of Virtuous and the subscription to them on disk, version 1 of each.

use serde::{Deserialize, Serialize};

use super::time::Millis;

/// A contact that an event named and that is not read yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventDueV1 {
    /// When the latest of its events was received.
    pub received_at: Millis,
    /// When it is read at the earliest.
    pub due: Millis,
    /// Whether a query of the contacts that changed did not show it.
    pub queried: bool,
}

/// The last event of a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventSeenV1 {
    /// A hash of its id, or of what it says.
    pub content: u64,
    /// The newest modification date that an event of the contact named.
    pub modified: Option<Millis>,
    /// When it came.
    pub at: Millis,
}

/// Tandem's subscription to the events of an organisation.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionV1 {
    /// Its id, once it was created.
    pub id: Option<i64>,
    /// The unguessable part of the receiver's address.
    pub token: String,
    /// The secret that was sent.
    pub secret: String,
    /// Secrets that are valid too, each until a moment; without one for as long as the subscription is.
    pub others: Vec<(String, Option<Millis>)>,
    /// Where events go.
    pub url: String,
    /// When it was last looked at.
    pub watched_at: Option<Millis>,
    /// Whether it was active then.
    pub active: bool,
    /// Why there is none, scrubbed; empty if there is.
    pub refused: String,
}
