//! Merge suspects, by what the store knows of the subscribers (I3).

use std::collections::BTreeSet;

use crate::{
    domain::{CustomerRules, VirtuousContact},
    store::{CustomerStore, MergeSuspect, StoreError},
};

use super::reach::MergeSuspects;

/// Asks the store, and does nothing else with it.
pub struct KnownSuspects<'a> {
    /// The customer's store.
    pub store: &'a CustomerStore,
    /// The customer's rules.
    pub rules: &'a CustomerRules,
}

impl MergeSuspects for KnownSuspects<'_> {
    fn among(&self, contacts: &[VirtuousContact]) -> Result<BTreeSet<MergeSuspect>, StoreError> {
        self.store.merge_suspects(contacts, self.rules)
    }
}
