//! Virtuous CRM+'s API: a plain typed client. One function is one call unless its page says otherwise; there are no
//! retries and no budgets in here. Facts and their sources: reference/virtuous.md, cited by section.
//!
//! Reading order: what every call shares, the shapes on the wire and what becomes of them, then the calls by group.

// What every call shares.
pub mod client;
pub mod error;
pub mod limits;
mod paths;
mod refused;
mod scrub;

// The wire, used nowhere else, and its way into the domain.
pub mod convert;
mod lenient;
mod page;
mod wire;

// Reference data (the preflight).
pub mod preflight;
pub mod query_terms;
pub mod reference_data;

// Reading people.
pub mod lookup;
pub mod query;

// Writing.
pub mod bisect;
pub mod field;
pub mod import;
pub mod method;
pub mod note;
pub mod reference;
pub mod tag;

// What Virtuous sends by itself.
pub mod hook;
pub mod signature;
pub mod webhook;

#[cfg(test)]
pub(crate) mod script;

pub use client::Client;
pub use error::VirtuousError;
pub use limits::Limits;
pub use lookup::ReadContact;
