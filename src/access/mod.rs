//! The ways of one customer to both systems: a permit, a call, a count of its outcome.

pub mod compared;
pub mod consent;
pub mod constant_contact;
pub mod context;
pub mod gate;
pub mod hosts;
pub mod last_error;
pub mod outside;
pub mod permits;
pub mod probe;
pub mod quick_tries;
pub mod refused;
#[cfg(test)]
pub mod scripted;
pub mod tokens;
pub mod virtuous;

pub use constant_contact::CcAccess;
pub use context::CustomerContext;
pub use hosts::Hosts;
pub use permits::Permits;
pub use tokens::StoreTokens;
pub use virtuous::VirtuousAccess;
