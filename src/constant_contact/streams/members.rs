//! The members of one list, whole, for when its count moved without a change that was seen (W3).

use super::{CONTACTS, Include};
use crate::{constant_contact::PagePath, domain::ListId};

/// The first page of a list's members.
#[must_use]
pub fn first(list: &ListId, include: Include) -> PagePath {
    let list = list.to_string();
    let query = [
        ("status", "all"),
        ("lists", list.as_str()),
        ("include", include.as_str()),
        ("include_count", "true"),
        ("limit", "500"),
    ];
    PagePath::first(CONTACTS, &query)
}
