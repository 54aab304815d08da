//! The account's own counts (W3).

use crate::{constant_contact::CcError, domain::Lane, poller::reach::Reach, turn::TurnError};

/// The counts by permission, in the order explicit, implicit, pending, unsubscribed; `None` if this account has no answer
/// to that: the sweep comes in its time.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(reach: &Reach<'_>) -> Result<Option<[Option<i64>; 4]>, TurnError> {
    let answer = reach.cc.call(Lane::Verify, |client, token| async move { client.counts(&token).await });
    let counts = match answer.await {
        Ok(answer) => answer.value,
        Err(CcError::NotFound | CcError::Refused { .. } | CcError::Forbidden { .. }) => return Ok(None),
        Err(error) => return Err(reach.cc.turn_error(error)),
    };
    let number = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
    Ok(Some([counts.explicit, counts.implicit, counts.pending, counts.unsubscribed].map(number)))
}

#[cfg(test)]
#[path = "counts_test.rs"]
mod tests;
