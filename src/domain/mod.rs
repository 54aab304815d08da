//! The nouns of the sync, pure: no I/O, no clock, no actors, no store.

mod ids;
mod time;

pub use ids::{
    CcId, CcTagId, ContactId, CustomerId, FieldId, IndividualId, InvalidCustomerId, ListId, MethodId, TagId,
    VirtuousContactId,
};
pub use time::Timestamp;
