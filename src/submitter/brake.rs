//! The submitter's part of the brake (B1): when everybody is planned who comes together, those who wait are counted.

use std::time::Duration;

use crate::{
    access::CustomerContext,
    config::rules_fingerprint,
    domain::{Brake, Counts, CustomerRecord, Held, Lane, Stage, Stream, Timestamp},
    store::{Release, StoreError},
    sync::brake::{Decision, Run, decide},
    turn::{Turn, TurnError},
};

/// How long a reading may keep those who wait: one that cannot end, as Constant Contact does not answer, must not hold an
/// opt-out for ever.
const READING_MAX: Duration = Duration::from_secs(3600);

/// Plans everybody again if the mapping or the rules changed. Before all other work, so that nobody is counted alone whom
/// the change concerns together with others.
///
/// # Errors
/// When the store cannot read or write.
pub async fn replan(env: &CustomerContext, record: &CustomerRecord) -> Result<bool, TurnError> {
    let Some(since) = record.replan_since else { return Ok(false) };
    let ours = rules_fingerprint(&env.rules);
    if env.store.applied()?.is_some_and(|applied| applied.rules != ours) {
        // New rules: this generation still has the old ones, and ends any moment.
        return Ok(false);
    }
    let again = env.store.requeue_settled(record.stage.first_lane(), env.now()).await?;
    env.store
        .update_customer(move |record| {
            record.replan_since = record.replan_since.filter(|at| *at != since);
        })
        .await?;
    tracing::info!(customer = %env.id, again, "lists, fields or rules changed: subscribers are planned again");
    Ok(true)
}

/// Looks at those who wait at the brake. `None` if nothing came of it.
///
/// # Errors
/// When the store cannot read or write.
pub async fn look(env: &CustomerContext, record: &CustomerRecord) -> Result<Option<Turn>, TurnError> {
    let counts = env.store.counts()?;
    let (brake, now) = (&record.brake, env.now());
    if brake.accepted {
        // A person let it go on, and the process ended before everybody was back at work.
        env.store.release(Release::Accepted, now).await?;
        return Ok(Some(Turn::Progressed));
    }
    if counts.braked == 0 {
        if brake.counting_since.is_some() || brake.held.is_some() {
            keep(env, Brake::lift).await?;
        }
        return Ok(None);
    }
    if brake.held.as_ref().is_some_and(|held| held.count == counts.braked) {
        return Ok(None);
    }
    let since = brake.counting_since.unwrap_or(now);
    if brake.counting_since.is_none() {
        keep(env, move |brake| brake.counting_since = Some(now)).await?;
    }
    let run = run(env, record, &counts, since, now)?;
    if brake.held.is_some() {
        if run.changes_known {
            hold(env, &run, now).await?;
        }
        return Ok(None);
    }
    let release = match decide(&run, &env.rules) {
        Decision::Wait => return Ok(None),
        Decision::Hold => {
            hold(env, &run, now).await?;
            return Ok(None);
        }
        Decision::LetOptOutsGo => Release::OptOuts,
        Decision::LetAllGo => Release::All,
    };
    let gone = env.store.release(release, now).await?;
    Ok((gone > 0).then_some(Turn::Progressed))
}

/// What is known of those who come together.
fn run(
    env: &CustomerContext,
    record: &CustomerRecord,
    counts: &Counts,
    since: Timestamp,
    now: Timestamp,
) -> Result<Run, StoreError> {
    let drained = |lane: Lane| -> Result<bool, StoreError> {
        Ok(env.store.next_due(&[lane])?.is_none_or(|due| due.at > now))
    };
    let read = now.since(since) >= READING_MAX || is_read(env)?;
    let opt_outs_known = read && drained(Lane::Consent)?;
    let changes_known = opt_outs_known && drained(Lane::Change)?;
    let all_known = changes_known && (record.stage != Stage::Importing || drained(Lane::Import)?);
    Ok(Run {
        waiting: counts.braked,
        passed: record.brake.done_lately(now),
        linked: counts.linked,
        opt_outs_known,
        changes_known,
        all_known,
    })
}

/// Whether no window is open and no hint waits: what was begun to be read is read.
fn is_read(env: &CustomerContext) -> Result<bool, StoreError> {
    for stream in Stream::ALL {
        if env.store.cursor(stream)?.open.is_some() {
            return Ok(false);
        }
    }
    Ok(env.store.hints(env.now(), 1)?.due.is_empty())
}

/// Sets the brake, or counts again who waits at it.
async fn hold(env: &CustomerContext, run: &Run, now: Timestamp) -> Result<(), StoreError> {
    let tally = env.store.at_brake()?;
    let (count, reason) = (tally.count(), tally.reason(run));
    tracing::error!(customer = %env.id, count, %reason, "the brake holds until somebody decides");
    keep(env, move |brake| {
        let since = brake.held.as_ref().map_or(now, |held| held.since);
        brake.held = Some(Held { since, count, reason });
    })
    .await
}

async fn keep(
    env: &CustomerContext,
    change: impl FnOnce(&mut Brake) + Send + 'static,
) -> Result<(), StoreError> {
    env.store.update_customer(|record| change(&mut record.brake)).await.map(drop)
}
