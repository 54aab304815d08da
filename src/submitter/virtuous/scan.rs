//! Reading all contacts of Virtuous, page by page: at first connect (I2), and as one side of a whole reading (V2).

use std::sync::Arc;

use crate::{
    domain::{CustomerRecord, Lane, ReadBy, Scan, Stage, Timestamp, VirtuousContact},
    store::{Commit, ContactsRead},
    submitter::performed::Seen,
    sync::Planner,
    turn::{Turn, TurnError},
    virtuous::query::QueryPage,
};

use super::{
    VirtuousSide, archived,
    page_size::{Asking, PageSize, PageTaken},
    paging::Paging,
};

/// Reads one page. When the last is read, the import goes on if it was asked for.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(
    side: &VirtuousSide<'_>,
    mut record: CustomerRecord,
    size: &mut PageSize,
) -> Result<Turn, TurnError> {
    let now = side.now();
    let terms = side.store.reference_data()?.virtuous.query_terms.clone();
    let mut scan = under_way(&record, now);
    let paging = Paging::of(&terms, scan.skipped);
    let asking = Asking { lane: Lane::Import, terms: &terms, page: page_after(&scan, paging) };
    let Some(taken) = archived::read(side, size, &asking).await? else { return Ok(Turn::Progressed) };
    let read = &taken.page;
    if read.odd > 0 {
        tracing::warn!(customer = %side.customer, odd = read.odd, "cannot read some contacts of Virtuous; going on without them, and no subscriber counts as absent by this reading");
    }
    let done = advance(&mut scan, &taken, paging);
    if done {
        scan.done_at = Some(now);
    }
    let (contacts_read, is_whole) = (scan.read, scan.started_at.is_some());
    note(&mut record, scan);
    let planner = planner(side, &record)?;
    let merges = merges(side, &record, &read.contacts).await?;
    let contacts = vec![ContactsRead {
        contacts: taken.page.contacts,
        by: ReadBy::Page,
        record: Some(record),
        answered: Vec::new(),
    }];
    let commit = Commit { contacts, ..Commit::default() };
    side.committer().contacts(merges, commit, planner, now).await?;
    if done {
        if is_whole {
            side.committer().nothing_passed_over().await?;
        }
        tracing::info!(customer = %side.customer, contacts = contacts_read, "all contacts of Virtuous are read");
    }
    Ok(Turn::Progressed)
}

/// The scan that is under way, or a new one.
fn under_way(record: &CustomerRecord, now: Timestamp) -> Scan {
    let begun = record.scan.clone().filter(|scan| scan.done_at.is_none());
    begun.unwrap_or(Scan { started_at: Some(now), upto: None, skipped: 0, read: 0, done_at: None })
}

fn page_after(scan: &Scan, paging: Paging) -> QueryPage {
    QueryPage {
        modified_since: None,
        id_above: scan.upto.filter(|_| paging.is_by_id()),
        email: None,
        include_archived: true,
        skip: usize::try_from(scan.skipped).unwrap_or(usize::MAX),
        take: 0,
    }
}

/// Moves the scan over a page. Whether it was the last.
fn advance(scan: &mut Scan, taken: &PageTaken, paging: Paging) -> bool {
    let PageTaken { page, passed, take } = taken;
    let rising = page.ascending && page.max_id > scan.upto;
    scan.read += (page.raw_count + passed) as u64;
    if paging.is_by_id() && rising {
        scan.upto = page.max_id;
    } else {
        // The order by id is not kept here, so that ids are no cursor: go on by counting.
        scan.skipped = scan.read;
    }
    if *passed > 0 || page.odd > 0 || page.contacts.iter().any(VirtuousContact::may_hide_subscriber) {
        // An unreadable contact, or an unreadable part of one (E2), could be any subscriber, so this scan must not prove absence (I2).
        scan.started_at = None;
    }
    page.is_last(*take, paging.is_by_id().then_some(*passed), scan.read)
}

/// Notes on the record how far the scan is.
fn note(record: &mut CustomerRecord, scan: Scan) {
    if scan.done_at.is_some() {
        if record.stage == Stage::Scanning {
            record.stage = Stage::Importing;
        }
        if record.stage != Stage::Live {
            // Whatever the scan could not read is for the query of changes, from the beginning of time (V2).
            let began = scan.started_at.unwrap_or(Timestamp::EPOCH);
            record.virtuous_upto = Some(began);
            record.virtuous_queried_at = Some(began);
        }
    }
    record.scan = Some(scan);
}

/// The same address may appear on a contact of a later page (I2): no link by address before the last page. In the live state
/// subscribers are looked up.
fn planner(side: &VirtuousSide<'_>, record: &CustomerRecord) -> Result<Arc<Planner>, TurnError> {
    let stage = if record.stage == Stage::Live { Stage::Live } else { Stage::Scanning };
    let planner = side.store.planner(record, side.rules)?;
    Ok(Arc::new(Planner { stage, ..planner }))
}

/// In the first reading nothing is agreed yet that a merge could have misread.
async fn merges(
    side: &VirtuousSide<'_>,
    record: &CustomerRecord,
    contacts: &[VirtuousContact],
) -> Result<Seen, TurnError> {
    if record.stage != Stage::Live {
        return Ok(Seen::default());
    }
    side.follow_merges(Lane::Import, contacts).await
}

#[cfg(test)]
#[path = "scan_test.rs"]
mod tests;
