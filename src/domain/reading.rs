//! A whole reading of both sides, beside what polls, events and queries bring: to find what none of them showed (V2).

use std::time::Duration;

use super::Timestamp;

/// A pause so long has everything read again: what came in meanwhile is more than windows and overlaps make sure of.
pub const LONG_PAUSE: Duration = Duration::from_secs(3600);

/// Customers that go on together after a long pause are read whole so far apart: the largest takes a hundred calls of a key that
/// they share.
const APART: Duration = Duration::from_secs(3600);
/// The last of them comes no later.
pub const APART_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// The golden ratio of 64 bits: its multiples spread evenly, however many customers there are.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The place of a customer in a length of time, by its number.
#[must_use]
pub fn place_in(customer: u32, length: Duration) -> Duration {
    let share = u128::from(u64::from(customer).wrapping_mul(GOLDEN));
    let millis = share.saturating_mul(length.as_millis()) / (u128::from(u64::MAX) + 1);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// How long a customer waits for its whole reading that goes on together with as many (V2); alone it does not wait.
#[must_use]
pub fn turn_among(customer: u32, customers: usize) -> Duration {
    let others = u32::try_from(customers.saturating_sub(1)).unwrap_or(u32::MAX);
    place_in(customer, APART.saturating_mul(others).min(APART_MAX))
}

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
