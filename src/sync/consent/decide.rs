//! Decides consent by what Constant Contact shows.

use crate::domain::{CustomerRules, Person, Subject};

use super::{
    active,
    decision::{Decision, Sides},
    evidence::{CcConsent, cc_consent},
    out,
};

/// Decides consent for a linked subscriber (P1, P3, P5, C5).
#[must_use]
pub fn decide(subject: &Subject, person: &Person, rules: &CustomerRules) -> Decision {
    let sides = Sides::of(subject, person, rules);
    if let Some(decision) = out::unanswered(&sides) {
        return decision;
    }
    match cc_consent(&subject.cc, rules) {
        CcConsent::Silent => Decision::Keep(sides.base),
        CcConsent::Out { at, reason } => out::decide(&sides, at, reason),
        CcConsent::Active { proof, said_at } => active::decide(&sides.beside_active(), proof, said_at),
    }
}
