//! Known subjects that answered 404: noted with the time, and gone only if a second look says the same (D1).

use std::{sync::Arc, time::Duration};

use crate::{
    domain::{ContactId, CustomerRules, Deletion, DeletionProof, Stage, Timestamp},
    sync::capture,
};

use super::{
    CustomerStore, StoreError, codec,
    engine::{Changes, Reader},
    keys::{CustomerNo, HEAD, Key, Kind, id_at},
    subjects::{self, Standing, Writer},
};

const MISSING_V1: u8 = 1;
/// How long after the first 404 a second one counts (D1): long enough for a passing disturbance, and short enough that
/// whoever is deleted is soon left alone. What it would do to many at once waits at the brake (B1).
pub const SECOND_LOOK_AFTER: Duration = Duration::from_secs(120);

/// What a 404 says of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing: nobody is known by this id.
    Unknown,
    /// Nothing new: the deletion is known.
    Deleted,
    /// Not yet anything: to be looked at again then.
    LookAgain(Timestamp),
    /// The second look says the same: the contact is gone, which is kept.
    Gone,
}

impl CustomerStore {
    /// Keeps that an id answered 404. The second time, [`SECOND_LOOK_AFTER`] the first one at the earliest and without a
    /// reading of the contact in between, it counts as a deletion (D1).
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
            let Some(mut subject) = subjects::read(reader, customer, &id)? else {
                return Ok(Missing::Unknown);
            };
            if subject.cc.deletion.is_some() {
                forget(reader, changes, customer, &id)?;
                return Ok(Missing::Deleted);
            }
            let key = Key::missing(customer, &id);
            // A first look in the future was noted by a clock that has been set back since.
            let first = match reader.get(&key)? {
                Some(value) => Some(decode(&value)?).filter(|first| *first <= now),
                None => None,
            };
            let Some(first) = first else {
                changes.put(key, codec::encode(MISSING_V1, &now.as_millis())?);
                return Ok(Missing::LookAgain(now.plus(SECOND_LOOK_AFTER)));
            };
            let second = first.plus(SECOND_LOOK_AFTER);
            if now < second {
                return Ok(Missing::LookAgain(second));
            }
            let before = Standing::of(&subject);
            let deletion = Deletion { at: now, proof: DeletionProof::NotFound };
            if capture::observe_gone(&mut subject, deletion, &rules, stage, now) {
                let mut writer = Writer::new(reader, customer)?;
                writer.put(changes, Some(&before), &subject)?;
                writer.finish(changes)?;
            }
            changes.delete(key);
            Ok(Missing::Gone)
        })
        .await
    }

    /// Who answered 404 once, with the time of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn missing(&self) -> Result<Vec<(ContactId, Timestamp)>, StoreError> {
        let customer = self.number;
        let mut missing = Vec::new();
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::Missing)) {
            let (key, value) = entry?;
            if let Some(id) = id_at(&key, HEAD) {
                missing.push((id, decode(&value)?));
            }
        }
        Ok(missing)
    }

    /// Keeps that a contact answered after all: an earlier 404 says nothing any more.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn forget_missing(&self, id: ContactId) -> Result<(), StoreError> {
        let customer = self.number;
        if self.reader().get(Key::missing(customer, &id))?.is_none() {
            return Ok(());
        }
        self.write(move |reader, changes| forget(reader, changes, customer, &id)).await
    }
}

fn decode(value: &[u8]) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_millis(codec::decode::<i64>(MISSING_V1, value)?))
}

/// Forgets a 404, if one was noted.
pub(super) fn forget(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<(), StoreError> {
    let key = Key::missing(customer, id);
    if reader.get(&key)?.is_some() {
        changes.delete(key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
        let observation = Observation {
            id: id(),
            view,
            has_lists: true,
            has_tags: true,
            has_fields: true,
            has_profile: true,
            fingerprint: 7,
        };
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
