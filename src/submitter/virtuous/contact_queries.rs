//! Reading the contacts of Virtuous that changed (V1, V2).

use std::{collections::HashMap, time::Duration};

use crate::{
    domain::{
        CustomerRecord, Lane, ReadBy, Timestamp, VirtuousContactId, kept_time, reference_data::QueryTerms,
    },
    store::{Commit, ContactsRead, EventDue},
    turn::TurnError,
    virtuous::query::{ContactPage, QueryPage},
};

use super::{
    VirtuousSide, archived,
    page_size::{Asking, PageSize, PageTaken},
    paging::Paging,
};

/// How far the query of changes reaches back: its filter may have the granularity of a day in the organisation's time
/// zone (virtuous.md 4.4, GUESS; V2).
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// Pages of a periodic query in one turn: then other work has its turn, however many contacts changed.
const PAGES_A_TURN: usize = 5;
/// How old a query may be that is gone on with; contacts that changed since then are for the next one.
const KEPT_FOR: Duration = Duration::from_secs(3600);

/// How far a query is.
#[derive(Debug)]
pub struct Progress {
    began_at: Timestamp,
    /// When the query before was made, as it stood at the beginning.
    queried_before: Option<Timestamp>,
    since: Timestamp,
    terms: QueryTerms,
    newest: Option<Timestamp>,
    above: Option<VirtuousContactId>,
    skip: usize,
    count: u64,
}

/// Reads the contacts that changed since the last query, all pages: submissions among them are confirmed (V1). Events about contacts
/// that it shows are answered, and leave `wanted`.
///
/// # Errors
/// [`TurnError`], by who acts on it; pages until then are kept.
pub async fn query(
    side: &VirtuousSide<'_>,
    record: &CustomerRecord,
    wanted: &mut HashMap<VirtuousContactId, EventDue>,
    size: &mut PageSize,
) -> Result<(), TurnError> {
    let mut progress = Progress::begin(side, record)?;
    while !progress.page(side, record, wanted, size).await? && !(side.is_stopping)() {}
    Ok(())
}

/// The same a few pages a turn; `under_way` is where the turn before came to, also where a page failed (W7).
///
/// # Errors
/// [`TurnError`], by who acts on it; pages until then are kept.
pub async fn go_on(
    side: &VirtuousSide<'_>,
    record: &CustomerRecord,
    under_way: &mut Option<Progress>,
    size: &mut PageSize,
) -> Result<(), TurnError> {
    let begun = under_way.take().filter(|begun| kept_time::lasts(begun.began_at, KEPT_FOR, side.now()));
    let mut progress = match begun {
        Some(begun) => begun,
        None => Progress::begin(side, record)?,
    };
    for _ in 0..PAGES_A_TURN {
        match progress.page(side, record, &mut HashMap::new(), size).await {
            Ok(true) => return Ok(()),
            Ok(false) if (side.is_stopping)() => break,
            Ok(false) => {}
            Err(error) => {
                *under_way = Some(progress);
                return Err(error);
            }
        }
    }
    *under_way = Some(progress);
    Ok(())
}

impl Progress {
    fn begin(side: &VirtuousSide<'_>, record: &CustomerRecord) -> Result<Self, TurnError> {
        Ok(Self {
            began_at: side.now(),
            queried_before: record.virtuous_queried_at,
            since: record.virtuous_upto.unwrap_or(record.created_at).minus(OVERLAP),
            terms: side.store.reference_data()?.virtuous.query_terms.clone(),
            newest: record.virtuous_upto,
            above: None,
            skip: 0,
            count: 0,
        })
    }

    /// Reads and keeps the next page. Whether it was the last.
    async fn page(
        &mut self,
        side: &VirtuousSide<'_>,
        record: &CustomerRecord,
        wanted: &mut HashMap<VirtuousContactId, EventDue>,
        size: &mut PageSize,
    ) -> Result<bool, TurnError> {
        let before = (self.above, self.skip, self.count, self.newest);
        let Some((read, is_last)) = self.next_page(side, size).await? else { return Ok(false) };
        let kept = self.keep(side, record, wanted, (read, is_last)).await;
        if kept.is_err() {
            // The page counts only once it is kept.
            (self.above, self.skip, self.count, self.newest) = before;
        }
        kept.map(|()| is_last)
    }

    /// Keeps a page with what it confirms; with the last page, how far the query came.
    async fn keep(
        &self,
        side: &VirtuousSide<'_>,
        record: &CustomerRecord,
        wanted: &mut HashMap<VirtuousContactId, EventDue>,
        (read, is_last): (ContactPage, bool),
    ) -> Result<(), TurnError> {
        let planner = side.planner(record)?;
        let merges = side.follow_merges(Lane::Verify, &read.contacts).await?;
        let answered = read.contacts.iter().filter_map(|contact| wanted.remove(&contact.id)).collect();
        let contacts =
            vec![ContactsRead { contacts: read.contacts, by: ReadBy::Page, record: None, answered }];
        let mut commit = Commit { contacts, ..Commit::default() };
        if is_last {
            // The highest modification date seen, never the clock (virtuous.md 13.G3).
            let (newest, began_at, before) = (self.newest, self.began_at, self.queried_before);
            commit.customer.push(Box::new(move |record| {
                record.virtuous_upto = newest;
                // Too many events asked for another query meanwhile: it stays due (V2).
                let is_asked_for = before.is_some() && record.virtuous_queried_at.is_none();
                if !is_asked_for {
                    record.virtuous_queried_at = Some(began_at);
                }
            }));
        }
        let committed = side.committer().contacts(merges, commit, planner, side.now()).await?;
        if committed.confirmed > 0 {
            tracing::info!(customer = %side.customer, confirmed = committed.confirmed, "submissions have become contacts");
        }
        Ok(())
    }

    /// Reads the next page. Whether it was the last; `None` if it stopped before the page was told whole.
    async fn next_page(
        &mut self,
        side: &VirtuousSide<'_>,
        size: &mut PageSize,
    ) -> Result<Option<(ContactPage, bool)>, TurnError> {
        let paging = Paging::of(&self.terms, self.skip as u64);
        let asking = Asking {
            lane: Lane::Verify,
            terms: &self.terms,
            page: QueryPage {
                modified_since: self.terms.modified_since.is_some().then_some(self.since),
                id_above: self.above.filter(|_| paging.is_by_id()),
                email: None,
                include_archived: true,
                skip: self.skip,
                take: 0,
            },
        };
        let Some(taken) = archived::read(side, size, &asking).await? else { return Ok(None) };
        let PageTaken { page: read, passed, take } = taken;
        self.newest = self.newest.max(read.contacts.iter().filter_map(|contact| contact.modified_at).max());
        self.count += (read.raw_count + passed) as u64;
        let is_last = read.is_last(take, paging.is_by_id().then_some(passed), self.count);
        if paging.is_by_id() && read.ascending && read.max_id > self.above {
            self.above = read.max_id;
        } else {
            self.skip += read.raw_count + passed;
        }
        Ok(Some((read, is_last)))
    }
}
