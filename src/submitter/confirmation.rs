//! Having Constant Contact send its one confirmation email (P5): read, compare, ask.

use crate::{
    access::CustomerContext,
    constant_contact::CcError,
    domain::{Lane, ListId, Refusal},
};

use super::{
    reread::{as_planned, not_found, same_consent},
    turn::InHand,
};

/// What came of it.
pub enum Sent {
    /// Constant Contact took it.
    Taken,
    /// It was sent before, by an answer that got lost or by somebody else: none is sent again.
    Before,
    /// What was read is not what the plan rested on; it is kept, to be merged again.
    Changed,
}

/// Has the email sent.
///
/// # Errors
/// The refusal.
pub async fn send(
    env: &CustomerContext,
    hand: &InHand,
    lane: Lane,
    lists: &[ListId],
) -> Result<Sent, Refusal> {
    let id = &hand.taken.subject.id;
    let mut conflicts = 0;
    loop {
        if as_planned(env, hand, lane, same_consent).await?.is_none() {
            return Ok(Sent::Changed);
        }
        let asked = env
            .cc
            .call(lane, |client, token| async move { client.send_confirmation(&token, id, lists).await });
        match asked.await {
            Ok(_) => return Ok(Sent::Taken),
            // A first conflict may be somebody who writes at the same moment (reference/constant-contact.md 8); one that stays
            // is the email that was sent, by an answer that got lost or by somebody else.
            Err(CcError::Conflict { .. }) if conflicts == 0 => conflicts += 1,
            Err(CcError::Conflict { .. }) => return Ok(Sent::Before),
            Err(CcError::NotFound) => return not_found(env, hand).await.map(|()| Sent::Changed),
            Err(error) => return Err(env.cc.refusal(error)),
        }
    }
}
