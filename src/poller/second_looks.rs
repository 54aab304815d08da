//! The second look at contacts that answered 404 (D1).

use crate::{
    domain::{Lane, Timestamp},
    store::{SECOND_LOOK_AFTER, StoreError},
    turn::TurnError,
};

use super::{
    read::one_contact::{self, Look},
    view::View,
};

/// Second looks in one turn: more must not keep polls waiting.
const LOOKS_MAX: usize = 50;

/// Looks again at everybody whose first 404 is old enough. `true` if there was anybody.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was seen until then is kept.
pub async fn look_again(view: &View<'_>) -> Result<bool, TurnError> {
    let now = view.now();
    let missing = view.known.missing()?.into_iter();
    let mut any = false;
    for (id, _) in missing.filter(|(_, first)| second_look(*first, now) <= now).take(LOOKS_MAX) {
        if view.reach.stops() {
            break;
        }
        any = true;
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
    }
    Ok(any)
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
    if first > now { now } else { first.plus(SECOND_LOOK_AFTER) }
}
