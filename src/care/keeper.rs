//! What is done for the store by itself: a backup every `store.backup_every`, and what is kept long enough goes.

use std::{future, time::Duration};

use super::{Backup, CareError, backup::back_up, due, folder, quiet::Pace, trim};
use crate::{config::format_duration, deps::Deps, store::StoreError};

/// After a start the customers go first.
const FIRST_AFTER: Duration = Duration::from_secs(30);
/// The clock is looked at so often at least.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Cares for the store beside the service, and comes to no end.
pub async fn keep(deps: &Deps) {
    futures_util::future::join(back_up_by_itself(deps), trim::keep(deps)).await;
}

/// Backs the store up whenever it is due, and comes to no end.
async fn back_up_by_itself(deps: &Deps) {
    let settings = &deps.settings.store;
    let every = settings.backup_every;
    if every.is_zero() {
        return future::pending().await;
    }
    // Where the folder is not there yet, nothing is left in it.
    let _ = folder::remove_parts(&settings.backup_dir);
    tokio::time::sleep(FIRST_AFTER.min(every)).await;
    let mut failures = 0;
    loop {
        let pause = match in_turn(deps).await {
            Ok(None) => LOOK_EVERY.min(every),
            Ok(Some(wait)) => wait,
            Err(CareError::Store(StoreError::Stopped)) => return future::pending().await,
            Err(error) => {
                failures += 1;
                let wait = due::retry(failures, every);
                tracing::warn!(%error, failures, "the store could not be backed up; tried again in {}", format_duration(wait));
                tokio::time::sleep(wait).await;
                continue;
            }
        };
        failures = 0;
        tokio::time::sleep(pause).await;
    }
}

/// Makes the backup that is due; else gives how long to wait.
async fn in_turn(deps: &Deps) -> Result<Option<Duration>, CareError> {
    let (settings, now) = (&deps.settings.store, deps.clock.now());
    let found = folder::backups(settings).map_err(CareError::at(&settings.backup_dir))?;
    let wait = found.wait(settings.backup_every, now);
    if !wait.is_zero() {
        return Ok(Some(wait.min(LOOK_EVERY)));
    }
    let backup = back_up(&deps.store, settings, None, (Pace::Quiet, now)).await?;
    let Backup { file, records, bytes, took, .. } = backup;
    tracing::info!(file = %file.display(), records, bytes, seconds = took.as_secs(), "the store is backed up");
    Ok(None)
}
