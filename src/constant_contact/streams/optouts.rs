//! The opt-out stream: contacts by the date of their unsubscribe, which `updated_after` misses (P1).

use super::{Include, changes};
use crate::{constant_contact::PagePath, domain::Timestamp};

/// The first page of the contacts that opted out after `from`, and before `to` where smaller windows are needed (W2).
/// Deleted ones included.
#[must_use]
pub fn first(from: Timestamp, to: Option<Timestamp>, include: Include) -> PagePath {
    changes::contacts("optout_after", "optout_before", Some(from), to, include)
}
