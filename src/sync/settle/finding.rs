//! One finding of a settlement, applied to the subject.

use crate::{
    domain::{
        AgreedConsent, Cause, Effect, EffectKind, EmailMethod, Finding, Person, Reason, Refusal, Rule,
        Subject, Timestamp, What, email_key, has_email_key,
    },
    sync::{Planner, capture::note_event, consent, damping, gone, lists},
};

use super::{
    failed::failed,
    found::{found, not_found},
    hits,
    written::{remember_bounce, submitted, written},
};

/// Applies a finding. Gives the time before which the subject must not go on, if a failed call asks for a wait.
pub(super) fn apply(
    subject: &mut Subject,
    finding: &Finding,
    planner: &Planner,
    now: Timestamp,
) -> Option<Timestamp> {
    hits::looked_up(subject, finding);
    match finding {
        Finding::Found(person) | Finding::Differs(person) => {
            consent::note_staff_opt_outs(subject, person);
            found(subject, person, planner, now);
        }
        Finding::Hit(person) | Finding::HitSeen(person) => hits::keep(subject, person, now),
        Finding::HitGone(contact) => hits::gone(subject, *contact),
        Finding::FoundSeveral { people, .. } => {
            hits::found_several(subject, people, now);
            note_event(subject, now, What::LookedUp, Reason::new(Rule::I2, Cause::SeveralHits));
        }
        Finding::NotFound => not_found(subject, now),
        Finding::OwnOptOut { noted_at } => own_opt_out(subject, *noted_at, now),
        Finding::NoteInDoubt => {
            subject.own_note = true;
            note_event(subject, now, What::LookedUp, Reason::new(Rule::E5, Cause::NoteInDoubt));
        }
        Finding::Gone { contact, instead, .. } => gone::gone(subject, *contact, instead, planner, now),
        Finding::Submitted { submission, email } => submitted(subject, *submission, email.as_deref(), now),
        Finding::NameRefused => {
            subject.name_refused = true;
            note_event(subject, now, What::Waits, Reason::new(Rule::C3, Cause::NameRefused));
        }
        Finding::Done { effect, person, reason, call } => {
            done(subject, &Done { effect, person: person.as_ref(), reason, call }, planner, now);
        }
        Finding::ListsSent { flight, reason } => lists::sent(subject, flight, reason, planner, now),
        Finding::ListsUnderWay => lists::look_later(subject, now),
        Finding::ListsDone { errors } => lists::done(subject, errors, now),
        Finding::ListsTrusted => lists::trusted(subject, now),
        Finding::ListsFailed(text) => {
            lists::undone(subject, planner);
            let refusal = Refusal::Transient { text: text.clone(), after: None, may_have_arrived: false };
            return failed(subject, EffectKind::ChangeLists.into(), &refusal, now);
        }
        Finding::ReferenceRefused(text) => {
            subject.reference_refused = true;
            note_event(subject, now, What::Waits, Reason::about(Rule::I2, Cause::Refused, text.clone()));
        }
        Finding::EmailTaken(address) => {
            subject.email_taken = Some(email_key(address));
            note_event(subject, now, What::ForReview, Reason::new(Rule::P6, Cause::EmailTaken));
        }
        Finding::GoneInCc => {
            note_event(subject, now, What::LookedUp, Reason::new(Rule::D1, Cause::GoneInCc));
        }
        Finding::Failed { action, refusal } => return failed(subject, *action, refusal, now),
    }
    None
}

/// Agrees on an opt-out that a store before this one wrote. Its event is not newer than the note about it, so that a proof which is
/// newer than the note answers it (E5, P3).
fn own_opt_out(subject: &mut Subject, noted_at: Option<Timestamp>, now: Timestamp) {
    subject.base.consent.get_or_insert(AgreedConsent { opted_in: false, at: noted_at });
    subject.own_note = true;
    note_event(subject, now, What::LookedUp, Reason::new(Rule::E5, Cause::OwnNote));
}

/// A write that was answered.
struct Done<'a> {
    effect: &'a Effect,
    person: Option<&'a Person>,
    reason: &'a Reason,
    call: &'a str,
}

/// Keeps a write that was answered, unless its own answer shows that nothing was written (E1).
fn done(subject: &mut Subject, done: &Done<'_>, planner: &Planner, now: Timestamp) {
    let Done { effect, person, reason, call } = *done;
    damping::count(subject, effect, now);
    let hit = person.filter(|person| subject.further_contact(person.contact).is_some());
    if let Some(person) = person.filter(|person| is_without_effect(effect, person)) {
        match hit {
            Some(hit) => hits::keep(subject, hit, now),
            None => found(subject, person, planner, now),
        }
        let reason = Reason::about(Rule::E1, Cause::WithoutEffect, effect.kind().as_str());
        note_event(subject, now, What::Retry, reason);
        return;
    }
    if let Some(hit) = hit {
        hits::opted_out(subject, effect, hit, planner, now);
    } else {
        remember_bounce(subject, effect, reason);
        written(subject, effect, person, planner, now);
    }
    let detail = told(&reason.detail, call);
    let reason = Reason::about(reason.rule, reason.cause, detail);
    note_event(subject, now, what_of(effect.kind()), reason);
}

/// The reason's detail and the call with its answer, as one text.
fn told(detail: &str, call: &str) -> String {
    let parts: Vec<&str> = [detail, call].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(": ")
}

/// Whether the answer shows the old value of a method that was to change (E1).
fn is_without_effect(effect: &Effect, person: &Person) -> bool {
    match effect {
        Effect::SetOptIn { addresses, opted_in, .. } => {
            let is_meant = |method: &&EmailMethod| method.is_at(addresses);
            person.reached(*opted_in).filter(is_meant).any(|method| method.opted_in != *opted_in)
        }
        Effect::SetEmail { method, to, .. } => {
            let is_old = |method: &EmailMethod| !has_email_key(&method.value, &email_key(to));
            person.method(*method).is_some_and(is_old)
        }
        _ => false,
    }
}

const fn what_of(kind: EffectKind) -> What {
    match kind {
        EffectKind::OptOut => What::OptedOut,
        EffectKind::OptIn => What::OptedIn,
        EffectKind::SetEmail => What::EmailSet,
        EffectKind::AddReference => What::ReferenceAdded,
        EffectKind::AddTag => What::TagAdded,
        EffectKind::RemoveTag => What::TagRemoved,
        EffectKind::SetFields => What::FieldsSet,
        EffectKind::AddNote => What::NoteAdded,
        EffectKind::Unsubscribe => What::UnsubscribedInCc,
        EffectKind::SendConfirmation => What::ConfirmationSent,
        EffectKind::ChangeLists => What::ListsChangedInCc,
    }
}
