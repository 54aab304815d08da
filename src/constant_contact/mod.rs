//! Constant Contact's v3 API: a plain typed client that neither retries nor counts (callers hold permits), the session
//! that keeps a customer's tokens, the poll streams as requests, and the hints that may come from outside.
//!
//! What comes from the API goes one way: bytes, `wire` (in this folder only), `convert`, then the domain's
//! [`Observation`](crate::domain::Observation). Facts about the API: `docs` of the project, cited by section.

mod client;
mod error;
mod oauth;
mod page;
mod session;
mod token_store;

// Calls, by group.
mod account;
mod activities;
mod contacts;
mod reference_data;
mod reports;

// Reading bytes.
mod body;
mod convert;
mod mend;
mod record;
mod wire;

pub mod hints;
pub mod signature;
pub mod streams;

#[cfg(test)]
mod test_support;

pub use account::Account;
pub use activities::{Activity, ActivityState, CONTACTS_MAX, LISTS_MAX, Membership};
pub use client::{AccessToken, Answer, Call, Client};
pub use contacts::{Counts, NoUnsubscribe, unsubscribe_body};
pub use error::CcError;
pub use oauth::{Consent, Grant, OAuth, RefreshToken, SCOPES};
pub use page::{ContactRead, ContactsPage, Page, PagePath};
pub use record::{OddRecord, Record};
pub use reports::{Campaign, CampaignSummary, first_bounces, first_summaries};
pub use session::Session;
pub use token_store::{StoreFuture, StoredAccess, StoredTokens, TokenStore, TokenStoreError};
