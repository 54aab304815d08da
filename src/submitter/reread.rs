//! Reading a contact of Constant Contact again just before it is written there, or to see what a write came to (P1, S5).

use crate::{
    access::CustomerContext,
    constant_contact::{CcError, ContactRead, streams::Include},
    domain::{CcView, Lane, Observation, Refusal},
    store::{Missing, Page},
};

use super::turn::InHand;

/// Reads a contact. `None`: it is not found, which is kept (D1).
///
/// # Errors
/// The refusal.
pub async fn read(
    env: &CustomerContext,
    hand: &InHand,
    lane: Lane,
) -> Result<Option<(ContactRead, Observation)>, Refusal> {
    let id = &hand.taken.subject.id;
    let include = Include::with_tags(env.rules.cc_tags);
    let refuse = |error: CcError| env.cc.refusal(error);
    let read = env.cc.call(lane, |client, token| async move { client.contact(&token, id, include).await });
    let read = match read.await {
        Ok(read) => read,
        Err(CcError::NotFound) => return not_found(env, hand).await.map(|()| None),
        Err(error) => return Err(refuse(error)),
    };
    let record = read.value.record().map_err(|odd| refuse(CcError::Odd(odd.to_string())))?;
    let observation = record
        .observe(read.date.unwrap_or_else(|| env.now()))
        .map_err(|odd| refuse(CcError::Odd(odd.to_string())))?;
    // It answers: an earlier 404 says nothing any more (D1).
    env.store.forget_missing(id.clone()).await.map_err(|error| Refusal::Transient {
        text: error.to_string(),
        after: None,
        may_have_arrived: false,
    })?;
    Ok(Some((read.value, observation)))
}

/// Reads a contact, and gives it if it is as the plan rested on; what was read instead is kept, to be merged again.
///
/// # Errors
/// The refusal.
pub async fn as_planned(
    env: &CustomerContext,
    hand: &InHand,
    lane: Lane,
    same: fn(&CcView, &CcView) -> bool,
) -> Result<Option<ContactRead>, Refusal> {
    let Some((read, observation)) = read(env, hand, lane).await? else { return Ok(None) };
    if same(&observation.view, &hand.taken.subject.cc) {
        return Ok(Some(read));
    }
    keep(env, observation).await?;
    Ok(None)
}

/// Whether a reading says the same of consent as the plan rested on (P1, P3).
pub fn same_consent(read: &CcView, planned: &CcView) -> bool {
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

/// Whether a reading says the same of consent and of lists (S5).
pub fn same_lists(read: &CcView, planned: &CcView) -> bool {
    same_consent(read, planned) && read.lists == planned.lists
}

/// A known contact that is not found: noted, and gone if a second look says the same (D1). Until then there is nothing to
/// try.
pub async fn not_found(env: &CustomerContext, hand: &InHand) -> Result<(), Refusal> {
    let refused = |text: String, after| Err(Refusal::Transient { text, after, may_have_arrived: false });
    let (id, now) = (hand.taken.subject.id.clone(), env.now());
    let stage = env.record().map(|record| record.stage).unwrap_or_default();
    match env.store.observe_missing(id, env.rules.clone(), stage, now).await {
        Ok(Missing::LookAgain(second)) => refused("404 on a known contact".to_owned(), Some(second)),
        // The deletion is kept, to be merged.
        Ok(Missing::Gone | Missing::Deleted) => Ok(()),
        Ok(Missing::Unknown) => refused("404 on an unknown contact".to_owned(), None),
        Err(error) => refused(error.to_string(), None),
    }
}

/// Keeps what was read: it is newer than what the plan rested on.
pub async fn keep(env: &CustomerContext, observation: Observation) -> Result<(), Refusal> {
    let stage = env.record().map(|record| record.stage).unwrap_or_default();
    let page = Page::apart(vec![observation]);
    let kept = env.store.observe(page, env.rules.clone(), stage, env.now()).await;
    kept.map(drop).map_err(|error| Refusal::Transient {
        text: error.to_string(),
        after: None,
        may_have_arrived: true,
    })
}
