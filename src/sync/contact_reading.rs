//! What a reading of contacts of Virtuous brings to the subjects that they concern (I2), and to the customer's record.

use std::collections::BTreeSet;

use crate::domain::{
    Cause, CustomerRecord, Gaps, Person, ReadBy, Reason, Rule, Subject, Timestamp, VirtuousContact,
    reading::Drift,
};

use super::{Planner, capture, consent, drift, link, segments, settle, unseen};

/// A reading of contacts, as the subjects meet it one by one.
#[derive(Debug)]
pub struct ContactReading<'a> {
    planner: &'a Planner,
    fields: BTreeSet<String>,
    /// Whether it is part of a scan, whose drift is counted (V2).
    scans: bool,
    by: ReadBy,
    now: Timestamp,
}

/// What the contacts brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeopleObserved {
    /// Subjects whose view of Virtuous changed.
    pub changed: u64,
    /// Submissions that were confirmed.
    pub confirmed: u64,
    /// The newest confirmed submission's time of sending.
    pub confirmed_until: Option<Timestamp>,
    /// What differed from what was known; counted for a scan only (V2).
    pub drift: Drift,
}

impl<'a> ContactReading<'a> {
    /// A reading at `now`; `scans` if it is part of a scan of all contacts.
    #[must_use]
    pub fn new(planner: &'a Planner, by: ReadBy, scans: bool, now: Timestamp) -> Self {
        Self { planner, fields: planner.mapping.field_names(), scans, by, now }
    }

    /// The subject's part of a contact; `None` if the contact is not about it.
    #[must_use]
    pub fn person_of(&self, contact: &VirtuousContact, subject: &Subject) -> Option<Person> {
        let mut person = link::as_read(contact, subject, &self.planner.rules, &self.fields, self.now)?;
        unseen::show_written(&mut person, subject, self.by, self.now);
        Some(person)
    }

    /// Whether a reading says what is known of the linked contact, with every date and every part of it (V3).
    #[must_use]
    pub fn is_known(&self, subject: &Subject, person: &Person) -> bool {
        let is_same = |known: &Person| {
            let alike = Person {
                linked_by: known.linked_by,
                seen_at: known.seen_at,
                late: known.late.clone(),
                ..person.clone()
            };
            alike == *known && person.late.is_empty() && person.gaps == Gaps::default()
        };
        subject.submission.is_none() && subject.virtuous.linked().is_some_and(is_same)
    }

    /// Keeps the subject's part of a contact. Returns whether that is news: what is as it was known, except for the time of the
    /// reading, costs no write (V3). `unsure` says that a write to the contact may have arrived without its answer: what is
    /// new there is Tandem's then (S2, P1).
    pub fn keep(
        &self,
        subject: &mut Subject,
        person: Person,
        unsure: bool,
        observed: &mut PeopleObserved,
    ) -> bool {
        let before = subject.clone();
        self.observe(subject, person, unsure, observed);
        is_news(before, subject)
    }

    fn observe(&self, subject: &mut Subject, person: Person, unsure: bool, observed: &mut PeopleObserved) {
        let Planner { rules, stage, .. } = self.planner;
        let linked = subject.virtuous.linked();
        if linked.is_some_and(|known| known.merged_into == Some(person.contact)) {
            settle::follow_merge(subject, &person, self.planner, self.now);
            observed.changed += 1;
            return;
        }
        // Without a link nothing was written to the contact but an opt-out of the address.
        if unsure && linked.is_some() {
            segments::own_new_tags(subject, &person, &self.planner.mapping);
            unseen::doubt_fields(subject);
        }
        let is_own = (unsure || consent::is_opt_out_in_doubt(subject))
            && consent::claim_unsure_opt_out(subject, &person, rules);
        segments::own_first_told_tags(subject, &person, &self.planner.mapping);
        let submission = subject.submission;
        let known = self.scans.then(|| subject.virtuous.clone());
        let waited_for = (self.by == ReadBy::Event).then(|| subject.unseen.clone());
        let mut is_changed = capture::observe_virtuous(subject, person, rules, *stage, self.now);
        if let Some(waited_for) = waited_for {
            unseen::shown_by_event(subject, &waited_for);
        }
        if is_own && !is_changed {
            // What is agreed on is another: plan again.
            let reason = Reason::new(Rule::E5, Cause::ChangedInVirtuous);
            capture::touched_by_virtuous(subject, reason, *stage, rules, self.now);
            is_changed = true;
        }
        if is_changed {
            observed.changed += 1;
            if let Some(known) = known {
                observed.drift.add(&drift::of_virtuous(&known, &subject.virtuous));
            }
        }
        if let (Some(submission), None) = (submission, subject.submission) {
            observed.confirmed += 1;
            observed.confirmed_until = observed.confirmed_until.max(Some(submission.sent_at));
        }
    }

    /// The stored record after the reading; `None` to leave it. `progress` is the record as the reading leaves it, if it moves a scan
    /// or a query.
    #[must_use]
    pub fn record_after(
        &self,
        known: CustomerRecord,
        progress: Option<&CustomerRecord>,
        observed: &PeopleObserved,
    ) -> Option<CustomerRecord> {
        let mut record = match progress {
            Some(progress) => with_progress(known, progress),
            None if observed.confirmed_until > self.planner.confirmed_until => known,
            None => return None,
        };
        // A scan that no stored whole reading asked for has nowhere to count its drift (V2).
        if self.scans
            && let Some(reading) = record.reading.as_mut()
        {
            reading.virtuous.drift.add(&observed.drift);
            reading.virtuous.done_at = record.scan.as_ref().and_then(|scan| scan.done_at);
        }
        record.confirmed_until = record.confirmed_until.max(observed.confirmed_until);
        Some(record)
    }
}

/// Whether a reading changed more of a subject than when its contacts were seen.
fn is_news(mut before: Subject, after: &Subject) -> bool {
    for contact in before.virtuous.contacts() {
        let seen_at = after.virtuous.person_of(contact).map(|person| person.seen_at);
        if let (Some(person), Some(seen_at)) = (before.virtuous.person_of_mut(contact), seen_at) {
            person.seen_at = seen_at;
        }
    }
    before != *after
}

/// The stored record with the progress of a reading. Everything else may have changed since the reading began: an operator paused the
/// customer, or released the brake.
fn with_progress(known: CustomerRecord, progress: &CustomerRecord) -> CustomerRecord {
    CustomerRecord {
        stage: progress.stage,
        scan: progress.scan.clone(),
        virtuous_upto: progress.virtuous_upto,
        virtuous_queried_at: progress.virtuous_queried_at,
        ..known
    }
}

#[cfg(test)]
#[path = "contact_reading_test.rs"]
mod tests;
