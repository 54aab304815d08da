//! What the submitter remembers between turns.

use crate::{
    domain::{CustomerId, Timestamp},
    turn::Backoff,
};

use super::{
    part::Part,
    perform::reference_data::UnderWay,
    virtuous::{contact_queries::Progress, event_queue::EventQueueState, page_size::PageSize},
};

/// What the submitter remembers between turns; nothing that a restart may not forget.
#[derive(Debug, Default)]
pub struct Memory {
    /// Until when each part waits, in the order of [`Part::ORDER`].
    backoffs: [Backoff; Part::ORDER.len()],
    /// The events that wait.
    pub events: EventQueueState,
    /// A reading of reference data that did not come to its end (W7).
    pub reference: UnderWay,
    /// A query of changed contacts that did not come to its end (W7).
    pub query: Option<Progress>,
    /// How many contacts a page holds (W7).
    pub pages: PageSize,
    /// The last turn was given to a periodic reading: the next one is for work that is due.
    pub has_read: bool,
    /// The log was told that there is no key yet.
    told_keyless: bool,
    /// When the customer became another one, as this memory knows it (I5).
    rebound_at: Option<Timestamp>,
}

impl Memory {
    /// Forgets everything once the customer has become another one (I5).
    pub fn begin_anew_after(&mut self, rebound_at: Option<Timestamp>) {
        if self.rebound_at != rebound_at {
            *self = Self { rebound_at, ..Self::default() };
        }
    }

    /// Tells the log, once, that there is no key to Virtuous: that is how a customer begins, and no error.
    pub fn tell_keyless(&mut self, customer: &CustomerId) {
        if !std::mem::replace(&mut self.told_keyless, true) {
            tracing::info!(%customer, "there is no key to Virtuous yet: nothing is read or written there until virtuous.api_key is set in the customer's file and `tandem customer apply` takes it over");
        }
    }

    /// The backoff of a part.
    pub fn backoff(&mut self, part: Part) -> &mut Backoff {
        &mut self.backoffs[part as usize]
    }

    /// Until when a part waits; `None` if it may go.
    #[must_use]
    pub fn waits(&self, part: Part, now: Timestamp) -> Option<Timestamp> {
        self.backoffs[part as usize].waits(now)
    }
}
