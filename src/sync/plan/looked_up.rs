//! What is known from looking for a subscriber in Virtuous (I2).

use crate::domain::Timestamp;

/// When the subscriber was last looked up in Virtuous without being found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookedUp {
    /// Not yet.
    Never,
    /// The address changed since, or a contact was met with it: looked up again whatever the scan showed (I2).
    Outdated,
    /// Then.
    At(Timestamp),
}

impl LookedUp {
    /// When, if the absence found then still counts.
    pub const fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Never | Self::Outdated => None,
        }
    }
}
