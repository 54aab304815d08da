//! What an operator can do with an item of work.

use std::fmt;

use crate::{
    domain::{Cause, Subject},
    sync::confirmation,
};

/// What an operator can do with an item of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Back to work.
    Retry,
    /// Leave it as it is until something changes.
    Drop,
    /// Go on as proposed.
    Accept,
    /// Have Constant Contact send its one confirmation email (P5).
    Confirm,
}

impl Verb {
    /// The word, as commands and routes have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Drop => "drop",
            Self::Accept => "accept",
            Self::Confirm => "confirm",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the question can be put to the subscriber, by Constant Contact's confirmation email (P5).
#[must_use]
pub fn may_confirm(subject: &Subject) -> bool {
    subject.reason.cause == Cause::StaffOptIn && confirmation::may_be_sent(subject).is_ok()
}

/// What can be answered to a question of this cause.
#[must_use]
pub const fn verbs(cause: Cause) -> &'static [Verb] {
    use Verb::{Accept, Drop, Retry};
    match cause {
        // P3, P5, C5, E5: as Tandem proposes, or left as it is. I2: for the contact that is named.
        Cause::UnprovedOptIn
        | Cause::StaffOptIn
        | Cause::ImportOptIn
        | Cause::NoteInDoubt
        | Cause::SeveralHits => &[Accept, Drop, Retry],
        // P6, V1: nothing can be written as things are. Once staff put it right in Virtuous, it is tried again.
        _ => &[Drop, Retry],
    }
}
