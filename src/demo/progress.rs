//! How far the demo is.

use crate::domain::{Counts, Stage, State};

/// How far a demo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How far the first import is.
    pub stage: Stage,
    /// Where the subscribers stand.
    pub counts: Counts,
    /// Contacts in Constant Contact.
    pub contacts: u64,
}

impl Progress {
    /// Subscribers in a state.
    #[must_use]
    pub fn of(&self, state: State) -> u64 {
        self.counts.states[usize::from(state.to_u8())]
    }

    /// Subscribers that need nothing more now.
    #[must_use]
    pub fn settled(&self) -> u64 {
        [State::InSync, State::Held, State::Review, State::Excluded, State::Failed]
            .into_iter()
            .map(|state| self.of(state))
            .sum()
    }
}
