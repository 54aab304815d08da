//! The nouns of the sync, pure: no I/O, no clock, no actors, no store.

mod ids;
mod lane;
mod time;

pub use ids::{
    CcId, CcTagId, ContactId, CustomerId, FieldId, IndividualId, InvalidCustomerId, ListId, MethodId, TagId,
    VirtuousContactId,
};
pub use lane::Lane;
pub use time::Timestamp;
