//! The change stream: contacts whose own record moved. Unsubscribes may not show here (reference/constant-contact.md 4).

use super::{CONTACTS, Include};
use crate::{constant_contact::PagePath, domain::Timestamp};

/// The first page of the contacts updated between `from` and `to`, deleted ones included; without both, all contacts.
#[must_use]
pub fn first(from: Option<Timestamp>, to: Option<Timestamp>, include: Include) -> PagePath {
    contacts("updated_after", "updated_before", from, to, include)
}

/// The first page of contacts within a window of the named filters.
pub(super) fn contacts(
    after: &str,
    before: &str,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    include: Include,
) -> PagePath {
    let (from, to) = (from.map(Timestamp::to_rfc3339_secs), to.map(Timestamp::to_rfc3339_secs));
    let mut query = vec![("status", "all")];
    query.extend(from.as_deref().map(|from| (after, from)));
    query.extend(to.as_deref().map(|to| (before, to)));
    query.extend([("include", include.as_str()), ("include_count", "true"), ("limit", "500")]);
    PagePath::first(CONTACTS, &query)
}
