//! Subscribers that are to be looked up or read again, a few at once.

use futures_util::{StreamExt, stream};

use crate::{
    domain::Action,
    submitter::{
        hand::PlannedSubject,
        performed::{Outcome, Performed},
        reach::Reach,
    },
    sync::Step,
};

use super::{hits, look_up::look_up, refresh::refresh};

/// Subscribers read at once.
const AT_ONCE: usize = 4;

/// Looks up or reads again all of them.
pub async fn all(reach: &Reach<'_>, hands: &[PlannedSubject]) -> Performed {
    let outcomes = stream::iter(hands)
        .map(|hand| async move { (hand, one(reach, hand).await) })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    Performed::of(outcomes, reach.process())
}

async fn one(reach: &Reach<'_>, hand: &PlannedSubject) -> Outcome {
    if (reach.is_stopping)() {
        return Outcome::default();
    }
    let found = match &hand.plan.step {
        Step::ReadHits(contacts) => return hits::look(reach, hand, contacts).await,
        Step::Refresh | Step::Nothing => refresh(reach, hand).await,
        _ => look_up(reach, hand).await.map(|finding| Outcome::of(vec![finding])),
    };
    found.unwrap_or_else(|error| Outcome::failed(Action::LookUp, reach.virtuous.refusal(error)))
}
