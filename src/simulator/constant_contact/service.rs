//! Constant Contact as a whole: accounts, tokens, limits.

use std::collections::BTreeMap;

use super::{
    account::Account,
    id_source::IdSource,
    limits, oauth,
    switches::{Limits, Switches},
    tally::Tally,
    unreliable::Unreliable,
};
use crate::simulator::faults::{Faults, System};

/// The simulated Constant Contact.
#[derive(Debug)]
pub struct CcSimulator {
    /// Behaviours that are unknown outside.
    pub switches: Switches,
    /// What makes the answers unreliable.
    pub unreliable: Unreliable,
    /// Limits of every API key.
    pub limits: Limits,
    /// Faults to show.
    pub faults: Faults,
    pub(super) accounts: BTreeMap<Box<str>, Account>,
    pub(super) oauth: oauth::Oauth,
    pub(super) meters: BTreeMap<Box<str>, limits::Meter>,
    pub(super) tally: Tally,
    pub(super) ids: IdSource,
}

impl CcSimulator {
    /// No accounts yet; `seed` decides all ids, tokens and chances.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            switches: Switches::default(),
            unreliable: Unreliable::default(),
            limits: Limits::default(),
            faults: Faults::new(System::ConstantContact, seed ^ 0xfa17),
            accounts: BTreeMap::new(),
            oauth: oauth::Oauth::default(),
            meters: BTreeMap::new(),
            tally: Tally::default(),
            ids: IdSource::new(seed),
        }
    }
}
