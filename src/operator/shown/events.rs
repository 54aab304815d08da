//! Tandem's subscription to the events of an organisation (reference/virtuous.md 13.L7).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{config::CustomerSettings, domain::Timestamp, store::Subscription};

/// The subscription to the events of Virtuous as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventsView {
    /// Whether Tandem makes and watches it (`virtuous.manage_webhook`).
    pub managed: bool,
    /// Its id in Virtuous.
    pub id: Option<i64>,
    /// Whether it was active when it was last looked at.
    pub active: bool,
    /// When that was.
    pub watched_at: Option<Timestamp>,
    /// Why there is none, if Virtuous refuses it.
    pub refused: Option<String>,
}

impl EventsView {
    /// From the settings, which may be gone, and what is kept.
    #[must_use]
    pub fn of(settings: Option<&CustomerSettings>, known: Option<&Subscription>) -> Self {
        Self {
            managed: settings.is_some_and(|settings| settings.virtuous.manage_webhook),
            id: known.and_then(|known| known.id),
            active: known.is_some_and(|known| known.id.is_some() && known.active),
            watched_at: known.and_then(|known| known.watched_at),
            refused: known.map(|known| known.refused.clone()).filter(|text| !text.is_empty()),
        }
    }
}

impl fmt::Display for EventsView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { managed, id, active, watched_at, refused } = self;
        match (id, refused, managed) {
            (Some(id), ..) => {
                let word = if *active { "active" } else { "turned off" };
                write!(f, "webhook {id} in Virtuous, {word}")?;
                match watched_at {
                    Some(at) => write!(f, " when looked at {at}"),
                    None => Ok(()),
                }
            }
            (None, Some(text), _) => {
                write!(f, "no webhook in Virtuous: {text}; the query finds what changes there")
            }
            (None, None, true) => {
                f.write_str("no webhook in Virtuous yet: it is made when the import begins, where public_url is HTTPS or Virtuous is reached over HTTP")
            }
            (None, None, false) => {
                f.write_str("the webhook in Virtuous is up to staff (manage_webhook = false)")
            }
        }
    }
}
