//! Reading a contact of Constant Contact again, just before it is written there or to see what a write came to (P1, S5).

use crate::{
    access::CcAccess,
    constant_contact::{CcError, ContactRead, streams::Include},
    domain::{CcView, ContactId, EffectKind, Lane, Observation, Refusal, Timestamp},
    store::MissingInCc,
    submitter::{hand::PlannedSubject, performed::Seen, reach::Reach},
    sync::capture::complete,
};

/// A contact that answered.
pub struct Reread {
    /// As read.
    pub read: ContactRead,
    /// What it says of the subscriber.
    pub observation: Observation,
}

/// What a reading just before a write came to.
pub enum Verified {
    /// The contact is as the plan rested on.
    AsPlanned(Box<ContactRead>),
    /// It is not: nothing is to be written, and what was read is to be merged again.
    Changed,
}

/// What was tried on a contact, with what was read on the way, whatever came of it.
pub struct Tried<T> {
    /// What was read.
    pub seen: Seen,
    /// What came of it.
    pub outcome: Result<T, Refusal>,
}

/// Reads a contact; `None` if it is not found.
///
/// # Errors
/// The refusal.
pub async fn read(
    cc: &CcAccess,
    lane: Lane,
    id: &ContactId,
    include: Include,
    now: Timestamp,
) -> Result<Option<Reread>, Refusal> {
    let read = cc.call(lane, |client, token| async move { client.contact(&token, id, include).await });
    let read = match read.await {
        Ok(read) => read,
        Err(CcError::NotFound) => return Ok(None),
        Err(error) => return Err(cc.refusal(error)),
    };
    let odd = |text: String| cc.refusal(CcError::Odd(text));
    let record = read.value.record().map_err(|error| odd(error.to_string()))?;
    let observation = record.observe(read.date.unwrap_or(now)).map_err(|error| odd(error.to_string()))?;
    Ok(Some(Reread { read: read.value, observation }))
}

/// Reads a contact before an effect, and compares it with what the plan rested on.
pub async fn as_planned(
    reach: &Reach<'_>,
    hand: &PlannedSubject,
    lane: Lane,
    effect: EffectKind,
    same: fn(&CcView, &CcView) -> bool,
) -> Tried<Verified> {
    let include = Include::with_tags(reach.planner.rules.cc_tags);
    let mut seen = Seen::default();
    let outcome = match read(reach.cc, lane, hand.id(), include, reach.now()).await {
        Err(refusal) => Err(refusal),
        Ok(None) => {
            seen.missing.push(not_found(hand, effect, reach.now()));
            Ok(Verified::Changed)
        }
        Ok(Some(Reread { read, observation })) if same(&observation.view, &hand.subject().cc) => {
            seen.answered.push((hand.id().clone(), reach.now()));
            Ok(Verified::AsPlanned(Box::new(read)))
        }
        Ok(Some(Reread { observation, .. }))
            if same(&complete(&hand.subject().cc, &observation), &hand.subject().cc) =>
        {
            // Only what was not told differs: nothing is known to have changed, and nothing is written on it (E2).
            Err(reach.cc.refusal(CcError::Odd("the answer leaves out what a write rests on".to_owned())))
        }
        Ok(Some(Reread { observation, .. })) => {
            seen.read.push(observation);
            Ok(Verified::Changed)
        }
    };
    Tried { seen, outcome }
}

/// The contact is not found: noted, and gone if a second look says the same (D1).
#[must_use]
pub fn not_found(hand: &PlannedSubject, effect: EffectKind, at: Timestamp) -> MissingInCc {
    MissingInCc { id: hand.id().clone(), at, effect, if_gone: None }
}

/// Whether a reading says the same of consent as the plan rested on (P1, P3).
#[must_use]
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
#[must_use]
pub fn same_lists(read: &CcView, planned: &CcView) -> bool {
    same_consent(read, planned) && read.lists == planned.lists
}
