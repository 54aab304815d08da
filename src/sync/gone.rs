//! The linked contact of Virtuous is gone (I3): the link is dropped, and what was agreed on goes with it.

use crate::domain::{
    Base, Cause, Person, Reason, Rule, Subject, Timestamp, UnansweredOptOut, VirtuousContactId, VirtuousView,
    What,
};

use super::{Planner, capture::note_event, consent, settle, unseen};

/// Drops the link to a contact that answered 404, and takes what was found by reference and address in its place (I1, I2).
pub fn gone(
    subject: &mut Subject,
    contact: VirtuousContactId,
    instead: &[Person],
    planner: &Planner,
    now: Timestamp,
) {
    if subject.virtuous.person_of(contact).is_none() {
        return;
    }
    unlink(subject, contact, now);
    note_event(subject, now, What::LookedUp, Reason::new(Rule::I3, Cause::VirtuousGone));
    match instead {
        [] => subject.gone_since = Some(now),
        [only] => settle::found(subject, only, planner, now),
        several => settle::found_several(subject, several, now),
    }
}

/// A new contact under this link says nothing of what was agreed on with the former: it is met as at first connect. An opt-out that
/// was agreed on stands until newer proof answers it (P3); what a bounce alone was the reason of speaks of the address (P6).
fn unlink(subject: &mut Subject, contact: VirtuousContactId, now: Timestamp) {
    let out = subject.base.consent.filter(|base| !base.opted_in && subject.bounced.is_none());
    if let Some(out) = out {
        subject.unanswered.get_or_insert(UnansweredOptOut { at: out.at, by_deletion: false });
    }
    if let Some(person) = subject.virtuous.linked()
        && consent::is_untold_opt_out(subject, person)
    {
        // Staff's own, which Constant Contact was not told yet: it goes to the contact in its place, and a person is asked.
        let at = consent::opted_out_at(subject, person);
        subject.unanswered.get_or_insert(UnansweredOptOut { at, by_deletion: false });
    }
    let Base { profile, notes, .. } = std::mem::take(&mut subject.base);
    subject.base = Base { profile, notes, ..Base::default() };
    subject.virtuous = VirtuousView::Absent { since: now };
    // A row that carried a change of the profile went to the former contact (F2).
    subject.submission.take_if(|submission| !submission.creates);
    (subject.fresh_since, subject.bounced, subject.email_taken) = (None, None, None);
    (subject.reference_refused, subject.verdict, subject.failure) = (false, None, None);
    unseen::unlink(subject, contact);
    subject.attempts = 0;
}

#[cfg(test)]
#[path = "gone_test.rs"]
mod tests;
