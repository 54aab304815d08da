//! The second look at contacts that answered 404 (D1).

use crate::{
    domain::{ContactId, Lane, Timestamp, kept_time},
    store::{SECOND_LOOK_AFTER, StoreError},
    turn::TurnError,
};

use super::{
    read::one_contact::{self, Look},
    single_reads::{self, Claim},
    view::View,
};

/// Looks again at everybody whose first 404 is old enough. `true` if there was anybody.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was seen until then is kept. Once the share of the day is used, the next day (W5).
pub async fn look_again(view: &View<'_>) -> Result<bool, TurnError> {
    let now = view.now();
    let missing = view.known.missing()?.into_iter();
    let due: Vec<ContactId> = missing
        .filter(|(_, first)| second_look(*first, now) <= now)
        .map(|(id, _)| id)
        .take(single_reads::A_TURN)
        .collect();
    if due.is_empty() {
        return Ok(false);
    }
    let mut claim = Claim::make(view, due.len() as u64, view.single_reads.all).await?;
    let mut outcome = Ok(());
    for id in due {
        if view.reach.stops() {
            break;
        }
        if !claim.take(1) {
            outcome = Err(TurnError::NotNow(now.next_utc_midnight()));
            break;
        }
        outcome = claim.spend(view, 1, async |view: &View<'_>| look(view, id).await).await;
        if outcome.is_err() {
            break;
        }
    }
    claim.end(view).await?;
    outcome.map(|()| true)
}

async fn look(view: &View<'_>, id: ContactId) -> Result<(), TurnError> {
    match one_contact::look(&view.reach, Lane::Verify, &id).await? {
        Look::Shown(observation) => {
            view.commit.apart(vec![*observation]).await?;
        }
        Look::NotFound => {
            view.commit.not_found(&id).await?;
        }
        // What cannot be read is no proof: forgotten, and left to the sweep.
        Look::Nothing => view.commit.forget_missing(id).await?,
    }
    Ok(())
}

/// When the next second look is due.
///
/// # Errors
/// When the store cannot be read.
pub fn due(view: &View<'_>) -> Result<Option<Timestamp>, StoreError> {
    let now = view.now();
    Ok(view.known.missing()?.into_iter().map(|(_, first)| second_look(first, now)).min())
}

/// When a 404 is to be looked at again; at once, if only a clock that was set back can explain the first look.
fn second_look(first: Timestamp, now: Timestamp) -> Timestamp {
    kept_time::due(first.plus(SECOND_LOOK_AFTER), SECOND_LOOK_AFTER, now)
}
