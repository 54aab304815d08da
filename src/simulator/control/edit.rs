//! The body of the controls that edit, and whom they mean.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::outcome::Refusal;
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        constant_contact::{
            Account, BounceCode, Contact, ContactEdit, ContactSeed, Permission, Proof, Source,
        },
        ids::Uuid,
        wire::{SimRequest, SimResponse},
    },
};

/// One body for all of them: what a control does not need is left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Edit {
    /// The account; empty: the first.
    pub(super) account: String,
    /// One contact: in Constant Contact by id or address, in Virtuous by id, address or `Constant Contact` reference.
    pub(super) contact: Option<String>,
    /// So many at random instead; 1 if neither is given.
    pub(super) count: Option<usize>,
    /// Decides the random ones; the time if left out.
    pub(super) seed: Option<u64>,
    pub(super) by: Option<Source>,
    pub(super) reason: Option<String>,
    pub(super) proof: Option<Proof>,
    pub(super) permission: Option<Permission>,
    pub(super) code: Option<BounceCode>,
    /// Lists or tags by name or id.
    pub(super) add: Vec<String>,
    pub(super) remove: Vec<String>,
    /// A list or tag by name or id.
    pub(super) list: Option<String>,
    pub(super) tag: Option<String>,
    /// A new name.
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) fields: Option<ContactEdit>,
    pub(super) new: Option<ContactSeed>,
    pub(super) into: Option<String>,
    pub(super) key: Option<String>,
    pub(super) enabled: Option<bool>,
}

impl Edit {
    pub(super) fn read(request: &SimRequest) -> Result<Self, Refusal> {
        Ok(if request.body.is_empty() { Self::default() } else { request.json()? })
    }

    /// The account's name.
    pub(super) fn account(&self, simulator: &Simulator) -> Result<String, Refusal> {
        account_named(simulator, &self.account)
    }

    pub(super) fn random(&self, now: Timestamp) -> Rng {
        Rng::with_seed(self.seed.unwrap_or_else(|| now.as_millis().unsigned_abs()))
    }

    /// The contacts in Constant Contact that are meant; random ones are of those that `fit`.
    pub(super) fn people(
        &self,
        account: &Account,
        now: Timestamp,
        fit: impl Fn(&Contact) -> bool,
    ) -> Result<Vec<Uuid>, Refusal> {
        if let Some(wanted) = &self.contact {
            let by_id = wanted.parse().ok().and_then(|id| account.roster.get(id));
            let found = by_id.or_else(|| account.roster.by_email(wanted));
            return found.map(|contact| vec![contact.id]).ok_or_else(|| Refusal::missing(wanted));
        }
        let fitting = account.roster.iter().filter(|contact| fit(contact)).map(|contact| contact.id);
        Ok(self.random(now).choose_multiple(fitting, self.count.unwrap_or(1)))
    }
}

/// The account of this name, or the first.
pub(super) fn account_named(simulator: &Simulator, name: &str) -> Result<String, Refusal> {
    let mut names = simulator.constant_contact.account_names();
    let found = if name.is_empty() { names.next() } else { names.find(|known| *known == name) };
    found.map(str::to_owned).ok_or_else(|| Refusal::missing("such account"))
}

/// Whom an edit changed.
#[derive(Serialize)]
pub(super) struct Changed<T> {
    changed: usize,
    contacts: Vec<T>,
}

impl<T: Serialize> Changed<T> {
    pub(super) fn answer(contacts: Vec<T>) -> SimResponse {
        SimResponse::json(200, &Self { changed: contacts.len(), contacts })
    }
}
