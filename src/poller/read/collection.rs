//! All pages of a small collection: lists, fields, tags, campaigns, bounces.

use crate::{
    constant_contact::{AccessToken, Answer, CcError, Client, Page, PagePath},
    domain::Lane,
    poller::reach::Reach,
};

use super::trail::Trail;

/// Pages to read.
pub struct Pages<'a> {
    /// The way to Constant Contact.
    pub reach: &'a Reach<'a>,
    /// The lane of the calls.
    pub lane: Lane,
    /// The first page.
    pub first: PagePath,
    /// At most so many.
    pub max: usize,
}

impl Pages<'_> {
    /// Reads the pages that follow from the first into `items`, until a page holds `enough`. What was read before an error
    /// stays there.
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn read<T, F>(
        self,
        items: &mut Vec<T>,
        call: impl Fn(Client, AccessToken, PagePath) -> F,
        enough: impl Fn(&[T]) -> bool,
    ) -> Result<(), CcError>
    where
        F: Future<Output = Result<Answer<Page<T>>, CcError>>,
    {
        let Self { reach, lane, first, max } = self;
        let mut next = Some(first);
        let mut trail = Trail::default();
        for _ in 0..max {
            let Some(path) = next.take() else { return Ok(()) };
            let page = reach.cc.call(lane, |client, token| call(client, token, path.clone())).await?.value;
            if page.odd > 0 {
                tracing::warn!(customer = %reach.customer, collection = path.path(), odd = page.odd, "records of Constant Contact could not be read and were skipped");
            }
            let done = enough(&page.items);
            if !done && trail.circles(page.next.as_ref().map(PagePath::as_str), !page.items.is_empty()) {
                break;
            }
            items.extend(page.items);
            next = page.next.filter(|_| !done);
            if next.is_none() {
                return Ok(());
            }
        }
        // Part of a collection would pass for all of it (W7).
        Err(CcError::Odd("its pages come to no end".to_owned()))
    }
}
