//! The line of a turn: take what is due, plan it, make intents durable, perform, commit.

use std::{cell::Cell, sync::Arc};

use crate::{
    access::CustomerContext,
    domain::{CustomerRecord, Lane, Stage},
    store::StoreError,
    sync::{Planner, brake},
    turn::{Turn, TurnError},
};

use super::{
    commit::Committer,
    group::{Groups, group_by_step},
    perform::{activity, apply, lists, read, submit},
    performed::{Performed, Process},
    reach::Reach,
    suspects::KnownSuspects,
};

/// Subjects taken in one turn.
const SUBJECTS_MAX: usize = 256;

/// What a turn of work takes.
#[derive(Clone, Copy)]
pub struct Taken<'a> {
    /// The customer as it stood when the turn began.
    pub record: &'a CustomerRecord,
    /// Subjects that are due in these lanes.
    pub lanes: &'a [Lane],
    /// Whether something goes before the next call: what was done is kept, and the rest stays due (W6).
    pub is_overtaken: &'a dyn Fn() -> bool,
}

/// Takes due subjects and carries them through. `None` if none is due.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was done until then is kept.
pub async fn turn(
    env: &CustomerContext,
    committer: &Committer<'_>,
    taken: Taken<'_>,
) -> Result<Option<Turn>, TurnError> {
    let Taken { record, lanes, is_overtaken } = taken;
    let (now, store) = (env.now(), committer.store);
    // At most one batch of rows a turn: of a kill no more rows than those of one batch are in doubt (C4).
    let batch_size = env.settings.import.batch_size;
    let most = if record.stage == Stage::Importing { batch_size.min(SUBJECTS_MAX) } else { SUBJECTS_MAX };
    let due = store.next_work(lanes, &env.rules, now, most)?;
    if due.is_empty() {
        return Ok(None);
    }
    let planner = Arc::new(planner(env, committer, record)?);
    let mut groups = group_by_step(&planner, due, now);
    groups.submit.truncate(batch_size);
    for contact in &groups.bugs {
        env.metrics.effect(&env.id, "plan", "bug");
        tracing::error!(customer = %env.id, %contact, "a bug: no plan can be made for this person, who waits for review; all else goes on (B4)");
    }
    committer.begin(&groups, env.now()).await?;
    let reference = &store.reference_data()?.virtuous;
    // Once it is so it stays so: what was not begun then was not begun.
    let ends = Cell::new(false);
    let reach = Reach {
        customer: &env.id,
        cc: &env.cc,
        virtuous: &env.virtuous,
        planner: &planner,
        reference,
        suspects: &KnownSuspects { store, rules: &env.rules },
        joins: store,
        clock: &*env.clock,
        metrics: &env.metrics,
        is_stopping: &|| {
            ends.set(ends.get() || env.is_stopping() || is_paused(committer) || is_overtaken());
            ends.get()
        },
    };
    let mut performed = perform(&reach, groups, batch_size).await;
    let stop = performed.stop.take();
    let replanned = || self::planner(env, committer, record);
    let waiting = committer.performed(performed, planner.clone(), replanned, env.now()).await?;
    waiting.into_iter().for_each(|effect| reach.count(effect, "failed"));
    stop.map_or(Ok(Some(Turn::Progressed)), Err)
}

/// Whether the customer was paused meanwhile: no further call begins then (I5).
fn is_paused(committer: &Committer<'_>) -> bool {
    committer.store.record().is_ok_and(|record| record.is_some_and(|record| record.pause.is_some()))
}

/// What this turn plans by. It counts the opt-outs for Constant Contact (B1).
fn planner(
    env: &CustomerContext,
    committer: &Committer<'_>,
    record: &CustomerRecord,
) -> Result<Planner, StoreError> {
    let linked = committer.store.counts()?.linked;
    let left = brake::left(record.brake.unsubscribed_lately(env.now()), linked, &env.rules);
    Ok(Planner { unsubscribes_left: Some(left), ..committer.store.planner(record, &env.rules)? })
}

/// Has every group performed, until one says that the turn ends, or no other call may begin: what comes after it is not begun.
async fn perform(reach: &Reach<'_>, groups: Groups, batch_size: usize) -> Performed {
    let Groups { settled, look_up, submit, apply, change_lists, look_at_lists, bugs: _ } = groups;
    let mut performed = Performed { settlements: settled, ..Performed::default() };
    let goes_on = |performed: &Performed| performed.stop.is_none() && reach.process() == Process::Runs;
    if !apply.is_empty() {
        performed.add(apply::all(reach, &apply).await);
    }
    if goes_on(&performed) && !change_lists.is_empty() {
        performed.add(lists::change(reach, &change_lists).await);
    }
    if goes_on(&performed) && !look_at_lists.is_empty() {
        performed.add(activity::look(reach, &look_at_lists).await);
    }
    if goes_on(&performed) && !look_up.is_empty() {
        performed.add(read::all(reach, &look_up).await);
    }
    if goes_on(&performed) {
        performed.add(submit::all(reach, submit, batch_size).await);
    } else {
        performed.add(Performed::not_begun(&submit));
    }
    performed
}

#[cfg(test)]
#[path = "work_test.rs"]
mod tests;
