//! The one place that writes: what a turn is to remember before it calls, and what it brought.

use std::sync::Arc;

use crate::{
    domain::{
        CustomerId, CustomerRecord, EffectKind, Lane, ReadBy, Stage, State, Timestamp, VirtuousContact,
        VirtuousReferenceData,
    },
    store::{
        Commit, Committed, ContactsRead, CustomerStore, EventDue, NewReferenceData, Release, StoreError,
        Subscription,
    },
    sync::{Planner, requeue},
};

use super::{
    group::Groups,
    performed::{Performed, Seen},
};

/// Places of contacts that one synced group keeps.
const PASSED_OVER_A_GROUP: usize = 256;

/// Where a turn's work is kept.
#[derive(Clone, Copy)]
pub struct Committer<'a> {
    /// The customer's name, for the log.
    pub customer: &'a CustomerId,
    /// The customer's store.
    pub store: &'a CustomerStore,
}

impl Committer<'_> {
    /// Brings what a clock that was ahead has left to the present (W8).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn heed_clock(&self, now: Timestamp) -> Result<(), StoreError> {
        let people = self.store.heed_clock(now).await?;
        if people > 0 {
            tracing::warn!(customer = %self.customer, people, "work was put off by a clock that was ahead: it is due now, and what is owed is owed since now");
        }
        Ok(())
    }

    /// Makes intents durable before the first call: after a kill these subjects are read again before anything is written to them,
    /// and no row is sent twice unaware (C4).
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn begin(&self, groups: &Groups, now: Timestamp) -> Result<(), StoreError> {
        let hands = groups.apply.iter().chain(&groups.submit);
        let intents: Vec<_> = hands.filter_map(|hand| Some((hand.id().clone(), hand.intent()?))).collect();
        if intents.is_empty() {
            return Ok(());
        }
        self.store.begin(intents, now).await
    }

    /// Keeps what the performers of a turn brought. Reference data that were read on the way are kept first: the subjects are
    /// planned by them. Gives the effects that wait because their contact answered 404 (D1).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn performed(
        &self,
        mut performed: Performed,
        planner: Arc<Planner>,
        replanned: impl FnOnce() -> Result<Planner, StoreError>,
        now: Timestamp,
    ) -> Result<Vec<EffectKind>, StoreError> {
        let planner = match performed.seen.reference.take() {
            Some(read) => {
                self.reference_data(*read, planner.stage, now).await?;
                Arc::new(replanned()?)
            }
            None => planner,
        };
        let settlements = std::mem::take(&mut performed.settlements);
        let commit = Commit { settlements, unsent: performed.unsent, ..seen(performed.seen) };
        let Committed { waiting, .. } = self.store.commit(commit, planner, now).await?;
        Ok(waiting)
    }

    /// Keeps contacts of Virtuous that were read in bulk or by event, after the merges that were followed from them.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn contacts(
        &self,
        merges: Seen,
        read: Commit,
        planner: Arc<Planner>,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let mut commit = seen(merges);
        commit.contacts.extend(read.contacts);
        let commit = Commit { contacts: commit.contacts, own_tags: commit.own_tags, ..read };
        self.store.commit(commit, planner, now).await
    }

    /// Notes that a query of the contacts that changed did not show these (V2).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn not_in_query(&self, events: Vec<EventDue>) -> Result<(), StoreError> {
        self.store.not_in_query(events).await
    }

    /// Keeps that contacts of Virtuous could not be read and were passed over, for the check to tell (W7).
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn passed_over(&self, places: Vec<String>, now: Timestamp) -> Result<(), StoreError> {
        for part in places.chunks(PASSED_OVER_A_GROUP) {
            self.store.pass_over(part.to_vec(), now).await?;
        }
        Ok(())
    }

    /// Forgets what was passed over: every contact was read.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn nothing_passed_over(&self) -> Result<(), StoreError> {
        self.store.forget_passed_over().await
    }

    /// Keeps reference data of Virtuous. Subscribers that may have waited for a tag or a field go back to work if those changed
    /// (S4).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn reference_data(
        &self,
        read: VirtuousReferenceData,
        stage: Stage,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let known = &self.store.reference_data()?.virtuous;
        self.store.forget_old_events(now).await?;
        let changed = (&read.tags, &read.fields) != (&known.tags, &known.fields);
        self.store.save_reference_data(NewReferenceData::Virtuous(Box::new(read))).await?;
        if changed && stage.may_write() {
            for state in [State::Held, State::Review] {
                let which = requeue::waits_for_reference_data;
                self.store.requeue(state, stage.first_lane(), now, which).await?;
            }
        }
        Ok(())
    }

    /// Keeps the subscription to events of Virtuous.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn subscription(&self, subscription: Subscription) -> Result<(), StoreError> {
        self.store.save_subscription(subscription).await
    }

    /// Puts every subject at rest back to work, and then forgets the mark that asked for it, unless a newer one stands. Gives how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn replan(&self, lane: Lane, since: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let again = self.store.requeue_settled(lane, now).await?;
        self.record(move |record| record.replan_since = record.replan_since.filter(|at| *at != since))
            .await?;
        Ok(again)
    }

    /// Has what stayed of the subjects count again once both sides were read anew (E5). Gives how many rows may be on their way.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn recall(&self, planner: Arc<Planner>, now: Timestamp) -> Result<u64, StoreError> {
        self.store.recall(planner, now).await
    }

    /// Lets subjects through that wait at the brake (B1). Gives how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn release(&self, release: Release, now: Timestamp) -> Result<u64, StoreError> {
        self.store.release(release, now).await
    }

    /// Changes the customer's record.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn record(
        &self,
        change: impl FnOnce(&mut CustomerRecord) + Send + 'static,
    ) -> Result<(), StoreError> {
        self.store.update_customer(change).await.map(drop)
    }
}

/// What was read beside the findings.
fn seen(seen: Seen) -> Commit {
    let Seen { answered, read, missing, merged, own_tags, joins, partial_names_refused, reference: _ } = seen;
    let mut commit = Commit { answered, observations: read, missing, own_tags, joins, ..Commit::default() };
    let merged = once_each(merged);
    if !merged.is_empty() {
        commit.contacts.push(ContactsRead {
            contacts: merged,
            by: ReadBy::Id,
            record: None,
            answered: Vec::new(),
        });
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

#[cfg(test)]
#[path = "commit_test.rs"]
mod tests;
