//! Virtuous as a whole: organisations, and the keys that open them.

use std::collections::HashMap;

use super::organisation::{Organisation, OrganisationSetup};
use crate::{
    domain::Timestamp,
    simulator::faults::{Faults, System},
};

/// Every organisation, and the keys that open them.
#[derive(Debug)]
pub struct VirtuousSimulator {
    /// Faults to show.
    pub faults: Faults,
    pub(super) organisations: Vec<Organisation>,
    pub(super) by_key: HashMap<String, usize>,
}

impl VirtuousSimulator {
    /// A Virtuous without organisations; `seed` decides which calls a probable fault hits, and nothing else.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            faults: Faults::new(System::Virtuous, seed ^ 0x0fa1),
            organisations: Vec::new(),
            by_key: HashMap::new(),
        }
    }

    /// Adds an organisation; the organisation that had this key begins empty.
    pub fn add_organisation(&mut self, setup: &OrganisationSetup, now: Timestamp) -> &mut Organisation {
        let at = self.by_key.get(&setup.api_key).copied().unwrap_or(self.organisations.len());
        let id = 700 + i64::try_from(at).unwrap_or(0);
        let organisation = Organisation::new(id, setup, now);
        self.by_key.insert(setup.api_key.clone(), at);
        if at < self.organisations.len() {
            self.organisations[at] = organisation;
        } else {
            self.organisations.push(organisation);
        }
        &mut self.organisations[at]
    }

    /// The organisations, in the order of adding.
    #[must_use]
    pub fn organisations(&self) -> &[Organisation] {
        &self.organisations
    }

    /// The organisations, to change.
    pub fn organisations_mut(&mut self) -> &mut [Organisation] {
        &mut self.organisations
    }

    /// The organisation behind a key, or of this name.
    #[must_use]
    pub fn organisation(&self, key_or_name: &str) -> Option<&Organisation> {
        self.position(key_or_name).and_then(|at| self.organisations.get(at))
    }

    /// The organisation behind a key, or of this name, to change.
    pub fn organisation_mut(&mut self, key_or_name: &str) -> Option<&mut Organisation> {
        let at = self.position(key_or_name)?;
        self.organisations.get_mut(at)
    }

    fn position(&self, key_or_name: &str) -> Option<usize> {
        let by_name = || self.organisations.iter().position(|held| held.name == key_or_name);
        self.by_key.get(key_or_name).copied().or_else(by_name)
    }

    /// Revokes a key; calls with it get 401.
    pub fn revoke_key(&mut self, key: &str) -> bool {
        self.by_key.remove(key).is_some()
    }

    /// Gives the organisation of a name another key beside those it has.
    pub fn add_key(&mut self, name: &str, key: &str) -> bool {
        let Some(at) = self.organisations.iter().position(|held| held.name == name) else { return false };
        self.by_key.insert(key.to_owned(), at);
        true
    }

    /// Runs every import that is due.
    pub fn tick(&mut self, now: Timestamp) {
        for organisation in &mut self.organisations {
            organisation.tick(now);
        }
    }
}
