//! Reading the contacts of Virtuous that changed (V1, V2).

use std::{collections::HashMap, time::Duration};

use crate::{
    domain::{CustomerRecord, Lane, Timestamp, VirtuousContactId, reference_data::QueryTerms},
    store::{Commit, ContactsRead, EventDue},
    turn::TurnError,
    virtuous::query::{ContactPage, QueryPage, TAKE_MAX},
};

use super::{VirtuousSide, page::Asked, paging::Paging};

/// How far the query of changes reaches back: its filter may have the granularity of a day in the organisation's time
/// zone (virtuous.md 4.4, GUESS; V2).
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// How far a query is.
struct Progress {
    since: Timestamp,
    terms: QueryTerms,
    newest: Option<Timestamp>,
    above: Option<VirtuousContactId>,
    skip: usize,
    count: u64,
}

/// Reads the contacts that changed since the last query: submissions among them are confirmed (V1). Events about contacts that it
/// shows are answered, and leave `wanted`.
///
/// # Errors
/// [`TurnError`], by who acts on it; pages until then are kept.
pub async fn query(
    side: &VirtuousSide<'_>,
    record: &CustomerRecord,
    wanted: &mut HashMap<VirtuousContactId, EventDue>,
) -> Result<(), TurnError> {
    let began_at = side.now();
    let mut progress = Progress {
        since: record.virtuous_upto.unwrap_or(record.created_at).minus(OVERLAP),
        terms: side.store.reference_data()?.virtuous.query_terms.clone(),
        newest: record.virtuous_upto,
        above: None,
        skip: 0,
        count: 0,
    };
    loop {
        let (read, is_last) = progress.next_page(side).await?;
        let planner = side.planner(record)?;
        let merges = side.follow_merges(Lane::Verify, &read.contacts).await?;
        let answered = read.contacts.iter().filter_map(|contact| wanted.remove(&contact.id)).collect();
        let contacts = vec![ContactsRead { contacts: read.contacts, record: None, answered }];
        let mut commit = Commit { contacts, ..Commit::default() };
        let is_stopping = (side.is_stopping)();
        if is_last && !is_stopping {
            // The highest modification date seen, never the clock (virtuous.md 13.G3).
            let newest = progress.newest;
            commit.customer.push(Box::new(move |record| {
                record.virtuous_upto = newest;
                record.virtuous_queried_at = Some(began_at);
            }));
        }
        let committed = side.committer().contacts(merges, commit, planner, side.now()).await?;
        if committed.confirmed > 0 {
            tracing::info!(customer = %side.customer, confirmed = committed.confirmed, "submissions have become contacts");
        }
        if is_last || is_stopping {
            return Ok(());
        }
    }
}

impl Progress {
    /// Reads the next page. Whether it was the last.
    async fn next_page(&mut self, side: &VirtuousSide<'_>) -> Result<(ContactPage, bool), TurnError> {
        let paging = Paging::of(&self.terms, self.skip as u64);
        let page = QueryPage {
            modified_since: self.terms.modified_since.is_some().then_some(self.since),
            id_above: self.above.filter(|_| paging.is_by_id()),
            email: None,
            include_archived: true,
            skip: self.skip,
            take: TAKE_MAX,
        };
        let read = Asked { lane: Lane::Verify, page: &page, terms: &self.terms }.read(side).await?;
        self.newest = self.newest.max(read.contacts.iter().filter_map(|contact| contact.modified_at).max());
        self.count += read.raw_count as u64;
        let is_last = read.is_last(TAKE_MAX, paging.is_by_id(), self.count);
        if paging.is_by_id() && read.ascending && read.max_id > self.above {
            self.above = read.max_id;
        } else {
            self.skip += read.raw_count;
        }
        Ok((read, is_last))
    }
}
