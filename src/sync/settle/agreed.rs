//! What both sides agree on once an opt-in or opt-out was written (P3).

use crate::{
    domain::{AgreedConsent, Subject},
    sync::{
        Planner,
        consent::{self, CcConsent, cc_consent},
    },
};

/// What is agreed once an opt-in or opt-out was written: the date is that of the event, never of the write (P3). Asked
/// before the write is taken over, as what Virtuous showed then is part of the decision.
pub(super) fn agreed_after(subject: &Subject, opted_in: bool, planner: &Planner) -> Option<AgreedConsent> {
    let in_cc = cc_consent(&subject.cc, &planner.rules);
    if !opted_in
        && !matches!(in_cc, CcConsent::Out { .. })
        && let Some(out) = subject.unanswered
    {
        // What it was written for is not shown any more, and may have been answered by a proof meanwhile (P3).
        let before = subject.base.consent.filter(|base| !base.opted_in);
        let at = before.map_or(out.at, |base| consent::newest(base.at, out.at));
        return Some(AgreedConsent { opted_in: false, at });
    }
    if !opted_in && matches!(in_cc, CcConsent::Active { .. }) {
        // P1, P2: out on every method now, which Constant Contact is still to be told.
        return subject.base.consent;
    }
    if let Some(person) = subject.virtuous.linked()
        && let consent::Decision::Virtuous { opted_in: decided, agreed, .. } =
            consent::decide(subject, person, &planner.rules)
        && decided == opted_in
    {
        return Some(agreed);
    }
    let at = match in_cc {
        CcConsent::Out { at, .. } if !opted_in => consent::beside_unanswered(subject, at),
        CcConsent::Active { proof, .. } if opted_in => proof,
        _ => subject.base.consent.and_then(|base| base.at),
    };
    let before = subject.base.consent.filter(|base| base.opted_in == opted_in);
    let at = match (before, at) {
        (Some(before), Some(at)) => before.at.map(|before| before.max(at)),
        (_, at) => at,
    };
    Some(AgreedConsent { opted_in, at })
}
