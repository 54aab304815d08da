//! Reading the contacts of Virtuous in bulk: all of them at first connect (I2), later those that changed (V1, V2).

use std::{collections::HashMap, time::Duration};

use crate::{
    access::CustomerContext,
    domain::{CustomerRecord, Lane, Scan, Stage, Timestamp, VirtuousContactId},
    store::{ContactsRead, EventDue},
    sync::Planner,
    turn::{Turn, TurnError},
    virtuous::query::{QueryPage, TAKE_MAX},
};

use super::merges;

/// How far the query of changes reaches back: its filter may have the granularity of a day in the organisation's time
/// zone (virtuous.md 4.4, GUESS; V2).
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// Reads one page of all contacts. When the last is read, the import goes on if it was asked for; in the live state that is
/// one side of a whole reading (V2).
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn scan(env: &CustomerContext, mut record: CustomerRecord) -> Result<Turn, TurnError> {
    let now = env.now();
    let words = env.store.book()?.virtuous.words;
    let mut scan = record.scan.clone().filter(|scan| scan.done_at.is_none()).unwrap_or(Scan {
        started_at: now,
        upto: None,
        skipped: 0,
        read: 0,
        done_at: None,
    });
    let by_id = words.id_above.is_some() && scan.skipped == 0;
    let page = QueryPage {
        modified_since: None,
        id_above: if by_id { scan.upto } else { None },
        email: None,
        include_archived: true,
        skip: usize::try_from(scan.skipped).unwrap_or(usize::MAX),
        take: TAKE_MAX,
    };
    let read =
        env.virtuous.call(Lane::Import, |client| async move { client.query_full(&page, &words).await });
    let read = read.await.map_err(|error| env.virtuous.turn_error(error))?;
    if read.odd > 0 {
        tracing::warn!(customer = %env.id, odd = read.odd, "contacts of Virtuous could not be read and were skipped");
    }
    let rising = read.ascending && read.max_id > scan.upto;
    scan.read += read.raw_count as u64;
    if by_id && rising {
        scan.upto = read.max_id;
    } else {
        // The order by id is not kept here, so that ids are no cursor: go on by counting.
        scan.skipped = scan.read;
    }
    let done = read.is_last(TAKE_MAX, by_id, scan.read);
    if read.odd > 0 {
        // One that cannot be read may be anybody: nobody counts as absent because of a reading that began so long ago (I2).
        scan.started_at = Timestamp::EPOCH;
    }
    if done {
        scan.done_at = Some(now);
        if record.stage == Stage::Scanning {
            record.stage = Stage::Importing;
        }
        if record.stage != Stage::Live {
            record.virtuous_upto = Some(scan.started_at);
            record.virtuous_queried_at = Some(scan.started_at);
        }
    }
    // Whoever an address of this page concerns may have another contact on another page (I2): in the live state they are
    // looked up.
    let stage = if record.stage == Stage::Live { Stage::Live } else { Stage::Scanning };
    let planner = Planner { stage, ..env.planner(&record)? };
    let planner = std::sync::Arc::new(planner);
    if record.stage == Stage::Live {
        // In the first reading nothing is agreed yet that could be misread.
        merges::follow(env, &planner, Lane::Import, &read.contacts)
            .await
            .map_err(|error| env.virtuous.turn_error(error))?;
    }
    record.scan = Some(scan.clone());
    let contacts = ContactsRead { contacts: read.contacts, record: Some(record), answered: Vec::new() };
    env.store.observe_contacts(contacts, planner, now).await?;
    if done {
        tracing::info!(customer = %env.id, contacts = scan.read, "all contacts of Virtuous are read");
    }
    Ok(Turn::Progressed)
}

/// When the query of changed contacts is next due.
#[must_use]
pub fn next_query(env: &CustomerContext, record: &CustomerRecord) -> Option<Timestamp> {
    record.virtuous_queried_at.map(|at| at.plus(env.settings.virtuous.query_every))
}

/// Reads the contacts that changed, if that is due (V2): our submissions among them are confirmed (V1).
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn query_when_due(
    env: &CustomerContext,
    record: &CustomerRecord,
) -> Result<Option<Turn>, TurnError> {
    if next_query(env, record).is_some_and(|due| due > env.now()) {
        return Ok(None);
    }
    query(env, record, &mut HashMap::new()).await?;
    Ok(Some(Turn::Progressed))
}

/// Reads the contacts that changed since the last query; events about those that it shows are answered, and leave `wanted`.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn query(
    env: &CustomerContext,
    record: &CustomerRecord,
    wanted: &mut HashMap<VirtuousContactId, EventDue>,
) -> Result<(), TurnError> {
    let now = env.now();
    let words = env.store.book()?.virtuous.words;
    let since = record.virtuous_upto.unwrap_or(record.created_at).minus(OVERLAP);
    let modified_since = words.modified_since.is_some().then_some(since);
    let mut newest = record.virtuous_upto;
    let mut above = None;
    let mut skip = 0;
    let mut count = 0;
    loop {
        let by_id = words.id_above.is_some() && skip == 0;
        let page = QueryPage {
            modified_since,
            id_above: if by_id { above } else { None },
            email: None,
            include_archived: true,
            skip,
            take: TAKE_MAX,
        };
        let words = words.clone();
        let read =
            env.virtuous.call(Lane::Verify, |client| async move { client.query_full(&page, &words).await });
        let read = read.await.map_err(|error| env.virtuous.turn_error(error))?;
        newest = newest.max(read.contacts.iter().filter_map(|contact| contact.modified_at).max());
        count += read.raw_count as u64;
        let last = read.is_last(TAKE_MAX, by_id, count);
        if by_id && read.ascending && read.max_id > above {
            above = read.max_id;
        } else {
            skip += read.raw_count;
        }
        let planner = std::sync::Arc::new(env.planner(record)?);
        merges::follow(env, &planner, Lane::Verify, &read.contacts)
            .await
            .map_err(|error| env.virtuous.turn_error(error))?;
        let answered = read.contacts.iter().filter_map(|contact| wanted.remove(&contact.id)).collect();
        let contacts = ContactsRead { contacts: read.contacts, record: None, answered };
        let observed = env.store.observe_contacts(contacts, planner, env.now()).await?;
        if observed.confirmed > 0 {
            tracing::info!(customer = %env.id, confirmed = observed.confirmed, "submissions have become contacts");
        }
        if last || env.is_stopping() {
            break;
        }
    }
    if !env.is_stopping() {
        // The highest modification date seen, never the clock (virtuous.md 13.G3).
        env.store
            .update_customer(move |record| {
                record.virtuous_upto = newest;
                record.virtuous_queried_at = Some(now);
            })
            .await?;
    }
    Ok(())
}
