//! What both sides counted when it was last compared: movements are measured from there, across restarts, too (W3).

use std::collections::BTreeMap;

use crate::domain::ListId;

use super::{
    CustomerStore, StoreError, codec,
    keys::{Key, Kind},
    stored::BaselinesV1,
};

const BASELINES_V1: u8 = 1;

/// Constant Contact's counts and our own, in the order explicit, implicit, pending, unsubscribed.
pub type AccountCounts = ([Option<i64>; 4], [i64; 4]);

/// The counts that movements are measured from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baselines {
    /// Members of each list: Constant Contact's number, and our own.
    pub lists: BTreeMap<ListId, (u64, u64)>,
    /// The account's counts, by permission.
    pub account: Option<AccountCounts>,
}

impl CustomerStore {
    /// The counts as last compared; none before the first time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn baselines(&self) -> Result<Baselines, StoreError> {
        let customer = self.number;
        let Some(value) = self.reader().get(Key::of(customer, Kind::Baselines))? else {
            return Ok(Baselines::default());
        };
        Ok(codec::decode::<BaselinesV1>(BASELINES_V1, &value)?.into())
    }

    /// Keeps the counts that were just compared.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_baselines(&self, counts: Baselines) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| {
            let value = codec::encode(BASELINES_V1, &BaselinesV1::from(&counts))?;
            changes.put(Key::of(customer, Kind::Baselines), value);
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::{Mode, Options};

    #[tokio::test]
    async fn w3_counts_are_kept_across_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let open = || {
            Store::open(dir.path(), Options { mode: Mode::Inline, sync: false, ..Options::default() })
                .unwrap()
        };
        let counts = Baselines {
            lists: [(ListId::new("l1"), (12, 10)), (ListId::new("l2"), (0, 0))].into(),
            account: Some(([Some(5), None, Some(0), Some(7)], [5, -1, 0, 7])),
        };
        let store = open();
        assert_eq!(store.of(1).baselines().unwrap(), Baselines::default());
        store.of(1).save_baselines(counts.clone()).await.unwrap();
        store.stop().unwrap();
        drop(store);
        let store = open();
        assert_eq!(store.of(1).baselines().unwrap(), counts);
        assert_eq!(store.of(2).baselines().unwrap(), Baselines::default());
        store.stop().unwrap();
    }
}
