//! The brake's turn: take what is known, decide, commit.

use std::time::Duration;

use crate::{
    domain::{Counts, CustomerRecord, CustomerRules, Held, Lane, Stream, Timestamp},
    store::{CustomerStore, Hint, HintAbout, Release, StoreError},
    submitter::commit::Committer,
    sync::brake::Run,
    turn::{Turn, TurnError},
};

use super::count::{Known, Standing, Verdict};

/// How long the brake waits for a contact that Tandem itself wants to read.
const WISH_AWAITED: Duration = Duration::from_secs(3600);

/// Looks at the subjects that wait at the brake. `None` if nothing came of it.
///
/// # Errors
/// When the store cannot read or write.
pub async fn turn(
    committer: &Committer<'_>,
    record: &CustomerRecord,
    rules: &CustomerRules,
    now: Timestamp,
) -> Result<Option<Turn>, TurnError> {
    let counts = committer.store.counts()?;
    match Standing::of(&record.brake, counts.braked) {
        Standing::Accepted => {
            committer.release(Release::Accepted, now).await?;
            return Ok(Some(Turn::Progressed));
        }
        Standing::Over => committer.record(|record| record.brake.lift()).await?,
        Standing::Still => {}
        Standing::Counting => {
            if record.brake.counting_since.is_none() {
                committer.record(move |record| record.brake.counting_since = Some(now)).await?;
            }
            let run = known(committer.store, record, counts, now)?.run(&record.brake, record.stage, now);
            match Verdict::of(&record.brake, &run, rules) {
                Verdict::Wait => {}
                Verdict::Hold => {
                    let run = Run { passed: run.counted(rules), ..run };
                    hold(committer, &run, now).await?;
                }
                Verdict::Release(release) => {
                    let gone = committer.release(release, now).await?;
                    return Ok((gone > 0).then_some(Turn::Progressed));
                }
            }
        }
    }
    Ok(None)
}

/// What the store knows of the subjects that come together.
fn known(
    store: &CustomerStore,
    record: &CustomerRecord,
    counts: Counts,
    now: Timestamp,
) -> Result<Known, StoreError> {
    let mut due = Vec::new();
    for lane in [Lane::Consent, Lane::Change, Lane::Import] {
        if store.next_due(&[lane])?.is_some_and(|next| next.at <= now) {
            due.push(lane);
        }
    }
    let since = record.brake.counting_since.unwrap_or(now);
    Ok(Known { counts, since, is_read: is_read(store, now)?, due })
}

/// Whether no window is open and no hint waits: what was begun to be read is read.
fn is_read(store: &CustomerStore, now: Timestamp) -> Result<bool, StoreError> {
    for stream in Stream::ALL {
        if store.cursor(stream)?.open.is_some() {
            return Ok(false);
        }
    }
    // A wish that has waited longer waits for the next day's share, and holds nothing up for so long (W5, W8).
    let waits_on = |hint: &Hint| {
        let is_lately = hint.received_at <= now && now.since(hint.received_at) < WISH_AWAITED;
        matches!(hint.about, HintAbout::Asked(_)) && !is_lately
    };
    Ok(store.hints(now, usize::MAX)?.due.iter().all(waits_on))
}

/// Sets the brake, or counts again the subjects that wait at it.
async fn hold(committer: &Committer<'_>, run: &Run, now: Timestamp) -> Result<(), StoreError> {
    let tally = committer.store.at_brake()?;
    let (count, reason) = (tally.count(), tally.reason(run));
    tracing::error!(customer = %committer.customer, count, %reason, "the brake holds until somebody decides");
    committer
        .record(move |record| {
            let since = record.brake.held.as_ref().map_or(now, |held| held.since);
            record.brake.held = Some(Held { since, count, reason });
        })
        .await
}

#[cfg(test)]
#[path = "turn_test.rs"]
mod tests;
