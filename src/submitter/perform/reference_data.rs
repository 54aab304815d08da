//! Reads the reference data of Virtuous (S4).

use std::time::Duration;

use crate::{
    access::{VirtuousAccess, quick_tries::QuickTries},
    domain::{Account, Lane, Timestamp, VirtuousReferenceData, kept_time},
    turn::TurnError,
    virtuous::preflight::Preflight,
};

/// How long parts of a reading count that did not come to its end.
const KEPT_FOR: Duration = Duration::from_secs(3600);

/// A reading of reference data that did not come to its end.
#[derive(Debug, Default)]
pub struct UnderWay(Option<Begun>);

/// What was read so far, with the times of its first and its last part.
#[derive(Debug)]
struct Begun {
    preflight: Preflight,
    begun_at: Timestamp,
    at: Timestamp,
}

impl UnderWay {
    /// The reading to go on with; another one if that is too old.
    fn take_at(&mut self, now: Timestamp) -> Begun {
        let begun = self.0.take().filter(|begun| kept_time::lasts(begun.at, KEPT_FOR, now));
        let begun = begun.unwrap_or_else(|| Begun { preflight: Preflight::new(), begun_at: now, at: now });
        Begun { at: now, ..begun }
    }
}

/// What a reading came to.
#[derive(Debug, PartialEq)]
pub enum ReferenceRead {
    /// All was read, of this organisation (I5); `None` if the answers make no reference data.
    Done(Option<(Box<VirtuousReferenceData>, Account)>),
    /// The process stops: nothing was read to its end.
    Stopped,
}

/// Reads the reference data, each part alone: a part that fails is tried twice more at once, what was read before stays in `under_way`
/// until all is read, and the next turn goes on from there (W7). What people chose among tags of one name stays, and since when a tag
/// has its name. It counts as read when its first part was: a wish that came in between is not answered by what was read before it.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(
    virtuous: &VirtuousAccess,
    is_stopping: &dyn Fn() -> bool,
    under_way: &mut UnderWay,
    known: &VirtuousReferenceData,
    now: Timestamp,
) -> Result<ReferenceRead, TurnError> {
    let mut begun = under_way.take_at(now);
    while begun.preflight.next_step().is_some() {
        let mut tries = QuickTries::default();
        while let Err(error) = virtuous.run_step(&mut begun.preflight, Lane::Change).await {
            if is_stopping() || !tries.again_after(&error).await {
                under_way.0 = Some(begun);
                return Err(virtuous.turn_error(error));
            }
        }
        if is_stopping() {
            under_way.0 = Some(begun);
            return Ok(ReferenceRead::Stopped);
        }
    }
    let Begun { preflight, begun_at, .. } = begun;
    let organisation = preflight.organisation();
    let organisation = Account { id: organisation.id.clone(), name: organisation.name.clone() };
    let read = preflight.finish(now).map(|mut read| {
        read.follow(known);
        // A tag has its name since now at the latest, and what was made since the first part may be missing.
        read.read_at = Some(begun_at.min(now));
        (Box::new(read), organisation)
    });
    Ok(ReferenceRead::Done(read))
}

#[cfg(test)]
#[path = "reference_data_test.rs"]
mod tests;
