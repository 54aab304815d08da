//! A contact as it was read just before it is written.

use crate::{domain::Person, virtuous::ReadContact};

/// What whole models are made of.
pub struct Fresh {
    /// As read.
    pub read: ReadContact,
    /// The subscriber's part of it.
    pub person: Person,
}
