//! Which customers may have an account or an organisation (I5): an index in memory, made at the first question, so that a new
//! account is held against the few that may have it and not against every customer.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{Account, CustomerRecord, System},
    store::engine::StoreError,
};

use super::keys::CustomerNo;

/// The index. What customers had before stays in it: each customer that is found is to be looked at.
#[derive(Debug, Default)]
pub(in crate::store) struct Holders(Mutex<Option<BTreeSet<(u64, CustomerNo)>>>);

impl Holders {
    /// The customers that may have it; all records are asked for at the first question.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(in crate::store) fn of(
        &self,
        system: System,
        account: &Account,
        records: impl FnOnce() -> Result<Vec<CustomerRecord>, StoreError>,
    ) -> Result<Vec<CustomerNo>, StoreError> {
        let mut known = self.lock();
        if known.is_none() {
            let mut all = BTreeSet::new();
            records()?.iter().for_each(|record| note(&mut all, record));
            *known = Some(all);
        }
        let all = known.get_or_insert_default();
        let having = |key| all.range((key, 0)..=(key, CustomerNo::MAX)).map(|(_, number)| *number);
        Ok(keys(system, account).flat_map(having).collect())
    }

    /// A customer's record is written: what it is in both systems is known from now on.
    pub(in crate::store) fn note(&self, record: &CustomerRecord) {
        if let Some(all) = self.lock().as_mut() {
            note(all, record);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<BTreeSet<(u64, CustomerNo)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn note(all: &mut BTreeSet<(u64, CustomerNo)>, record: &CustomerRecord) {
    for system in [System::ConstantContact, System::Virtuous] {
        if let Some(account) = record.accounts.of(system) {
            all.extend(keys(system, account).map(|key| (key, record.number)));
        }
    }
}

/// By what an account may be the same as another one: its id, and in Virtuous its name (see [`Account::is_same`]).
fn keys(system: System, account: &Account) -> impl Iterator<Item = u64> {
    let name = account.name.trim().to_ascii_lowercase();
    let by_name = (system == System::Virtuous && !name.is_empty()).then_some(("name", name));
    let by_id = (!account.id.is_empty()).then(|| ("id", account.id.clone()));
    let key = move |(what, text)| {
        xxhash_rust::xxh3::xxh3_64(format!("{} {what} {text}", system.as_str()).as_bytes())
    };
    by_id.into_iter().chain(by_name).map(key)
}
