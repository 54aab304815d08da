//! What the submitter remembers of events between turns; nothing that a restart may not forget.

use std::time::Duration;

use crate::domain::{Stage, Timestamp, kept_time};

/// While the import runs most events are of Tandem's own writes: they gather, and are read together.
pub const GATHER: Duration = Duration::from_secs(600);

/// The events that wait.
#[derive(Debug, Default)]
pub struct EventQueueState {
    /// When many were last answered by a query.
    pub queried_at: Option<Timestamp>,
    /// Until when events gather and are not looked at, as long as this stage lasts.
    pub gathers: Option<(Timestamp, Stage)>,
    /// When the next event is due.
    pub next: Option<Timestamp>,
    /// Whether the last turn was given to events that a query did not show: the next one is for all else.
    pub served: bool,
}

impl EventQueueState {
    /// Leaves all events to gather until then.
    pub fn gather(&mut self, until: Timestamp, stage: Stage) {
        (self.gathers, self.next) = (Some((until, stage)), Some(until));
    }

    /// Whether events are left to gather. A time further off than any that is ever set was set before the clock was put back.
    #[must_use]
    pub fn is_gathering(&self, now: Timestamp, stage: Stage) -> bool {
        self.gathers.is_some_and(|(until, of)| of == stage && kept_time::waits(until, GATHER, now).is_some())
    }
}
