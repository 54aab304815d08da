//! One turn of the submitter: the next bounded piece of work towards Virtuous.

use std::{collections::HashSet, sync::Arc, time::Duration};

use crate::{
    access::CustomerContext,
    domain::{
        ContactId, CustomerRecord, EffectKind, Finding, Lane, Settlement, Stage, State, Stream, Submission,
        Timestamp,
    },
    store::{SharedPlanner, Taken},
    sync::{Plan, Step},
    turn::{Backoff, Turn, TurnError},
};

use super::{
    apply, brake,
    events::{self, Heard},
    import, lists, lookup, people,
    preflight::{self, Standing},
    subscription,
};

/// Subjects taken in one turn.
pub const SUBJECTS_MAX: usize = 256;
/// How old the reading of all contacts of Virtuous may be for the import to begin on it (I2).
const READING_HOLDS: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What the submitter remembers between turns; nothing that a restart may not forget.
#[derive(Debug, Default)]
pub struct Memory {
    /// Virtuous said not before this; opt-outs ask anyway, since they have a reserve.
    pub virtuous: Backoff,
    /// The reading of reference data waits after a failure.
    pub preflight: Backoff,
    /// The query of changed contacts waits after a failure.
    pub query: Backoff,
    /// A whole reading waits after a failure.
    pub scan: Backoff,
    /// Events wait after a failure.
    pub events: Backoff,
    /// The events that wait.
    pub heard: Heard,
    /// The subscription to events waits after a failure.
    pub subscription: Backoff,
}

/// Does the next piece of work.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(env: &CustomerContext, memory: &mut Memory) -> Result<Turn, TurnError> {
    let mut record = env.record()?;
    if record.pause.is_some() {
        return Ok(Turn::Idle(None));
    }
    let now = env.now();
    heed_clock(&mut record, now);
    let reference = preflight::standing(env)?;
    let works = matches!(record.stage, Stage::Importing | Stage::Live) && reference != Standing::Missing;
    // An opt-out that is due waits for nothing else, whatever becomes of the rest (P1).
    if works && let Some(turn) = work(env, &record, memory, &[Lane::Consent], now).await? {
        return Ok(turn);
    }
    if reference != Standing::Good && memory.preflight.waits(now).is_none() {
        let read = preflight::read(env, &record).await;
        if let Some(did) = memory.preflight.take("reference data of Virtuous", read, now)? {
            return Ok(did);
        }
    }
    if reference == Standing::Missing {
        return Ok(Turn::Idle(memory.preflight.waits(now)));
    }
    if brake::replan(env, &record).await? {
        return Ok(Turn::Progressed);
    }
    if let Some(did) = hear(env, &record, memory, now).await? {
        return Ok(did);
    }
    match record.stage {
        Stage::Observing => observe(env, record, memory).await,
        Stage::Scanning => people::scan(env, record).await,
        Stage::Importing | Stage::Live => {
            if memory.query.waits(now).is_none() {
                let queried = people::query_when_due(env, &record).await;
                let queried = memory.query.take("the query of changed contacts of Virtuous", queried, now)?;
                if let Some(did) = queried.flatten() {
                    return Ok(did);
                }
            }
            // Waits after failures of its own: taken as a success of the query, it would end that one's wait.
            if record.is_to_scan() && memory.scan.waits(now).is_none() {
                let scanned = people::scan(env, record.clone()).await;
                if let Some(did) = memory.scan.take("the whole reading of Virtuous", scanned, now)? {
                    return Ok(did);
                }
            }
            if let Some(did) = brake::look(env, &record).await? {
                return Ok(did);
            }
            let (lanes, opens) = lanes(env, &record, memory, now);
            match work(env, &record, memory, &lanes, now).await? {
                Some(turn) => Ok(turn),
                None => idle(env, &record, memory, &lanes, opens, now).await,
            }
        }
    }
}

/// Keeps the subscription to events, and reads the contacts that events named.
async fn hear(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &mut Memory,
    now: Timestamp,
) -> Result<Option<Turn>, TurnError> {
    if memory.subscription.waits(now).is_none() {
        let watched = subscription::watch(env, record).await;
        if let Some(did) =
            memory.subscription.take("the subscription to events of Virtuous", watched, now)?.flatten()
        {
            return Ok(Some(did));
        }
    }
    if memory.events.waits(now).is_some() {
        return Ok(None);
    }
    let followed = events::follow(env, record, &mut memory.heard).await;
    Ok(memory.events.take("the contacts of events of Virtuous", followed, now)?.flatten())
}

/// When events or the subscription are next due.
fn next_heard(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &Memory,
    now: Timestamp,
) -> Result<Option<Timestamp>, TurnError> {
    let events = memory.events.waits(now).or(memory.heard.next);
    let subscription = match memory.subscription.waits(now) {
        Some(until) => Some(until),
        None => subscription::due(env, record)?,
    };
    Ok(events.into_iter().chain(subscription).min())
}

/// What was last done in the future was done by a clock that has been set back since: as if it was never done (V2). The
/// query's overlap covers a day.
fn heed_clock(record: &mut CustomerRecord, now: Timestamp) {
    if let Some(at) = record.virtuous_queried_at.filter(|at| *at > now) {
        record.virtuous_queried_at = None;
        if at > now.plus(DAY) {
            record.virtuous_upto = Some(Timestamp::EPOCH.plus(DAY));
        }
    }
    record.virtuous_upto = record.virtuous_upto.map(|upto| upto.min(now));
}

/// C4: nothing is written before the import is asked for. Once Constant Contact was read whole the contacts of Virtuous are
/// read too, so that the dry run knows who is there (B2). The import reads them again unless that was just done.
async fn observe(
    env: &CustomerContext,
    record: CustomerRecord,
    memory: &mut Memory,
) -> Result<Turn, TurnError> {
    if env.store.cursor(Stream::Changes)?.completed_at.is_none() {
        return Ok(Turn::Idle(None));
    }
    let now = env.now();
    let read_at = record.scan.as_ref().and_then(|scan| scan.done_at);
    if record.import_started_at.is_some() || env.settings.import.auto_start {
        let is_fresh = read_at.is_some_and(|at| now.since(at) <= READING_HOLDS);
        return begin_import(env, is_fresh, now).await;
    }
    if read_at.is_none() {
        return people::scan(env, record).await;
    }
    if let Some(until) = memory.query.waits(now) {
        return Ok(Turn::Idle(Some(until)));
    }
    let queried = people::query_when_due(env, &record).await;
    let did = memory.query.take("the query of changed contacts of Virtuous", queried, now)?.flatten();
    let next = people::next_query(env, &record).into_iter().chain(memory.heard.next).min();
    Ok(did.unwrap_or(Turn::Idle(next)))
}

/// The import begins, with a reading of all contacts of Virtuous if the last one is not fresh.
async fn begin_import(env: &CustomerContext, is_fresh: bool, now: Timestamp) -> Result<Turn, TurnError> {
    env.store
        .update_customer(move |record| {
            record.import_started_at.get_or_insert(now);
            if is_fresh {
                record.stage = Stage::Importing;
            } else {
                record.stage = Stage::Scanning;
                // One that is under way goes on.
                record.scan = record.scan.take().filter(|scan| scan.done_at.is_none());
            }
        })
        .await?;
    tracing::info!(customer = %env.id, is_fresh, "import begins; contacts of Virtuous are read first unless that is fresh");
    Ok(Turn::Progressed)
}

/// Lanes that may be worked now, and when the import lane opens if it is closed.
fn lanes(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &Memory,
    now: Timestamp,
) -> (Vec<Lane>, Option<Timestamp>) {
    if let Some(until) = memory.virtuous.waits(now) {
        return (vec![Lane::Consent], Some(until));
    }
    let window = &env.settings.import.window;
    let zone = env.settings.time_zone;
    if record.import_paused || !window.contains(now, zone) {
        let opens = (!record.import_paused).then(|| window.next_open(now, zone));
        return (vec![Lane::Consent, Lane::Change, Lane::Verify], opens);
    }
    (Lane::ALL.to_vec(), None)
}

/// Takes due subjects of these lanes, plans them, carries the plans out, settles them. `None` if none is due.
async fn work(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &mut Memory,
    lanes: &[Lane],
    now: Timestamp,
) -> Result<Option<Turn>, TurnError> {
    let taken = env.store.next_work(lanes, &env.rules, now, SUBJECTS_MAX)?;
    if taken.is_empty() {
        return Ok(None);
    }
    let planner: SharedPlanner = Arc::new(env.planner(record)?);
    let batch = sort_out(&planner, taken, now);
    if !batch.settled.is_empty() {
        env.store.settle(batch.settled, planner.clone(), now).await?;
    }
    let mut outcome = Ok(());
    if !batch.apply.is_empty() {
        outcome = apply::all(env, &planner, batch.apply).await;
    }
    if outcome.is_ok() && !batch.change_lists.is_empty() {
        outcome = lists::change(env, &planner, record, batch.change_lists).await;
    }
    if outcome.is_ok() && !batch.look_at_lists.is_empty() {
        outcome = lists::look(env, &planner, batch.look_at_lists).await;
    }
    if outcome.is_ok() && !batch.look_up.is_empty() {
        outcome = lookup::all(env, &planner, batch.look_up).await;
    }
    if outcome.is_ok() && !batch.submit.is_empty() {
        outcome = import::submit(env, &planner, batch.submit).await;
    }
    match outcome {
        Ok(()) => {
            // An opt-out got through on the reserve: that says nothing of the other lanes.
            if lanes != [Lane::Consent] {
                memory.virtuous.went_well();
            }
            Ok(Some(Turn::Progressed))
        }
        Err(TurnError::NotNow(until)) => {
            memory.virtuous.put_off(until);
            Ok(Some(Turn::Idle(Some(until))))
        }
        Err(error) => Err(error),
    }
}

/// A subject with its plan, in hand for this turn.
#[derive(Debug)]
pub struct InHand {
    /// As taken.
    pub taken: Taken,
    /// What is to be done.
    pub plan: Plan,
}

impl InHand {
    /// A settlement with these findings.
    #[must_use]
    pub fn settlement(&self, findings: Vec<Finding>) -> Settlement {
        let subject = &self.taken.subject;
        Settlement {
            id: subject.id.clone(),
            lane: self.taken.lane,
            revision: subject.revision,
            unsure: self.taken.is_write_unsure(),
            contact: subject.virtuous.linked().map(|person| person.contact),
            findings,
        }
    }

    /// The lane by which its calls are made: an opt-out overtakes, in whatever lane it waited.
    #[must_use]
    pub fn lane(&self) -> Lane {
        if self.plan.opts_out() { Lane::Consent } else { self.taken.lane }
    }
}

/// A turn's subjects by what they need.
#[derive(Debug, Default)]
struct Batch {
    settled: Vec<Settlement>,
    look_up: Vec<InHand>,
    submit: Vec<InHand>,
    apply: Vec<InHand>,
    change_lists: Vec<InHand>,
    look_at_lists: Vec<InHand>,
}

fn sort_out(planner: &SharedPlanner, taken: Vec<Taken>, now: Timestamp) -> Batch {
    let mut batch = Batch::default();
    // Two subscribers of one household are not worked on at once: the second is planned when it sees what the first
    // did (I4).
    let mut households = HashSet::new();
    for taken in taken {
        let contacts = taken.subject.virtuous.contacts();
        if contacts.iter().any(|contact| !households.insert(*contact)) {
            continue;
        }
        let plan = planner.plan(&taken.subject, &taken.household, now);
        let hand = InHand { taken, plan };
        match (hand.taken.unsure, &hand.plan.step) {
            // The process ended between the intent and the answer: nobody knows whether the row arrived (C4).
            (Some(unsure), Step::Submit(_) | Step::LookUp | Step::Nothing)
                if unsure.submission && hand.taken.subject.submission.is_none() =>
            {
                let subject = &hand.taken.subject;
                let creates = subject.virtuous.linked().is_none();
                let submission = Submission { sent_at: unsure.at, certain: false, creates };
                let email = subject.cc.email.clone();
                batch.settled.push(hand.settlement(vec![Finding::Submitted { submission, email }]));
            }
            // Nothing is left to write by what was seen before: what an earlier write left behind is not seen yet.
            (_, Step::Nothing)
                if hand.taken.is_write_unsure() && hand.taken.subject.virtuous.linked().is_some() =>
            {
                batch.look_up.push(hand);
            }
            (_, Step::Nothing) => batch.settled.push(hand.settlement(Vec::new())),
            (_, Step::LookUp | Step::Refresh) => batch.look_up.push(hand),
            (_, Step::Submit(_)) => batch.submit.push(hand),
            (_, Step::Apply(planned))
                if planned.iter().all(|one| one.effect.kind() == EffectKind::ChangeLists) =>
            {
                batch.change_lists.push(hand);
            }
            (_, Step::LookAtLists) => batch.look_at_lists.push(hand),
            (_, Step::Apply(_)) => batch.apply.push(hand),
        }
    }
    batch
}

/// Nothing is due: the import may be done, and the rest says when to come again.
async fn idle(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &Memory,
    lanes: &[Lane],
    opens: Option<Timestamp>,
    now: Timestamp,
) -> Result<Turn, TurnError> {
    let open = lanes.contains(&Lane::Import);
    if record.stage == Stage::Importing && open && env.store.next_due(&[Lane::Import])?.is_none() {
        env.store
            .update_customer(move |record| {
                record.stage = Stage::Live;
                record.import_done_at = Some(now);
            })
            .await?;
        tracing::info!(customer = %env.id, "import done: everything is sent, steady state begins");
        return Ok(Turn::Progressed);
    }
    let due = env.store.next_due(lanes)?.map(|due| due.at);
    let query = memory.query.waits(now).or_else(|| people::next_query(env, record));
    let heard = next_heard(env, record, memory, now)?;
    let scan = memory.scan.waits(now);
    let next = [due, query, scan, opens, heard].into_iter().flatten().min();
    Ok(Turn::Idle(next))
}

/// The ids of a batch.
#[must_use]
pub fn ids(hands: &[InHand]) -> Vec<ContactId> {
    hands.iter().map(|hand| hand.taken.subject.id.clone()).collect()
}

/// Whether subjects that wait may go on once the book changed: for a tag (S4), also where what a person is asked about them
/// is told first.
#[must_use]
pub fn waits_for_book(subject: &crate::domain::Subject) -> bool {
    use crate::domain::Cause::{TagMissing, TagTwice, WaitingInImports};
    let cause = subject.reason.cause;
    match subject.state {
        State::Held => matches!(cause, TagMissing | TagTwice),
        State::Review => {
            cause == TagTwice || subject.virtuous.linked().is_some() && cause != WaitingInImports
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v2_what_was_last_done_in_the_future_was_never_done() {
        let now = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
        let check = |queried_at: Timestamp, upto: Timestamp, expect: (Option<Timestamp>, Timestamp)| {
            let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
            (record.virtuous_queried_at, record.virtuous_upto) = (Some(queried_at), Some(upto));
            heed_clock(&mut record, now);
            assert_eq!((record.virtuous_queried_at, record.virtuous_upto), (expect.0, Some(expect.1)));
        };
        let hour = Duration::from_secs(3600);
        check(now.minus(hour), now.minus(DAY), (Some(now.minus(hour)), now.minus(DAY)));
        // The overlap of a day reaches what happened since.
        check(now.plus(hour), now.plus(hour), (None, now));
        check(now.plus(30 * DAY), now.plus(30 * DAY), (None, Timestamp::EPOCH.plus(DAY)));
        // Only the other side's dates are ahead.
        check(now.minus(hour), now.plus(30 * DAY), (Some(now.minus(hour)), now));
    }
}
