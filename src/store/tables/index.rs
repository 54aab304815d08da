//! The one way to write a subject: with its index entries and counts, so that they cannot disagree.

use crate::{
    domain::{Counts, State, Subject, Timestamp, VirtuousContactId, Work},
    store::{
        engine::{Changes, Reader, StoreError},
        tables::{
            counts,
            keys::{CustomerNo, Key},
            subjects,
        },
    },
};

/// The index entries that a subject has.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) struct Standing {
    email: Option<String>,
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
            email: subject.cc.email_key(),
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
#[derive(Debug)]
pub(in crate::store) struct Writer {
    customer: CustomerNo,
    counts: Counts,
}

impl Writer {
    pub(in crate::store) fn new(reader: &Reader<'_>, customer: CustomerNo) -> Result<Self, StoreError> {
        Ok(Self { customer, counts: counts::read(reader, customer)? })
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
        move_index(changes, before.and_then(|b| b.email.as_ref()), after.email.as_ref(), |email| {
            Key::email(customer, email, id)
        });
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

    fn count(&mut self, before: Option<&Standing>, after: &Standing) {
        if let Some(before) = before {
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
        self.counts.states[usize::from(after.state.to_u8())] += 1;
        if let Some(work) = after.work {
            self.counts.lanes[usize::from(work.lane.to_u8())] += 1;
        }
        self.counts.linked += u64::from(after.linked);
        self.counts.braked += u64::from(after.braked);
    }

    /// Writes the counts. Last in every operation.
    pub(in crate::store) fn finish(self, changes: &mut Changes) -> Result<(), StoreError> {
        counts::put(changes, self.customer, &self.counts)
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
