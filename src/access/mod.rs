//! The ways to both systems: a permit, a call, a count of its outcome.

pub mod constant_contact;
pub mod virtuous;
