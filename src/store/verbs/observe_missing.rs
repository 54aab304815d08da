//! Keeps that a known contact answered 404: gone only if a second look says the same (D1).

use std::sync::Arc;

use crate::{
    domain::{ContactId, CustomerRules, Deletion, DeletionProof, Stage, Timestamp},
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            index::{Standing, Writer},
            keys::CustomerNo,
            missing, subjects,
        },
    },
    sync::{
        capture,
        page_reading::PageReading,
        second_look::{self, NotFound},
    },
};

/// What a 404 says of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing: no subject is known by this id.
    Unknown,
    /// Nothing new: the deletion is known.
    Deleted,
    /// Nothing yet: the contact is looked at again then.
    LookAgain(Timestamp),
    /// The second look says the same: the contact is gone, which is kept.
    Gone,
}

impl CustomerStore {
    /// Keeps that an id answered 404. The second time, [`SECOND_LOOK_AFTER`](crate::sync::second_look::SECOND_LOOK_AFTER) the
    /// first one at the earliest and without a reading of the contact in between, it counts as a deletion (D1).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn observe_missing(
        &self,
        id: ContactId,
        rules: Arc<CustomerRules>,
        stage: Stage,
        now: Timestamp,
    ) -> Result<Missing, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let reading = PageReading { rules: &rules, stage, sweeps: false, now };
            keep_missing(reader, changes, customer, &id, &reading)
        })
        .await
    }

    /// Keeps that a contact answered after all: an earlier 404 says nothing any more.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn forget_missing(&self, id: ContactId) -> Result<(), StoreError> {
        let customer = self.number;
        if missing::first(&self.reader(), customer, &id)?.is_none() {
            return Ok(());
        }
        self.write(move |reader, changes| missing::forget(reader, changes, customer, &id)).await
    }
}

/// Keeps that a contact answered 404, as a step of an operation.
pub(in crate::store) fn keep_missing(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    reading: &PageReading<'_>,
) -> Result<Missing, StoreError> {
    let PageReading { rules, stage, now, .. } = *reading;
    let Some(mut subject) = subjects::read(reader, customer, id)? else { return Ok(Missing::Unknown) };
    if subject.cc.deletion.is_some() {
        missing::forget(reader, changes, customer, id)?;
        return Ok(Missing::Deleted);
    }
    match second_look::judge(missing::first(reader, customer, id)?, now) {
        NotFound::First(again) => {
            missing::put(changes, customer, id, now)?;
            return Ok(Missing::LookAgain(again));
        }
        NotFound::TooEarly(again) => return Ok(Missing::LookAgain(again)),
        NotFound::Second => missing::forget(reader, changes, customer, id)?,
    }
    let before = Standing::of(&subject);
    let deletion = Deletion { at: now, proof: DeletionProof::NotFound };
    if capture::observe_gone(&mut subject, deletion, rules, stage, now) {
        let mut writer = Writer::new(reader, customer)?;
        writer.put(changes, Some(&before), &subject)?;
        writer.finish(changes)?;
    }
    Ok(Missing::Gone)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::{CcView, Observation, Permission},
        store::{CustomerNo, Mode, Options, Page, Store},
    };

    const HOPE: CustomerNo = 1;

    fn at(minutes: u64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000).plus(Duration::from_secs(60 * minutes))
    }

    fn open(dir: &std::path::Path) -> Store {
        Store::open(dir, Options { mode: Mode::Inline, sync: false, ..Options::default() }).unwrap()
    }

    fn id() -> ContactId {
        ContactId::new("11111111-1111-4111-8111-111111111111")
    }

    async fn look(store: &Store, minutes: u64) -> Missing {
        store.of(HOPE).observe_missing(id(), Arc::default(), Stage::Live, at(minutes)).await.unwrap()
    }

    async fn reading(store: &Store, minutes: u64) {
        let view = CcView {
            seen_at: at(minutes),
            email: Some("ann@example.com".to_owned()),
            permission: Permission::Explicit,
            ..CcView::default()
        };
        let observation = Observation::whole(id(), view, 7);
        store
            .of(HOPE)
            .observe(Page::apart(vec![observation]), Arc::default(), Stage::Live, at(minutes))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn d1_a_404_counts_the_second_time_and_a_restart_does_not_forget_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        assert_eq!(look(&store, 0).await, Missing::Unknown);
        reading(&store, 0).await;
        assert_eq!(look(&store, 1).await, Missing::LookAgain(at(3)));
        store.stop().unwrap();
        drop(store);
        let store = open(dir.path());
        assert_eq!(look(&store, 2).await, Missing::LookAgain(at(3)), "too early to count");
        assert_eq!(store.of(HOPE).missing().unwrap(), [(id(), at(1))]);
        assert_eq!(look(&store, 3).await, Missing::Gone);
        let subject = store.of(HOPE).subject(&id()).unwrap().unwrap();
        assert_eq!(subject.cc.deletion, Some(Deletion { at: at(3), proof: DeletionProof::NotFound }));
        assert_eq!(store.of(HOPE).missing().unwrap(), []);
        assert_eq!(look(&store, 40).await, Missing::Deleted);
        assert_eq!(store.of(HOPE).check_consistent().unwrap(), Vec::<String>::new());
        store.stop().unwrap();
    }

    #[tokio::test]
    async fn d1_a_reading_between_two_404_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        reading(&store, 0).await;
        look(&store, 1).await;
        // The same record as before: it changes nothing, and shows the contact all the same.
        reading(&store, 10).await;
        assert_eq!(store.of(HOPE).missing().unwrap(), []);
        assert_eq!(look(&store, 20).await, Missing::LookAgain(at(22)));
        store.of(HOPE).forget_missing(id()).await.unwrap();
        assert_eq!(look(&store, 50).await, Missing::LookAgain(at(52)));
        // The clock was set back: the first look cannot have been.
        assert_eq!(look(&store, 30).await, Missing::LookAgain(at(32)));
        store.stop().unwrap();
    }
}
