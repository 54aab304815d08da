//! The one way to write a subject: with its index entries and counts, so that they cannot disagree.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{ContactId, Counts, Lane, State, Subject, Timestamp, VirtuousContactId, Work},
    store::{
        engine::{Changes, Reader, StoreError},
        tables::{
            addresses, counts,
            keys::{CustomerNo, Key},
            subjects,
        },
    },
    sync::handed_on,
};

/// The index entries that a subject has.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) struct Standing {
    /// The addresses that count for its consent, each with whether it is the present one (P6).
    emails: Vec<(String, bool)>,
    /// The address that is its alone (P6).
    held: Option<String>,
    contacts: Vec<VirtuousContactId>,
    linked: bool,
    work: Option<Work>,
    state: State,
    owed: Option<Timestamp>,
    braked: bool,
}

impl Standing {
    pub(in crate::store) fn of(subject: &Subject) -> Self {
        Self {
            emails: addresses::emails(subject),
            held: subject.cc.email_key().filter(|_| handed_on::may_be_mailed(subject)),
            contacts: subject.virtuous.contacts(),
            linked: subject.virtuous.linked().is_some(),
            work: subject.work,
            state: subject.state,
            owed: subject.opt_out_owed_since,
            braked: subject.is_at_brake(),
        }
    }
}

/// Writes the subjects of one operation, with their indexes, and the counts once at the end.
pub(in crate::store) struct Writer<'a> {
    reader: &'a Reader<'a>,
    customer: CustomerNo,
    counts: Counts,
    written: BTreeSet<ContactId>,
    /// Those that were written and had addresses which may be another's now (P6).
    former: BTreeMap<ContactId, Subject>,
    /// Addresses that are this holder's alone no longer, with the time of the reading that showed it (P6).
    left: Vec<(String, ContactId, Timestamp)>,
}

impl<'a> Writer<'a> {
    pub(in crate::store) fn new(reader: &'a Reader<'a>, customer: CustomerNo) -> Result<Self, StoreError> {
        let counts = counts::read(reader, customer)?;
        let (written, former, left) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
        Ok(Self { reader, customer, counts, written, former, left })
    }

    /// Writes a subject; `before` is how it stood, if it was there.
    pub(in crate::store) fn put(
        &mut self,
        changes: &mut Changes,
        before: Option<&Standing>,
        subject: &Subject,
    ) -> Result<(), StoreError> {
        let customer = self.customer;
        let id = &subject.id;
        let after = Standing::of(subject);
        self.written.insert(id.clone());
        if !handed_on::had_before(subject).is_empty() {
            self.former.insert(id.clone(), subject.clone());
        }
        if let Some(held) = before.and_then(|before| before.held.clone())
            && after.held.as_ref() != Some(&held)
        {
            self.left.push((held, id.clone(), subject.cc.seen_at));
        }
        let emails_before = before.map_or(&[][..], |before| &before.emails);
        for (gone, _) in emails_before.iter().filter(|email| !after.emails.contains(email)) {
            changes.delete(Key::email(customer, gone, id));
        }
        for (new, is_present) in after.emails.iter().filter(|email| !emails_before.contains(email)) {
            changes.put(Key::email(customer, new, id), addresses::email_entry(*is_present));
        }
        let contacts_before = before.map_or(&[][..], |before| &before.contacts);
        for gone in contacts_before.iter().filter(|contact| !after.contacts.contains(contact)) {
            changes.delete(Key::link(customer, *gone, id));
        }
        for new in after.contacts.iter().filter(|contact| !contacts_before.contains(contact)) {
            changes.put(Key::link(customer, *new, id), []);
        }
        move_index(changes, before.and_then(|b| b.work.as_ref()), after.work.as_ref(), |work| {
            Key::work(customer, work.lane, work.due, id)
        });
        move_index(changes, before.and_then(|b| b.owed.as_ref()), after.owed.as_ref(), |since| {
            Key::owed(customer, *since, id)
        });
        let attention = |standing: &Standing| wants_attention(standing.state).then_some(standing.state);
        move_index(changes, before.and_then(attention).as_ref(), attention(&after).as_ref(), |state| {
            Key::attention(customer, *state, id)
        });
        let braked = |standing: &Standing| standing.braked.then_some(());
        move_index(changes, before.and_then(braked).as_ref(), braked(&after).as_ref(), |()| {
            Key::braked(customer, id)
        });
        self.count(before, &after);
        subjects::put(changes, customer, subject)
    }

    /// Takes a subject out, with its index entries.
    pub(in crate::store) fn remove(&mut self, changes: &mut Changes, subject: &Subject) {
        let (customer, id, before) = (self.customer, &subject.id, Standing::of(subject));
        self.uncount(&before);
        self.written.insert(id.clone());
        for (email, _) in &before.emails {
            changes.delete(Key::email(customer, email, id));
        }
        for contact in &before.contacts {
            changes.delete(Key::link(customer, *contact, id));
        }
        if let Some(work) = before.work {
            changes.delete(Key::work(customer, work.lane, work.due, id));
        }
        if let Some(since) = before.owed {
            changes.delete(Key::owed(customer, since, id));
        }
        if wants_attention(before.state) {
            changes.delete(Key::attention(customer, before.state, id));
        }
        if before.braked {
            changes.delete(Key::braked(customer, id));
        }
        if let Some(held) = before.held {
            self.left.push((held, id.clone(), subject.cc.seen_at));
        }
        changes.delete(Key::subject(customer, id));
    }

    fn uncount(&mut self, before: &Standing) {
        let state = &mut self.counts.states[usize::from(before.state.to_u8())];
        *state = state.saturating_sub(1);
        if let Some(work) = before.work {
            let lane = &mut self.counts.lanes[usize::from(work.lane.to_u8())];
            *lane = lane.saturating_sub(1);
        }
        if before.linked {
            self.counts.linked = self.counts.linked.saturating_sub(1);
        }
        self.counts.braked = self.counts.braked.saturating_sub(u64::from(before.braked));
    }

    fn count(&mut self, before: Option<&Standing>, after: &Standing) {
        if let Some(before) = before {
            self.uncount(before);
        }
        self.counts.states[usize::from(after.state.to_u8())] += 1;
        if let Some(work) = after.work {
            self.counts.lanes[usize::from(work.lane.to_u8())] += 1;
        }
        self.counts.linked += u64::from(after.linked);
        self.counts.braked += u64::from(after.braked);
    }

    /// Writes the counts, and puts the subscribers back to work that had an address which is no other's alone any more: an opt-out of
    /// theirs may have been withheld from it (P6). Last in every operation.
    pub(in crate::store) fn finish(mut self, changes: &mut Changes) -> Result<(), StoreError> {
        for (address, holder, due) in std::mem::take(&mut self.left) {
            for mut subject in self.had(&address)? {
                let waits = subject.failure.is_none() && subject.work.is_none_or(|work| work.due > due);
                if waits && subject.id != holder {
                    let before = Standing::of(&subject);
                    subject.work = Some(Work { lane: Lane::Consent, due });
                    self.put(changes, Some(&before), &subject)?;
                }
            }
        }
        counts::put(changes, self.customer, &self.counts)
    }

    /// The subscribers that had the address, as this operation leaves them.
    fn had(&self, address: &str) -> Result<Vec<Subject>, StoreError> {
        let had_it = |subject: &&Subject| handed_on::had_before(subject).iter().any(|had| had == address);
        let mut had: Vec<Subject> = self.former.values().filter(had_it).cloned().collect();
        for id in subjects::had_email(self.reader, self.customer, address)? {
            if !self.written.contains(&id) {
                had.extend(
                    subjects::read(self.reader, self.customer, &id)?.filter(|subject| had_it(&subject)),
                );
            }
        }
        Ok(had)
    }
}

const fn wants_attention(state: State) -> bool {
    matches!(state, State::Held | State::Review | State::Failed)
}

/// Moves an index entry from where it was to where it belongs.
fn move_index<T: PartialEq>(
    changes: &mut Changes,
    before: Option<&T>,
    after: Option<&T>,
    key: impl Fn(&T) -> Key,
) {
    if before == after {
        return;
    }
    if let Some(before) = before {
        changes.delete(key(before));
    }
    if let Some(after) = after {
        changes.put(key(after), []);
    }
}
