//! What an operator can do with an item of work.

use std::fmt;

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
