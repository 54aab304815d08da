//! Puts subjects back to work, because what they waited for may have come.

use crate::{
    domain::{ContactId, Lane, State, Subject, Timestamp},
    store::{engine::StoreError, handle::CustomerStore, tables::loaded::Loaded},
    sync::requeue,
};

/// Subjects that one operation writes at most, so that a group stays well under a segment of the log.
const SUBJECTS_MAX: usize = 256;

impl CustomerStore {
    /// Puts subjects of a state back to work: a tag may be there now, a name, a setting. Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue(
        &self,
        state: State,
        lane: Lane,
        now: Timestamp,
        which: fn(&Subject) -> bool,
    ) -> Result<u64, StoreError> {
        let store = self.clone();
        let find = move || {
            let subjects = store.attention(state, usize::MAX)?;
            Ok::<_, StoreError>(subjects.into_iter().filter(which).map(|subject| subject.id).collect())
        };
        let ids = self.apart(find).await?;
        self.requeue_ids(ids, lane, now).await
    }

    /// Puts every subject back to work that is at rest and no dead letter, because the mapping changed. Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue_settled(&self, lane: Lane, now: Timestamp) -> Result<u64, StoreError> {
        self.requeue_where(lane, now, requeue::is_at_rest).await
    }

    /// Puts those back to work that wait for the first reading of bounce reports, opt-outs first (E5, P3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue_for_bounces(&self, now: Timestamp) -> Result<u64, StoreError> {
        let opt_outs = self.requeue_where(Lane::Consent, now, requeue::tells_after_bounces).await?;
        Ok(opt_outs + self.requeue_where(Lane::Change, now, requeue::opts_in_after_bounces).await?)
    }

    async fn requeue_where(
        &self,
        lane: Lane,
        now: Timestamp,
        which: fn(&Subject) -> bool,
    ) -> Result<u64, StoreError> {
        let find = move |ids: &mut Vec<ContactId>, subject: Subject| {
            if which(&subject) {
                ids.push(subject.id);
            }
        };
        let ids = self.fold_subjects(Vec::new(), find).await?;
        self.requeue_ids(ids, lane, now).await
    }

    /// Puts these subjects back to work; a dead letter among them is forgotten. Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn requeue_ids(
        &self,
        mut ids: Vec<ContactId>,
        lane: Lane,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let customer = self.number;
        let count = ids.len() as u64;
        while !ids.is_empty() {
            let part = ids.split_off(ids.len().saturating_sub(SUBJECTS_MAX));
            self.write(move |reader, changes| {
                let mut loaded = Loaded::new(reader, customer);
                for id in &part {
                    let Some(subject) = loaded.get(id)? else { continue };
                    requeue::requeue(subject, lane, now);
                    loaded.changed(id);
                }
                loaded.write(changes)?;
                Ok(())
            })
            .await?;
        }
        Ok(count)
    }
}
