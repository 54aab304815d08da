//! Unsubscribing in Constant Contact what staff opted out in Virtuous (P1): read, compare, write, keep what came back.

use crate::{
    actors::env::CustomerEnv,
    constant_contact::{CcError, streams::Include, unsubscribe_body},
    domain::{CcView, Lane, Observation, Refusal},
    store::{Missing, Page},
};

use super::turn::InHand;

/// Unsubscribes one contact. `Ok(false)`: what was read is not what the plan rested on; it is kept, to be merged again.
///
/// # Errors
/// The refusal; a deleted contact is not written, since a PUT would revive it.
pub async fn in_constant_contact(
    env: &CustomerEnv,
    hand: &InHand,
    lane: Lane,
    reason: &'static str,
) -> Result<bool, Refusal> {
    let id = &hand.taken.subject.id;
    let include = Include::with_tags(env.rules.cc_tags);
    let refuse = |error: CcError| env.cc.refusal(error);
    let read = env.cc.call(lane, |client, token| async move { client.contact(&token, id, include).await });
    let read = match read.await {
        Ok(read) => read,
        Err(CcError::NotFound) => return not_found(env, hand).await,
        Err(error) => return Err(refuse(error)),
    };
    let record = read.value.record().map_err(|odd| refuse(CcError::Odd(odd.to_string())))?;
    let observation = record
        .observe(read.date.unwrap_or_else(|| env.now()))
        .map_err(|odd| refuse(CcError::Odd(odd.to_string())))?;
    // It answers: an earlier 404 says nothing any more (D1).
    env.store.forget_missing(env.number, id.clone()).await.map_err(|error| Refusal::Transient {
        text: error.to_string(),
        after: None,
        may_have_arrived: false,
    })?;
    if !same_consent(&observation.view, &hand.taken.subject.cc) {
        keep(env, observation).await?;
        return Ok(false);
    }
    // A plan that rests on the same does not ask for what must not be written: a deleted contact, one without address.
    let body = unsubscribe_body(&record, reason).map_err(|no| refuse(CcError::Odd(no.to_string())))?;
    let body = &body;
    let put =
        env.cc.call(lane, |client, token| async move { client.put_contact(&token, id, body.clone()).await });
    match put.await {
        Ok(_) => Ok(true),
        Err(CcError::NotFound) => not_found(env, hand).await,
        Err(error) => Err(refuse(error)),
    }
}

/// Whether a reading says the same of consent as the plan rested on (P1, P3).
fn same_consent(read: &CcView, planned: &CcView) -> bool {
    let facts = |view: &CcView| {
        (
            view.email_key(),
            view.permission,
            view.opt_in_source,
            view.opt_in_at,
            view.opt_out_at,
            view.deletion,
        )
    };
    facts(read) == facts(planned)
}

/// A known contact that is not found: noted, and gone if a second look says the same (D1). Until then there is nothing to
/// try.
async fn not_found(env: &CustomerEnv, hand: &InHand) -> Result<bool, Refusal> {
    let refused = |text: String, after| Err(Refusal::Transient { text, after, may_have_arrived: false });
    let (id, now) = (hand.taken.subject.id.clone(), env.now());
    let stage = env.record().map(|record| record.stage).unwrap_or_default();
    match env.store.observe_missing(env.number, id, env.rules.clone(), stage, now).await {
        Ok(Missing::LookAgain(second)) => refused("404 on a known contact".to_owned(), Some(second)),
        // The deletion is kept, to be merged.
        Ok(Missing::Gone | Missing::Deleted) => Ok(false),
        Ok(Missing::Unknown) => refused("404 on an unknown contact".to_owned(), None),
        Err(error) => refused(error.to_string(), None),
    }
}

/// Keeps what was read: it is newer than what the plan rested on.
async fn keep(env: &CustomerEnv, observation: Observation) -> Result<(), Refusal> {
    let stage = env.record().map(|record| record.stage).unwrap_or_default();
    let page = Page::apart(vec![observation]);
    let kept = env.store.observe(env.number, page, env.rules.clone(), stage, env.now()).await;
    kept.map(drop).map_err(|error| Refusal::Transient {
        text: error.to_string(),
        after: None,
        may_have_arrived: true,
    })
}
