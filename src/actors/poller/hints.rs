//! Following hints: each only causes a reading; what it claims is no evidence (W5).

use crate::{
    actors::{env::CustomerEnv, turn::TurnError},
    constant_contact::{CcError, ContactsPage, streams::Include},
    domain::{ContactId, CustomerRecord, Lane, Observation, Timestamp, email_key},
    store::{Hint, HintAbout, Page},
};

/// Hints followed in one turn.
pub const HINTS_MAX: usize = 50;

/// What became of the hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// All were followed, or the process stops.
    All,
    /// Some name nobody known, and are kept as one that asks for a poll.
    PollWanted,
}

/// Reads everybody again that the hints name.
///
/// # Errors
/// [`TurnError`], by who acts on it; hints that were followed until then are forgotten, the others stay.
pub async fn follow(
    env: &CustomerEnv,
    record: &CustomerRecord,
    hints: Vec<Hint>,
) -> Result<Followed, TurnError> {
    let mut poll = false;
    for hint in hints {
        if env.is_stopping() {
            return Ok(Followed::All);
        }
        let known = match &hint.about {
            HintAbout::Contact(id) => by_id(env, record, &hint, &ContactId::new(id)).await?,
            HintAbout::Email(address) => by_email(env, record, &hint, address).await?,
            HintAbout::Nobody => {
                poll = true;
                true
            }
        };
        if !known {
            poll = true;
            env.store.keep_hints(env.number, vec![HintAbout::Nobody], env.now()).await?;
            env.store.forget_hints(env.number, vec![hint]).await?;
        }
    }
    Ok(if poll { Followed::PollWanted } else { Followed::All })
}

/// Reads one contact again. `false` if there is none of this id.
async fn by_id(
    env: &CustomerEnv,
    record: &CustomerRecord,
    hint: &Hint,
    id: &ContactId,
) -> Result<bool, TurnError> {
    let include = Include::with_tags(env.rules.cc_tags);
    let read =
        env.cc.call(Lane::Consent, |client, token| async move { client.contact(&token, id, include).await });
    let answer = match read.await {
        Ok(answer) => answer,
        Err(CcError::NotFound | CcError::Refused { .. }) => return Ok(false),
        Err(error) => return Err(env.cc.turn_error(error)),
    };
    let seen_at = answer.date.unwrap_or_else(|| env.now());
    match answer.value.record().and_then(|record| record.observe(seen_at)) {
        Ok(observation) => {
            keep(env, record, hint, vec![observation]).await?;
            Ok(true)
        }
        Err(problem) => {
            tracing::warn!(customer = %env.id, %problem, "a record of Constant Contact was skipped");
            Ok(false)
        }
    }
}

/// Reads whoever has this address. `false` if nobody has.
async fn by_email(
    env: &CustomerEnv,
    record: &CustomerRecord,
    hint: &Hint,
    address: &str,
) -> Result<bool, TurnError> {
    // A known address is read by id: that finds the person even if the address changed meanwhile.
    let mut found = false;
    for id in env.store.find_by_email(env.number, &email_key(address))? {
        found |= by_id(env, record, hint, &id).await?;
    }
    if found {
        return Ok(true);
    }
    let include = Include::with_tags(env.rules.cc_tags);
    let read = env.cc.call(Lane::Consent, |client, token| async move {
        client.contacts_by_email(&token, address, include).await
    });
    let answer = read.await.map_err(|error| env.cc.turn_error(error))?;
    let observations = observations(&answer.value, answer.date.unwrap_or_else(|| env.now()));
    if observations.is_empty() {
        return Ok(false);
    }
    keep(env, record, hint, observations).await?;
    Ok(true)
}

fn observations(page: &ContactsPage, seen_at: Timestamp) -> Vec<Observation> {
    page.records().filter_map(|record| record.observe(seen_at).ok()).collect()
}

async fn keep(
    env: &CustomerEnv,
    record: &CustomerRecord,
    hint: &Hint,
    observations: Vec<Observation>,
) -> Result<(), TurnError> {
    let page = Page { observations, cursor: None, seen: None, answered: vec![hint.clone()] };
    env.store.observe(env.number, page, env.rules.clone(), record.stage, env.now()).await?;
    Ok(())
}
