//! Tries every place with a test message, once.

use super::{message::Message, outbox};
use crate::{deps::Deps, domain::AlertPlace};

/// How a try of one place went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The place.
    pub place: AlertPlace,
    /// What was answered; else why it did not arrive.
    pub answer: Result<String, String>,
}

/// Sends a test message to every place that is named, past the messages that wait.
pub async fn try_all(deps: &Deps) -> Vec<Tried> {
    let settings = &deps.settings;
    let messages = Message::test().queued(&settings.alerts, &settings.http.public_url, deps.clock.now());
    let mut tried = Vec::new();
    for message in messages {
        let answer = outbox::send(deps, &message).await.map_err(|failed| failed.why);
        tried.push(Tried { place: message.place, answer });
    }
    tried
}
