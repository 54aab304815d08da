//! List memberships that staff changed by tags, written to Constant Contact (S5): each contact is read again, then one bulk
//! activity takes the difference for all subscribers that have it in common.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use crate::{
    access::CcAccess,
    constant_contact::{CONTACTS_MAX, LISTS_MAX, Membership as MembershipChange},
    domain::{
        ContactId, Effect, EffectKind, Finding, Lane, ListId, ListsInFlight, Membership, Reason, Refusal,
        Timestamp,
    },
    submitter::{
        hand::PlannedSubject,
        performed::{Outcome, Performed, Seen},
        reach::Reach,
    },
    sync::lists as sync_lists,
    turn::TurnError,
};

use super::{
    apply,
    reference_data::{self, ReferenceRead, UnderWay},
    verify::{Tried, Verified, as_planned, same_lists},
};

/// Contacts read at once.
const AT_ONCE: usize = 4;
/// The effect's kind.
pub(super) const EFFECT: EffectKind = EffectKind::ChangeLists;

/// Subscribers that are to join the same lists, or to leave them.
type Groups<'a> = BTreeMap<(Membership, Vec<ListId>), Vec<(&'a PlannedSubject, Reason)>>;

/// What a plan asks for.
fn asked(hand: &PlannedSubject) -> Option<(Membership, &Vec<ListId>, &Reason)> {
    hand.effects().iter().find_map(|planned| match &planned.effect {
        Effect::ChangeLists { membership, lists } => Some((*membership, lists, &planned.reason)),
        _ => None,
    })
}

/// Sends the changes of all of them.
pub async fn change(reach: &Reach<'_>, hands: &[PlannedSubject]) -> Performed {
    if leaves_by_old_tags(reach.reference.read_at, hands) {
        return read_tags_first(reach, hands).await;
    }
    let verified: Vec<_> = stream::iter(hands)
        .map(|hand| async move { (hand, verify(reach, hand).await) })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut outcomes = Vec::new();
    let (mut groups, mut all): (Groups<'_>, Seen) = (BTreeMap::new(), Seen::default());
    for (hand, verified) in verified {
        let Tried { seen, outcome } = match verified {
            Ok(tried) => tried,
            Err(outcome) => {
                outcomes.push((hand, outcome));
                continue;
            }
        };
        match (outcome, asked(hand)) {
            (Ok(Verified::AsPlanned(_)), Some((membership, lists, reason))) => {
                let lists = lists.iter().take(LISTS_MAX).cloned().collect();
                groups.entry((membership, lists)).or_default().push((hand, reason.clone()));
                all.add(seen);
            }
            // What was read is merged again.
            (Ok(_), _) => outcomes.push((hand, Outcome { findings: Vec::new(), seen })),
            (Err(refusal), _) => {
                let outcome = Outcome::failed(EFFECT.into(), refusal);
                outcomes.push((hand, Outcome { seen, ..outcome }));
            }
        }
    }
    for ((membership, lists), members) in groups {
        for part in members.chunks(CONTACTS_MAX) {
            outcomes.extend(send_group(reach, membership, &lists, part).await);
        }
    }
    let mut performed = Performed::of(outcomes, reach.process());
    performed.seen.add(all);
    performed
}

/// Reads a contact again in both systems: in Virtuous, whose tags ask for the change (E1), and in Constant Contact.
async fn verify(reach: &Reach<'_>, hand: &PlannedSubject) -> Result<Tried<Verified>, Outcome> {
    if (reach.is_stopping)() {
        return Err(Outcome::default());
    }
    let seen = apply::as_planned(reach, hand).await?;
    let mut tried = as_planned(reach, hand, Lane::Change, EFFECT, same_lists).await;
    tried.seen.add(seen);
    Ok(tried)
}

/// Whether a subscriber is to leave a list because a tag is off, and the tags of Virtuous were not read since that was seen.
fn leaves_by_old_tags(read_at: Option<Timestamp>, hands: &[PlannedSubject]) -> bool {
    hands.iter().any(|hand| {
        let seen_at = hand.subject().virtuous.linked().map(|person| person.seen_at);
        matches!(asked(hand), Some((Membership::Leave, ..))) && seen_at.is_some() && read_at < seen_at
    })
}

/// A tag that staff renamed or deleted is off every contact, though staff took it off none (S4, S5): all subscribers are planned
/// again with the tags as they are.
async fn read_tags_first(reach: &Reach<'_>, hands: &[PlannedSubject]) -> Performed {
    let mut anew = UnderWay::default();
    let read =
        reference_data::read(reach.virtuous, reach.is_stopping, &mut anew, reach.reference, reach.now());
    let (findings, reference) = match read.await {
        Ok(ReferenceRead::Done(read)) => (Vec::new(), read.map(|(reference, _)| reference)),
        Ok(ReferenceRead::Stopped) => return Performed::default(),
        // These wait for it, and nothing else does (B3).
        Err(TurnError::Outside(text)) => {
            let refusal = Refusal::Transient { text, after: None, may_have_arrived: false };
            (Outcome::failed(EFFECT.into(), refusal).findings, None)
        }
        Err(stop) => return Performed { stop: Some(stop), ..Performed::default() },
    };
    let settlements = hands.iter().map(|hand| hand.settlement(findings.clone())).collect();
    Performed { settlements, seen: Seen { reference, ..Seen::default() }, ..Performed::default() }
}

/// Sends one change for subscribers that have it in common.
async fn send_group<'a>(
    reach: &Reach<'_>,
    membership: Membership,
    lists: &[ListId],
    members: &[(&'a PlannedSubject, Reason)],
) -> Vec<(&'a PlannedSubject, Outcome)> {
    if (reach.is_stopping)() {
        return members.iter().map(|(hand, _)| (*hand, Outcome::default())).collect();
    }
    let ids: Vec<ContactId> = members.iter().map(|(hand, _)| hand.id().clone()).collect();
    let sent = send(reach.cc, membership, lists, &ids).await;
    reach.count(EFFECT, if sent.is_ok() { "done" } else { "failed" });
    let sent = sent.map(|activity| ListsInFlight {
        activity,
        membership,
        lists: lists.to_vec(),
        sent_at: reach.now(),
        looks: 0,
        next_look: reach.now().plus(sync_lists::WAIT),
    });
    let outcome = |reason: &Reason| match &sent {
        Ok(flight) => {
            Outcome::of(vec![Finding::ListsSent { flight: flight.clone(), reason: reason.clone() }])
        }
        Err(refusal) => Outcome::failed(EFFECT.into(), refusal.clone()),
    };
    members.iter().map(|(hand, reason)| (*hand, outcome(reason))).collect()
}

/// Gives the id of the activity that carries the change out.
async fn send(
    cc: &CcAccess,
    membership: Membership,
    lists: &[ListId],
    ids: &[ContactId],
) -> Result<String, Refusal> {
    let change = match membership {
        Membership::Join => MembershipChange::Add,
        Membership::Leave => MembershipChange::Remove,
    };
    let sent = cc.call(Lane::Change, |client, token| async move {
        client.change_memberships(&token, change, ids, lists).await
    });
    match sent.await {
        Ok(answer) => Ok(answer.value.id),
        // One list that is gone refuses all: that is known by the next reading of the lists, and planned anew.
        Err(error) => Err(match cc.refusal(error) {
            Refusal::Permanent { status, text } => {
                Refusal::Transient { text: format!("{status} {text}"), after: None, may_have_arrived: false }
            }
            refusal => refusal,
        }),
    }
}

#[cfg(test)]
#[path = "lists_test.rs"]
mod tests;
