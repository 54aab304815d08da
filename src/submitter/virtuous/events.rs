//! Reading the contacts that events named: a few one by one, many by the query of what changed (V2). Both go the same way.

use std::{collections::HashMap, time::Duration};

use futures_util::{StreamExt, stream};

use crate::{
    domain::{CustomerRecord, Lane, ReadBy, Stage, VirtuousContact, VirtuousContactId},
    store::{Commit, ContactsRead, EventDue},
    submitter::performed::Seen,
    turn::{Turn, TurnError},
    virtuous::{ReadContact, VirtuousError},
};

use super::{
    VirtuousSide, contact_queries,
    event_queue::{EventQueueState, GATHER},
    page_size::PageSize,
};

/// Contacts that are read one by one in a turn.
const ONE_BY_ONE_MAX: usize = 20;
/// Contacts read at once.
const AT_ONCE: usize = 4;
/// Events looked at in a turn.
const DUE_MAX: usize = 10_000;
/// Bursts of events are answered by one query in so long.
const QUERY_EVERY: Duration = Duration::from_secs(60);
/// A contact whose answer cannot be read is asked for so long: the next query need not show it.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 3600);

/// What a turn does about the events that are due.
enum Next {
    /// Nothing now.
    Nothing,
    /// A query of what changed answers these.
    Query(Vec<EventDue>),
    /// These are read one by one.
    OneByOne(Vec<EventDue>),
}

/// Reads the contacts of events that are due. `None` if there is nothing to read now.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was read until then is kept, the rest stays.
pub async fn follow(
    side: &VirtuousSide<'_>,
    record: &CustomerRecord,
    queue: &mut EventQueueState,
    size: &mut PageSize,
) -> Result<Option<Turn>, TurnError> {
    match next(side, record, queue)? {
        Next::Nothing => return Ok(None),
        Next::Query(events) => all_by_query(side, record, events, size).await?,
        Next::OneByOne(events) => one_by_one(side, record, events).await?,
    }
    Ok(Some(Turn::Progressed))
}

fn next(
    side: &VirtuousSide<'_>,
    record: &CustomerRecord,
    queue: &mut EventQueueState,
) -> Result<Next, TurnError> {
    let (now, stage) = (side.now(), record.stage);
    let scanned = record.scan.as_ref().is_some_and(|scan| scan.done_at.is_some());
    // The reading of all contacts comes first: until then an event tells of no known subscriber.
    let is_early = stage == Stage::Scanning || stage == Stage::Observing && !scanned;
    if is_early || queue.is_gathering(now, stage) {
        return Ok(Next::Nothing);
    }
    (queue.gathers, queue.next) = (None, None);
    let events = side.store.events(now, DUE_MAX)?;
    let oldest = events.due.iter().map(|event| event.received_at).min().filter(|oldest| *oldest <= now);
    if let Some(oldest) = oldest.filter(|oldest| now.since(*oldest) < GATHER)
        && stage == Stage::Importing
    {
        queue.gather(oldest.plus(GATHER), stage);
        return Ok(Next::Nothing);
    }
    let (asked, mut new): (Vec<EventDue>, Vec<EventDue>) = events.due.iter().partition(|event| event.queried);
    if new.len() > ONE_BY_ONE_MAX {
        let last = queue.queried_at.filter(|at| *at <= now).map(|at| at.plus(QUERY_EVERY));
        match last.filter(|again| *again > now) {
            None => {
                queue.queried_at = Some(now);
                return Ok(Next::Query(new));
            }
            Some(again) if asked.is_empty() => {
                queue.gather(again, stage);
                return Ok(Next::Nothing);
            }
            // The next query shows them.
            Some(_) => new.clear(),
        }
    }
    // The events that a query did not show may be many: new ones go before them, and all else that is due goes in between.
    queue.served = new.is_empty() && !asked.is_empty() && !queue.served;
    if new.is_empty() && !asked.is_empty() && !queue.served {
        queue.next = Some(now);
        return Ok(Next::Nothing);
    }
    let few: Vec<EventDue> = new.into_iter().chain(asked).take(ONE_BY_ONE_MAX).collect();
    if few.is_empty() {
        queue.next = events.next;
        return Ok(Next::Nothing);
    }
    Ok(Next::OneByOne(few))
}

/// Reads what changed in Virtuous. A change of a method or a tag need not move the contact's date: contacts that the query does not
/// show are read one by one.
async fn all_by_query(
    side: &VirtuousSide<'_>,
    record: &CustomerRecord,
    events: Vec<EventDue>,
    size: &mut PageSize,
) -> Result<(), TurnError> {
    let mut wanted: HashMap<VirtuousContactId, EventDue> =
        events.into_iter().map(|event| (event.contact, event)).collect();
    contact_queries::query(side, record, &mut wanted, size).await?;
    Ok(side.committer().not_in_query(wanted.into_values().collect()).await?)
}

/// What reading the contacts of events brought.
#[derive(Default)]
struct Read {
    contacts: Vec<VirtuousContact>,
    answered: Vec<EventDue>,
    put_off: Vec<EventDue>,
    stop: Option<TurnError>,
}

async fn one_by_one(
    side: &VirtuousSide<'_>,
    record: &CustomerRecord,
    events: Vec<EventDue>,
) -> Result<(), TurnError> {
    let answers: Vec<_> = stream::iter(events)
        .map(|event| async move {
            let id = event.contact;
            // In the lane of changes: an opt-out may be among them.
            let read = side.virtuous.call(Lane::Change, |client| async move { client.contact(id).await });
            (event, read.await)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut read = Read::default();
    for (event, answer) in answers {
        read.take(side, event, answer);
    }
    let merges = match read.answered.as_slice() {
        [] => Seen::default(),
        _ => side.follow_merges(Lane::Change, &read.contacts).await?,
    };
    let Read { contacts, answered, put_off, stop } = read;
    let contacts = vec![ContactsRead { contacts, by: ReadBy::Id, record: None, answered }];
    let commit = Commit { contacts, put_off, ..Commit::default() };
    side.committer().contacts(merges, commit, side.planner(record)?, side.now()).await?;
    stop.map_or(Ok(()), Err)
}

impl Read {
    fn take(
        &mut self,
        side: &VirtuousSide<'_>,
        event: EventDue,
        answer: Result<Option<ReadContact>, VirtuousError>,
    ) {
        match answer {
            Ok(found) => {
                self.contacts.extend(found.map(|read| read.contact));
                self.answered.push(event);
            }
            // Unreadable for three days: give up; the change query returns it if it changes again.
            Err(VirtuousError::Odd { .. } | VirtuousError::Refused { .. }) if is_given_up(&event) => {
                tracing::warn!(customer = %side.customer, contact = event.contact.0, "cannot read the contact of an event for three days; giving it up until it changes again");
                self.answered.push(event);
            }
            Err(error) => match side.virtuous.turn_error(error) {
                TurnError::Outside(error) => {
                    tracing::warn!(customer = %side.customer, error, "cannot read the contact of an event; trying again later");
                    self.put_off.push(event);
                }
                error => self.stop = Some(error),
            },
        }
    }
}

/// Whether an event was put off for so long that it stays so, by all appearance.
fn is_given_up(event: &EventDue) -> bool {
    event.due.since(event.received_at) >= GIVEN_UP_AFTER
}

#[cfg(test)]
#[path = "events_test.rs"]
mod tests;
