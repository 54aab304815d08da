//! Following hints: each only causes a reading; what it claims is no evidence (W5).

use std::time::Duration;

use crate::{
    domain::{ContactId, Timestamp, email_key},
    store::{Hint, HintAbout, Missing, StoreError},
    turn::TurnError,
};

use super::{
    read::{
        hint::{self, HintRead},
        one_contact::Look,
    },
    view::View,
};

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
pub async fn follow(view: &View<'_>) -> Result<Followed, TurnError> {
    let waiting = view.known.hints(view.now(), HINTS_MAX)?;
    let mut followed = Followed { next: waiting.next, ..Followed::default() };
    let mut failures = 0;
    for hint in waiting.due {
        if view.reach.stops() || failures >= FAILURES_MAX {
            break;
        }
        let read = match &hint.about {
            HintAbout::Contact(id) => hint::by_id(&view.reach, ContactId::new(id)).await,
            HintAbout::Email(address) => {
                let known = view.known.find_by_email(&email_key(address))?;
                hint::by_address(&view.reach, address, known).await
            }
            HintAbout::Nobody => {
                followed.poll_wanted = true;
                continue;
            }
        };
        match keep(view, &hint, read).await {
            Ok(Shown::Contact) => (followed.any, failures) = (true, 0),
            Ok(Shown::Gap) => {
                view.commit.forget_hints(vec![hint]).await?;
                (followed.any, failures) = (true, 0);
            }
            Ok(Shown::Nobody) => {
                view.commit.leave_to_a_poll(hint).await?;
                (followed.any, followed.poll_wanted, failures) = (true, true, 0);
            }
            Err(TurnError::Outside(error)) => {
                failures += 1;
                put_off(view, hint, &error, &mut followed).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(followed)
}

/// Puts a hint off that could not be followed, or leaves it to a poll after a day.
async fn put_off(view: &View<'_>, hint: Hint, error: &str, followed: &mut Followed) -> Result<(), TurnError> {
    if view.now().since(hint.received_at) > GIVEN_UP_AFTER {
        view.commit.leave_to_a_poll(hint).await?;
        followed.poll_wanted = true;
        return Ok(());
    }
    tracing::warn!(customer = %view.reach.customer, error, "a hint cannot be followed and is put off; the rest goes on");
    view.commit.put_off(hint).await?;
    let next = view.known.hints(view.now(), 1)?.next;
    followed.next = followed.next.into_iter().chain(next).min();
    Ok(())
}

/// Keeps what a hint led to. A known contact that is not found is noted, and looked at again (D1).
async fn keep(view: &View<'_>, hint: &Hint, read: HintRead) -> Result<Shown, TurnError> {
    let mut shown = Shown::Nobody;
    for (id, look) in read.looks {
        shown = shown.max(match look {
            Look::Shown(observation) => {
                view.commit.answer(hint, vec![*observation]).await?;
                Shown::Contact
            }
            Look::NotFound => match view.commit.not_found(&id).await? {
                Missing::Unknown => Shown::Nobody,
                Missing::Deleted | Missing::LookAgain(_) | Missing::Gone => Shown::Gap,
            },
            Look::Nothing => Shown::Nobody,
        });
    }
    if !read.by_address.is_empty() {
        view.commit.answer(hint, read.by_address).await?;
        shown = Shown::Contact;
    }
    read.stop.map_or(Ok(shown), Err)
}

/// Hints that ask for a poll.
///
/// # Errors
/// When the store cannot be read.
pub fn for_a_poll(view: &View<'_>) -> Result<Vec<Hint>, StoreError> {
    let mut hints = view.known.hints(view.now(), usize::MAX)?.due;
    hints.retain(|hint| hint.about == HintAbout::Nobody);
    Ok(hints)
}
