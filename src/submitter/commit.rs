//! The one place that keeps what a turn brought: one commit a turn.

use std::sync::Arc;

use crate::{
    domain::{CustomerId, Timestamp, VirtuousContact},
    metrics::Metrics,
    store::{Commit, Committed, ContactsRead, CustomerStore, StoreError},
    sync::Planner,
};

use super::{
    performed::{Performed, Seen},
    virtuous::reference_data,
};

/// Where a turn's work is kept.
#[derive(Clone, Copy)]
pub struct Committer<'a> {
    /// The customer's name.
    pub customer: &'a CustomerId,
    /// The customer's store.
    pub store: &'a CustomerStore,
    /// The counters.
    pub metrics: &'a Metrics,
}

impl Committer<'_> {
    /// Keeps what the performers of a turn brought. Reference data that were read on the way are kept first: the subjects are
    /// planned by them.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn performed(
        &self,
        mut performed: Performed,
        planner: Arc<Planner>,
        replanned: impl FnOnce() -> Result<Planner, StoreError>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let planner = match performed.seen.reference.take() {
            Some(read) => {
                let known = &self.store.reference_data()?.virtuous;
                reference_data::tell_other_organisation(self.customer, known, &read);
                reference_data::keep(self.store, known, *read, planner.stage, now).await?;
                Arc::new(replanned()?)
            }
            None => planner,
        };
        let settlements = std::mem::take(&mut performed.settlements);
        let commit = Commit { settlements, unsent: performed.unsent, ..seen(performed.seen) };
        let Committed { waiting, .. } = self.store.commit(commit, planner, now).await?;
        waiting.iter().for_each(|effect| self.metrics.effect(self.customer, effect.as_str(), "failed"));
        Ok(())
    }
}

/// Keeps contacts of Virtuous that were read in bulk or by event, after the merges that were followed from them.
///
/// # Errors
/// When the store cannot read or write.
pub async fn contacts(
    store: &CustomerStore,
    merges: Seen,
    read: Commit,
    planner: Arc<Planner>,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let mut commit = seen(merges);
    commit.contacts.extend(read.contacts);
    let commit = Commit { contacts: commit.contacts, own_tags: commit.own_tags, ..read };
    store.commit(commit, planner, now).await
}

/// What was read beside the findings.
fn seen(seen: Seen) -> Commit {
    let Seen { answered, read, missing, merged, own_tags, partial_names_refused, reference: _ } = seen;
    let mut commit = Commit { answered, observations: read, missing, own_tags, ..Commit::default() };
    let merged = once_each(merged);
    if !merged.is_empty() {
        commit.contacts.push(ContactsRead { contacts: merged, record: None, answered: Vec::new() });
    }
    if partial_names_refused {
        commit.customer.push(Box::new(|record| record.partial_names_refused = true));
    }
    commit
}

/// Each contact once, as it was read last.
fn once_each(contacts: Vec<VirtuousContact>) -> Vec<VirtuousContact> {
    let mut last: Vec<VirtuousContact> = Vec::with_capacity(contacts.len());
    for contact in contacts {
        match last.iter_mut().find(|known| known.id == contact.id) {
            Some(known) => *known = contact,
            None => last.push(contact),
        }
    }
    last
}
