//! What Virtuous shows of a person's consent, and whose doing that is: staff's, an import's, Tandem's own (P1, P5, C5).

use std::time::Duration;

use crate::{
    domain::{
        AgreedConsent, CustomerRules, Effect, EmailMethod, LinkedBy, MethodId, OtherMethod, Person, Subject,
        Timestamp,
    },
    sync::damping,
};

use super::evidence::{CcConsent, cc_consent, newest};

/// What Virtuous shows for the subscriber's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// No such address there.
    Nothing,
    /// Every method with the address is opted in.
    In,
    /// Every one is opted out, the newest change at this time as far as known.
    Out(Option<Timestamp>),
    /// Some are in, some out (P2 wants all alike).
    Mixed(Option<Timestamp>),
}

/// The addresses that consent speaks of: the present one, and those that it was changed from since consent was last agreed on.
#[must_use]
pub fn addresses(subject: &Subject) -> Vec<String> {
    let mut addresses = Vec::from_iter(subject.cc.email_key());
    for former in subject.base.addresses() {
        if !addresses.contains(former) {
            addresses.push(former.clone());
        }
    }
    addresses
}

/// What counts beside an opt-out in Constant Contact: the individual's own methods, and every further method that the opt-out has
/// not reached yet (P2). Without an own one the further ones speak.
pub(super) fn shown(person: &Person, addresses: &[String]) -> Shown {
    let own = of_individual(person, addresses);
    let is_meant = |other: &&OtherMethod| own.is_empty() || other.method.opted_in && is_out(&own);
    let others = person.others.iter().filter(is_meant).map(|other| &other.method);
    shown_by(&own.iter().copied().chain(others).collect::<Vec<_>>())
}

/// What counts beside an active subscriber: the individual's own methods, and of the further ones what staff did there; nothing that no
/// reading has told (P1, E2). `was_out`: after an agreed opt-out the further ones speak where the individual has none.
pub(super) fn shown_to_active(person: &Person, addresses: &[String], was_out: bool) -> Shown {
    let own = of_individual(person, addresses);
    let speaks = |other: &&OtherMethod| other.told && (!other.answered || own.is_empty() && was_out);
    let others = person.others.iter().filter(speaks).map(|other| &other.method);
    shown_by(&own.iter().copied().chain(others).collect::<Vec<_>>())
}

pub(super) fn of_individual<'a>(person: &'a Person, addresses: &[String]) -> Vec<&'a EmailMethod> {
    person.emails.iter().filter(|method| method.is_at(addresses)).collect()
}

fn is_out(own: &[&EmailMethod]) -> bool {
    own.iter().all(|method| !method.opted_in)
}

fn shown_by(methods: &[&EmailMethod]) -> Shown {
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
pub(super) fn import_since(subject: &Subject) -> Option<Timestamp> {
    subject.fresh_since.or_else(|| subject.submission.map(|submission| submission.sent_at))
}

/// How long after its making a method's change is still part of the making (C5).
const MAKING: Duration = Duration::from_secs(10 * 60);

/// Whose doing an opt-out is that the first reading after an import shows (C5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstShown {
    /// No import made the methods.
    NoImport,
    /// The import's: the methods are as they were made.
    Import,
    /// Staff's: the methods were changed after they were made.
    Staff,
    /// The methods' dates are not told.
    Undated,
}

/// Whose doing the opt-out is (C5): a first reading after a submission, of the contact that carries its reference, where no method
/// with the address is older than the submission. An older method's opt-out was somebody's.
pub(super) fn first_shown(subject: &Subject, person: &Person, addresses: &[String]) -> FirstShown {
    let (LinkedBy::Reference, Some(sent_at)) = (person.linked_by, subject.fresh_since) else {
        return FirstShown::NoImport;
    };
    let methods = || person.reached(false).filter(|method| method.is_at(addresses));
    let is_made_since = |method: &EmailMethod| match method.created_at {
        Some(created) => created.as_secs() >= sent_at.as_secs(),
        // Undated: new if the submission made the contact, unknown if it only carried a profile (F2).
        None => subject.base.consent.is_none(),
    };
    if !methods().all(is_made_since) {
        return FirstShown::NoImport;
    }
    let outs: Vec<_> = methods().filter(|method| !method.opted_in).map(is_changed_since_made).collect();
    match outs.as_slice() {
        [] => FirstShown::NoImport,
        outs if outs.contains(&Some(true)) => FirstShown::Staff,
        outs if outs.contains(&None) => FirstShown::Undated,
        _ => FirstShown::Import,
    }
}

/// Whether a method was changed after it was made; `None` if its dates are not told (C5).
fn is_changed_since_made(method: &EmailMethod) -> Option<bool> {
    let made = method.created_at?.plus(MAKING);
    Some(method.modified_at?.as_secs() > made.as_secs())
}

/// Whether an opt-out on an older method may be the import's doing (F2: an import may flip it): consent was agreed in when
/// the submission went out, and the change is not known to be older than it, nor younger than the import, which has run
/// `import_time` after the submission. Such a change is no evidence of what a person chose.
///
/// So may an opt-out on a contact that was found by its address while the row was on its way: it may have come of the row, or of
/// staff.
pub(super) fn may_be_import_doing(
    subject: &Subject,
    person: &Person,
    changed_at: Option<Timestamp>,
    import_time: Duration,
) -> bool {
    let agreed_in = subject.base.consent.is_some_and(|base| base.opted_in);
    let by_address = person.linked_by == LinkedBy::Email && subject.base.consent.is_none();
    let is_in_its_time = |sent_at: Timestamp| {
        let until = sent_at.plus(import_time).as_secs();
        changed_at.is_none_or(|changed| (sent_at.as_secs()..=until).contains(&changed.as_secs()))
    };
    (agreed_in || by_address) && import_since(subject).is_some_and(is_in_its_time)
}

/// The date of the newest opt-out that Virtuous shows for the subscriber's addresses; `None` if any is unknown.
#[must_use]
pub fn opted_out_at(subject: &Subject, person: &Person) -> Option<Timestamp> {
    match shown_to_active(person, &addresses(subject), false) {
        Shown::Out(at) | Shown::Mixed(at) => at,
        Shown::Nothing | Shown::In => None,
    }
}

/// Whether staff's opt-out is shown, and Constant Contact does not know it yet (P1).
#[must_use]
pub fn is_untold_opt_out(subject: &Subject, person: &Person) -> bool {
    let was_in = subject.base.consent.is_some_and(|base| base.opted_in);
    was_in && matches!(shown_to_active(person, &addresses(subject), false), Shown::Out(_) | Shown::Mixed(_))
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

/// Methods with one of these addresses, wherever they are on the contact, that were in and are out now.
pub fn newly_out<'a>(
    known: &'a Person,
    person: &'a Person,
    addresses: &'a [String],
) -> impl Iterator<Item = &'a EmailMethod> {
    let was_in = |method: &&EmailMethod| known.method(method.id).is_some_and(|known| known.opted_in);
    let out = person.reached(false).filter(|method| !method.opted_in && method.is_at(addresses));
    out.filter(was_in)
}

/// Keeps an opt-out that staff made after one was agreed on, with an opt-in of theirs between the two (P5): a later proof
/// has to be newer than it (P3). `person` is a new reading, and not what Tandem's own write brought.
pub fn note_staff_opt_outs(subject: &mut Subject, person: &Person) {
    let Some(known) = subject.virtuous.linked().filter(|known| known.contact == person.contact) else {
        return;
    };
    let mut out = went_out(&known.emails, &person.emails);
    match subject.base.consent {
        // Only what the first reading showed is the import's doing: an address that was in then was opted out since (C5).
        None if subject.fresh_since.is_some() => {
            let own = addresses(subject);
            if out.any(|method| method.is_at(&own)) {
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

/// Keeps an opt-out that a reading newly shows while it is unknown whether Tandem's own arrived: the opt-out counts as Tandem's, with
/// the date of what it was written for, and no word of staff (P1, P3, E5). Without anything that it could have been written for, it is
/// staff's. Returns whether it was Tandem's.
pub fn claim_unsure_opt_out(subject: &mut Subject, person: &Person, rules: &CustomerRules) -> bool {
    if subject.base.consent.is_some_and(|base| !base.opted_in) {
        return false;
    }
    let at = match (subject.unanswered, cc_consent(&subject.cc, rules)) {
        (Some(unanswered), _) => unanswered.at,
        (None, CcConsent::Out { at, .. }) => at,
        (None, _) => return false,
    };
    let own = addresses(subject);
    let Some(known) = subject.virtuous.person_of_mut(person.contact) else { return false };
    let written: Vec<MethodId> = newly_out(known, person, &own).map(|method| method.id).collect();
    if written.is_empty() {
        return false;
    }
    // What Tandem wrote is known from here on, and no reading shows it as new.
    let others = known.others.iter_mut().map(|other| &mut other.method);
    for method in known.emails.iter_mut().chain(others).filter(|method| written.contains(&method.id)) {
        method.opted_in = false;
    }
    subject.base.consent = Some(AgreedConsent { opted_in: false, at });
    true
}

/// Whether Tandem wrote an opt-out of the linked contact within the day, and it is not agreed on: the answer said that the write was
/// without effect, which a later reading may contradict (E1).
#[must_use]
pub fn is_opt_out_in_doubt(subject: &Subject) -> bool {
    !subject.repeats.is_empty()
        && subject.base.consent.is_none_or(|base| base.opted_in)
        && subject.virtuous.linked().is_some_and(|person| {
            let (contact, individual) = (person.contact, person.individual);
            let is_written = |addresses| {
                let effect = Effect::SetOptIn { contact, individual, addresses, opted_in: false };
                damping::times_written(subject, &effect) > 0
            };
            // A former address that is another's now is not written to (P6).
            is_written(addresses(subject)) || is_written(Vec::from_iter(subject.cc.email_key()))
        })
}
