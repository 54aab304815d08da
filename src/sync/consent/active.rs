//! Constant Contact shows the subscriber as active: what an opt-out in Virtuous means then (P1, P2, P3, P6, C5).

use crate::domain::{AgreedConsent, Cause, Reason, Rule, Timestamp, UntouchedPolicy};

use super::{
    bounced::bounce_superseded_by_new_address,
    decision::{Decision, Sides},
    evidence::{answering_proof, newer},
    shown::{FirstShown, Shown, addresses, first_shown, may_be_import_doing},
};

/// Decides by the opt-in that proves consent and the date of any opt-in.
pub(super) fn decide(sides: &Sides<'_>, proof: Option<Timestamp>, said_at: Option<Timestamp>) -> Decision {
    let proof = answering_proof(sides.subject, proof);
    let agreed = AgreedConsent { opted_in: true, at: proof };
    let (Shown::Out(changed_at) | Shown::Mixed(changed_at)) = sides.shown else {
        return Decision::Keep(Some(agreed));
    };
    let first_shown = first_shown_out(sides);
    match first_shown {
        FirstShown::Import => return sides.raises(agreed, Reason::new(Rule::C5, Cause::ImportOptIn)),
        FirstShown::Undated => return Decision::asks(Rule::C5, Cause::ImportOptIn),
        FirstShown::NoImport | FirstShown::Staff => {}
    }
    let untouched = is_untouched(sides).then_some(sides.rules.untouched);
    match untouched {
        Some(UntouchedPolicy::Ask) => return Decision::asks(Rule::P7, Cause::Untouched),
        Some(UntouchedPolicy::Leave) => return Decision::Keep(None),
        Some(UntouchedPolicy::OptOut) | None => {}
    }
    if bounce_superseded_by_new_address(sides.subject, sides.person, sides.shown) {
        return sides.raises(agreed, Reason::new(Rule::P6, Cause::EmailChanged));
    }
    // The date is the event's, never that of Tandem's own write: what was agreed on carries the event's date (P3).
    let event = sides.was_out().map_or(changed_at, |base| base.at);
    if newer(proof, event) {
        return sides.raises(agreed, Reason::new(Rule::P3, Cause::ProvedOptIn));
    }
    let at_first_connect = sides.base.is_none() && newer(event, said_at);
    // Agreed in before and out now is staff's opt-out, whatever the dates; at first connect the dates decide (P1). What the customer
    // says of untouched opt-outs counts for all of them (P7).
    let by_staff = first_shown == FirstShown::Staff;
    let decision =
        opted_out(sides, event, sides.was_in() || by_staff || at_first_connect || untouched.is_some());
    let by_import = || may_be_import_doing(sides.subject, sides.person, changed_at, sides.rules.lookup_after);
    if passes_opt_out_on(&decision) && !by_staff && by_import() {
        // Constant Contact is never told on the word of an import: a person decides (C5).
        return Decision::asks(Rule::C5, Cause::ImportOptIn);
    }
    if sides.subject.cc.email.is_none() { without_address(sides, decision) } else { decision }
}

/// Whether the opt-out is the organisation's default: no method with the address was changed since it was made, and nothing was
/// agreed on (P7).
fn is_untouched(sides: &Sides<'_>) -> bool {
    if sides.base.is_some() {
        return false;
    }
    let own = addresses(sides.subject);
    let mut out = sides.person.reached(false).filter(|method| !method.opted_in && method.is_at(&own));
    out.all(|method| method.created_at.is_some() && method.created_at == method.modified_at)
}

/// Whose doing the opt-out of a first reading is, unless an opt-out was agreed on before (C5).
fn first_shown_out(sides: &Sides<'_>) -> FirstShown {
    if sides.was_out().is_some() || !sides.has_own() {
        return FirstShown::NoImport;
    }
    first_shown(sides.subject, sides.person, &addresses(sides.subject))
}

/// The opt-out in Virtuous is answered by no proof: staff's own goes to Constant Contact, any other to a person (P1, P3).
fn opted_out(sides: &Sides<'_>, event: Option<Timestamp>, by_staff: bool) -> Decision {
    if !by_staff {
        return Decision::asks(Rule::P3, Cause::UnprovedOptIn);
    }
    if !sides.rules.two_way {
        // Nothing is agreed: Constant Contact goes on saying otherwise, and is not told (P1).
        return Decision::Disagree;
    }
    let agreed = AgreedConsent { opted_in: false, at: event };
    if matches!(sides.shown, Shown::Mixed(_)) {
        // The address is out on one method: it goes out on all before Constant Contact is told (P2).
        return Decision::writes(agreed, Reason::new(Rule::P2, Cause::OptedOutInVirtuous));
    }
    Decision::ConstantContact { agreed, reason: Reason::new(Rule::P1, Cause::OptedOutInVirtuous) }
}

const fn passes_opt_out_on(decision: &Decision) -> bool {
    matches!(decision, Decision::ConstantContact { .. } | Decision::Virtuous { opted_in: false, .. })
}

/// Without an address the subscriber gets no mail: there is nothing to unsubscribe, and nothing to ask once that is agreed (P1).
fn without_address(sides: &Sides<'_>, decision: Decision) -> Decision {
    match decision {
        Decision::ConstantContact { agreed, .. } => Decision::Keep(Some(agreed)),
        Decision::Review(_) if sides.was_out().is_some() => Decision::Keep(sides.base),
        decision => decision,
    }
}
