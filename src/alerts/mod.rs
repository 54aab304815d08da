//! Alerts: what needs a person is told by itself, to a webhook and by mail.
//!
//! A look compares what stands ([`Trouble`]) with what was told ([`decide`], pure): one message a kind says what begins, one what
//! ended, whatever the number of customers. Messages are kept with what they tell in one group of the store, and go out from there, one
//! at a time: at least once, with an id by which a receiver drops twins. Nothing else waits for them.

mod decide;
mod keeper;
mod mail;
mod message;
mod outbox;
mod trial;
mod trouble;
mod undelivered;
mod webhook;

pub use decide::{Decided, decide};
pub use keeper::{Standing, keep};
pub use message::{Message, Phase};
pub use trial::{Tried, try_all};
pub use trouble::{Looked, Trouble};
