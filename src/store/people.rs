//! Keeps what was read of Virtuous: contacts matched to subjects by reference, by link, then by address (I2).

use std::collections::{BTreeSet, HashMap};

use crate::{
    domain::{
        ContactId, CustomerRecord, CustomerRules, Subject, Timestamp, VirtuousContact, VirtuousContactId,
        email_key, reading::Drift,
    },
    sync::{capture, consent, drift, link, segments, settle},
};

use super::{
    CustomerStore, EventDue, SharedPlanner, StoreError, customers,
    engine::Reader,
    events,
    keys::{CustomerNo, HEAD, Key, id_at},
    subjects::{self, Standing, Writer},
    work,
};

/// Contacts that were read, with the customer's record as it stands after them.
#[derive(Debug, Clone)]
pub struct ContactsRead {
    /// The contacts.
    pub contacts: Vec<VirtuousContact>,
    /// The record, with the scan's or the query's progress; `None` to leave it.
    pub record: Option<CustomerRecord>,
    /// Events that this reading answers; they are forgotten with it, unless another came in meanwhile.
    pub answered: Vec<EventDue>,
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
}

/// A contact that may have been merged into another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MergeSuspect {
    /// The contact that may be gone.
    pub gone: VirtuousContactId,
    /// The contact that it may have gone into, which was read.
    pub into: VirtuousContactId,
}

impl CustomerStore {
    /// Keeps contacts of Virtuous on the subjects that they concern, with the progress of the reading, in one synced
    /// group. Contacts that concern nobody are not kept.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn observe_contacts(
        &self,
        read: ContactsRead,
        planner: SharedPlanner,
        now: Timestamp,
    ) -> Result<PeopleObserved, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let wanted_fields = planner.mapping.field_names();
            let mut observed = PeopleObserved::default();
            let scans = read.record.as_ref().is_some_and(CustomerRecord::is_to_scan);
            let mut found = Drift::default();
            // One subject may be met by several contacts of a page: by an address, then by its reference.
            let mut touched: HashMap<ContactId, (Option<Standing>, Subject)> = HashMap::new();
            // Where a contact went is known before the one that it went into is looked at (I3).
            let (merged, others): (Vec<_>, Vec<_>) =
                read.contacts.iter().partition(|contact| contact.merged_into.is_some());
            for contact in merged.into_iter().chain(others) {
                for id in concerned(reader, customer, contact, &planner.rules.reference_source)? {
                    if !touched.contains_key(&id) {
                        let Some(subject) = subjects::read(reader, customer, &id)? else { continue };
                        touched.insert(id.clone(), (Some(Standing::of(&subject)), subject));
                    }
                    let Some((_, subject)) = touched.get_mut(&id) else { continue };
                    let person = link::person_of(contact, subject, &planner.rules, &wanted_fields, now);
                    let Some(person) = person else { continue };
                    if subject
                        .virtuous
                        .linked()
                        .is_some_and(|known| known.merged_into == Some(person.contact))
                    {
                        settle::follow_merge(subject, &person, &planner, now);
                        observed.changed += 1;
                        continue;
                    }
                    let submission = subject.submission;
                    // Nothing was written to who is not linked.
                    if subject.virtuous.linked().is_some()
                        && work::unsure(reader, customer, subject)?.is_some_and(|unsure| !unsure.submission)
                    {
                        segments::own_new_tags(subject, &person, &planner.mapping);
                        consent::claim_unsure_opt_out(subject, &person);
                    }
                    let known = scans.then(|| subject.virtuous.clone());
                    if capture::observe_virtuous(subject, person, &planner.rules, planner.stage, now) {
                        observed.changed += 1;
                        known
                            .iter()
                            .for_each(|known| found.add(&drift::of_virtuous(known, &subject.virtuous)));
                    }
                    if let (Some(submission), None) = (submission, subject.submission) {
                        observed.confirmed += 1;
                        observed.confirmed_until = observed.confirmed_until.max(Some(submission.sent_at));
                    }
                }
            }
            if !touched.is_empty() {
                let mut writer = Writer::new(reader, customer)?;
                for (before, subject) in touched.values() {
                    writer.put(changes, before.as_ref(), subject)?;
                }
                writer.finish(changes)?;
            }
            for event in &read.answered {
                events::forget(reader, changes, customer, event)?;
            }
            let newer = observed.confirmed_until > planner.confirmed_until;
            let record = match &read.record {
                None if !newer => None,
                progress => customers::read(reader, customer)?.map(|known| match progress {
                    Some(progress) => with_progress(known, progress),
                    None => known,
                }),
            };
            if let Some(mut record) = record {
                // One that was asked for again meanwhile, or never, is not this one.
                if scans && let Some(reading) = record.reading.as_mut() {
                    reading.virtuous.drift.add(&found);
                    reading.virtuous.done_at = record.scan.as_ref().and_then(|scan| scan.done_at);
                }
                record.confirmed_until = record.confirmed_until.max(observed.confirmed_until);
                customers::put(changes, &record)?;
            }
            Ok(observed)
        })
        .await
    }

    /// Contacts that may have been merged into ones that were read, which nobody has seen yet: somebody linked to them is found on
    /// the one that was read, and it newly carries a tag that Tandem put on for them. Until that is known the tag would be taken
    /// for staff's word about whoever is linked there (I3, S5).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn merge_suspects(
        &self,
        contacts: &[VirtuousContact],
        rules: &CustomerRules,
    ) -> Result<BTreeSet<MergeSuspect>, StoreError> {
        let customer = self.number;
        let reader = self.reader();
        let mut suspects = BTreeSet::new();
        // One that was read before the merge, or went into yet another, is to be read once more.
        let is_told = |gone: VirtuousContactId, into: VirtuousContactId| {
            contacts.iter().any(|contact| contact.id == gone && contact.merged_into == Some(into))
        };
        for contact in contacts.iter().filter(|contact| contact.merged_into.is_none()) {
            let tags = || contact.tags.iter().filter(|tag| rules.may_own_tag(tag));
            if tags().next().is_none() {
                continue;
            }
            let ids = concerned(&reader, customer, contact, &rules.reference_source)?;
            if ids.len() < 2 {
                continue;
            }
            let mut linked = Vec::new();
            for id in ids {
                if let Some(subject) = subjects::read(&reader, customer, &id)?
                    && let Some(person) = subject.virtuous.linked().cloned()
                {
                    linked.push((person, subject.base.segments));
                }
            }
            let (here, elsewhere): (Vec<_>, Vec<_>) =
                linked.into_iter().partition(|(person, _)| person.contact == contact.id);
            let is_new = |name: &String| here.iter().any(|(person, _)| !person.tags.contains(name));
            let new: Vec<&String> = tags().filter(|name| is_new(name)).collect();
            let owns = |segments: &[(_, String)]| segments.iter().any(|(_, name)| new.contains(&name));
            let of = elsewhere
                .iter()
                .filter(|(person, segments)| person.merged_into != Some(contact.id) && owns(segments));
            let gone = of.map(|(person, _)| person.contact).filter(|gone| !is_told(*gone, contact.id));
            suspects.extend(gone.map(|gone| MergeSuspect { gone, into: contact.id }));
        }
        Ok(suspects)
    }

    /// Makes the tags of a contact Tandem's for everybody who is linked to it, where nobody can tell whose they are: they are taken
    /// for nobody's wish (S2, S5).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn own_tags(&self, contact: VirtuousContact, planner: SharedPlanner) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut writer = Writer::new(reader, customer)?;
            for id in linked(reader, customer, contact.id)? {
                let Some(mut subject) = subjects::read(reader, customer, &id)? else { continue };
                let before = Standing::of(&subject);
                segments::own_tags(&mut subject, &contact.tags, &planner.mapping);
                writer.put(changes, Some(&before), &subject)?;
            }
            writer.finish(changes)
        })
        .await
    }

    /// The other subjects linked to this Virtuous contact (I4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn linked_to(&self, contact: crate::domain::VirtuousContactId) -> Result<Vec<ContactId>, StoreError> {
        let customer = self.number;
        linked(&self.reader(), customer, contact)
    }
}

/// The record with the progress of a reading. All else may have been changed since the reading began: an operator paused
/// the customer, or let the brake go.
fn with_progress(known: CustomerRecord, progress: &CustomerRecord) -> CustomerRecord {
    CustomerRecord {
        stage: progress.stage,
        scan: progress.scan.clone(),
        virtuous_upto: progress.virtuous_upto,
        virtuous_queried_at: progress.virtuous_queried_at,
        ..known
    }
}

pub(super) fn linked(
    reader: &Reader<'_>,
    customer: CustomerNo,
    contact: crate::domain::VirtuousContactId,
) -> Result<Vec<ContactId>, StoreError> {
    reader
        .scan_prefix(Key::links(customer, contact))
        .map(|entry| Ok(id_at(&entry?.0, HEAD + 8)))
        .filter_map(Result::transpose)
        .collect()
}

/// Who a contact may concern: by its references, by an earlier link, by its addresses.
fn concerned(
    reader: &Reader<'_>,
    customer: CustomerNo,
    contact: &VirtuousContact,
    source: &str,
) -> Result<Vec<ContactId>, StoreError> {
    let mut ids: BTreeSet<ContactId> = contact
        .references
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(source))
        .map(|(_, id)| ContactId::new(id))
        .collect();
    ids.extend(linked(reader, customer, contact.id)?);
    for method in contact.individuals.iter().flat_map(|individual| &individual.emails) {
        ids.extend(subjects::by_email(reader, customer, &email_key(&method.value))?);
    }
    Ok(ids.into_iter().collect())
}
