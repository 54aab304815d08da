//! Opt-outs that Virtuous had first and whose date a whole contact does not tell: the method itself is asked once (P3).

use crate::domain::{CustomerRules, EmailMethod, MethodId, Subject, Timestamp};

use super::{
    consent::{self, CcConsent, cc_consent},
    damping,
};

/// What the question is counted as, beside writes.
const QUESTION: &str = "the date of a method";

/// The methods whose date is to be asked for: opted out before anything was agreed on, while Constant Contact shows the subscriber
/// as active, so that the dates decide. None once they were asked for.
#[must_use]
pub fn to_ask(subject: &Subject, rules: &CustomerRules) -> Vec<MethodId> {
    let Some(person) = subject.virtuous.linked().filter(|_| subject.base.consent.is_none()) else {
        return Vec::new();
    };
    let own = consent::addresses(subject);
    let is_undated = |method: &&EmailMethod| {
        !method.opted_in && method.modified_at.is_none() && method.created_at.is_none() && method.is_at(&own)
    };
    let undated: Vec<MethodId> = person.emails.iter().filter(is_undated).map(|method| method.id).collect();
    let is_open = !undated.is_empty()
        && matches!(cc_consent(&subject.cc, rules), CcConsent::Active { .. })
        && !damping::was_asked(subject, QUESTION);
    if is_open { undated } else { Vec::new() }
}

/// Remembers that the methods were asked.
pub fn asked(subject: &mut Subject, now: Timestamp) {
    damping::count_question(subject, QUESTION, now);
}
