//! Keeps what browsers did that is no question of an operator: signing in and out, opening a share link, connecting.

use super::state::HttpState;
use crate::{auth::Caller, domain::CustomerId, store::Action};

impl HttpState {
    /// Keeps an action for `tandem audit`: of the customer, or of the process.
    pub(super) async fn keep_action(&self, caller: &Caller, customer: Option<&CustomerId>, what: &str) {
        let action = Action {
            at: self.deps.clock.now(),
            who: caller.name.clone(),
            from: caller.from.clone(),
            what: what.to_owned(),
            outcome: "done".to_owned(),
        };
        let store = &self.deps.store;
        let keep = self.deps.settings.store.timeline_keep;
        let kept = async {
            let of = customer.map(|id| store.of_named(id)).transpose()?.flatten();
            store.keep_action(of.map_or(0, |store| store.number()), action, keep).await
        };
        if let Err(error) = kept.await {
            tracing::error!(%error, what, "an action of a person is done and cannot be kept for `tandem audit`; look at the disk and the rights of data_dir");
        }
    }

    /// Keeps what a browser did with its session: of the customer, if the caller may see one alone.
    pub(super) async fn keep_session_action(&self, caller: &Caller, what: &str) {
        let only = caller.only.as_ref().filter(|only| only.len() == 1);
        self.keep_action(caller, only.and_then(|only| only.first()), what).await;
    }
}
