//! Reading the contacts that events named: a few one by one, many by the query of what changed (V2). Both go the same way.

use std::{collections::HashMap, time::Duration};

use futures_util::{StreamExt, stream};

use crate::{
    access::CustomerContext,
    domain::{CustomerRecord, Lane, Stage, Timestamp, VirtuousContactId},
    store::{ContactsRead, EventDue},
    turn::{Turn, TurnError},
    virtuous::VirtuousError,
};

use super::{merges, people};

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
/// While the import runs most events are of Tandem's own writes: they gather, and are read together.
const GATHER: Duration = Duration::from_secs(600);

/// What the submitter remembers of events between turns; nothing that a restart may not forget.
#[derive(Debug, Default)]
pub struct Heard {
    /// When many were last answered by a query.
    queried_at: Option<Timestamp>,
    /// Until when those that wait are left to gather, and not looked at, as long as this stage lasts.
    rest: Option<(Timestamp, Stage)>,
    /// When the next of those that wait is due.
    pub next: Option<Timestamp>,
    /// Whether the last turn was given to those that a query did not show: the next one is for all else.
    served: bool,
}

impl Heard {
    /// Leaves all to gather until then.
    fn rest(&mut self, until: Timestamp, stage: Stage) -> Option<Turn> {
        (self.rest, self.next) = (Some((until, stage)), Some(until));
        None
    }

    /// Whether they are left to gather. One further off than any was, was meant by a clock that has been set back since.
    fn rests(&self, now: Timestamp, stage: Stage) -> bool {
        self.rest.is_some_and(|(until, of)| of == stage && until > now && until <= now.plus(GATHER))
    }
}

/// Reads the contacts of events that are due. `None` if there is nothing to read now.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was read until then is kept, the rest stays.
pub async fn follow(
    env: &CustomerContext,
    record: &CustomerRecord,
    heard: &mut Heard,
) -> Result<Option<Turn>, TurnError> {
    let scanned = record.scan.as_ref().is_some_and(|scan| scan.done_at.is_some());
    // The reading of all contacts comes first: until then nobody can be told by an event.
    if record.stage == Stage::Scanning || record.stage == Stage::Observing && !scanned {
        return Ok(None);
    }
    let now = env.now();
    if heard.rests(now, record.stage) {
        return Ok(None);
    }
    (heard.rest, heard.next) = (None, None);
    let events = env.store.events(now, DUE_MAX)?;
    let oldest = events.due.iter().map(|event| event.received_at).min().filter(|oldest| *oldest <= now);
    if let Some(oldest) = oldest.filter(|oldest| now.since(*oldest) < GATHER)
        && record.stage == Stage::Importing
    {
        return Ok(heard.rest(oldest.plus(GATHER), record.stage));
    }
    let (asked, mut new): (Vec<EventDue>, Vec<EventDue>) = events.due.iter().partition(|event| event.queried);
    if new.len() > ONE_BY_ONE_MAX {
        let last = heard.queried_at.filter(|at| *at <= now).map(|at| at.plus(QUERY_EVERY));
        match last.filter(|again| *again > now) {
            None => {
                heard.queried_at = Some(now);
                all_by_query(env, record, new).await?;
                return Ok(Some(Turn::Progressed));
            }
            Some(again) if asked.is_empty() => return Ok(heard.rest(again, record.stage)),
            // The next query shows them.
            Some(_) => new.clear(),
        }
    }
    // What a query did not show may be many: whatever is new goes before them, and all else that is due goes in between.
    heard.served = new.is_empty() && !asked.is_empty() && !heard.served;
    if new.is_empty() && !asked.is_empty() && !heard.served {
        heard.next = Some(now);
        return Ok(None);
    }
    let few: Vec<EventDue> = new.into_iter().chain(asked).take(ONE_BY_ONE_MAX).collect();
    if few.is_empty() {
        heard.next = events.next;
        return Ok(None);
    }
    one_by_one(env, record, few).await?;
    Ok(Some(Turn::Progressed))
}

/// Reads what changed in Virtuous. A change of a method or a tag need not move the contact's date: those that the query does not
/// show are read one by one.
async fn all_by_query(
    env: &CustomerContext,
    record: &CustomerRecord,
    events: Vec<EventDue>,
) -> Result<(), TurnError> {
    let mut wanted: HashMap<VirtuousContactId, EventDue> =
        events.into_iter().map(|event| (event.contact, event)).collect();
    people::query(env, record, &mut wanted).await?;
    Ok(env.store.not_in_query(wanted.into_values().collect()).await?)
}

async fn one_by_one(
    env: &CustomerContext,
    record: &CustomerRecord,
    events: Vec<EventDue>,
) -> Result<(), TurnError> {
    let read: Vec<_> = stream::iter(events)
        .map(|event| async move {
            let id = event.contact;
            // In the lane of changes: an opt-out may be among them.
            let read = env.virtuous.call(Lane::Change, |client| async move { client.contact(id).await });
            (event, read.await)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let (mut contacts, mut answered, mut failed, mut stop) = (Vec::new(), Vec::new(), Vec::new(), None);
    for (event, outcome) in read {
        match outcome {
            Ok(found) => {
                contacts.extend(found.map(|read| read.contact));
                answered.push(event);
            }
            // Put off for so long, it stays so, by all appearance: the query shows it if it changes again.
            Err(VirtuousError::Odd { .. } | VirtuousError::Refused { .. })
                if event.due.since(event.received_at) >= GIVEN_UP_AFTER =>
            {
                tracing::warn!(customer = %env.id, contact = event.contact.0, "the contact of an event cannot be read for days and is given up");
                answered.push(event);
            }
            Err(error) => match env.virtuous.turn_error(error) {
                TurnError::Outside(error) => {
                    tracing::warn!(customer = %env.id, error, "the contact of an event cannot be read and is put off");
                    failed.push(event);
                }
                error => stop = Some(error),
            },
        }
    }
    let now = env.now();
    if !answered.is_empty() {
        let planner = std::sync::Arc::new(env.planner(record)?);
        merges::follow(env, &planner, Lane::Change, &contacts)
            .await
            .map_err(|error| env.virtuous.turn_error(error))?;
        let read = ContactsRead { contacts, record: None, answered };
        env.store.observe_contacts(read, planner, now).await?;
    }
    if !failed.is_empty() {
        env.store.put_off_events(failed, now).await?;
    }
    stop.map_or(Ok(()), Err)
}
