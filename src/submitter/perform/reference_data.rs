//! Reads the reference data of Virtuous (S4).

use crate::{
    access::VirtuousAccess,
    domain::{Account, Lane, Timestamp, VirtuousReferenceData},
    turn::TurnError,
    virtuous::preflight::Preflight,
};

/// What a reading came to.
#[derive(Debug, PartialEq)]
pub enum ReferenceRead {
    /// All was read, of this organisation (I5); `None` if the answers make no reference data.
    Done(Option<(Box<VirtuousReferenceData>, Account)>),
    /// The process stops: nothing was read to its end.
    Stopped,
}

/// Reads the reference data. What people chose among tags of one name stays, and since when a tag has its name.
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
    let organisation = preflight.organisation();
    let organisation = Account { id: organisation.id.clone(), name: organisation.name.clone() };
    let read = preflight.finish(now).map(|mut read| {
        read.follow(known);
        (Box::new(read), organisation)
    });
    Ok(ReferenceRead::Done(read))
}

#[cfg(test)]
#[path = "reference_data_test.rs"]
mod tests;
