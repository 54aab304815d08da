//! Constant Contact shows an opt-out, or took one back without proof: what an opt-in in Virtuous means then (P1, P3, P5, D1).

use crate::domain::{
    AgreedConsent, BouncePolicy, Cause, CcView, CustomerRules, Reason, Rule, Timestamp, UnansweredOptOut,
};

use super::{
    decision::{Decision, Sides},
    evidence::{OWN_OPT_OUT_REASON, beside_unanswered, effective_bounce, is_unanswered, newer, newest},
    shown::{Shown, import_since},
};

/// An opt-out that Constant Contact took back without proof stands as if Tandem had been quicker: it is set in Virtuous, and then
/// a person decides (P3). `None` where no such opt-out stands.
pub(super) fn unanswered(sides: &Sides<'_>) -> Option<Decision> {
    let UnansweredOptOut { at, by_deletion } = sides.subject.unanswered?;
    if !is_unanswered(sides.subject, sides.rules) {
        return None;
    }
    let question = Decision::asks(Rule::P3, Cause::UnprovedOptIn);
    match sides.shown {
        // The deletion was undone before its opt-out was written: a held opt-out does not pass the brake that way (D3, B1).
        Shown::In | Shown::Mixed(_) if by_deletion && sides.was_out().is_none() => None,
        Shown::In if staff_opted_in(sides) => Some(question),
        Shown::In | Shown::Mixed(_) => {
            let at = sides.was_out().map_or(at, |base| newest(base.at, at));
            let agreed = AgreedConsent { opted_in: false, at };
            Some(Decision::writes(agreed, Reason::new(Rule::P1, Cause::UnsubscribedInCc)))
        }
        // Agreed in before and out now is staff's own opt-out, which goes its way (P1).
        Shown::Out(_) if sides.was_in() => None,
        Shown::Nothing | Shown::Out(_) => Some(question),
    }
}

/// Decides by the opt-out that Constant Contact shows, with its date and reason.
pub(super) fn decide(sides: &Sides<'_>, at: Option<Timestamp>, reason: Reason) -> Decision {
    let at = beside_unanswered(sides.subject, at);
    // Tandem's own unsubscribe is no event; a deletion or a bounce beside it is (D1, P4).
    let own = sides.subject.cc.opt_out_reason.as_deref() == Some(OWN_OPT_OUT_REASON);
    let event = if own { beside_own(&sides.subject.cc, sides.rules) } else { at };
    let agreed = AgreedConsent { opted_in: false, at: agreed_date(sides, at, event, own) };
    match sides.shown {
        // The opt-out has no method to go to: it is owed until a method is there, and is no opt-in by staff (P2, P5).
        Shown::Nothing => Decision::Keep(sides.base),
        Shown::Out(_) => Decision::Keep(Some(agreed)),
        // Staff's opt-in answers what was agreed on, not an opt-out that came after it (P5).
        Shown::In if staff_opted_in(sides) && !newer(event, sides.was_out().and_then(|base| base.at)) => {
            Decision::asks(Rule::P5, Cause::StaffOptIn)
        }
        Shown::In | Shown::Mixed(_) => Decision::writes(agreed, reason),
    }
}

/// The date that is agreed on: that of the newest opt-out event (P3). `event` is the one beside the unsubscribe if Tandem wrote that
/// itself.
fn agreed_date(
    sides: &Sides<'_>,
    at: Option<Timestamp>,
    event: Option<Timestamp>,
    own: bool,
) -> Option<Timestamp> {
    match (sides.was_out(), sides.shown) {
        (Some(base), _) if own => {
            let newest = if event.is_some() { newest(base.at, event) } else { base.at };
            beside_unanswered(sides.subject, newest)
        }
        // The date that was agreed on before stays, unless this event is newer.
        (Some(base), _) => newest(base.at, at),
        // An opt-out that Virtuous had before anything was agreed counts too (P3).
        (None, Shown::Out(theirs) | Shown::Mixed(theirs)) => newest(theirs, at),
        _ => at,
    }
}

/// The date of the newest opt-out event beside the unsubscribe that Tandem wrote; `None` if there is none (D1, P4).
fn beside_own(cc: &CcView, rules: &CustomerRules) -> Option<Timestamp> {
    let bounce = effective_bounce(cc).filter(|(kind, _)| rules.bounce_policy(*kind) == BouncePolicy::OptOut);
    let deletion = cc.deletion.map(|deletion| deletion.latest());
    deletion.max(bounce.map(|(_, at)| at))
}

/// Whether staff opted the subscriber in after an opt-out was agreed on, on every method of the agreed address (P5). The address
/// on one more method, or a new address of the same person, is no opt-in by staff: consent stays with the person (P6).
fn staff_opted_in(sides: &Sides<'_>) -> bool {
    let Some(email) = sides.subject.base.email.as_ref() else { return false };
    sides.was_out().is_some()
        && import_since(sides.subject).is_none()
        && sides.person.others.iter().all(|other| other.told)
        && sides.subject.cc.email_key().as_ref() == Some(email)
        && sides.person.methods_of(email).all(|method| method.opted_in)
}
