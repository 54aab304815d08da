//! The subscription's turn: take, plan, begin, perform, commit; each call in its turn.

use crate::{
    access::VirtuousAccess,
    domain::{Stage, Timestamp},
    store::{CustomerStore, StoreError},
    submitter::commit::Committer,
    turn::{Turn, TurnError},
};

use super::{
    perform::{Came, perform},
    plan,
    wanted::Wanted,
};

/// When the subscription is next looked at; `None` if there is none that is Tandem's to look at.
///
/// # Errors
/// When the store cannot be read.
pub fn due(
    wanted: &Wanted<'_>,
    store: &CustomerStore,
    stage: Stage,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(plan::due(wanted, store.subscription()?.as_ref(), stage))
}

/// Makes, watches, mends or ends the subscription if that is due.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(
    wanted: &Wanted<'_>,
    virtuous: &VirtuousAccess,
    committer: &Committer<'_>,
    stage: Stage,
) -> Result<Option<Turn>, TurnError> {
    let Some(mut call) = plan::first_call(wanted, committer.store.subscription()?, stage)? else {
        return Ok(None);
    };
    loop {
        if let Some(intent) = call.intent() {
            committer.subscription(intent.clone()).await?;
        }
        match perform(wanted, virtuous, call).await? {
            Came::Known(subscription) => {
                committer.subscription(subscription).await?;
                return Ok(Some(Turn::Progressed));
            }
            Came::Needs(next) => call = next,
        }
    }
}
