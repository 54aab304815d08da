//! What became of a change of lists that Constant Contact carries out in its own time (S5): the activity is asked for, then the
//! contacts are read once more.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use crate::{
    constant_contact::{Activity, ActivityState, CcError, streams::Include},
    domain::{Finding, Lane, Timestamp},
    store::MissingInCc,
    submitter::{
        hand::PlannedSubject,
        performed::{Outcome, Performed},
        reach::Reach,
    },
    sync::lists,
};

use super::{lists::EFFECT, verify};

/// Contacts read at once.
const AT_ONCE: usize = 4;
/// Of so many in one activity, each is read again when it is done; of more, one without errors is believed (the next
/// readings show the rest).
const READ_AGAIN_MAX: usize = 20;

/// Subscribers with what was found of them.
type Outcomes<'a> = Vec<(&'a PlannedSubject, Outcome)>;

/// Asks how far the changes of all of them are.
pub async fn look(reach: &Reach<'_>, hands: &[PlannedSubject]) -> Performed {
    let mut activities: BTreeMap<&str, Vec<&PlannedSubject>> = BTreeMap::new();
    for hand in hands {
        if let Some(flight) = &hand.subject().lists_in_flight {
            activities.entry(&flight.activity).or_default().push(hand);
        }
    }
    let mut outcomes = Vec::new();
    for (id, members) in activities {
        if (reach.is_stopping)() {
            break;
        }
        let asked =
            reach.cc.call(Lane::Change, |client, token| async move { client.activity(&token, id).await });
        match asked.await.map(|answer| answer.value) {
            Ok(activity) => outcomes.extend(outcomes_of(reach, members, activity).await),
            // Activities are kept for ten days: what came of one is to be seen on the contacts.
            Err(CcError::NotFound) => outcomes.extend(read_again(reach, members, "").await),
            Err(error) => {
                let refusal = reach.cc.refusal(error);
                let failed = |hand| (hand, Outcome::failed(EFFECT.into(), refusal.clone()));
                outcomes.extend(members.into_iter().map(failed));
            }
        }
    }
    Performed::of(outcomes, reach.process())
}

async fn outcomes_of<'a>(
    reach: &Reach<'_>,
    members: Vec<&'a PlannedSubject>,
    activity: Activity,
) -> Outcomes<'a> {
    let errors = activity.errors.join("; ");
    let finding = match activity.state {
        ActivityState::Running if is_awaited(&members, reach.now()) => Finding::ListsUnderWay,
        ActivityState::Running => Finding::ListsFailed("not carried out within a day".to_owned()),
        ActivityState::Failed => Finding::ListsFailed(errors),
        ActivityState::Completed if errors.is_empty() && members.len() > READ_AGAIN_MAX => {
            Finding::ListsTrusted
        }
        // `completed` is no success of each contact (reference/constant-contact.md 6.3).
        ActivityState::Completed => return read_again(reach, members, &errors).await,
    };
    members.into_iter().map(|hand| (hand, Outcome::of(vec![finding.clone()]))).collect()
}

/// Whether the change was sent so lately that it may still be carried out.
fn is_awaited(members: &[&PlannedSubject], now: Timestamp) -> bool {
    let sent_at = members.iter().filter_map(|hand| Some(hand.subject().lists_in_flight.as_ref()?.sent_at));
    sent_at.min().is_some_and(|at| now.since(at) < lists::GIVEN_UP_AFTER)
}

/// Reads each contact, so that what it shows is the last word.
async fn read_again<'a>(reach: &Reach<'_>, members: Vec<&'a PlannedSubject>, errors: &str) -> Outcomes<'a> {
    stream::iter(members)
        .map(|hand| async move { (hand, read_one(reach, hand, errors).await) })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

async fn read_one(reach: &Reach<'_>, hand: &PlannedSubject, errors: &str) -> Outcome {
    let include = Include::with_tags(reach.planner.rules.cc_tags);
    let done = Finding::ListsDone { errors: errors.to_owned() };
    let mut outcome = Outcome::default();
    match verify::read(reach.cc, Lane::Change, hand.id(), include, reach.now()).await {
        Ok(Some(reread)) => {
            outcome.seen.read.push(reread.observation);
            outcome.findings.push(done);
        }
        Ok(None) => {
            let missing = verify::not_found(hand, EFFECT, reach.now());
            outcome.seen.missing.push(MissingInCc { if_gone: Some(done), ..missing });
        }
        Err(refusal) => return Outcome::failed(EFFECT.into(), refusal),
    }
    outcome
}

#[cfg(test)]
#[path = "activity_test.rs"]
mod tests;
