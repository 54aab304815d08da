//! The consent facet: an opt-out by either side wins; only fresh, proved consent in Constant Contact raises it.

mod bounced;
mod evidence;
mod shown;

use crate::domain::{
    AgreedConsent, BouncePolicy, Cause, CcView, CustomerRules, Person, Reason, Rule, Subject, Timestamp,
    UnansweredOptOut,
};

pub use bounced::by_bounce_alone;
pub use evidence::{
    CcConsent, OWN_OPT_OUT_REASON, beside_unanswered, cc_consent, effective_bounce, is_unanswered, newest,
    remember_opt_out,
};
pub use shown::{addresses, claim_unsure_opt_out, note_staff_opt_outs, opted_out_at, went_out};

use bounced::bounce_superseded_by_new_address;
use evidence::{answering_proof, newer};
use shown::{Shown, caused_by_import, import_since, may_be_import_doing, shown};

/// What is to become of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing to write. The agreed value, if the sides agree on one.
    Keep(Option<AgreedConsent>),
    /// Write this opt-in to Virtuous.
    Virtuous {
        /// The wish.
        opted_in: bool,
        /// What is agreed once it is written.
        agreed: AgreedConsent,
        /// Why.
        reason: Reason,
    },
    /// Unsubscribe in Constant Contact (P1).
    ConstantContact {
        /// What is agreed once it is written.
        agreed: AgreedConsent,
        /// Why.
        reason: Reason,
    },
    /// Nothing to write and nothing agreed: staff's opt-out stands, and Constant Contact is not told (one-way).
    Disagree,
    /// A person decides.
    Review(Reason),
}

/// Decides consent for a linked subscriber (P1, P3, P5, C5).
#[must_use]
pub fn decide(subject: &Subject, person: &Person, rules: &CustomerRules) -> Decision {
    let addresses = addresses(subject);
    let shown = shown(person, &addresses);
    let base = subject.base.consent;
    if let Some(decision) = unanswered(subject, person, shown, base, rules) {
        return decision;
    }
    match cc_consent(&subject.cc, rules) {
        CcConsent::Silent => Decision::Keep(base),
        CcConsent::Out { at, reason } => out_in_cc(subject, person, shown, base, at, reason, rules),
        CcConsent::Active { proof, said_at } => {
            let proof = answering_proof(subject, proof);
            let agreed_in = AgreedConsent { opted_in: true, at: proof };
            match shown {
                Shown::Nothing | Shown::In => Decision::Keep(Some(agreed_in)),
                Shown::Out(changed_at) | Shown::Mixed(changed_at) => {
                    if caused_by_import(subject, person, &addresses) && base.is_none_or(|base| base.opted_in)
                    {
                        return Decision::Virtuous {
                            opted_in: true,
                            agreed: agreed_in,
                            reason: Reason::new(Rule::C5, Cause::ImportOptIn),
                        };
                    }
                    if bounce_superseded_by_new_address(subject, person, shown) {
                        return Decision::Virtuous {
                            opted_in: true,
                            agreed: agreed_in,
                            reason: Reason::new(Rule::P6, Cause::EmailChanged),
                        };
                    }
                    let decision = out_in_virtuous(shown, base, changed_at, proof, said_at, rules);
                    // Never told to Constant Contact on the word of an import: a person decides (C5).
                    let told = matches!(
                        decision,
                        Decision::ConstantContact { .. } | Decision::Virtuous { opted_in: false, .. }
                    );
                    if told && may_be_import_doing(subject, person, changed_at) {
                        return Decision::Review(Reason::new(Rule::C5, Cause::ImportOptIn));
                    }
                    match decision {
                        // Nobody can be mailed without an address: there is nothing to unsubscribe.
                        Decision::ConstantContact { agreed, .. } if subject.cc.email.is_none() => {
                            Decision::Keep(Some(agreed))
                        }
                        // Nor is anybody to be asked about it, once that is agreed on.
                        Decision::Review(_)
                            if subject.cc.email.is_none() && base.is_some_and(|base| !base.opted_in) =>
                        {
                            Decision::Keep(base)
                        }
                        decision => decision,
                    }
                }
            }
        }
    }
}

/// An opt-out that Constant Contact took back without proof stands as it would, had Tandem been quicker than the taking
/// back: it is set in Virtuous, and then a person decides (P3).
fn unanswered(
    subject: &Subject,
    person: &Person,
    shown: Shown,
    base: Option<AgreedConsent>,
    rules: &CustomerRules,
) -> Option<Decision> {
    let UnansweredOptOut { at, by_deletion } = subject.unanswered?;
    if !is_unanswered(subject, rules) {
        return None;
    }
    let review = || Decision::Review(Reason::new(Rule::P3, Cause::UnprovedOptIn));
    let was_out = base.filter(|base| !base.opted_in);
    match shown {
        // Nothing was raised, and what was to be written went with the deletion: those whom the brake held, who then came
        // back, are not opted out past it.
        Shown::In | Shown::Mixed(_) if by_deletion && was_out.is_none() => None,
        // Staff opted in themselves what was agreed to be out.
        Shown::In
            if was_out.is_some() && import_since(subject).is_none() && staff_raised(subject, person) =>
        {
            Some(review())
        }
        Shown::In | Shown::Mixed(_) => {
            let at = was_out.map_or(at, |base| newest(base.at, at));
            let agreed = AgreedConsent { opted_in: false, at };
            let reason = Reason::new(Rule::P1, Cause::UnsubscribedInCc);
            Some(Decision::Virtuous { opted_in: false, agreed, reason })
        }
        Shown::Nothing => Some(review()),
        // Agreed in before and out now: staff's own opt-out, which goes its way (P1).
        Shown::Out(_) if base.is_some_and(|base| base.opted_in) => None,
        Shown::Out(_) => Some(review()),
    }
}

fn out_in_cc(
    subject: &Subject,
    person: &Person,
    shown: Shown,
    base: Option<AgreedConsent>,
    at: Option<Timestamp>,
    reason: Reason,
    rules: &CustomerRules,
) -> Decision {
    let was_out = base.filter(|base| !base.opted_in);
    let at = beside_unanswered(subject, at);
    let own = subject.cc.opt_out_reason.as_deref() == Some(OWN_OPT_OUT_REASON);
    // Tandem's own unsubscribing is no event; a deletion or a bounce beside it is one.
    let event = if own { beside_own(&subject.cc, rules) } else { at };
    let newer_event = newer(event, was_out.and_then(|base| base.at));
    let at = match (was_out, shown) {
        (Some(base), _) if own => {
            beside_unanswered(subject, event.map_or(base.at, |event| newest(base.at, Some(event))))
        }
        // Agreed before: the date that was agreed on stays, unless this event is newer.
        (Some(base), _) => newest(base.at, at),
        // Not agreed before: an opt-out that Virtuous had counts too (P3).
        (None, Shown::Out(theirs) | Shown::Mixed(theirs)) => newest(theirs, at),
        _ => at,
    };
    let agreed = AgreedConsent { opted_in: false, at };
    match shown {
        // There is no method to carry it: what comes later is still to be opted out, and is no opt-in by staff (P2, P5).
        Shown::Nothing => Decision::Keep(base),
        Shown::Out(_) => Decision::Keep(Some(agreed)),
        // Staff's opt-in answers what was agreed on, not an opt-out that came after it.
        Shown::In
            if !newer_event
                && import_since(subject).is_none()
                && staff_raised(subject, person)
                && was_out.is_some() =>
        {
            Decision::Review(Reason::new(Rule::P5, Cause::StaffOptIn))
        }
        Shown::In | Shown::Mixed(_) => Decision::Virtuous { opted_in: false, agreed, reason },
    }
}

/// The date of the newest opt-out event beside the unsubscribing that Tandem wrote itself; `None` if there is none (D1, P4).
fn beside_own(cc: &CcView, rules: &CustomerRules) -> Option<Timestamp> {
    let bounce = effective_bounce(cc).filter(|(kind, _)| rules.bounce_policy(*kind) == BouncePolicy::OptOut);
    let deletion = cc.deletion.map(|deletion| deletion.latest());
    deletion.max(bounce.map(|(_, at)| at))
}

/// Whether staff opted the person in after it was agreed that they are out (P5). The same address turning up on another
/// method, or a new address of the same person, is none of that: consent stays with the person (P6).
fn staff_raised(subject: &Subject, person: &Person) -> bool {
    let Some(email) = subject.base.email.as_ref() else { return false };
    subject.cc.email_key().as_ref() == Some(email) && person.methods_of(email).all(|method| method.opted_in)
}

fn out_in_virtuous(
    shown: Shown,
    base: Option<AgreedConsent>,
    changed_at: Option<Timestamp>,
    proof: Option<Timestamp>,
    said_at: Option<Timestamp>,
    rules: &CustomerRules,
) -> Decision {
    let agreed_out = base.filter(|base| !base.opted_in);
    // The date of the event, never of Tandem's own write: what was agreed on carries the event's date.
    let event = agreed_out.map_or(changed_at, |base| base.at);
    if let (Some(proof), Some(event)) = (proof, event)
        && proof.as_secs() > event.as_secs()
    {
        return Decision::Virtuous {
            opted_in: true,
            agreed: AgreedConsent { opted_in: true, at: Some(proof) },
            reason: Reason::new(Rule::P3, Cause::ProvedOptIn),
        };
    }
    if agreed_out.is_some() {
        // Both were out; Constant Contact shows the person active again, without proof.
        return Decision::Review(Reason::new(Rule::P3, Cause::UnprovedOptIn));
    }
    let surely_newer = match (said_at, event) {
        (Some(said), Some(event)) => event.as_secs() > said.as_secs(),
        _ => false,
    };
    // Agreed in before and now out: staff did it, whatever the dates. At first connect the dates decide.
    let staff_opt_out = base.is_some_and(|base| base.opted_in) || surely_newer;
    if !staff_opt_out {
        return Decision::Review(Reason::new(Rule::P3, Cause::UnprovedOptIn));
    }
    if !rules.two_way {
        // Nothing is agreed: Constant Contact goes on saying otherwise, and is not told.
        return Decision::Disagree;
    }
    let agreed = AgreedConsent { opted_in: false, at: event };
    if matches!(shown, Shown::Mixed(_)) {
        // P2: the address is out on one method, so it is out on all before Constant Contact is told.
        let reason = Reason::new(Rule::P2, Cause::OptedOutInVirtuous);
        return Decision::Virtuous { opted_in: false, agreed, reason };
    }
    Decision::ConstantContact { agreed, reason: Reason::new(Rule::P1, Cause::OptedOutInVirtuous) }
}

#[cfg(test)]
mod table;
