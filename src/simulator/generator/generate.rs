//! Makes an account on both sides.

use serde::Serialize;

use super::{AccountSpec, Shares, cc, crm, people};
use crate::{
    domain::Timestamp,
    simulator::{Simulator, constant_contact::EditError, ids::Uuid},
};

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Generated {
    /// The account's name on both sides.
    pub account: String,
    /// The first refresh token.
    pub refresh_token: String,
    /// The API key.
    pub api_key: String,
    /// How many of each permission.
    pub shares: Shares,
    /// Deleted contacts, beside those.
    pub deleted: usize,
    /// Subscribers that Virtuous has already.
    pub in_virtuous: usize,
    /// Contacts in Virtuous altogether.
    pub virtuous_contacts: usize,
}

/// Makes an account on both sides.
///
/// # Errors
/// When Constant Contact has an account of this name.
pub fn generate(
    simulator: &mut Simulator,
    spec: &AccountSpec,
    now: Timestamp,
) -> Result<Generated, EditError> {
    let mut random = fastrand::Rng::with_seed(spec.seed);
    let shares = Shares::of(spec.contacts);
    let people = people::invent(&mut random, shares, now);
    let ids: Vec<Uuid> = cc::fill(simulator, spec, &people, now)?;
    let subscribers: Vec<_> = people.iter().zip(ids).collect();
    let in_virtuous = crm::fill(simulator, spec, &subscribers, &mut random, now);
    let organisation = simulator.virtuous.organisation(&spec.api_key());
    Ok(Generated {
        account: spec.account.clone(),
        refresh_token: spec.refresh_token(),
        api_key: spec.api_key(),
        shares,
        deleted: people.iter().filter(|person| person.deleted.is_some()).count(),
        in_virtuous,
        virtuous_contacts: organisation.map_or(0, |held| held.book.contacts().len()),
    })
}
