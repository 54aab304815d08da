//! One commit of a turn: what was read first, then what came of the work.

use crate::{
    domain::{
        ContactId, CustomerRecord, EffectKind, Finding, Observation, Refusal, Settlement, Timestamp,
        ToldJoin, VirtuousContact,
    },
    store::{
        engine::{Changes, Reader, Steps, StoreError},
        handle::CustomerStore,
        tables::{
            customers,
            events::EventDue,
            intents::{self, Unsure},
            keys::Key,
            missing,
            reference_data::SharedPlanner,
            tag_joins,
        },
    },
    sync::page_reading::PageReading,
};

use super::{
    basis::Basis,
    follow_events, observe,
    observe_contacts::{ContactsRead, keep_contacts},
    observe_missing::{Missing, keep_missing},
    own_tags::own_tags,
    settle::{SUBJECTS_MAX, settle_part},
};

/// A known contact of Constant Contact that answered 404 in the middle of a step (D1).
#[derive(Debug, Clone, PartialEq)]
pub struct MissingInCc {
    /// The contact.
    pub id: ContactId,
    /// When it answered: the second look counts by this time, not by that of the commit.
    pub at: Timestamp,
    /// The effect that waits for the second look.
    pub effect: EffectKind,
    /// What is found if the contact turns out to be gone for good.
    pub if_gone: Option<Finding>,
}

/// A subject whose calls were surely never sent, with the intent that stood before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// The subject.
    pub id: ContactId,
    /// What an earlier turn left unsure: it is remembered.
    pub before: Option<Unsure>,
}

/// A change of the customer's record.
pub type CustomerChange = Box<dyn FnOnce(&mut CustomerRecord) + Send>;

/// What a turn brought, applied in the order of these fields: what was read first, then what was found (I3, S5).
#[derive(Default)]
pub struct Commit {
    /// Contacts of Constant Contact that answered, and when: an earlier 404 says nothing any more (D1).
    pub answered: Vec<(ContactId, Timestamp)>,
    /// Contacts of Constant Contact as read.
    pub observations: Vec<Observation>,
    /// Contacts of Constant Contact that answered 404.
    pub missing: Vec<MissingInCc>,
    /// Contacts of Virtuous whose new tags are Tandem's own (S2).
    pub own_tags: Vec<VirtuousContact>,
    /// Joins of tags, in the order in which answers told them (S1).
    pub joins: Vec<ToldJoin>,
    /// Contacts of Virtuous as read, one reading after another.
    pub contacts: Vec<ContactsRead>,
    /// Events whose contacts cannot be read now.
    pub put_off: Vec<EventDue>,
    /// What came of the work.
    pub settlements: Vec<Settlement>,
    /// Intents of calls that were surely never sent.
    pub unsent: Vec<Unsent>,
    /// What changes on the customer's record.
    pub customer: Vec<CustomerChange>,
}

/// What a commit told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// Submissions that were confirmed by contacts that were read (V1).
    pub confirmed: u64,
    /// Effects that wait because their contact answered 404 (D1).
    pub waiting: Vec<EffectKind>,
}

impl CustomerStore {
    /// Keeps what a turn brought, as one synced group; of more than `SUBJECTS_MAX` subjects the rest follows in further groups.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn commit(
        &self,
        mut commit: Commit,
        planner: SharedPlanner,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let mut rest = commit.settlements.split_off(commit.settlements.len().min(SUBJECTS_MAX));
        let committed = self.commit_part(commit, planner.clone(), now).await?;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(SUBJECTS_MAX));
            let settlements = std::mem::replace(&mut rest, later);
            self.commit_part(Commit { settlements, ..Commit::default() }, planner.clone(), now).await?;
        }
        Ok(committed)
    }

    async fn commit_part(
        &self,
        part: Commit,
        planner: SharedPlanner,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut steps = Steps::new(reader);
            let committed = keep(&mut steps, part, &Basis { customer, planner: &planner, now })?;
            changes.append(steps.into_changes());
            Ok(committed)
        })
        .await
    }
}

/// The steps of a commit, each of which sees what the steps before it kept.
fn keep(steps: &mut Steps<'_>, mut commit: Commit, basis: &Basis<'_>) -> Result<Committed, StoreError> {
    let mut committed = Committed::default();
    keep_constant_contact(steps, &mut commit, basis, &mut committed)?;
    for contact in &commit.own_tags {
        steps.run(|reader, changes| own_tags(reader, changes, basis, contact))?;
    }
    steps.run(|reader, changes| tag_joins::keep(reader, changes, basis.customer, &commit.joins))?;
    for read in &commit.contacts {
        committed.confirmed +=
            steps.run(|reader, changes| keep_contacts(reader, changes, basis, read))?.confirmed;
    }
    let (customer, now) = (basis.customer, basis.now);
    steps.run(|reader, changes| {
        let mut events = commit.put_off.iter();
        events.try_for_each(|event| follow_events::put_off(reader, changes, customer, event, now))
    })?;
    steps.run(|reader, changes| settle_part(reader, changes, basis, &commit.settlements))?;
    steps.run(|_, changes| commit.unsent.iter().try_for_each(|unsent| unsent.keep(changes, basis)))?;
    if !commit.customer.is_empty() {
        steps.run(|reader, changes| change_record(reader, changes, basis, commit.customer))?;
    }
    Ok(committed)
}

fn change_record(
    reader: &Reader<'_>,
    changes: &mut Changes,
    basis: &Basis<'_>,
    all: Vec<CustomerChange>,
) -> Result<(), StoreError> {
    let Some(mut record) = customers::read(reader, basis.customer)? else { return Ok(()) };
    all.into_iter().for_each(|change| change(&mut record));
    customers::put(changes, &record)
}

impl Unsent {
    fn keep(&self, changes: &mut Changes, basis: &Basis<'_>) -> Result<(), StoreError> {
        match self.before {
            Some(before) => {
                intents::put(changes, basis.customer, &self.id, before)?;
            }
            None => changes.delete(Key::intent(basis.customer, &self.id)),
        }
        Ok(())
    }
}

/// What was read of Constant Contact. A 404 that is not the second adds to the findings of its subject.
fn keep_constant_contact(
    steps: &mut Steps<'_>,
    commit: &mut Commit,
    basis: &Basis<'_>,
    committed: &mut Committed,
) -> Result<(), StoreError> {
    let Basis { customer, planner, now } = *basis;
    let by = PageReading { rules: &planner.rules, stage: planner.stage, sweeps: false, now };
    steps.run(|reader, changes| {
        let mut answered = commit.answered.iter();
        answered.try_for_each(|(id, at)| missing::forget_until(reader, changes, customer, id, *at))
    })?;
    let rows = std::mem::take(&mut commit.observations);
    steps.run(|reader, changes| observe::keep_rows(reader, changes, customer, rows, &by))?;
    for missed in std::mem::take(&mut commit.missing) {
        let id = missed.id.clone();
        let by = PageReading { now: missed.at, ..by };
        let seen = steps.run(|reader, changes| keep_missing(reader, changes, customer, &id, &by))?;
        if matches!(seen, Missing::LookAgain(_) | Missing::Unknown) {
            committed.waiting.push(missed.effect);
        }
        if let Some(settlement) = commit.settlements.iter_mut().find(|one| one.id == id) {
            settlement.findings.extend(missed.finding(seen));
        }
    }
    Ok(())
}

impl MissingInCc {
    /// What the 404 means for the step.
    fn finding(self, missing: Missing) -> Option<Finding> {
        let waits = |text: &str, after| Finding::Failed {
            action: self.effect.into(),
            refusal: Refusal::Transient { text: text.to_owned(), after, may_have_arrived: false },
        };
        match missing {
            Missing::LookAgain(second) => Some(waits("404 on a known contact", Some(second))),
            Missing::Unknown => Some(waits("404 on an unknown contact", None)),
            // The deletion is kept, to be merged.
            Missing::Gone | Missing::Deleted => self.if_gone,
        }
    }
}

#[cfg(test)]
#[path = "commit_test.rs"]
mod tests;
