//! Constant Contact as `reference/constant-contact.md` describes it: many accounts behind one or more API keys.
//!
//! [`CcSimulator::handle`] answers calls: `/oauth/authorize`, `/oauth/token`, `/v3/...`. The methods in `edit_*` do what
//! people, staff and Constant Contact itself would do meanwhile. Section numbers in comments are the reference's.

mod account;
mod account_read;
mod activities;
mod activity;
mod blocks;
mod call;
mod campaign;
mod consent;
mod contact_query;
mod contact_view;
mod contact_write;
mod contacts_read;
mod dump;
mod edit_account;
mod edit_contact;
mod entrance;
mod errors;
mod fields;
mod id_source;
mod jobs;
mod limits;
mod lists;
mod model;
mod oauth;
mod paging;
mod reports;
mod roster;
mod router;
mod seed;
mod service;
mod sign_up;
mod switches;
mod tags;
mod tally;
mod unreliable;

#[cfg(test)]
mod tests;

pub use account::{Account, AccountSeed};
pub use activity::{Activities, Activity};
pub use campaign::{BounceCode, Campaign, Tracked};
pub use consent::Proof;
pub use edit_account::{CampaignIds, EditError};
pub use edit_contact::{ContactEdit, OptOut};
pub use fields::FieldSeed;
pub use model::{
    Choice, ConfirmStatus, Contact, CustomField, Email, FieldValue, List, Note, Permission, Phone,
    PhoneInput, Profile, Sms, Source, Street, StreetInput, Tag,
};
pub use roster::Roster;
pub use router::Route;
pub use seed::ContactSeed;
pub use service::CcSimulator;
pub use switches::{Limits, Switches};
pub use tally::{CallCount, Tally};
pub use unreliable::Unreliable;
