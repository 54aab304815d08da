//! List memberships that staff changed by tags, written to Constant Contact (S5): each contact is read again, then one bulk
//! activity takes the difference for all who have the same; later it is asked for, and the contacts are read once more.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use crate::{
    access::CustomerContext,
    constant_contact::{
        Activity, ActivityState, CONTACTS_MAX, CcError, LISTS_MAX, Membership as MembershipChange,
    },
    domain::{
        ContactId, CustomerRecord, Effect, EffectKind, Finding, Lane, ListId, ListsInFlight, Membership,
        Reason, Refusal,
    },
    store::SharedPlanner,
    sync::{Step, lists},
    turn::{Turn, TurnError},
};

use super::{apply::settle_or_stop, preflight, reread, turn::InHand};

/// Contacts read at once.
const AT_ONCE: usize = 4;
/// Of so many in one activity, each is read again when it is done; of more, one without errors is believed (the next
/// readings show the rest).
const READ_AGAIN_MAX: usize = 20;
const EFFECT: EffectKind = EffectKind::ChangeLists;

/// Those who are to join the same lists, or to leave them.
type Groups<'a> = BTreeMap<(Membership, Vec<ListId>), Vec<(&'a InHand, Reason)>>;

fn failed(refusal: Refusal) -> Vec<Finding> {
    vec![Finding::Failed { action: EFFECT.into(), refusal }]
}

/// What a plan asks for.
fn asked(hand: &InHand) -> Option<(Membership, &Vec<ListId>, &Reason)> {
    let Step::Apply(planned) = &hand.plan.step else { return None };
    planned.iter().find_map(|planned| match &planned.effect {
        Effect::ChangeLists { membership, lists } => Some((*membership, lists, &planned.reason)),
        _ => None,
    })
}

/// Sends everybody's changes.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was done until then is settled.
pub async fn change(
    env: &CustomerContext,
    planner: &SharedPlanner,
    record: &CustomerRecord,
    hands: Vec<InHand>,
) -> Result<(), TurnError> {
    if leaves_by_old_book(env, &hands)? {
        // A tag that staff renamed or deleted is off everybody, and taken off nobody (S4, S5).
        let found = match preflight::read(env, record).await {
            Ok(Turn::Progressed) => Vec::new(),
            Ok(Turn::Idle(_)) => return Ok(()),
            // These wait for it, and nobody else (B3).
            Err(TurnError::Outside(text)) => {
                failed(Refusal::Transient { text, after: None, may_have_arrived: false })
            }
            Err(error) => return Err(error),
        };
        let planner = std::sync::Arc::new(env.planner(record)?);
        return settle_or_stop(env, &planner, hands.iter().map(|hand| (hand, found.clone())).collect()).await;
    }
    let read: Vec<_> =
        stream::iter(&hands)
            .map(|hand| async move {
                (hand, reread::as_planned(env, hand, Lane::Change, reread::same_lists).await)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
    let mut results = Vec::new();
    let mut groups: Groups<'_> = BTreeMap::new();
    for (hand, outcome) in read {
        match (outcome, asked(hand)) {
            (Ok(Some(_)), Some((membership, lists, reason))) => {
                let lists = lists.iter().take(LISTS_MAX).cloned().collect();
                groups.entry((membership, lists)).or_default().push((hand, reason.clone()));
            }
            // Kept, to be merged again.
            (Ok(_), _) => results.push((hand, Vec::new())),
            (Err(refusal), _) => results.push((hand, failed(refusal))),
        }
    }
    for ((membership, lists), members) in groups {
        for part in members.chunks(CONTACTS_MAX) {
            let found =
                if env.is_stopping() { None } else { Some(send(env, membership, &lists, part).await) };
            for (hand, reason) in part {
                let findings = match &found {
                    Some(Ok(flight)) => {
                        vec![Finding::ListsSent { flight: flight.clone(), reason: reason.clone() }]
                    }
                    Some(Err(refusal)) => failed(refusal.clone()),
                    None => Vec::new(),
                };
                results.push((*hand, findings));
            }
        }
    }
    settle_or_stop(env, planner, results).await
}

/// Whether somebody is to leave a list because a tag is off, and the tags of Virtuous were not read since that was seen.
fn leaves_by_old_book(env: &CustomerContext, hands: &[InHand]) -> Result<bool, TurnError> {
    let read_at = env.store.book()?.virtuous.read_at;
    Ok(hands.iter().any(|hand| {
        let seen_at = hand.taken.subject.virtuous.linked().map(|person| person.seen_at);
        matches!(asked(hand), Some((Membership::Leave, ..))) && seen_at.is_some_and(|seen| read_at < seen)
    }))
}

async fn send(
    env: &CustomerContext,
    membership: Membership,
    lists: &[ListId],
    members: &[(&InHand, Reason)],
) -> Result<ListsInFlight, Refusal> {
    let ids: Vec<ContactId> = members.iter().map(|(hand, _)| hand.taken.subject.id.clone()).collect();
    let change = match membership {
        Membership::Join => MembershipChange::Add,
        Membership::Leave => MembershipChange::Remove,
    };
    let ids = &ids;
    let sent = env.cc.call(Lane::Change, |client, token| async move {
        client.change_memberships(&token, change, ids, lists).await
    });
    let outcome = sent.await;
    env.metrics.effect(&env.id, EFFECT.as_str(), if outcome.is_ok() { "done" } else { "failed" });
    match outcome {
        Ok(answer) => Ok(ListsInFlight {
            activity: answer.value.id,
            membership,
            lists: lists.to_vec(),
            sent_at: env.now(),
            looks: 0,
            next_look: env.now().plus(lists::WAIT),
        }),
        // One list that is gone refuses all: that is known by the next reading of the lists, and planned anew.
        Err(error) => Err(match env.cc.refusal(error) {
            Refusal::Permanent { status, text } => {
                Refusal::Transient { text: format!("{status} {text}"), after: None, may_have_arrived: false }
            }
            refusal => refusal,
        }),
    }
}

/// Asks how far everybody's changes are.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was found until then is settled.
pub async fn look(
    env: &CustomerContext,
    planner: &SharedPlanner,
    hands: Vec<InHand>,
) -> Result<(), TurnError> {
    let mut activities: BTreeMap<&str, Vec<&InHand>> = BTreeMap::new();
    for hand in &hands {
        if let Some(flight) = &hand.taken.subject.lists_in_flight {
            activities.entry(&flight.activity).or_default().push(hand);
        }
    }
    let mut results = Vec::new();
    for (id, members) in activities {
        if env.is_stopping() {
            break;
        }
        let asked =
            env.cc.call(Lane::Change, |client, token| async move { client.activity(&token, id).await });
        match asked.await.map(|answer| answer.value) {
            Ok(activity) => results.extend(findings(env, members, activity).await),
            // They are kept for ten days: what came of it is to be seen on the contacts.
            Err(CcError::NotFound) => results.extend(read_again(env, members, "").await),
            Err(error) => {
                let refusal = env.cc.refusal(error);
                results.extend(members.into_iter().map(|hand| (hand, failed(refusal.clone()))));
            }
        }
    }
    settle_or_stop(env, planner, results).await
}

async fn findings<'a>(
    env: &CustomerContext,
    members: Vec<&'a InHand>,
    activity: Activity,
) -> Vec<(&'a InHand, Vec<Finding>)> {
    let all = |members: Vec<&'a InHand>, finding: Finding| {
        members.into_iter().map(|hand| (hand, vec![finding.clone()])).collect()
    };
    let sent_at =
        members.iter().filter_map(|hand| Some(hand.taken.subject.lists_in_flight.as_ref()?.sent_at));
    let errors = activity.errors.join("; ");
    match activity.state {
        ActivityState::Running
            if sent_at.min().is_some_and(|at| env.now().since(at) < lists::GIVEN_UP_AFTER) =>
        {
            all(members, Finding::ListsUnderWay)
        }
        ActivityState::Running => {
            all(members, Finding::ListsFailed("not carried out within a day".to_owned()))
        }
        ActivityState::Failed => all(members, Finding::ListsFailed(errors)),
        ActivityState::Completed if errors.is_empty() && members.len() > READ_AGAIN_MAX => {
            all(members, Finding::ListsTrusted)
        }
        // `completed` is no success of each contact (reference/constant-contact.md 6.3).
        ActivityState::Completed => read_again(env, members, &errors).await,
    }
}

/// Reads each contact, so that what it shows is the last word.
async fn read_again<'a>(
    env: &CustomerContext,
    members: Vec<&'a InHand>,
    errors: &str,
) -> Vec<(&'a InHand, Vec<Finding>)> {
    stream::iter(members)
        .map(|hand| async move {
            let outcome = match reread::read(env, hand, Lane::Change).await {
                Ok(Some((_, observation))) => reread::keep(env, observation).await,
                Ok(None) => Ok(()),
                Err(refusal) => Err(refusal),
            };
            let finding = match outcome {
                Ok(()) => vec![Finding::ListsDone { errors: errors.to_owned() }],
                Err(refusal) => failed(refusal),
            };
            (hand, finding)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}
