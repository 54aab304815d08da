//! Bounces that a report showed of contacts which were not known yet (P4): on the subject as soon as it is.

use crate::{
    domain::{Bounce, ContactId, Timestamp},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            stored::AwaitedBouncesV1,
        },
    },
    sync::bounces,
};

const AWAITED_BOUNCES_V1: u8 = 1;
/// Bounces that are kept of one contact; the newest count.
const OF_ONE_MAX: usize = 16;

/// Keeps a bounce until its contact is known.
pub(in crate::store) fn put(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    bounce: &Bounce,
) -> Result<(), StoreError> {
    let key = Key::awaited_bounces(customer, id);
    let mut kept = reader.get(key.clone())?.and_then(|value| readable(customer, &value)).unwrap_or_default();
    if kept.contains(bounce) {
        return Ok(());
    }
    kept.push(bounce.clone());
    kept.sort_by_key(|bounce| std::cmp::Reverse(bounce.at));
    kept.truncate(OF_ONE_MAX);
    changes.put(key, codec::encode(AWAITED_BOUNCES_V1, &AwaitedBouncesV1::from(kept.as_slice()))?);
    Ok(())
}

/// Whether any is kept; hardly ever one is.
pub(in crate::store) fn any(reader: &Reader<'_>, customer: CustomerNo) -> Result<bool, StoreError> {
    Ok(reader.scan_prefix(Key::of(customer, Kind::AwaitedBounces)).next().transpose()?.is_some())
}

/// The bounces of a contact that is known now.
pub(in crate::store) fn take(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Vec<Bounce>, StoreError> {
    let key = Key::awaited_bounces(customer, id);
    let Some(value) = reader.get(key.clone())? else { return Ok(Vec::new()) };
    changes.delete(key);
    Ok(readable(customer, &value).unwrap_or_default())
}

/// Forgets what no contact came for.
pub(in crate::store) fn forget_old(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    now: Timestamp,
) -> Result<(), StoreError> {
    for entry in reader.scan_prefix(Key::of(customer, Kind::AwaitedBounces)) {
        let (key, value) = entry?;
        let kept = readable(customer, &value).unwrap_or_default();
        if !kept.iter().any(|bounce| bounces::is_awaited(bounce, now)) {
            changes.delete(key);
        }
    }
    Ok(())
}

/// The bounces of a value; `None` if it cannot be read: it stops nothing, and goes (B4).
fn readable(customer: CustomerNo, value: &[u8]) -> Option<Vec<Bounce>> {
    match codec::decode::<AwaitedBouncesV1>(AWAITED_BOUNCES_V1, value) {
        Ok(stored) => Some(stored.into()),
        Err(error) => {
            tracing::warn!(customer, %error, "bounces of a contact that is not known yet cannot be read; they are dropped");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Mode, Options, Store};

    #[tokio::test]
    async fn b4_bounces_that_cannot_be_read_stop_nothing_and_go() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        for is_taken in [true, false] {
            let put = |_: &Reader<'_>| {
                let mut changes = Changes::new();
                changes.put(Key::awaited_bounces(1, &ContactId::new("a")), [1, 2, 3]);
                Ok((changes, ()))
            };
            store.engine().submit_blocking(put).unwrap();
            let read = move |reader: &Reader<'_>| {
                let mut changes = Changes::new();
                if is_taken {
                    assert_eq!(take(reader, &mut changes, 1, &ContactId::new("a"))?, []);
                } else {
                    forget_old(reader, &mut changes, 1, now)?;
                }
                Ok((changes, ()))
            };
            store.engine().submit_blocking(read).unwrap();
            assert!(!any(&store.engine().reader(), 1).unwrap());
        }
    }
}
