//! The consent facet: an opt-out by either side wins; only fresh, proved consent in Constant Contact raises it.

use crate::domain::{
    Actor, AgreedConsent, BounceKind, BounceOptOut, BouncePolicy, Cause, CcView, CustomerRules, EmailMethod,
    LinkedBy, Permission, Person, Reason, Rule, Subject, Timestamp, UnansweredOptOut, email_key,
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
        /// `opt_in_date` of an `explicit` permission, or of an `implicit` one that the person gave.
        proof: Option<Timestamp>,
        /// `opt_in_date` whoever gave it.
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
fn stated_opt_outs(cc: &CcView) -> Vec<(Option<Timestamp>, Reason)> {
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
fn newest_of(outs: &[(Option<Timestamp>, Reason)]) -> Option<Timestamp> {
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

/// The date of an opt-in that counts as evidence (P3). One that is not newer than the opt-out that Constant Contact still
/// shows beside it is none.
fn proof(cc: &CcView) -> Option<Timestamp> {
    let proved = match (cc.permission, cc.opt_in_source) {
        (Permission::Explicit, _) | (Permission::Implicit, Actor::Contact) => cc.opt_in_at,
        _ => None,
    };
    proved.filter(|proved| cc.opt_out_at.is_none_or(|out| proved.as_secs() > out.as_secs()))
}

/// Proof in Constant Contact that answers an opt-out which it showed before and shows no more (P3).
fn answering_proof(subject: &Subject, proof: Option<Timestamp>) -> Option<Timestamp> {
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

/// Keeps an opt-out that Constant Contact shows no more with `new`. Bounces are none of it: one of an old address does
/// not speak of a new one (P6), and proof ends one by itself.
pub fn remember_opt_out(subject: &mut Subject, new: &CcView) {
    let outs = stated_opt_outs(&subject.cc);
    if outs.is_empty() {
        return;
    }
    let by_deletion = subject.cc.permission != Permission::Unsubscribed;
    // Tandem's own write carries no date of an event; that one is agreed on.
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
    Leave,
    /// A person decides.
    Review(Reason),
}

/// What Virtuous shows for the subscriber's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// No such address there.
    Nothing,
    /// Every method with the address is opted in.
    In,
    /// Every one is opted out, the newest change at this time as far as known.
    Out(Option<Timestamp>),
    /// Some are in, some out (P2 wants all alike).
    Mixed(Option<Timestamp>),
}

/// The addresses that consent speaks of: the present one, and the one it was changed from as long as that is there.
#[must_use]
pub fn addresses(subject: &Subject) -> Vec<String> {
    let present = subject.cc.email_key();
    let former = subject.base.email.clone().filter(|former| present.as_ref() != Some(former));
    present.into_iter().chain(former).collect()
}

fn shown(person: &Person, addresses: &[String]) -> Shown {
    let methods: Vec<_> =
        person.emails.iter().filter(|method| addresses.contains(&email_key(&method.value))).collect();
    let outs: Vec<_> =
        methods.iter().filter(|method| !method.opted_in).map(|method| method.modified_at).collect();
    let newest = outs.iter().copied().collect::<Option<Vec<_>>>().and_then(|at| at.into_iter().max());
    match (methods.len(), outs.len()) {
        (0, _) => Shown::Nothing,
        (_, 0) => Shown::In,
        (all, out) if all == out => Shown::Out(newest),
        _ => Shown::Mixed(newest),
    }
}

/// Since when what Virtuous shows may be an import's doing: a row is on its way or was just found imported.
fn import_since(subject: &Subject) -> Option<Timestamp> {
    subject.fresh_since.or_else(|| subject.submission.map(|submission| submission.sent_at))
}

/// Whether the opt-in that Virtuous shows is the import's doing (C5): first reading after a submission, of the contact
/// that carries its reference, and no method with the address is older than it. An older method's opt-out was somebody's.
fn is_import_doing(subject: &Subject, person: &Person, addresses: &[String]) -> bool {
    person.linked_by == LinkedBy::Reference
        && subject.fresh_since.is_some_and(|sent_at| {
            person.emails.iter().filter(|method| addresses.contains(&email_key(&method.value))).all(
                |method| {
                    match method.created_at {
                        Some(created) => created.as_secs() >= sent_at.as_secs(),
                        // Undated: new if the submission made the contact, unknown if it only carried a profile (F2).
                        None => subject.base.consent.is_none(),
                    }
                },
            )
        })
}

/// Whether an opt-out on an older method may be the import's doing (F2: an import may flip it): consent was agreed in when
/// the submission went out, and the change is not known to be older than it. Such a change is nobody's evidence.
///
/// So may one on a contact that was found by its address while the row was on its way: it may have come of the row, or of
/// staff.
fn may_be_import_doing(subject: &Subject, person: &Person, changed_at: Option<Timestamp>) -> bool {
    let agreed_in = subject.base.consent.is_some_and(|base| base.opted_in);
    let by_address = person.linked_by == LinkedBy::Email && subject.base.consent.is_none();
    let after = |sent_at: Timestamp| changed_at.is_none_or(|changed| changed.as_secs() >= sent_at.as_secs());
    (agreed_in || by_address) && import_since(subject).is_some_and(after)
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
                    if is_import_doing(subject, person, &addresses) && base.is_none_or(|base| base.opted_in) {
                        return Decision::Virtuous {
                            opted_in: true,
                            agreed: agreed_in,
                            reason: Reason::new(Rule::C5, Cause::ImportOptIn),
                        };
                    }
                    if is_lifted(subject, person, shown) {
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

/// The opt-out that is being written because of a bounce, if nobody was out before, so that it speaks of the address alone (P6).
#[must_use]
pub fn by_bounce_alone(subject: &Subject) -> Option<BounceOptOut> {
    let (person, bounce) = (subject.virtuous.linked()?, subject.cc.bounce.as_ref()?);
    let own = addresses(subject);
    let nobody_was_out = subject.unanswered.is_none()
        && subject.base.consent.is_none_or(|base| base.opted_in)
        && shown(person, &own) == Shown::In;
    let methods = person.emails.iter().filter(|method| own.contains(&email_key(&method.value)));
    nobody_was_out.then(|| BounceOptOut {
        address: email_key(&bounce.address),
        at: bounce.at,
        methods: methods.map(|method| method.id).collect(),
    })
}

/// Whether the opt-out that is agreed on and shown was of a former address that bounced, and of nothing since (P6): it does not
/// block the new one, once that stands in the very methods that were opted in until the bounce.
fn is_lifted(subject: &Subject, person: &Person, shown: Shown) -> bool {
    let (Some(out), Some(key)) = (&subject.bounced, subject.cc.email_key()) else { return false };
    let agreed = AgreedConsent { opted_in: false, at: Some(out.at) };
    let mut former = addresses(subject).into_iter().filter(|address| *address != key);
    out.address != key
        && subject.base.consent == Some(agreed)
        && matches!(shown, Shown::Out(_))
        && !former.any(|address| person.methods_of(&address).next().is_some())
        && person.methods_of(&key).all(|method| out.methods.contains(&method.id))
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
    let at = subject.unanswered.map_or(at, |before| newest(before.at, at));
    let own = subject.cc.opt_out_reason.as_deref() == Some(OWN_OPT_OUT_REASON);
    // Tandem's own unsubscribing is no event; a deletion or a bounce beside it is one.
    let event = if own { beside_own(&subject.cc, rules) } else { at };
    let newer_event = newer(event, was_out.and_then(|base| base.at));
    let at = match (was_out, shown) {
        (Some(base), _) if own => event.map_or(base.at, |event| newest(base.at, Some(event))),
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

/// The date of the newest opt-out that Virtuous shows for the subscriber's addresses; `None` if any is unknown.
#[must_use]
pub fn opted_out_at(subject: &Subject, person: &Person) -> Option<Timestamp> {
    match shown(person, &addresses(subject)) {
        Shown::Out(at) | Shown::Mixed(at) => at,
        Shown::Nothing | Shown::In => None,
    }
}

/// Methods that were opted in before and are opted out now.
pub fn went_out<'a>(
    before: &'a [EmailMethod],
    now: &'a [EmailMethod],
) -> impl Iterator<Item = &'a EmailMethod> {
    let was_in =
        |method: &&EmailMethod| before.iter().any(|before| before.id == method.id && before.opted_in);
    now.iter().filter(|method| !method.opted_in).filter(was_in)
}

/// Keeps an opt-out that staff made after one was agreed on, with an opt-in of theirs between the two (P5): a later proof
/// has to be newer than it (P3). `person` is a new reading, and not what Tandem's own write brought.
pub fn witness(subject: &mut Subject, person: &Person) {
    let Some(known) = subject.virtuous.linked().filter(|known| known.contact == person.contact) else {
        return;
    };
    let mut out = went_out(&known.emails, &person.emails);
    match subject.base.consent {
        // C5: only what the first reading showed is the import's doing. Who was in then and is out now was opted out since.
        None if subject.fresh_since.is_some() => {
            let own = addresses(subject);
            if out.any(|method| own.contains(&email_key(&method.value))) {
                subject.fresh_since = None;
                subject.base.consent = Some(AgreedConsent { opted_in: true, at: None });
            }
        }
        // Whichever of the person's addresses it is: which one Constant Contact has may not be read yet.
        Some(base) if !base.opted_in => {
            let at = out.fold(base.at, |at, method| newest(at, method.modified_at));
            subject.base.consent = Some(AgreedConsent { at, ..base });
        }
        _ => {}
    }
}

/// Keeps an opt-out that a reading newly shows while it is unknown whether Tandem's own arrived: it is that one, with the date of
/// what it was written for, and no word of staff (P1, P3). Without anything that it could have been written for, it is staff's.
pub fn own_opt_out(subject: &mut Subject, person: &Person) {
    let known = subject.virtuous.linked().filter(|known| known.contact == person.contact);
    let (Some(known), Some(AgreedConsent { opted_in: true, .. })) = (known, subject.base.consent) else {
        return;
    };
    let stated = stated_opt_outs(&subject.cc);
    if subject.unanswered.is_none() && stated.is_empty() {
        return;
    }
    let own = addresses(subject);
    if went_out(&known.emails, &person.emails).any(|method| own.contains(&email_key(&method.value))) {
        let at = subject.unanswered.map_or_else(|| newest_of(&stated), |out| out.at);
        subject.base.consent = Some(AgreedConsent { opted_in: false, at });
    }
}

/// Whether an event is known to be newer than another.
fn newer(event: Option<Timestamp>, than: Option<Timestamp>) -> bool {
    matches!((event, than), (Some(event), Some(than)) if event.as_secs() > than.as_secs())
}

/// The newer of two event dates; unknown if either is, which proves nothing later (P3).
pub fn newest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    Some(one?.max(other?))
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
        return Decision::Leave;
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
#[path = "consent_test.rs"]
mod tests;
