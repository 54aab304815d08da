//! What the submitter remembers between turns.

use crate::{domain::Timestamp, turn::Backoff};

use super::{part::Part, virtuous::event_queue::EventQueueState};

/// What the submitter remembers between turns; nothing that a restart may not forget.
#[derive(Debug, Default)]
pub struct Memory {
    /// Until when each part waits, in the order of [`Part::ORDER`].
    backoffs: [Backoff; Part::ORDER.len()],
    /// The events that wait.
    pub events: EventQueueState,
}

impl Memory {
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
