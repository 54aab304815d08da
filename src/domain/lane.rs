//! The lanes of a customer's work, most urgent first.

/// A lane of work. The order is the order of service: an opt-out overtakes everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Opt-outs, and what else must not wait.
    Consent,
    /// Changes seen by polls and hints.
    Change,
    /// The first import of a whole account.
    Import,
    /// Confirmation and re-checking.
    Verify,
}

impl Lane {
    /// All lanes, in the order of service.
    pub const ALL: [Self; 4] = [Self::Consent, Self::Change, Self::Import, Self::Verify];

    /// The lane's name in settings, JSON and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Change => "change",
            Self::Import => "import",
            Self::Verify => "verify",
        }
    }

    /// The lane of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.as_str() == name)
    }

    /// The lane's place in the order, for keys.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self as u8
    }

    /// The lane at this place.
    #[must_use]
    pub fn from_u8(place: u8) -> Option<Self> {
        Self::ALL.get(usize::from(place)).copied()
    }
}
