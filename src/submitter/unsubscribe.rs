//! Unsubscribing in Constant Contact what staff opted out in Virtuous (P1): read, compare, write, keep what came back.

use crate::{
    access::CustomerContext,
    constant_contact::{CcError, unsubscribe_body},
    domain::{Lane, Refusal},
};

use super::{
    reread::{as_planned, not_found, same_consent},
    turn::InHand,
};

/// Unsubscribes one contact. `Ok(false)`: what was read is not what the plan rested on; it is kept, to be merged again.
///
/// # Errors
/// The refusal; a deleted contact is not written, since a PUT would revive it.
pub async fn in_constant_contact(
    env: &CustomerContext,
    hand: &InHand,
    lane: Lane,
    reason: &'static str,
) -> Result<bool, Refusal> {
    let id = &hand.taken.subject.id;
    let refuse = |error: CcError| env.cc.refusal(error);
    let Some(read) = as_planned(env, hand, lane, same_consent).await? else { return Ok(false) };
    let record = read.record().map_err(|odd| refuse(CcError::Odd(odd.to_string())))?;
    // A plan that rests on the same does not ask for what must not be written: a deleted contact, one without address.
    let body = unsubscribe_body(&record, reason).map_err(|no| refuse(CcError::Odd(no.to_string())))?;
    let body = &body;
    let put =
        env.cc.call(lane, |client, token| async move { client.put_contact(&token, id, body.clone()).await });
    match put.await {
        Ok(_) => Ok(true),
        Err(CcError::NotFound) => not_found(env, hand).await.map(|()| false),
        Err(error) => Err(refuse(error)),
    }
}
