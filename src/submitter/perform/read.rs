//! Subscribers that are to be looked up or read again, a few at once.

use futures_util::{StreamExt, stream};

use crate::{
    domain::{Action, VirtuousContactId},
    submitter::{
        hand::PlannedSubject,
        performed::{Outcome, Performed},
        reach::Reach,
    },
    sync::Step,
    virtuous::VirtuousError,
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
        Step::ReadHits(contacts) => further(reach, hand, contacts).await,
        Step::Refresh | Step::Nothing => refresh(reach, hand).await,
        _ => look_up(reach, hand).await.map(|finding| Outcome::of(vec![finding])),
    };
    found.unwrap_or_else(|error| Outcome::failed(Action::LookUp, reach.virtuous.refusal(error)))
}

/// Reads further contacts with the address. After an unknown outcome the linked contact is read first: a settlement without it would
/// end what is not known (E3, E5).
async fn further(
    reach: &Reach<'_>,
    hand: &PlannedSubject,
    contacts: &[VirtuousContactId],
) -> Result<Outcome, VirtuousError> {
    let is_unsure = hand.due.is_write_unsure() && hand.subject().virtuous.linked().is_some();
    let mut outcome = if is_unsure { refresh(reach, hand).await? } else { Outcome::default() };
    outcome.findings.extend(hits::look(reach, hand, contacts).await);
    Ok(outcome)
}
