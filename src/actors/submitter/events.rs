//! Reading the contacts that events named: a few one by one, many by the query of what changed (V2). Both go the same way.

use std::{collections::HashMap, time::Duration};

use futures_util::{StreamExt, stream};

use crate::{
    actors::{
        env::CustomerEnv,
        turn::{Turn, TurnError},
    },
    domain::{CustomerRecord, Lane, Stage, Timestamp, VirtuousContactId},
    store::{ContactsRead, EventDue},
    virtuous::VirtuousError,
};

use super::people;

/// Contacts that are read one by one in a turn.
const ONE_BY_ONE_MAX: usize = 20;
/// Contacts read at once.
const AT_ONCE: usize = 4;
/// Events looked at in a turn.
const DUE_MAX: usize = 10_000;
/// Bursts of events are answered by one query in so long.
const QUERY_EVERY: Duration = Duration::from_secs(60);

/// While the import runs most events are of Tandem's own writes: they gather, and are read together.
const GATHER: Duration = Duration::from_secs(600);

/// What following events brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Whether something was read.
    pub did: Option<Turn>,
    /// When the next of those that wait is due.
    pub next: Option<Timestamp>,
}

/// Reads the contacts of events that are due.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was read until then is kept, the rest stays.
pub async fn follow(
    env: &CustomerEnv,
    record: &CustomerRecord,
    queried_at: &mut Option<Timestamp>,
) -> Result<Followed, TurnError> {
    let scanned = record.scan.as_ref().is_some_and(|scan| scan.done_at.is_some());
    // The reading of all contacts comes first: until then nobody can be told by an event.
    if record.stage == Stage::Scanning || record.stage == Stage::Observing && !scanned {
        return Ok(Followed { did: None, next: None });
    }
    let now = env.now();
    let events = env.store.events(env.number, now, DUE_MAX)?;
    if record.stage == Stage::Importing
        && let Some(oldest) = events.due.iter().map(|event| event.received_at).min()
        && now.since(oldest) < GATHER
        && oldest <= now
    {
        return Ok(Followed { did: None, next: Some(oldest.plus(GATHER)) });
    }
    let (asked, new): (Vec<EventDue>, Vec<EventDue>) = events.due.iter().partition(|event| event.queried);
    if new.len() > ONE_BY_ONE_MAX {
        let again = queried_at.filter(|at| *at <= now).map(|at| at.plus(QUERY_EVERY)).filter(|at| *at > now);
        if again.is_none() {
            *queried_at = Some(now);
            let mut wanted: HashMap<VirtuousContactId, EventDue> =
                new.into_iter().map(|event| (event.contact, event)).collect();
            people::query(env, record, &mut wanted).await?;
            // A change of a method or a tag need not move the contact's date: those are read one by one.
            env.store.not_in_query(env.number, wanted.into_values().collect()).await?;
            return Ok(Followed { did: Some(Turn::Did), next: None });
        }
        if asked.is_empty() {
            return Ok(Followed { did: None, next: again });
        }
    }
    let few = asked.into_iter().chain(events.due.iter().filter(|event| !event.queried).copied());
    let few: Vec<EventDue> = few.take(ONE_BY_ONE_MAX).collect();
    if few.is_empty() {
        return Ok(Followed { did: None, next: events.next });
    }
    one_by_one(env, record, few).await?;
    Ok(Followed { did: Some(Turn::Did), next: None })
}

async fn one_by_one(
    env: &CustomerEnv,
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
            // The next query shows it again, if it can be read then.
            Err(VirtuousError::Odd { .. } | VirtuousError::Refused { .. }) => answered.push(event),
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
        let read = ContactsRead { contacts, record: None, answered };
        env.store.observe_contacts(env.number, read, planner, now).await?;
    }
    if !failed.is_empty() {
        env.store.put_off_events(env.number, failed, now).await?;
    }
    stop.map_or(Ok(()), Err)
}
