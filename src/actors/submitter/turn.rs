//! One turn of the submitter: the next bounded piece of work towards Virtuous.

use std::{collections::HashSet, sync::Arc};

use crate::{
    actors::{
        env::CustomerEnv,
        turn::{Turn, TurnError},
    },
    domain::{
        ContactId, CustomerRecord, Finding, Lane, Settlement, Stage, State, Stream, Submission, Timestamp,
    },
    store::{SharedPlanner, Taken},
    sync::{Plan, Step},
};

use super::{apply, brake, import, lookup, people, preflight};

/// Subjects taken in one turn.
pub const SUBJECTS_MAX: usize = 256;

/// What the submitter remembers between turns; nothing that a restart may not forget.
#[derive(Debug, Default)]
pub struct Memory {
    /// Virtuous said not before this; opt-outs ask anyway, since they have a reserve.
    pub blocked_until: Option<Timestamp>,
    /// Failures of calls that belong to no subject, in a row.
    pub outside_failures: u32,
}

/// Does the next piece of work.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(env: &CustomerEnv, memory: &mut Memory) -> Result<Turn, TurnError> {
    let record = env.record()?;
    if record.pause.is_some() {
        return Ok(Turn::Idle(None));
    }
    if let Some(did) = preflight::due(env, &record).await? {
        return Ok(did);
    }
    if brake::replan(env, &record).await? {
        return Ok(Turn::Did);
    }
    match record.stage {
        Stage::Observing => observe_until_asked(env, &record).await,
        Stage::Scanning => people::scan(env, record).await,
        Stage::Importing | Stage::Live => {
            if let Some(did) = people::query_when_due(env, &record).await? {
                return Ok(did);
            }
            if let Some(did) = brake::look(env, &record).await? {
                return Ok(did);
            }
            work(env, &record, memory).await
        }
    }
}

/// C4: nothing is written before the import is asked for; it begins once Constant Contact was read whole.
async fn observe_until_asked(env: &CustomerEnv, record: &CustomerRecord) -> Result<Turn, TurnError> {
    let asked = record.import_started_at.is_some() || env.settings.import.auto_start;
    let read_whole = env.store.cursor(env.number, Stream::Changes)?.upto.is_some();
    if !asked || !read_whole {
        return Ok(Turn::Idle(None));
    }
    let now = env.now();
    env.store
        .update_customer(env.number, move |record| {
            record.import_started_at.get_or_insert(now);
            record.stage = Stage::Scanning;
        })
        .await?;
    tracing::info!(customer = %env.id, "import begins: reading the contacts of Virtuous");
    Ok(Turn::Did)
}

/// Lanes that may be worked now, and when the import lane opens if it is closed.
fn lanes(
    env: &CustomerEnv,
    record: &CustomerRecord,
    memory: &Memory,
    now: Timestamp,
) -> (Vec<Lane>, Option<Timestamp>) {
    if memory.blocked_until.is_some_and(|until| until > now) {
        return (vec![Lane::Consent], memory.blocked_until);
    }
    let window = &env.settings.import.window;
    let zone = env.settings.time_zone;
    if record.import_paused || !window.contains(now, zone) {
        let opens = (!record.import_paused).then(|| window.next_open(now, zone));
        return (vec![Lane::Consent, Lane::Change, Lane::Verify], opens);
    }
    (Lane::ALL.to_vec(), None)
}

/// Takes due subjects, plans them, carries the plans out, settles them.
async fn work(env: &CustomerEnv, record: &CustomerRecord, memory: &mut Memory) -> Result<Turn, TurnError> {
    let now = env.now();
    let (lanes, opens) = lanes(env, record, memory, now);
    let taken = env.store.next_work(env.number, &lanes, &env.rules, &HashSet::new(), now, SUBJECTS_MAX)?;
    if taken.is_empty() {
        return idle(env, record, &lanes, opens, now).await;
    }
    let planner: SharedPlanner = Arc::new(env.planner(record)?);
    let batch = sort_out(&planner, taken, now);
    if !batch.settled.is_empty() {
        env.store.settle(env.number, batch.settled, planner.clone(), now).await?;
    }
    let mut outcome = Ok(());
    if !batch.apply.is_empty() {
        outcome = apply::all(env, &planner, batch.apply).await;
    }
    if outcome.is_ok() && !batch.look_up.is_empty() {
        outcome = lookup::all(env, &planner, batch.look_up).await;
    }
    if outcome.is_ok() && !batch.submit.is_empty() {
        outcome = import::submit(env, &planner, batch.submit).await;
    }
    match outcome {
        Ok(()) => {
            memory.blocked_until = None;
            Ok(Turn::Did)
        }
        Err(TurnError::NotNow(until)) => {
            memory.blocked_until = Some(until);
            Ok(Turn::Idle(Some(until)))
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
        Settlement { id: subject.id.clone(), lane: self.taken.lane, revision: subject.revision, findings }
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
            (Some(unsure), Step::Submit(_) | Step::LookUp) if unsure.submission => {
                let subject = &hand.taken.subject;
                let creates = subject.virtuous.linked().is_none();
                let submission = Submission { sent_at: unsure.at, certain: false, creates };
                let email = subject.cc.email.clone();
                batch.settled.push(hand.settlement(vec![Finding::Submitted { submission, email }]));
            }
            (_, Step::Nothing) => batch.settled.push(hand.settlement(Vec::new())),
            (_, Step::LookUp | Step::Refresh) => batch.look_up.push(hand),
            (_, Step::Submit(_)) => batch.submit.push(hand),
            (_, Step::Apply(_)) => batch.apply.push(hand),
        }
    }
    batch
}

/// Nothing is due: the import may be done, and the rest says when to come again.
async fn idle(
    env: &CustomerEnv,
    record: &CustomerRecord,
    lanes: &[Lane],
    opens: Option<Timestamp>,
    now: Timestamp,
) -> Result<Turn, TurnError> {
    let open = lanes.contains(&Lane::Import);
    if record.stage == Stage::Importing && open && env.store.next_due(env.number, &[Lane::Import])?.is_none()
    {
        env.store
            .update_customer(env.number, move |record| {
                record.stage = Stage::Live;
                record.import_done_at = Some(now);
            })
            .await?;
        tracing::info!(customer = %env.id, "import done: everything is sent, steady state begins");
        return Ok(Turn::Did);
    }
    let due = env.store.next_due(env.number, lanes)?.map(|due| due.at);
    let query = people::next_query(env, record);
    let next = [due, query, opens].into_iter().flatten().min();
    Ok(Turn::Idle(next))
}

/// The ids of a batch.
#[must_use]
pub fn ids(hands: &[InHand]) -> Vec<ContactId> {
    hands.iter().map(|hand| hand.taken.subject.id.clone()).collect()
}

/// Whether held subjects may go on once the book changed: they waited for a tag (S4) or for a selected list (C1).
#[must_use]
pub fn waits_for_book(subject: &crate::domain::Subject) -> bool {
    matches!(subject.state, State::Held | State::Review)
        && matches!(subject.reason.cause, crate::domain::Cause::TagMissing | crate::domain::Cause::TagTwice)
}
