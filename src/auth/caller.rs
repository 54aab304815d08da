//! Who asks: what it may do, and which customers it may see.

use std::{collections::BTreeSet, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::CustomerId;

/// What a caller may do. Each may all that those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See.
    Read,
    /// Decide about people and customers: retry, accept, pause, start an import.
    Operate,
    /// Settings, keys, tokens, links, and what removes.
    Admin,
}

impl Scope {
    /// The word, as commands have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Admin => "admin",
        }
    }

    /// The scope as a byte of the store.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self as u8
    }

    /// The scope of a byte of the store; an unknown byte may least.
    #[must_use]
    pub const fn from_u8(byte: u8) -> Self {
        match byte {
            2 => Self::Admin,
            1 => Self::Operate,
            _ => Self::Read,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the record of actions names a share link, its id behind it.
pub const SHARE_LINK: &str = "share link";

/// Who asks a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// As the record of actions has it: `admin`, `token 1a2b3c4d`, `share link 1a2b3c4d`, `command`.
    pub name: String,
    /// From where: an address, or `this machine`.
    pub from: String,
    /// What it may do.
    pub scope: Scope,
    /// The customers that it may see; `None`: all.
    pub only: Option<BTreeSet<CustomerId>>,
}

impl Caller {
    /// A command with the store open: the person has the files of the machine.
    #[must_use]
    pub fn command() -> Self {
        let from = "this machine".to_owned();
        Self { name: "command".to_owned(), from, scope: Scope::Admin, only: None }
    }

    /// The open page of this machine, which only shows.
    #[must_use]
    pub fn page() -> Self {
        Self { name: "page".to_owned(), from: String::new(), scope: Scope::Read, only: None }
    }

    /// The holder of the admin token.
    #[must_use]
    pub fn admin(from: String) -> Self {
        Self { name: "admin".to_owned(), from, scope: Scope::Admin, only: None }
    }

    /// A browser that opened a signed link to the connect page.
    #[must_use]
    pub fn of_connect_link(customer: CustomerId, from: String) -> Self {
        Self { name: "connect link".to_owned(), from, scope: Scope::Read, only: Some([customer].into()) }
    }

    /// Whether it came by a share link: a visitor from outside, to whom the other visitors are no concern.
    #[must_use]
    pub fn is_of_share_link(&self) -> bool {
        self.name.starts_with(SHARE_LINK)
    }

    /// Whether it may connect a customer's account.
    #[must_use]
    pub fn may_connect(&self, customer: &CustomerId) -> bool {
        self.scope == Scope::Admin && self.sees(customer)
    }

    /// Whether it may see a customer.
    #[must_use]
    pub fn sees(&self, customer: &CustomerId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(customer))
    }
}
