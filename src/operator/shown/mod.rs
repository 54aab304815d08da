//! What several answers show.

pub mod brake;
pub mod counts;
pub mod customer;
pub mod events;
pub mod import;
pub mod reading;
pub mod waits;
