//! Effects that Virtuous takes, each in the fewest calls that its API allows.

pub mod email;
pub mod fields;
pub mod note;
pub mod opt_in;
pub mod reference;
pub mod tags;
