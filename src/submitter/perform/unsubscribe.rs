//! Unsubscribing in Constant Contact what staff opted out in Virtuous (P1): read on both sides, compare, write.

use crate::{
    access::CcAccess,
    constant_contact::{CcError, ContactRead, unsubscribe_body},
    domain::{ContactId, EffectKind, Lane, MethodId, Refusal, Subject},
    submitter::{hand::PlannedSubject, perform::fresh::Fresh, reach::Reach},
    sync::consent,
};

use super::verify::{Tried, Verified, as_planned, not_found, same_consent};

/// The effect's kind.
const EFFECT: EffectKind = EffectKind::Unsubscribe;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsubscribed {
    /// Written.
    Done,
    /// What was read is not what the plan rested on: nothing was written, and it is merged again.
    Changed,
    /// Virtuous does not show the opt-out any more, or did not tell: nothing was written.
    NotOut,
}

/// Unsubscribes a contact, if `is_still_out` finds the opt-out in Virtuous right before the write. A deleted contact is not written,
/// since a PUT would revive it.
pub async fn unsubscribe(
    reach: &Reach<'_>,
    hand: &PlannedSubject,
    lane: Lane,
    reason: &'static str,
    is_still_out: impl AsyncFnOnce() -> bool,
) -> Tried<Unsubscribed> {
    let Tried { mut seen, outcome } = as_planned(reach, hand, lane, EFFECT, same_consent).await;
    let read = match outcome {
        Ok(Verified::AsPlanned(read)) => read,
        Ok(Verified::Changed) => return Tried { seen, outcome: Ok(Unsubscribed::Changed) },
        Err(refusal) => return Tried { seen, outcome: Err(refusal) },
    };
    if !is_still_out().await {
        return Tried { seen, outcome: Ok(Unsubscribed::NotOut) };
    }
    let outcome = match put(reach.cc, lane, hand.id(), &read, reason).await {
        Ok(Put::Done) => Ok(Unsubscribed::Done),
        Ok(Put::NotFound) => {
            seen.missing.push(not_found(hand, EFFECT, reach.now()));
            Ok(Unsubscribed::Changed)
        }
        Err(refusal) => Err(refusal),
    };
    Tried { seen, outcome }
}

/// Whether the reading itself tells an opt-out that an unsubscribe may rest on: what was filled from what is known tells nothing
/// (P1, E2).
#[must_use]
pub fn tells_opt_out(fresh: &Fresh, subject: &Subject) -> bool {
    let own = consent::addresses(subject);
    let of_individual = fresh.person.emails.iter().filter(|method| method.is_at(&own) && !method.opted_in);
    let beside = fresh.person.others.iter().filter(|other| other.is_staffs_opt_out());
    let mut outs = of_individual.chain(beside.map(|other| &other.method));
    let shown = |id: MethodId| {
        let individuals = &fresh.read.contact.individuals;
        individuals.iter().flat_map(|one| one.emails.iter()).find(|method| method.id == id)
    };
    outs.any(|method| shown(method.id).is_some_and(|shown| shown.opted_in == Some(false)))
}

enum Put {
    Done,
    NotFound,
}

async fn put(
    cc: &CcAccess,
    lane: Lane,
    id: &ContactId,
    read: &ContactRead,
    reason: &'static str,
) -> Result<Put, Refusal> {
    let odd = |text: String| cc.refusal(CcError::Odd(text));
    let record = read.record().map_err(|error| odd(error.to_string()))?;
    // A plan that rests on the same does not ask for what must not be written: a deleted contact, one without address.
    let body = unsubscribe_body(&record, reason).map_err(|no| odd(no.to_string()))?;
    let body = &body;
    let put =
        cc.call(lane, |client, token| async move { client.put_contact(&token, id, body.clone()).await });
    match put.await {
        Ok(_) => Ok(Put::Done),
        Err(CcError::NotFound) => Ok(Put::NotFound),
        Err(error) => Err(cc.refusal(error)),
    }
}

#[cfg(test)]
#[path = "unsubscribe_test.rs"]
mod tests;
