//! All pages of a small collection: lists, fields, tags, campaigns, bounces.

use crate::{
    access::CustomerContext,
    constant_contact::{AccessToken, Answer, CcError, Client, Page, PagePath},
    domain::Lane,
};

/// Reads the pages that follow from `first` into `items`, at most `pages_max`, until one holds `enough`. What was read
/// before an error stays there.
///
/// # Errors
/// [`CcError`].
pub async fn read<T, F>(
    env: &CustomerContext,
    lane: Lane,
    first: PagePath,
    pages_max: usize,
    items: &mut Vec<T>,
    call: impl Fn(Client, AccessToken, PagePath) -> F,
    enough: impl Fn(&[T]) -> bool,
) -> Result<(), CcError>
where
    F: Future<Output = Result<Answer<Page<T>>, CcError>>,
{
    let mut next = Some(first);
    for _ in 0..pages_max {
        let Some(path) = next.take() else { break };
        let page = env.cc.call(lane, |client, token| call(client, token, path.clone())).await?.value;
        if page.odd > 0 {
            tracing::warn!(customer = %env.id, collection = path.path(), odd = page.odd, "records of Constant Contact could not be read and were skipped");
        }
        let done = enough(&page.items);
        items.extend(page.items);
        next = page.next.filter(|_| !done);
    }
    Ok(())
}
