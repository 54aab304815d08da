//! One page of contacts. Whether the pages that a cursor leads to still carry the sub-resources is not documented
//! (constant-contact.md 3.2): where they do not, they are asked for again, since a contact shown without its lists and fields
//! would count as a contact without any.

use crate::{
    constant_contact::{Answer, CcError, ContactsPage, PagePath},
    domain::Lane,
    poller::reach::Reach,
};

/// Whether this server's cursors carry what the first page asked for; learnt from its first followed page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cursors {
    /// Not known yet, or they do.
    #[default]
    CarryInclude,
    /// They do not: every followed page has to ask.
    ForgetInclude,
}

/// Reads a page; `followed` if a cursor led to it.
///
/// # Errors
/// [`CcError`].
pub async fn read(
    reach: &Reach<'_>,
    lane: Lane,
    path: &PagePath,
    followed: bool,
    cursors: &mut Cursors,
) -> Result<Answer<ContactsPage>, CcError> {
    let asking = path.with("include", reach.include.as_str());
    if followed && *cursors == Cursors::ForgetInclude {
        return call(reach, lane, &asking).await;
    }
    let answer = call(reach, lane, path).await?;
    if !followed || !is_bare(&answer.value) {
        return Ok(answer);
    }
    match call(reach, lane, &asking).await {
        Ok(whole) if !is_bare(&whole.value) => {
            *cursors = Cursors::ForgetInclude;
            Ok(whole)
        }
        // No contact of the page has anything to show, or the server takes no more parameters there.
        Ok(_) | Err(CcError::Refused { .. } | CcError::NotFound) => Ok(answer),
        Err(error) => Err(error),
    }
}

async fn call(reach: &Reach<'_>, lane: Lane, path: &PagePath) -> Result<Answer<ContactsPage>, CcError> {
    reach.cc.call(lane, |client, token| async move { client.contacts_page(&token, path).await }).await
}

/// Whether no record of a page carries any sub-resource.
fn is_bare(page: &ContactsPage) -> bool {
    let carries = |raw: &str| {
        ["\"list_memberships\"", "\"custom_fields\"", "\"phone_numbers\"", "\"street_addresses\""]
            .iter()
            .any(|name| raw.contains(name))
    };
    !page.is_empty() && !page.records().any(|record| carries(record.raw))
}

#[cfg(test)]
#[path = "page_test.rs"]
mod tests;
