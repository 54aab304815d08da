//! What Constant Contact says of a person's consent, and what of it is proof (P1, P3, P4, D1).

use crate::domain::{
    Actor, BounceKind, BouncePolicy, Cause, CcView, CustomerRules, Permission, Reason, Rule, Subject,
    Timestamp, UnansweredOptOut, email_key,
};

/// What Tandem writes as the reason when it unsubscribes somebody in Constant Contact (P1): by it the opt-out is known
/// again as its own, whose date is no event's (P3).
pub const OWN_OPT_OUT_REASON: &str = "Opted out in the donor database";

/// What Constant Contact says of a person's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CcConsent {
    /// Opted out, by this rule, at this time as far as known.
    Out {
        /// The date of the newest opt-out event; `None` if any is unknown.
        at: Option<Timestamp>,
        /// Why.
        reason: Reason,
    },
    /// May be mailed. `proof` is the date of an opt-in that counts as evidence (P3); `said_at` the date of any opt-in.
    Active {
        /// `opt_in_date` of an `explicit` permission, or of an `implicit` permission that the person gave.
        proof: Option<Timestamp>,
        /// `opt_in_date`, given by the person or by the account.
        said_at: Option<Timestamp>,
    },
    /// Says nothing either way: not set, pending, on hold, unknown.
    Silent,
}

/// Reads what Constant Contact says (P1, P4, D1).
#[must_use]
pub fn cc_consent(cc: &CcView, rules: &CustomerRules) -> CcConsent {
    let mut outs = stated_opt_outs(cc);
    if let Some((kind, at)) = effective_bounce(cc)
        && rules.bounce_policy(kind) == BouncePolicy::OptOut
        && proof(cc).is_none_or(|proved| proved.as_secs() <= at.as_secs())
    {
        let cause = if kind == BounceKind::Hard { Cause::HardBounce } else { Cause::SoftBounce };
        outs.push((Some(at), Reason::new(Rule::P4, cause)));
    }
    if let Some((_, reason)) = outs.first() {
        return CcConsent::Out { at: newest_of(&outs), reason: reason.clone() };
    }
    if cc.permission.is_mailable() {
        CcConsent::Active { proof: proof(cc), said_at: cc.opt_in_at }
    } else {
        CcConsent::Silent
    }
}

/// The opt-outs that the record itself states, with their dates: a deletion, an unsubscribe (D1, P1, P4).
pub(super) fn stated_opt_outs(cc: &CcView) -> Vec<(Option<Timestamp>, Reason)> {
    let mut outs = Vec::new();
    if let Some(deletion) = cc.deletion {
        outs.push((Some(deletion.latest()), Reason::new(Rule::D1, Cause::DeletedInCc)));
    }
    if cc.permission == Permission::Unsubscribed {
        let reason = if cc.is_complaint() {
            Reason::new(Rule::P4, Cause::Complaint)
        } else {
            Reason::new(Rule::P1, Cause::UnsubscribedInCc)
        };
        outs.push((cc.opt_out_at, reason));
    }
    outs
}

/// The date of the newest; unknown if any is.
pub(super) fn newest_of(outs: &[(Option<Timestamp>, Reason)]) -> Option<Timestamp> {
    let dates: Option<Vec<Timestamp>> = outs.iter().map(|(at, _)| *at).collect();
    dates?.into_iter().max()
}

/// A bounce of the present address (P6: one of an old address does not count), with its category.
#[must_use]
pub fn effective_bounce(cc: &CcView) -> Option<(BounceKind, Timestamp)> {
    let bounce = cc.bounce.as_ref()?;
    let same_address = cc.email_key().is_some_and(|key| key == email_key(&bounce.address));
    let kind = BounceKind::of_code(bounce.code)?;
    same_address.then_some((kind, bounce.at))
}

/// The date of an opt-in that counts as evidence (P3). An opt-in that is not newer than the opt-out that Constant Contact still
/// shows beside it is no evidence.
pub(super) fn proof(cc: &CcView) -> Option<Timestamp> {
    let proved = match (cc.permission, cc.opt_in_source) {
        (Permission::Explicit, _) | (Permission::Implicit, Actor::Contact) => cc.opt_in_at,
        _ => None,
    };
    proved.filter(|proved| cc.opt_out_at.is_none_or(|out| proved.as_secs() > out.as_secs()))
}

/// Proof in Constant Contact that answers an opt-out which it showed before and shows no more (P3).
pub(super) fn answering_proof(subject: &Subject, proof: Option<Timestamp>) -> Option<Timestamp> {
    let newer = |proved: &Timestamp| match subject.unanswered {
        Some(UnansweredOptOut { at, .. }) => at.is_some_and(|out| proved.as_secs() > out.as_secs()),
        None => true,
    };
    proof.filter(newer)
}

/// Whether an opt-out that Constant Contact showed before still stands: whatever it shows now is no newer proof (P3).
#[must_use]
pub fn is_unanswered(subject: &Subject, rules: &CustomerRules) -> bool {
    subject.unanswered.is_some()
        && match cc_consent(&subject.cc, rules) {
            CcConsent::Out { .. } => false,
            CcConsent::Active { proof, .. } => answering_proof(subject, proof).is_none(),
            CcConsent::Silent => true,
        }
}

/// The newer date of two opt-outs: the unanswered opt-out that Constant Contact showed before, and the opt-out dated `at` (P3).
#[must_use]
pub fn beside_unanswered(subject: &Subject, at: Option<Timestamp>) -> Option<Timestamp> {
    subject.unanswered.map_or(at, |before| newest(before.at, at))
}

/// Remembers an opt-out that the old view showed and `new` does not. Bounces are not remembered: a bounce of an old address
/// does not speak of a new address (P6), and proof ends a bounce by itself.
pub fn remember_opt_out(subject: &mut Subject, new: &CcView) {
    let outs = stated_opt_outs(&subject.cc);
    if outs.is_empty() {
        return;
    }
    // Where no contact was there to be told of it, the deletion stands for the contact that is found later (D3).
    let had_contact = !subject.virtuous.contacts().is_empty();
    let by_deletion = subject.cc.permission != Permission::Unsubscribed && had_contact;
    // Tandem's own write carries no date of an event, and is agreed on already (P1).
    let own = subject.cc.opt_out_reason.as_deref() == Some(OWN_OPT_OUT_REASON);
    if own && subject.cc.deletion.is_none() && subject.base.consent.is_some_and(|base| !base.opted_in) {
        return;
    }
    let shown = UnansweredOptOut { at: newest_of(&outs), by_deletion };
    let all = subject.unanswered.map_or(shown, |before| UnansweredOptOut {
        at: newest(before.at, shown.at),
        by_deletion: before.by_deletion && by_deletion,
    });
    // Out still: what it shows now counts, and what it showed before only if that was newer.
    let now = stated_opt_outs(new);
    if !now.is_empty() && newest(newest_of(&now), all.at) == newest_of(&now) {
        return;
    }
    subject.unanswered = Some(all);
}

/// Whether an event is known to be newer than another.
#[must_use]
pub fn newer(event: Option<Timestamp>, than: Option<Timestamp>) -> bool {
    matches!((event, than), (Some(event), Some(than)) if event.as_secs() > than.as_secs())
}

/// The newer of two event dates; unknown if either is, which proves nothing later (P3).
pub fn newest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    Some(one?.max(other?))
}
