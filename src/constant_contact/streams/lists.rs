//! Lists with their numbers of members, and tags (W3).

use crate::constant_contact::PagePath;

/// The first page of all lists, deleted ones included: names, deletions and counts in one.
#[must_use]
pub fn first() -> PagePath {
    let query = [("status", "all"), ("include_membership_count", "all"), ("limit", "500")];
    PagePath::first("/v3/contact_lists", &query)
}

/// The first page of all tags (S6).
#[must_use]
pub fn first_tags() -> PagePath {
    PagePath::first("/v3/contact_tags", &[("limit", "500")])
}
