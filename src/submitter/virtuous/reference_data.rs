//! The reference data of Virtuous: read at first, and again every day (S4).

use std::time::Duration;

use crate::{
    access::VirtuousAccess,
    domain::{
        Cause::{TagMissing, TagTwice, WaitingInImports},
        CustomerId, Lane, Stage, State, Subject, Timestamp, VirtuousReferenceData,
    },
    store::{CustomerStore, NewReferenceData, StoreError},
    turn::{Turn, TurnError},
    virtuous::preflight::Preflight,
};

use super::VirtuousSide;

/// How long reference data are good (virtuous.md 10: cache reference data one day).
const GOOD_FOR: Duration = Duration::from_secs(24 * 3600);

/// How the reference data stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Never read: nothing can be planned well.
    Missing,
    /// To be read again; until then the old are used.
    Old,
    /// Good for now.
    Good,
}

impl Standing {
    /// How reference data that were read then stand now.
    #[must_use]
    pub fn of(read_at: Timestamp, now: Timestamp) -> Self {
        match read_at {
            Timestamp::EPOCH => Self::Missing,
            _ if now.since(read_at) < GOOD_FOR && now >= read_at => Self::Good,
            _ => Self::Old,
        }
    }
}

/// When reference data that were read then are to be read again.
#[must_use]
pub fn due(read_at: Timestamp, now: Timestamp) -> Timestamp {
    match Standing::of(read_at, now) {
        Standing::Good => read_at.plus(GOOD_FOR),
        Standing::Missing | Standing::Old => now,
    }
}

/// What a reading came to.
#[derive(Debug, PartialEq)]
pub enum ReferenceRead {
    /// All was read; `None` if the answers make no reference data.
    Done(Option<Box<VirtuousReferenceData>>),
    /// The process stops: nothing was read to its end.
    Stopped,
}

/// Reads the reference data. What people chose among tags of one name stays.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(
    virtuous: &VirtuousAccess,
    is_stopping: &dyn Fn() -> bool,
    known: &VirtuousReferenceData,
    now: Timestamp,
) -> Result<ReferenceRead, TurnError> {
    let mut preflight = Preflight::new();
    while preflight.next_step().is_some() {
        let step = virtuous.run_step(&mut preflight, Lane::Change).await;
        step.map_err(|error| virtuous.turn_error(error))?;
        if is_stopping() {
            return Ok(ReferenceRead::Stopped);
        }
    }
    let read = preflight.finish(now).map(|mut read| {
        read.chosen_tags.clone_from(&known.chosen_tags);
        Box::new(read)
    });
    Ok(ReferenceRead::Done(read))
}

/// Reads the reference data and keeps them.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn renew(side: &VirtuousSide<'_>, stage: Stage) -> Result<Turn, TurnError> {
    let (known, now) = (side.store.reference_data()?, side.now());
    let known = &known.virtuous;
    match read(side.virtuous, side.is_stopping, known, now).await? {
        ReferenceRead::Stopped => return Ok(Turn::Idle(None)),
        ReferenceRead::Done(None) => {}
        ReferenceRead::Done(Some(read)) => {
            tell_other_organisation(side.customer, known, &read);
            keep(side.store, known, *read, stage, now).await?;
        }
    }
    Ok(Turn::Progressed)
}

/// Tells the operator if the key belongs to another organisation than before.
pub fn tell_other_organisation(
    customer: &CustomerId,
    known: &VirtuousReferenceData,
    read: &VirtuousReferenceData,
) {
    if !known.organisation.is_empty() && known.organisation != read.organisation {
        tracing::warn!(%customer, "the key now belongs to another organisation of Virtuous");
    }
}

/// Keeps reference data. Subscribers that may have waited for a tag or a field go back to work if those changed (S4).
///
/// # Errors
/// When the store cannot read or write.
pub async fn keep(
    store: &CustomerStore,
    known: &VirtuousReferenceData,
    read: VirtuousReferenceData,
    stage: Stage,
    now: Timestamp,
) -> Result<(), StoreError> {
    store.forget_old_events(now).await?;
    let changed = (&read.tags, &read.fields) != (&known.tags, &known.fields);
    store.save_reference_data(NewReferenceData::Virtuous(Box::new(read))).await?;
    if changed && stage.may_write() {
        for state in [State::Held, State::Review] {
            store.requeue(state, stage.first_lane(), now, waits_for_reference_data).await?;
        }
    }
    Ok(())
}

/// Whether a subject may go on once the reference data changed: it waits for a tag (S4), also where a person is asked about it
/// and is told something else first.
fn waits_for_reference_data(subject: &Subject) -> bool {
    let cause = subject.reason.cause;
    match subject.state {
        State::Held => matches!(cause, TagMissing | TagTwice),
        State::Review => {
            cause == TagTwice || subject.virtuous.linked().is_some() && cause != WaitingInImports
        }
        _ => false,
    }
}
