//! One contact read alone: after a hint, a 404, or a sweep that did not show it; and the second look at a 404 (D1).

use crate::{
    access::CustomerContext,
    constant_contact::{CcError, streams::Include},
    domain::{ContactId, CustomerRecord, Lane, Observation, Timestamp},
    store::{Missing, Page, SECOND_LOOK_AFTER},
    turn::TurnError,
};

/// Second looks in one turn: more must not keep polls waiting.
const LOOKS_MAX: usize = 50;

/// What a look at one contact shows.
#[derive(Debug)]
pub enum Look {
    /// The contact.
    Shown(Box<Observation>),
    /// 404.
    NotFound,
    /// Nothing that could be understood; no evidence of anything.
    Nothing,
}

/// Looks at one contact.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn look(env: &CustomerContext, lane: Lane, id: &ContactId) -> Result<Look, TurnError> {
    let include = Include::with_tags(env.rules.cc_tags);
    let read = env.cc.call(lane, |client, token| async move { client.contact(&token, id, include).await });
    let answer = match read.await {
        Ok(answer) => answer,
        Err(CcError::NotFound) => return Ok(Look::NotFound),
        Err(CcError::Refused { .. }) => return Ok(Look::Nothing),
        Err(error) => return Err(env.cc.turn_error(error)),
    };
    let seen_at = answer.date.unwrap_or_else(|| env.now());
    match answer.value.record().and_then(|record| record.observe(seen_at)) {
        Ok(observation) => Ok(Look::Shown(Box::new(observation))),
        Err(problem) => {
            tracing::warn!(customer = %env.id, %problem, "a record of Constant Contact was skipped");
            Ok(Look::Nothing)
        }
    }
}

/// Keeps that a contact answered 404, and says in the log what that means.
///
/// # Errors
/// When the store cannot read or write.
pub async fn missing(
    env: &CustomerContext,
    record: &CustomerRecord,
    id: &ContactId,
) -> Result<Missing, TurnError> {
    let (rules, stage) = (env.rules.clone(), record.stage);
    let missing = env.store.observe_missing(id.clone(), rules, stage, env.now()).await?;
    match missing {
        Missing::Gone => tracing::info!(customer = %env.id, contact = %id, "not found twice: deleted (D1)"),
        Missing::LookAgain(_) => {
            tracing::info!(customer = %env.id, contact = %id, "a known contact is not found: looked at again later (D1)");
        }
        Missing::Unknown | Missing::Deleted => {}
    }
    Ok(missing)
}

/// Looks again at everybody whose first 404 is old enough. `true` if there was anybody.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was seen until then is kept.
pub async fn look_again(env: &CustomerContext, record: &CustomerRecord) -> Result<bool, TurnError> {
    let now = env.now();
    let missing_now = env.store.missing()?;
    let due = missing_now.into_iter().filter(|(_, first)| second_look(*first, now) <= now);
    let mut any = false;
    for (id, _) in due.take(LOOKS_MAX) {
        if env.is_stopping() {
            break;
        }
        any = true;
        match look(env, Lane::Verify, &id).await? {
            Look::Shown(observation) => {
                let page = Page::apart(vec![*observation]);
                env.store.observe(page, env.rules.clone(), record.stage, env.now()).await?;
            }
            Look::NotFound => {
                missing(env, record, &id).await?;
            }
            // What cannot be read is no proof: forgotten, and left to the sweep.
            Look::Nothing => env.store.forget_missing(id).await?,
        }
    }
    Ok(any)
}

/// When the next second look is due.
///
/// # Errors
/// When the store cannot be read.
pub fn due(env: &CustomerContext) -> Result<Option<Timestamp>, TurnError> {
    let now = env.now();
    Ok(env.store.missing()?.into_iter().map(|(_, first)| second_look(first, now)).min())
}

/// When a 404 is to be looked at again; at once, if only a clock that was set back can explain the first look.
fn second_look(first: Timestamp, now: Timestamp) -> Timestamp {
    if first > now { now } else { first.plus(SECOND_LOOK_AFTER) }
}
