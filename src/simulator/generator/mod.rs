//! A realistic account on both sides: a nonprofit with years of subscribers in Constant Contact, part of whom its staff
//! know in Virtuous already, and others there who never subscribed. The same specification and seed give the same
//! account, byte for byte.

mod cc;
mod crm;
mod people;
mod shares;
mod words;

use serde::{Deserialize, Serialize};

use self::people::Person;
use super::{
    Simulator,
    constant_contact::{EditError, Permission},
    ids::Uuid,
};
use crate::domain::Timestamp;

pub use self::shares::Shares;

/// The account to make. What is left out has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSpec {
    /// The account's name in Constant Contact, and the organisation's in Virtuous: the customer's id.
    pub account: String,
    /// The first refresh token; empty: `refresh-<account>`.
    pub refresh_token: String,
    /// The API key of Virtuous; empty: `key-<account>`.
    pub api_key: String,
    /// The organisation's time zone.
    pub time_zone: String,
    /// Contacts in Constant Contact that are not deleted.
    pub contacts: usize,
    /// The seed.
    pub seed: u64,
    /// The share of the contacts with an address that Virtuous has already.
    pub in_virtuous_share: f64,
    /// People in Virtuous who never subscribed, as a share of `contacts`.
    pub donors_share: f64,
    /// How many lists have no tag in Virtuous.
    pub missing_tags: usize,
    /// How many lists have their tag twice.
    pub double_tags: usize,
}

impl Default for AccountSpec {
    fn default() -> Self {
        Self {
            account: "hope".to_owned(),
            refresh_token: String::new(),
            api_key: String::new(),
            time_zone: "America/New_York".to_owned(),
            contacts: 500,
            seed: 1,
            in_virtuous_share: 0.4,
            donors_share: 0.5,
            missing_tags: 0,
            double_tags: 0,
        }
    }
}

impl AccountSpec {
    /// An account of so many contacts.
    #[must_use]
    pub fn new(account: &str, contacts: usize, seed: u64) -> Self {
        Self { account: account.to_owned(), contacts, seed, ..Self::default() }
    }

    /// The first refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        if self.refresh_token.is_empty() {
            format!("refresh-{}", self.account)
        } else {
            self.refresh_token.clone()
        }
    }

    /// The API key.
    #[must_use]
    pub fn api_key(&self) -> String {
        if self.api_key.is_empty() { format!("key-{}", self.account) } else { self.api_key.clone() }
    }
}

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
    let in_virtuous = crm::fill(simulator, spec, &people, &ids, &mut random, now);
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

/// Adds so many mailable contacts to an account in Constant Contact, as sign-ups of this moment.
///
/// # Errors
/// When the account is unknown.
pub fn add_subscribers(
    simulator: &mut Simulator,
    account: &str,
    count: usize,
    seed: u64,
    now: Timestamp,
) -> Result<Vec<Uuid>, EditError> {
    let held = simulator.constant_contact.account_mut(account)?;
    let lists: Vec<Uuid> =
        held.lists.iter().filter(|list| list.deleted_at.is_none()).map(|list| list.list_id).collect();
    let fields: Vec<Uuid> = held.custom_fields.iter().map(|field| field.custom_field_id).collect();
    let first = held.roster.len();
    let mut random = fastrand::Rng::with_seed(seed);
    (first..first + count)
        .map(|number| {
            let mut person = people::invent_one(&mut random, number, Some(Permission::Implicit), now);
            person.created = now;
            simulator.constant_contact.add_contact(account, cc::seed_of(&person, &lists, &fields), now)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-20T15:00:00Z").unwrap()
    }

    fn made(spec: &AccountSpec) -> (Simulator, Generated) {
        let mut simulator = Simulator::new(spec.seed);
        let generated = generate(&mut simulator, spec, now()).unwrap();
        (simulator, generated)
    }

    #[test]
    fn one_seed_makes_one_account() {
        let spec = AccountSpec::new("hope", 300, 7);
        let state = |simulator: &Simulator| {
            let virtuous = simulator.virtuous.organisation("hope").unwrap();
            format!("{}{:?}", simulator.constant_contact.dump(), virtuous.book.contacts())
        };
        let (one, generated) = made(&spec);
        assert_eq!(state(&one), state(&made(&spec).0));
        assert_ne!(state(&one), state(&made(&AccountSpec { seed: 8, ..spec }).0));
        assert_eq!(generated.api_key, "key-hope");
    }

    #[test]
    fn the_account_has_its_shares_and_peculiarities() {
        let (simulator, generated) = made(&AccountSpec::new("hope", 2000, 3));
        let account = simulator.constant_contact.account("hope").unwrap();
        let living = || account.roster.iter().filter(|contact| contact.deleted_at.is_none());
        assert_eq!(living().count(), 2000);
        let of = |permission| living().filter(|contact| contact.permission() == Some(permission)).count();
        assert_eq!(of(Permission::Unsubscribed), generated.shares.unsubscribed);
        assert_eq!(of(Permission::Explicit), generated.shares.explicit);
        assert_eq!((account.lists.len(), account.custom_fields.len()), (12, 6));
        let nameless = living().filter(|c| c.profile.first_name.is_none() && c.profile.last_name.is_none());
        assert!((160..320).contains(&nameless.count()));
        let organisation = simulator.virtuous.organisation("key-hope").unwrap();
        let contacts = organisation.book.contacts();
        assert!(contacts.iter().any(|contact| contact.archived));
        assert!(contacts.iter().any(|contact| contact.individuals.len() == 2));
        assert!(contacts.iter().any(|contact| !contact.references.is_empty()));
        assert!(
            account.lists.iter().all(|list| organisation.tag_named(&format!("CC: {}", list.name)).is_some())
        );
        let email =
            |c: &crate::simulator::constant_contact::Contact| c.email.as_ref().map(|e| e.address.to_string());
        let hits = living().filter_map(email).map(|address| organisation.book.by_email(&address).count());
        let hits: Vec<usize> = hits.collect();
        assert!(hits.contains(&2));
        assert!((700..900).contains(&hits.iter().filter(|count| **count > 0).count()));
    }
}
