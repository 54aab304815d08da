//! Keeps the counts that movements are measured from (W3).

use crate::{
    domain::Baselines,
    store::{engine::StoreError, handle::CustomerStore, tables::baselines},
};

impl CustomerStore {
    /// Keeps the counts that were just compared.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_baselines(&self, counts: Baselines) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| baselines::put(changes, customer, &counts)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ListId;
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
