//! Beginning and ending the import (C4, B2).

use std::time::Duration;

use crate::{
    domain::{CustomerId, CustomerRecord, Lane, Stage, Timestamp},
    store::{CustomerStore, StoreError},
    turn::Turn,
};

/// How old the reading of all contacts of Virtuous may be for the import to begin on it (I2).
const READING_HOLDS: Duration = Duration::from_secs(3600);

/// Begins the import, with a reading of all contacts of Virtuous if the last one is not fresh.
///
/// # Errors
/// When the store cannot read or write.
pub async fn begin(
    store: &CustomerStore,
    customer: &CustomerId,
    record: &CustomerRecord,
    now: Timestamp,
) -> Result<Turn, StoreError> {
    let read_at = record.scan.as_ref().and_then(|scan| scan.done_at);
    let is_fresh = read_at.is_some_and(|at| now.since(at) <= READING_HOLDS);
    let begin = move |record: &mut CustomerRecord| {
        record.import_started_at.get_or_insert(now);
        if is_fresh {
            record.stage = Stage::Importing;
        } else {
            record.stage = Stage::Scanning;
            // A reading that is under way goes on.
            record.scan = record.scan.take().filter(|scan| scan.done_at.is_none());
        }
    };
    store.update_customer(begin).await?;
    tracing::info!(%customer, is_fresh, "import begins; all contacts of Virtuous are read first unless that is fresh");
    Ok(Turn::Progressed)
}

/// Ends the import once no subject is left in its lane. `None` if one is.
///
/// # Errors
/// When the store cannot read or write.
pub async fn end_when_done(
    store: &CustomerStore,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<Option<Turn>, StoreError> {
    if store.next_due(&[Lane::Import])?.is_some() {
        return Ok(None);
    }
    let end = move |record: &mut CustomerRecord| {
        record.stage = Stage::Live;
        record.import_done_at = Some(now);
    };
    store.update_customer(end).await?;
    tracing::info!(%customer, "import done: every row is sent, steady state begins");
    Ok(Some(Turn::Progressed))
}
