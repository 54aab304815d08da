//! Keeps what a person did.

use std::time::Duration;

use crate::store::{
    engine::StoreError,
    handle::Store,
    tables::{
        actions::{self, Action},
        keys::CustomerNo,
    },
};

/// Old actions that each new one cuts: more than one, so that a shorter keeping catches up.
const CUT: usize = 8;

impl Store {
    /// Keeps an action of a customer, or of the process (0), and cuts some that are older than `keep`.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn keep_action(
        &self,
        customer: CustomerNo,
        action: Action,
        keep: Duration,
    ) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            actions::cut(reader, changes, customer, (action.at.minus(keep), CUT))?;
            actions::append(reader, changes, customer, action)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Timestamp,
        store::{Mode, Options},
    };

    #[tokio::test]
    async fn actions_come_newest_first_stand_beside_each_other_and_end() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Options { mode: Mode::Inline, ..Options::default() }).unwrap();
        let at = |second: i64| Timestamp::from_secs(1_800_000_000 + second);
        let keep = Duration::from_secs(100);
        for (second, what) in [(0, "pause"), (0, "resume"), (50, "retry"), (100, "drop"), (149, "accept")] {
            let (who, from) = ("admin".to_owned(), "127.0.0.1".to_owned());
            let (what, outcome) = (what.to_owned(), "done".to_owned());
            let action = Action { at: at(second), who, from, what, outcome };
            store.keep_action(7, action, keep).await.unwrap();
        }
        let what = |before, limit| -> Vec<String> {
            store.actions(7, before, limit).unwrap().into_iter().map(|action| action.what).collect()
        };
        assert_eq!(what(at(1000), 10), ["accept", "drop", "retry"]);
        assert_eq!(what(at(149), 1), ["drop"]);
        assert!(store.actions(8, at(1000), 10).unwrap().is_empty());
        store.stop().unwrap();
    }
}
