//! Unsubscribing in Constant Contact what staff opted out in Virtuous (P1): read, compare, write, keep what came back.

use crate::{
    actors::env::CustomerEnv,
    constant_contact::{CcError, NoUnsubscribe, streams::Include, unsubscribe_body},
    domain::{Lane, Refusal, Timestamp},
    store::Page,
};

use super::turn::InHand;

/// Unsubscribes one contact. Gives the call that was made, for the timeline.
///
/// # Errors
/// The refusal; a deleted contact is not written, since a PUT would revive it.
pub async fn in_constant_contact(
    env: &CustomerEnv,
    hand: &InHand,
    lane: Lane,
    reason: &'static str,
) -> Result<&'static str, Refusal> {
    let id = &hand.taken.subject.id;
    let include = Include::with_tags(env.rules.cc_tags);
    let refuse = |error: CcError| error.into_refusal(env.now());
    let read = env.cc.call(lane, |client, token| async move { client.contact(&token, id, include).await });
    let read = read.await.map_err(refuse)?;
    let record = read.value.record().map_err(|odd| refuse(CcError::Odd(odd.to_string())))?;
    let body = match unsubscribe_body(&record, reason) {
        Ok(body) => body,
        Err(NoUnsubscribe::AlreadyUnsubscribed) => {
            keep(env, &record, read.date).await?;
            return Ok("unsubscribed there already");
        }
        Err(NoUnsubscribe::Deleted | NoUnsubscribe::NoAddress) => {
            keep(env, &record, read.date).await?;
            return Ok("deleted or without address there: not written");
        }
        Err(NoUnsubscribe::Odd(text)) => return Err(refuse(CcError::Odd(text))),
    };
    let body = &body;
    let put =
        env.cc.call(lane, |client, token| async move { client.put_contact(&token, id, body.clone()).await });
    put.await.map_err(refuse)?;
    Ok("PUT contacts")
}

/// Keeps what was read: it is newer than what the plan rested on.
async fn keep(
    env: &CustomerEnv,
    record: &crate::constant_contact::Record<'_>,
    date: Option<Timestamp>,
) -> Result<(), Refusal> {
    let stage = env.record().map(|record| record.stage).unwrap_or_default();
    let Ok(observation) = record.observe(date.unwrap_or_else(|| env.now())) else { return Ok(()) };
    let page = Page { observations: vec![observation], cursor: None, seen: None, answered: Vec::new() };
    let kept = env.store.observe(env.number, page, env.rules.clone(), stage, env.now()).await;
    kept.map(drop).map_err(|error| Refusal::Transient {
        text: error.to_string(),
        after: None,
        may_have_arrived: true,
    })
}
