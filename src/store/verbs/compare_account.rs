//! Compares the account or organisation that a system told with what is kept (I5).

use std::sync::Arc;

use crate::{
    domain::{Account, Compared, CustomerRecord, System},
    store::{
        engine::{Reader, StoreError},
        handle::CustomerStore,
        tables::{customers, holders::Holders},
    },
};

impl CustomerStore {
    /// Compares what a system told with the customer's own, and with those of all others. The first one is kept, and so is
    /// another name of the same one; nothing is kept of another one.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn compare_account(&self, system: System, told: Account) -> Result<Compared, StoreError> {
        let customer = self.number;
        // What is kept already was held against all others when it came.
        let kept = self.record()?.and_then(|record| record.accounts.of(system).cloned());
        if kept.as_ref() == Some(&told) {
            return Ok(Compared::Same);
        }
        let holders = Arc::clone(&self.holders);
        self.write(move |reader, changes| {
            let Some(mut record) = customers::read(reader, customer)? else { return Ok(Compared::First) };
            let known = record.accounts.of(system).cloned();
            if let Some(other) = known.clone().filter(|known| !known.is_same(&told, system)) {
                return Ok(Compared::Another(other));
            }
            if let Some(other) = holder(reader, &holders, (&record, system), &told)? {
                return Ok(Compared::Taken(other.id));
            }
            if known.as_ref() != Some(&told) {
                record.accounts.keep(system, told);
                customers::put(changes, &record)?;
                holders.note(&record);
            }
            Ok(if known.is_some() { Compared::Same } else { Compared::First })
        })
        .await
    }

    /// Keeps whether the customer shares its account and organisation. A customer that shares them no more leaves them to the other
    /// one: what is compared next is held against all others again (I5).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn share_accounts(&self, is_shared: bool) -> Result<(), StoreError> {
        let (customer, holders) = (self.number, Arc::clone(&self.holders));
        self.write(move |reader, changes| {
            let Some(mut record) = customers::read(reader, customer)? else { return Ok(()) };
            record.accounts.is_shared = is_shared;
            for system in [System::ConstantContact, System::Virtuous] {
                if let Some(kept) = record.accounts.of(system)
                    && holder(reader, &holders, (&record, system), kept)?.is_some()
                {
                    record.accounts.forget(system);
                }
            }
            customers::put(changes, &record)
        })
        .await
    }
}

/// Another customer that has it, unless both may share it.
fn holder(
    reader: &Reader<'_>,
    holders: &Holders,
    (own, system): (&CustomerRecord, System),
    told: &Account,
) -> Result<Option<CustomerRecord>, StoreError> {
    let has = |record: &CustomerRecord| {
        record.number != own.number
            && !(record.accounts.is_shared && own.accounts.is_shared)
            && record.accounts.of(system).is_some_and(|account| account.is_same(told, system))
    };
    for number in holders.of(system, told, || customers::all(reader))? {
        if let Some(record) = customers::read(reader, number)?.filter(has) {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Timestamp,
        store::{Mode, Options, Store},
    };

    #[tokio::test]
    async fn i5_the_first_account_is_kept_and_another_or_another_customers_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let enrol =
            async |name: &str| store.of(store.enrol(name.parse().unwrap(), now).await.unwrap().number);
        let (hope, faith) = (enrol("hope").await, enrol("faith").await);
        let account = |id: &str, name: &str| Account { id: id.to_owned(), name: name.to_owned() };
        let cc = System::ConstantContact;
        let (first, other) = (account("p1", "Hope"), account("p2", "Faith"));
        assert_eq!(hope.compare_account(cc, first.clone()).await.unwrap(), Compared::First);
        assert_eq!(hope.compare_account(cc, first.clone()).await.unwrap(), Compared::Same);
        assert_eq!(hope.compare_account(cc, other).await.unwrap(), Compared::Another(first.clone()));
        let renamed = account("p1", "Hope Foundation");
        assert_eq!(hope.compare_account(cc, renamed.clone()).await.unwrap(), Compared::Same);
        assert_eq!(hope.record().unwrap().unwrap().accounts.constant_contact, Some(renamed));
        // Another customer comes with the same one.
        let taken = Compared::Taken("hope".parse().unwrap());
        assert_eq!(faith.compare_account(cc, first.clone()).await.unwrap(), taken);
        faith.update_customer(|record| record.accounts.is_shared = true).await.unwrap();
        assert_eq!(faith.compare_account(cc, first.clone()).await.unwrap(), taken, "both have to say so");
        hope.update_customer(|record| record.accounts.is_shared = true).await.unwrap();
        assert_eq!(faith.compare_account(cc, first.clone()).await.unwrap(), Compared::First);
        // Once either shares it no more, it is the other one's alone.
        faith.share_accounts(false).await.unwrap();
        assert_eq!(faith.record().unwrap().unwrap().accounts.constant_contact, None);
        assert_eq!(faith.compare_account(cc, first.clone()).await.unwrap(), taken);
        assert_eq!(hope.compare_account(cc, first.clone()).await.unwrap(), Compared::Same);
        // An organisation is found by either its id or its name, also by a process that asks for the first time.
        let organisation = System::Virtuous;
        let theirs = account("7", "Hope Org");
        assert_eq!(hope.compare_account(organisation, theirs).await.unwrap(), Compared::First);
        store.stop().unwrap();
        drop((store, hope, faith));
        let store = Store::open(dir.path(), Options { mode: Mode::Inline, ..Options::default() }).unwrap();
        let faith = store.of(store.customer(&"faith".parse().unwrap()).unwrap().unwrap().number);
        for same in [account("7", "Another name"), account("8", " hope org")] {
            assert_eq!(faith.compare_account(organisation, same).await.unwrap(), taken);
        }
        assert_eq!(faith.compare_account(cc, first).await.unwrap(), taken);
        // What another customer had before, and has no more, is free.
        let hope = store.of(store.customer(&"hope".parse().unwrap()).unwrap().unwrap().number);
        hope.update_customer(|record| record.accounts.forget(System::Virtuous)).await.unwrap();
        let free = account("7", "Hope Org");
        assert_eq!(faith.compare_account(organisation, free).await.unwrap(), Compared::First);
        store.stop().unwrap();
    }
}
