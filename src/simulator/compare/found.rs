//! What a comparison finds.

use serde::Serialize;

/// Something on which the systems do not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The subscriber's id; for what concerns only Virtuous, `virtuous:<id>`.
    pub contact_id: String,
    /// `contact`, `reference`, `email`, `consent`, `segments`, `fields`, `deleted`, `staff`.
    pub facet: &'static str,
    /// What the rules want.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// What a comparison found. Only `differences` are disagreements; the counts are people whom the rules leave alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Disagreements.
    pub differences: Vec<Difference>,
    /// Subscribers with a contact on which all that was compared agrees.
    pub agreed: usize,
    /// Without a name, unconfirmed, on hold (C2, C3).
    pub held: usize,
    /// For a person to decide (I2, P3, P5, P6, S4).
    pub review: usize,
    /// Neither created nor found (C2), or not on a selected list (C1).
    pub excluded: usize,
    /// Submitted, and still with the import (C4).
    pub submitted: usize,
    /// An opt-out in Virtuous that Constant Contact has yet to learn of (P1).
    pub to_cc: usize,
    /// Linked, but archived or private: opt-outs only (I3).
    pub restricted: usize,
    /// Memberships whose tag does not exist in Virtuous (S4).
    pub waiting_tags: usize,
}

impl Comparison {
    pub(super) fn differ(
        &mut self,
        contact: impl ToString,
        facet: &'static str,
        expected: impl ToString,
        found: impl ToString,
    ) {
        let (contact_id, expected, found) = (contact.to_string(), expected.to_string(), found.to_string());
        self.differences.push(Difference { contact_id, facet, expected, found });
    }
}
