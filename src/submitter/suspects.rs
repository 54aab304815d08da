//! Merge suspects (I3) and joins of tags (S1), by what the store knows.

use std::collections::BTreeSet;

use crate::{
    domain::{CustomerRules, TagPlace, VirtuousContact, VirtuousContactId},
    store::{CustomerStore, MergeSuspect, StoreError},
};

use super::reach::{KnownJoins, MergeSuspects};

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

impl KnownJoins for CustomerStore {
    fn place_of(&self, contact: VirtuousContactId, name: &str) -> Option<TagPlace> {
        self.tag_place(contact, name).ok().flatten()
    }
}
