//! Numbers of contacts, for drift (W3): one call, no pages.

use crate::constant_contact::PagePath;

/// Where the counts are.
#[must_use]
pub fn path() -> PagePath {
    PagePath::first("/v3/contacts/counts", &[])
}
