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
    let mut kept = of(reader.get(key.clone())?)?;
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
    let kept = of(reader.get(key.clone())?)?;
    if !kept.is_empty() {
        changes.delete(key);
    }
    Ok(kept)
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
        if !of(Some(value))?.iter().any(|bounce| bounces::is_awaited(bounce, now)) {
            changes.delete(key);
        }
    }
    Ok(())
}

fn of<B: AsRef<[u8]>>(value: Option<B>) -> Result<Vec<Bounce>, StoreError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    Ok(codec::decode::<AwaitedBouncesV1>(AWAITED_BOUNCES_V1, value.as_ref())?.into())
}
