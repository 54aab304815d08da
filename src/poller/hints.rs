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
    single_reads::{A_TURN, Claim},
    view::View,
};

/// Hints looked through in one turn.
const HINTS_MAX: usize = 10_000;
/// Hints in a row that could not be followed: then the other side is at fault rather than they, and polls have their turn.
const FAILURES_MAX: u32 = 3;
/// A hint that could not be followed for so long is left to the polls.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 3600);

/// What became of the hints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Followed {
    /// Whether any was followed, or left to a poll.
    pub any: bool,
    /// When the next hint that was put off is due.
    pub next: Option<Timestamp>,
    /// Hints in a row that could not be followed.
    failures: u32,
}

impl Followed {
    fn one(&mut self) {
        (self.any, self.failures) = (true, 0);
    }

    fn comes_again(&mut self, at: Timestamp) {
        self.next = self.next.into_iter().chain([at]).min();
    }
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

/// A hint with the contacts that it names.
struct Named {
    hint: Hint,
    ids: Vec<ContactId>,
}

impl Named {
    /// Calls that following it takes at most: an address may have to be searched for as well.
    fn calls(&self) -> u64 {
        self.ids.len() as u64 + u64::from(matches!(self.hint.about, HintAbout::Email(_)))
    }
}

/// The hints that are due, by how they are answered.
#[derive(Default)]
struct Sorted {
    /// From outside, about a known contact.
    named: Vec<Named>,
    /// By Tandem's own wish.
    asked: Vec<Named>,
    /// One poll answers them all.
    to_poll: Vec<Hint>,
}

/// Sorts the hints: what names no known contact, and all that name one if they come in numbers, is left to a poll (W5).
fn sort(view: &View<'_>, due: Vec<Hint>) -> Result<Sorted, StoreError> {
    let mut sorted = Sorted::default();
    let is_many = due.iter().filter(|hint| is_from_outside(hint)).count() > A_TURN;
    for hint in due {
        let ids = match &hint.about {
            HintAbout::Nobody => continue,
            HintAbout::Asked(id) => {
                let ids = vec![ContactId::new(id)];
                sorted.asked.push(Named { hint, ids });
                continue;
            }
            HintAbout::Contact(_) | HintAbout::Email(_) if is_many => Vec::new(),
            HintAbout::Contact(id) => {
                let id = ContactId::new(id);
                if view.known.has(&id)? { vec![id] } else { Vec::new() }
            }
            HintAbout::Email(address) => view.known.find_by_email(&email_key(address))?,
        };
        if ids.is_empty() {
            sorted.to_poll.push(hint);
        } else {
            sorted.named.push(Named { hint, ids });
        }
    }
    sorted.asked.truncate(A_TURN);
    Ok(sorted)
}

const fn is_from_outside(hint: &Hint) -> bool {
    matches!(hint.about, HintAbout::Contact(_) | HintAbout::Email(_))
}

/// Reads the contacts again that hints name, within the share of the day for single contacts. A hint that cannot be followed is put
/// off, and the others go on (B3).
///
/// # Errors
/// [`TurnError`], by who acts on it; hints that were followed until then are forgotten, the others stay.
pub async fn follow(view: &View<'_>) -> Result<Followed, TurnError> {
    let waiting = view.known.hints(view.now(), HINTS_MAX)?;
    let mut followed = Followed { next: waiting.next, ..Followed::default() };
    let Sorted { named, asked, to_poll } = sort(view, waiting.due)?;
    if !to_poll.is_empty() {
        let hints = to_poll.len();
        tracing::debug!(customer = %view.reach.customer, hints, "hints that name many contacts, or none that is known: a poll answers them");
        view.commit.leave_to_a_poll(to_poll).await?;
        followed.one();
    }
    let over = read_alone(view, named, view.single_reads.by_hints, &mut followed).await?;
    if !over.is_empty() {
        view.commit.leave_to_a_poll(over).await?;
        followed.one();
    }
    if !read_alone(view, asked, view.single_reads.all, &mut followed).await?.is_empty() {
        followed.comes_again(view.now().next_utc_midnight());
    }
    Ok(followed)
}

/// Follows hints one by one, as far as the limit of the day goes. Gives those that are over it.
async fn read_alone(
    view: &View<'_>,
    hints: Vec<Named>,
    limit: u64,
    followed: &mut Followed,
) -> Result<Vec<Hint>, TurnError> {
    let calls = hints.iter().map(Named::calls).sum();
    let mut claim = Claim::make(view, calls, limit).await?;
    let over = follow_each(view, hints, &mut claim, followed).await;
    claim.end(view).await?;
    over
}

async fn follow_each(
    view: &View<'_>,
    hints: Vec<Named>,
    claim: &mut Claim,
    followed: &mut Followed,
) -> Result<Vec<Hint>, TurnError> {
    let mut over = Vec::new();
    for named in hints {
        let calls = named.calls();
        if view.reach.stops() || followed.failures >= FAILURES_MAX {
            break;
        }
        if !claim.take(calls) {
            over.push(named.hint);
            continue;
        }
        let Named { hint, ids } = named;
        let read = async |view: &View<'_>| match (&hint.about, ids) {
            (HintAbout::Email(address), ids) => hint::by_address(&view.reach, address, ids).await,
            (_, ids) => hint::by_id(&view.reach, ids).await,
        };
        let read = claim.spend(view, calls, read).await;
        match keep(view, &hint, read).await {
            Ok(Shown::Contact) => followed.one(),
            Ok(Shown::Gap) => {
                view.commit.forget_hints(vec![hint]).await?;
                followed.one();
            }
            Ok(Shown::Nobody) => {
                view.commit.leave_to_a_poll(vec![hint]).await?;
                followed.one();
            }
            Err(TurnError::Outside(error)) => {
                followed.failures += 1;
                put_off(view, hint, &error, followed).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(over)
}

/// Puts a hint off that could not be followed. After a day a hint from outside is left to a poll; Tandem's own wish waits on.
async fn put_off(view: &View<'_>, hint: Hint, error: &str, followed: &mut Followed) -> Result<(), TurnError> {
    if is_from_outside(&hint) && view.now().since(hint.received_at) > GIVEN_UP_AFTER {
        view.commit.leave_to_a_poll(vec![hint]).await?;
        followed.any = true;
        return Ok(());
    }
    tracing::warn!(customer = %view.reach.customer, error, "a hint cannot be followed and is put off; the rest goes on");
    view.commit.put_off(hint).await?;
    let next = view.known.hints(view.now(), 1)?.next;
    next.into_iter().for_each(|at| followed.comes_again(at));
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

#[cfg(test)]
#[path = "hints_test.rs"]
mod tests;
