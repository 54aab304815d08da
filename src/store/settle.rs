//! Keeps what came of work: findings on the subjects, the timeline, when they are due again; one synced group.

use crate::{
    domain::{ContactId, Lane, Settlement, State, Subject, Timestamp},
    sync::settle,
};

use super::{
    SharedPlanner, Store, StoreError,
    keys::{CustomerNo, Key},
    subjects::{self, Standing, Writer},
    work,
};

/// Subjects that one operation writes at most, so that a group stays well under a segment of the log.
const SUBJECTS_MAX: usize = 256;

impl Store {
    /// Settles a batch of work.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn settle(
        &self,
        customer: CustomerNo,
        settlements: Vec<Settlement>,
        planner: SharedPlanner,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut rest = settlements.into_iter();
        loop {
            let part: Vec<Settlement> = rest.by_ref().take(SUBJECTS_MAX).collect();
            if part.is_empty() {
                return Ok(());
            }
            let planner = planner.clone();
            self.write(move |reader, changes| {
                let mut writer = Writer::new(reader, customer)?;
                for settlement in &part {
                    let Some(mut subject) = subjects::read(reader, customer, &settlement.id)? else {
                        continue;
                    };
                    let before = Standing::of(&subject);
                    let household = work::household(reader, customer, &subject, &planner.rules)?;
                    let settled = settle::settle(&mut subject, settlement, &planner, &household, now);
                    writer.put(changes, Some(&before), &subject)?;
                    writer.append(reader, changes, &subject, &settled.events)?;
                    changes.delete(Key::intent(customer, &settlement.id));
                }
                writer.finish(changes)
            })
            .await?;
        }
    }

    /// Puts subjects of a state back to work, because what they waited for may have come: a tag, a name, a setting.
    /// Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue(
        &self,
        customer: CustomerNo,
        state: State,
        lane: Lane,
        now: Timestamp,
        which: fn(&Subject) -> bool,
    ) -> Result<u64, StoreError> {
        let subjects = self.attention(customer, state, usize::MAX)?;
        let ids = subjects.into_iter().filter(which).map(|subject| subject.id).collect();
        self.requeue_ids(customer, ids, lane, now).await
    }

    /// Puts back to work every subject that is linked or held and has none, because the mapping changed. Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue_settled(
        &self,
        customer: CustomerNo,
        lane: Lane,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut ids = Vec::new();
        self.each_subject(customer, |subject| {
            if subject.work.is_none() && !matches!(subject.state, State::Failed) {
                ids.push(subject.id);
            }
        })?;
        self.requeue_ids(customer, ids, lane, now).await
    }

    /// Puts these subjects back to work; a dead letter among them is forgotten. Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue_ids(
        &self,
        customer: CustomerNo,
        mut ids: Vec<ContactId>,
        lane: Lane,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let count = ids.len() as u64;
        while !ids.is_empty() {
            let part = ids.split_off(ids.len().saturating_sub(SUBJECTS_MAX));
            self.write(move |reader, changes| {
                let mut writer = Writer::new(reader, customer)?;
                for id in &part {
                    let Some(mut subject) = subjects::read(reader, customer, id)? else { continue };
                    let before = Standing::of(&subject);
                    subject.failure = None;
                    subject.attempts = 0;
                    subject.work = Some(crate::domain::Work { lane, due: now });
                    writer.put(changes, Some(&before), &subject)?;
                }
                writer.finish(changes)
            })
            .await?;
        }
        Ok(count)
    }
}
