//! Lets go what is kept long enough: lines of timelines, once a day.

use std::time::Duration;

use crate::{
    deps::Deps,
    domain::{CustomerRecord, Stream, Timestamp},
    store::StoreError,
};

/// After a start all else goes first.
const FIRST_AFTER: Duration = Duration::from_secs(600);
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// Cuts the timelines of all customers once a day, and comes to no end.
pub(super) async fn keep(deps: &Deps) {
    tokio::time::sleep(FIRST_AFTER).await;
    loop {
        match trim(deps).await {
            Ok(0) => {}
            Ok(chunks) => tracing::info!(chunks, "lines of timelines beyond store.timeline_keep were cut"),
            Err(StoreError::Stopped) => return std::future::pending().await,
            Err(error) => {
                tracing::warn!(%error, "old lines of timelines cannot be cut; tried again tomorrow");
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Cuts the timelines of all customers; what goes wrong with one stops none of the others (B4). Gives how many chunks of lines went.
///
/// # Errors
/// When the store cannot read or write.
pub async fn trim(deps: &Deps) -> Result<u64, StoreError> {
    let mut cut = 0;
    for record in deps.store.customers()? {
        match trim_of(deps, &record).await {
            Ok(more) => cut += more,
            Err(error @ (StoreError::Stopped | StoreError::Broken(_))) => return Err(error),
            Err(error) => {
                tracing::warn!(customer = %record.id, %error, "old lines of timelines of a customer cannot be cut; tried again tomorrow");
            }
        }
    }
    Ok(cut)
}

async fn trim_of(deps: &Deps, record: &CustomerRecord) -> Result<u64, StoreError> {
    let Some(before) = before(deps, record)? else { return Ok(0) };
    deps.store.of(record.number).cut_timelines(before).await
}

/// Lines of before this go. A clock that is ahead cuts nothing that is not old by Constant Contact's time either (W8); where that was
/// never told, nothing is old.
fn before(deps: &Deps, record: &CustomerRecord) -> Result<Option<Timestamp>, StoreError> {
    let upto = deps.store.of(record.number).cursor(Stream::Changes)?.upto;
    let keep = deps.settings.store.timeline_keep;
    Ok(upto.map(|upto| deps.clock.now().min(upto).minus(keep)))
}
