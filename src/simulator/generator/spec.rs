//! What account is wanted.

use serde::{Deserialize, Serialize};

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
