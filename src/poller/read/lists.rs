//! Lists, custom fields and tags, whole (S1, F1, S6, W3).

use crate::{
    constant_contact::{
        AccessToken, Answer, CcError, Client, Page, PagePath,
        streams::{self, Include},
    },
    domain::{CcReferenceData, Lane},
    poller::reach::Reach,
    turn::TurnError,
};

use super::collection::Pages;

/// More pages than 1,000 lists or 100 fields can have: a next that never ends is refused.
const PAGES_MAX: usize = 50;

/// Reads the reference data of Constant Contact; tags only if the customer maps them.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(reach: &Reach<'_>) -> Result<CcReferenceData, TurnError> {
    let mut reference = CcReferenceData::default();
    let lists = pages(reach, streams::lists::first(), |client, token, path| async move {
        client.lists_page(&token, &path).await
    });
    reference.lists.extend(lists.await?);
    let fields = pages(reach, streams::fields::first(), |client, token, path| async move {
        client.custom_fields_page(&token, &path).await
    });
    reference.fields.extend(fields.await?);
    if reach.include == Include::RecordAndTags {
        let tags = pages(reach, streams::lists::first_tags(), |client, token, path| async move {
            client.tags_page(&token, &path).await
        });
        reference.tags.extend(tags.await?);
    }
    reference.read_at = Some(reach.server_now());
    Ok(reference)
}

/// Reads all pages of a collection.
async fn pages<T, F>(
    reach: &Reach<'_>,
    first: PagePath,
    call: impl Fn(Client, AccessToken, PagePath) -> F,
) -> Result<Vec<T>, TurnError>
where
    F: Future<Output = Result<Answer<Page<T>>, CcError>>,
{
    let mut items = Vec::new();
    let pages = Pages { reach, lane: Lane::Change, first, max: PAGES_MAX };
    pages.read(&mut items, call, |_| false).await.map_err(|error| reach.cc.turn_error(error))?;
    Ok(items)
}

#[cfg(test)]
#[path = "lists_test.rs"]
mod tests;
