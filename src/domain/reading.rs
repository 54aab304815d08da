//! A whole reading of both sides, beside what polls, events and queries bring: to find what none of them showed (V2).

use std::time::Duration;

use super::Timestamp;

/// A pause so long has everything read again: what came in meanwhile is more than windows and overlaps make sure of.
pub const LONG_PAUSE: Duration = Duration::from_secs(3600);

/// Subscribers whose view turned out to differ from what was known, by facet. One may count in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drift {
    /// Permission and opt-outs, or the opt-in of an address.
    pub consent: u64,
    /// The address.
    pub email: u64,
    /// Lists and tags.
    pub segments: u64,
    /// Mapped fields.
    pub fields: u64,
    /// Who is there at all, who is linked to whom, and all else.
    pub other: u64,
}

impl Drift {
    /// The facets by name, as people and scripts are shown them.
    #[must_use]
    pub const fn by_facet(&self) -> [(&'static str, u64); 5] {
        [
            ("consent", self.consent),
            ("email", self.email),
            ("segments", self.segments),
            ("fields", self.fields),
            ("other", self.other),
        ]
    }

    /// Adds what one more reading found.
    pub fn add(&mut self, other: &Self) {
        self.consent += other.consent;
        self.email += other.email;
        self.segments += other.segments;
        self.fields += other.fields;
        self.other += other.other;
    }
}

/// How far one side of a whole reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SideRead {
    /// When it ended.
    pub done_at: Option<Timestamp>,
    /// What it found.
    pub drift: Drift,
}

/// A whole reading that was asked for; the last one, once it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeReading {
    /// When.
    pub asked_at: Timestamp,
    /// Constant Contact, by a sweep.
    pub constant_contact: SideRead,
    /// Virtuous, by reading all contacts.
    pub virtuous: SideRead,
}

impl WholeReading {
    /// Asked for now.
    #[must_use]
    pub fn asked(now: Timestamp) -> Self {
        Self { asked_at: now, constant_contact: SideRead::default(), virtuous: SideRead::default() }
    }

    /// Whether both sides were read.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.constant_contact.done_at.is_some() && self.virtuous.done_at.is_some()
    }
}
