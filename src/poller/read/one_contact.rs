//! One contact read alone: after a hint, a 404, or a sweep that did not show it (D1).

use crate::{
    constant_contact::CcError,
    domain::{ContactId, Lane, Observation},
    poller::reach::Reach,
    turn::TurnError,
};

/// What a look at one contact shows.
#[derive(Debug)]
pub enum Look {
    /// The contact.
    Shown(Box<Observation>),
    /// 404.
    NotFound,
    /// Nothing that could be understood; no evidence of anything.
    Nothing,
}

/// Looks at one contact.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn look(reach: &Reach<'_>, lane: Lane, id: &ContactId) -> Result<Look, TurnError> {
    let include = reach.include;
    let read = reach.cc.call(lane, |client, token| async move { client.contact(&token, id, include).await });
    let answer = match read.await {
        Ok(answer) => answer,
        Err(CcError::NotFound) => return Ok(Look::NotFound),
        Err(CcError::Refused { .. }) => return Ok(Look::Nothing),
        Err(error) => return Err(reach.cc.turn_error(error)),
    };
    let seen_at = reach.seen_at(&answer);
    match answer.value.record().and_then(|record| record.observe(seen_at)) {
        Ok(observation) => Ok(Look::Shown(Box::new(observation))),
        Err(problem) => {
            tracing::warn!(customer = %reach.customer, %problem, "a record of Constant Contact was skipped");
            Ok(Look::Nothing)
        }
    }
}

#[cfg(test)]
#[path = "one_contact_test.rs"]
mod tests;
