//! Custom fields, at most 100 a page.

use crate::constant_contact::PagePath;

/// The first page of all custom fields.
#[must_use]
pub fn first() -> PagePath {
    PagePath::first("/v3/contact_custom_fields", &[("limit", "100")])
}
