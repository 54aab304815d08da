//! Lanes: which work goes first.

use std::fmt;

/// The lane of a piece of work, the most urgent first: an opt-out overtakes everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Opt-outs and opt-ins, and what is read to decide them.
    Consent,
    /// Other changes of people who are already linked, and new subscribers.
    Change,
    /// The first, whole list of a customer.
    Import,
    /// Confirmations, sweeps and other reading that finds what was missed.
    Verify,
}

impl Lane {
    /// Every lane, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Consent, Self::Change, Self::Import, Self::Verify];

    /// The name that operators see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Change => "change",
            Self::Import => "import",
            Self::Verify => "verify",
        }
    }

    /// The lane with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.as_str() == name)
    }

    /// The number that keys and stored records hold; order by number is order by urgency.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Consent => 0,
            Self::Change => 1,
            Self::Import => 2,
            Self::Verify => 3,
        }
    }

    /// The lane with this number.
    #[must_use]
    pub const fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Consent),
            1 => Some(Self::Change),
            2 => Some(Self::Import),
            3 => Some(Self::Verify),
            _ => None,
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_go_both_ways_in_order_of_urgency() {
        for (at, lane) in Lane::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(lane.to_u8()), at);
            assert_eq!(Lane::from_u8(lane.to_u8()), Some(lane));
            assert_eq!(Lane::parse(lane.as_str()), Some(lane));
        }
        assert!(Lane::ALL.is_sorted());
        assert_eq!(Lane::from_u8(4), None);
        assert_eq!(Lane::parse("Consent"), None);
    }
}
