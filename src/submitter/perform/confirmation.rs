//! Having Constant Contact send its one confirmation email (P5): read, compare, ask.

use crate::{
    constant_contact::CcError,
    domain::{EffectKind, Lane, ListId},
    submitter::{hand::PlannedSubject, performed::Seen, reach::Reach},
};

use super::verify::{Tried, Verified, as_planned, not_found, same_consent};

/// The effect's kind.
const EFFECT: EffectKind = EffectKind::SendConfirmation;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Constant Contact took it.
    Taken,
    /// It was sent before, by an answer that got lost or by another user: none is sent again.
    Before,
    /// What was read is not what the plan rested on: nothing was asked for, and it is merged again.
    Changed,
}

/// Has the email sent.
pub async fn send(reach: &Reach<'_>, hand: &PlannedSubject, lane: Lane, lists: &[ListId]) -> Tried<Sent> {
    let (id, mut all) = (hand.id(), Seen::default());
    let mut conflicts = 0;
    let outcome = loop {
        let Tried { seen, outcome } = as_planned(reach, hand, lane, EFFECT, same_consent).await;
        all.add(seen);
        match outcome {
            Ok(Verified::AsPlanned(_)) => {}
            Ok(Verified::Changed) => break Ok(Sent::Changed),
            Err(refusal) => break Err(refusal),
        }
        let asked = reach
            .cc
            .call(lane, |client, token| async move { client.send_confirmation(&token, id, lists).await });
        match asked.await {
            Ok(_) => break Ok(Sent::Taken),
            // A first conflict may be another writer at the same moment (reference/constant-contact.md 8); a second one says that
            // the email was sent, by an answer that got lost or by another user.
            Err(CcError::Conflict { .. }) if conflicts == 0 => conflicts += 1,
            Err(CcError::Conflict { .. }) => break Ok(Sent::Before),
            Err(CcError::NotFound) => {
                all.missing.push(not_found(hand, EFFECT, reach.now()));
                break Ok(Sent::Changed);
            }
            Err(error) => break Err(reach.cc.refusal(error)),
        }
    };
    Tried { seen: all, outcome }
}

#[cfg(test)]
#[path = "confirmation_test.rs"]
mod tests;
