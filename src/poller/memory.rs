//! What the poller remembers between turns.

use std::time::Duration;

use crate::{
    domain::{CustomerId, Timestamp, kept_time},
    store::Hint,
    turn::{Backoff, TurnError},
};

use super::{
    hint_polls::HintPolls,
    part::{OnFailure, Part},
    put_off::PutOff,
    read::lists::UnderWay,
    windows::Windows,
};

/// What the poller remembers between turns; nothing that a restart may not forget.
#[derive(Debug, Default)]
pub struct Memory {
    /// Until when each part waits, in the order of [`Part::ORDER`].
    backoffs: [Backoff; Part::ORDER.len()],
    /// Complete polls since lists were read.
    pub polls_since_lists: u32,
    /// Whether lists were read in this process at all: their answer gives the server's time (W1).
    pub lists_read: bool,
    /// The poll that was counted last of these.
    counted_poll: Option<Timestamp>,
    /// Polls that hints ask for (W5).
    pub hint_polls: HintPolls,
    /// Hints that the poll under way answers.
    pub answers: Vec<Hint>,
    /// The streams in the middle of a window.
    pub windows: Windows,
    /// A reading of lists, fields and tags that did not come to its end (W7).
    pub reference: UnderWay,
    /// Bounce reports that wait by themselves.
    pub reports: PutOff,
    /// A poll came to its end since background last had its turn: background goes before the next poll, however often that is due.
    pub background_waits: bool,
    /// Lists were read, and their counts are not yet compared.
    pub counts_due: bool,
    /// The last comparison of counts stood back for opt-outs: the next one does not (W6).
    pub counts_stood_back: bool,
    /// The log was told that the customer is not connected yet.
    told_unconnected: bool,
    /// Until when the comparison of the account waits (I5).
    pub account: Backoff,
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

    /// Tells the log, once, that there is no grant to read by: that is how every customer begins, and no error.
    pub fn tell_unconnected(&mut self, customer: &CustomerId) {
        if !std::mem::replace(&mut self.told_unconnected, true) {
            tracing::info!(%customer, "not connected to Constant Contact yet: nothing is read there until somebody opens the address of `tandem customer link {customer}`");
        }
    }

    /// Counts a complete poll towards the next reading of lists. Polls that hints cause in between do not bring it nearer (W5).
    pub fn count_poll(&mut self, at: Timestamp, poll_every: Duration) {
        let counted = kept_time::done(self.counted_poll, at);
        if counted.is_none_or(|counted| counted.plus(poll_every) <= at) {
            self.polls_since_lists += 1;
            self.counted_poll = Some(at);
        }
    }

    /// Until when a part waits, by its own failure or by one of its group; `None` if it may go.
    #[must_use]
    pub fn waits(&self, part: Part, now: Timestamp) -> Option<Timestamp> {
        let OnFailure::Waits(_) = part.on_failure() else { return None };
        let group = Part::ORDER.into_iter().filter(|other| other.on_failure() == part.on_failure());
        group.filter_map(|other| self.backoffs[other as usize].waits(now)).max()
    }

    /// Takes in how a part went that waits by itself; `None` if it failed.
    ///
    /// # Errors
    /// A pause of the customer, or a failure of the store.
    pub fn take<T>(
        &mut self,
        part: Part,
        outcome: Result<T, TurnError>,
        now: Timestamp,
    ) -> Result<Option<T>, TurnError> {
        self.backoffs[part as usize].take(part.name(), outcome, now)
    }
}
