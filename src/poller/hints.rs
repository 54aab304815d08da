//! Following hints: each only causes a reading; what it claims is no evidence (W5).

use std::time::Duration;

use crate::{
    access::CustomerContext,
    constant_contact::{CcError, ContactsPage, streams::Include},
    domain::{ContactId, CustomerRecord, Lane, Observation, Timestamp, email_key},
    store::{Hint, HintAbout, Missing, Page},
    turn::TurnError,
};

use super::one_contact::{self, Look};

/// Hints followed in one turn: more must not keep polls waiting.
pub const HINTS_MAX: usize = 50;
/// Hints in a row that could not be followed: then the other side is at fault rather than they, and polls have their turn.
const FAILURES_MAX: u32 = 3;
/// A hint that could not be followed for so long is left to the polls.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 3600);

/// What became of the hints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Followed {
    /// Whether any was followed.
    pub any: bool,
    /// Whether a hint names no known contact, and is kept as a wish for a poll.
    pub poll_wanted: bool,
    /// When the next hint that was put off is due.
    pub next: Option<Timestamp>,
}

/// What following a hint showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    /// No contact.
    Nobody,
    /// That a known contact is not found.
    Gap,
    /// A contact; its reading is kept, and the hint forgotten with it.
    Contact,
}

/// Reads every contact again that the hints name. A hint that cannot be followed is put off, and the others go on (B3).
///
/// # Errors
/// [`TurnError`], by who acts on it; hints that were followed until then are forgotten, the others stay.
pub async fn follow(env: &CustomerContext, record: &CustomerRecord) -> Result<Followed, TurnError> {
    let waiting = env.store.hints(env.now(), HINTS_MAX)?;
    let mut followed = Followed { next: waiting.next, ..Followed::default() };
    let mut failures = 0;
    for hint in waiting.due {
        if env.is_stopping() || failures >= FAILURES_MAX {
            break;
        }
        let known = match &hint.about {
            HintAbout::Contact(id) => by_id(env, record, &hint, &ContactId::new(id)).await,
            HintAbout::Email(address) => by_email(env, record, &hint, address).await,
            HintAbout::Nobody => {
                followed.poll_wanted = true;
                continue;
            }
        };
        match known {
            Ok(Shown::Contact) => (followed.any, failures) = (true, 0),
            Ok(Shown::Gap) => {
                env.store.forget_hints(vec![hint]).await?;
                (followed.any, failures) = (true, 0);
            }
            Ok(Shown::Nobody) => {
                leave_to_a_poll(env, hint).await?;
                (followed.any, followed.poll_wanted, failures) = (true, true, 0);
            }
            Err(TurnError::Outside(error)) => {
                failures += 1;
                if env.now().since(hint.received_at) > GIVEN_UP_AFTER {
                    leave_to_a_poll(env, hint).await?;
                    followed.poll_wanted = true;
                    continue;
                }
                tracing::warn!(customer = %env.id, error, "a hint cannot be followed and is put off; the rest goes on");
                env.store.put_off_hint(hint, env.now()).await?;
                let next = env.store.hints(env.now(), 1)?.next;
                followed.next = followed.next.into_iter().chain(next).min();
            }
            Err(error) => return Err(error),
        }
    }
    Ok(followed)
}

/// A hint about a contact that Constant Contact does not show: a poll is the answer.
async fn leave_to_a_poll(env: &CustomerContext, hint: Hint) -> Result<(), TurnError> {
    env.store.keep_hints(vec![HintAbout::Nobody], env.now()).await?;
    env.store.forget_hints(vec![hint]).await?;
    Ok(())
}

/// Hints that ask for a poll.
///
/// # Errors
/// When the store cannot be read.
pub fn for_a_poll(env: &CustomerContext) -> Result<Vec<Hint>, TurnError> {
    let mut hints = env.store.hints(env.now(), usize::MAX)?.due;
    hints.retain(|hint| hint.about == HintAbout::Nobody);
    Ok(hints)
}

/// Reads one contact again. A known contact that is not found is noted, and looked at again (D1).
async fn by_id(
    env: &CustomerContext,
    record: &CustomerRecord,
    hint: &Hint,
    id: &ContactId,
) -> Result<Shown, TurnError> {
    match one_contact::look(env, Lane::Consent, id).await? {
        Look::Shown(observation) => {
            keep(env, record, hint, vec![*observation]).await?;
            Ok(Shown::Contact)
        }
        Look::NotFound => match one_contact::missing(env, record, id).await? {
            Missing::Unknown => Ok(Shown::Nobody),
            Missing::Deleted | Missing::LookAgain(_) | Missing::Gone => Ok(Shown::Gap),
        },
        Look::Nothing => Ok(Shown::Nobody),
    }
}

/// Reads the contacts with this address.
async fn by_email(
    env: &CustomerContext,
    record: &CustomerRecord,
    hint: &Hint,
    address: &str,
) -> Result<Shown, TurnError> {
    // A known address is read by id: that finds the person even if the address changed meanwhile.
    let key = email_key(address);
    let (mut found, mut lives) = (Shown::Nobody, false);
    for id in env.store.find_by_email(&key)? {
        let shown = by_id(env, record, hint, &id).await?;
        let now = env.store.subject(&id)?;
        lives |= shown == Shown::Contact
            && now.is_some_and(|it| it.cc.deletion.is_none() && it.cc.email_key().as_ref() == Some(&key));
        found = found.max(shown);
    }
    // A deleted contact, or a contact with another address now, may have been made again under another id.
    if lives {
        return Ok(Shown::Contact);
    }
    let include = Include::with_tags(env.rules.cc_tags);
    let read = env.cc.call(Lane::Consent, |client, token| async move {
        client.contacts_by_email(&token, address, include).await
    });
    let answer = match read.await {
        Ok(answer) => answer,
        // Not an address that Constant Contact can have.
        Err(CcError::NotFound | CcError::Refused { .. }) => return Ok(found),
        Err(error) => return Err(env.cc.turn_error(error)),
    };
    let observations = observations(&answer.value, answer.date.unwrap_or_else(|| env.now()));
    if observations.is_empty() {
        return Ok(found);
    }
    keep(env, record, hint, observations).await?;
    Ok(Shown::Contact)
}

fn observations(page: &ContactsPage, seen_at: Timestamp) -> Vec<Observation> {
    page.records().filter_map(|record| record.observe(seen_at).ok()).collect()
}

async fn keep(
    env: &CustomerContext,
    record: &CustomerRecord,
    hint: &Hint,
    observations: Vec<Observation>,
) -> Result<(), TurnError> {
    let page = Page { answered: vec![hint.clone()], ..Page::apart(observations) };
    env.store.observe(page, env.rules.clone(), record.stage, env.now()).await?;
    Ok(())
}
