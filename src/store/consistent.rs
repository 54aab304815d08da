//! A check that subjects, indexes and counts agree.

use crate::{
    domain::{Counts, State, Subject},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            addresses,
            keys::{CustomerNo, Key},
            kind::Kind,
            subject_bytes,
        },
    },
};

impl CustomerStore {
    /// Checks that indexes and counts say what the subjects say. Returns what does not, in words.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn check_consistent(&self) -> Result<Vec<String>, StoreError> {
        let customer = self.number;
        let mut problems = Vec::new();
        let mut counted = Counts::default();
        let mut entries = [0usize; 6];
        let reader = self.reader();
        for entry in reader.scan_prefix(Key::of(customer, Kind::Subject)) {
            let subject = subject_bytes::decode(&entry?.1)?;
            counted.add(&subject);
            for (at, key) in index_keys(customer, &subject) {
                entries[at] += 1;
                if reader.get(&key)?.is_none() {
                    problems.push(format!("{}: index entry {at} is missing", subject.id));
                }
            }
        }
        let kinds = [Kind::Email, Kind::Link, Kind::Work, Kind::Owed, Kind::Attention, Kind::Braked];
        for (at, kind) in kinds.into_iter().enumerate() {
            let found = reader.count_prefix(Key::of(customer, kind), usize::MAX)?;
            if found != entries[at] {
                problems.push(format!("{kind:?}: {found} entries where subjects have {}", entries[at]));
            }
        }
        let kept = self.counts()?;
        if kept != counted {
            problems.push(format!("counts are {kept:?} where subjects say {counted:?}"));
        }
        Ok(problems)
    }
}

/// Every index entry of a subject, with the place of its kind.
fn index_keys(customer: CustomerNo, subject: &Subject) -> Vec<(usize, Key)> {
    let id = &subject.id;
    let attention = matches!(subject.state, State::Held | State::Review | State::Failed);
    let emails =
        addresses::emails(subject).into_iter().map(|(email, _)| (0, Key::email(customer, &email, id)));
    let links = subject.virtuous.contacts().into_iter().map(|contact| (1, Key::link(customer, contact, id)));
    let work = subject.work.map(|work| (2, Key::work(customer, work.lane, work.due, id)));
    let owed = subject.opt_out_owed_since.map(|since| (3, Key::owed(customer, since, id)));
    let attention = attention.then(|| (4, Key::attention(customer, subject.state, id)));
    let braked = subject.is_at_brake().then(|| (5, Key::braked(customer, id)));
    emails.chain(links).chain(work).chain(owed).chain(attention).chain(braked).collect()
}
