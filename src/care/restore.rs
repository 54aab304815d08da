//! Puts a backup in the place of the store, whose past is unknown from then on: every customer is read anew (E5).

use std::path::{Path, PathBuf};

use super::{
    CareError, Made,
    backup::read,
    room,
    swap::{Old, Swap},
};
use crate::{
    config::Settings,
    domain::Timestamp,
    store::{
        Mode, Options, Store,
        engine::{Engine, Lock},
    },
};

/// A store on the disk takes as many times the room of the entries in it.
const ROOM: u64 = 2;

/// A backup that is the store now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the backup says of itself.
    pub made: Made,
    /// Records that were read.
    pub records: u64,
    /// Customers, who are all read anew.
    pub customers: usize,
    /// Where the store before is, if there was one.
    pub before: Option<PathBuf>,
}

/// How the new store is filled: nothing is durable before its end, when everything is.
pub(super) const FILLING: Options = Options {
    cache_bytes: 32 << 20,
    mode: Mode::Inline,
    sync: false,
    lock_wait: std::time::Duration::from_secs(5),
    once_held: || {},
};

/// Restores a backup. No process may have the store.
///
/// # Errors
/// [`CareError`]; then the store is what it was.
pub async fn restore(settings: &Settings, file: &Path, now: Timestamp) -> Result<Restored, CareError> {
    let records = read(file)?;
    let (made, swap) = (records.made().clone(), Swap::begin(&settings.data_dir)?);
    let _old = Lock::of(&swap.store())?;
    room::ensure(&settings.data_dir, records.bytes() * ROOM)?;
    let new = swap.folder()?;
    let engine = Engine::open(&new, FILLING)?;
    let records = engine.import(records)?;
    engine.stop()?;
    drop(engine);
    let customers = mark(&new, settings, now).await?;
    let before = swap.exchange(Old::Stays(now))?;
    Ok(Restored { made, records, customers, before })
}

/// Marks everything whose past is unknown: each customer is read anew, and the day's calls count as used, and API tokens end.
async fn mark(new: &Path, settings: &Settings, now: Timestamp) -> Result<usize, CareError> {
    let store = Store::open(new, FILLING)?;
    let customers = store.customers()?;
    for record in &customers {
        store.of(record.number).read_anew(true, now).await?;
    }
    // A token that was revoked since must not come back: all end, and are made anew.
    for token in store.api_tokens()? {
        store.revoke_api_token(token.id).await?;
    }
    // Nor a session that was signed out.
    store.end_sessions(None).await?;
    let cc = &settings.constant_contact;
    store.use_up_calls(cc.ledger_key(), cc.calls_per_day, now).await?;
    store.stop()?;
    Ok(customers.len())
}
