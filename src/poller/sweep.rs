//! The sweep: the whole account, page by page, to see what no other stream shows: contacts that re-subscribed, changed lists
//! or were deleted (D1). Only a complete sweep says that a contact is gone (D2).

use std::collections::HashSet;

use crate::{
    constant_contact::PagePath,
    domain::{ContactId, CustomerId, Lane, Stream, Subject, Timestamp, kept_time},
    store::{HintAbout, Page, SeenPage, StoreError},
    sync::windows::Sweep,
    turn::TurnError,
};

use super::{
    commit::SweptPage,
    observe::{self, Shown, hash_of},
    read::{
        one_contact::{self, Look},
        sweep::{self, Swept},
        window::{PageRead, Read},
    },
    single_reads::{A_TURN, Claim},
    streams,
    view::View,
    windows::Windows,
};

/// When the sweep is next due.
///
/// # Errors
/// When the store cannot be read.
pub fn due(view: &View<'_>) -> Result<Timestamp, StoreError> {
    let cursor = view.known.cursor(Stream::Sweep)?;
    if cursor.open.is_some() || cursor.is_wanted || view.record.is_to_sweep() {
        return Ok(Timestamp::EPOCH);
    }
    // The first reading of the account was whole, too.
    let read_at = kept_time::done(cursor.completed_at, view.now()).unwrap_or(view.record.created_at);
    Ok(read_at.plus(view.settings.sweep_every))
}

/// Reads one page of the sweep; after the last page, looks alone at every known contact that no page showed.
///
/// # Errors
/// [`TurnError`], by who acts on it; pages read until then are kept.
pub async fn read_page(view: &View<'_>, windows: &mut Windows) -> Result<(), TurnError> {
    let cursor = view.known.cursor(Stream::Sweep)?;
    match sweep::read(&view.reach, cursor, &mut windows.cursors).await? {
        Read::Page(page) => {
            let missing = keep(view, windows, *page).await?;
            look_at(view, missing).await
        }
        Read::CursorRefused(cursor) => {
            windows.forget(Stream::Sweep);
            let again = streams::refused_again(&cursor);
            view.commit.cursor(Stream::Sweep, cursor).await?;
            again
        }
    }
}

/// Keeps a page of the sweep. Gives the known contacts that a complete sweep did not show.
async fn keep(view: &View<'_>, windows: &mut Windows, read: PageRead) -> Result<Vec<ContactId>, TurnError> {
    let (customer, number) = (view.reach.customer, read.window.pages);
    let Shown { ids, observations } =
        observe::shown(view.known, customer, &read.answer.value, view.reach.seen_at(&read.answer))?;
    let seen = windows.show(view.known, Stream::Sweep, &read.window, &ids)?.clone();
    let shown = seen.len();
    if windows.circles(Stream::Sweep, &read.window, read.answer.value.next.as_ref().map(PagePath::as_str)) {
        return streams::end_circle(view, Stream::Sweep, windows, (read, observations)).await;
    }
    let Swept { cursor, outcome, ended } = sweep::count(read, shown, view.now());
    let missing = match outcome {
        Sweep::Complete => not_shown(view, seen).await?,
        Sweep::More | Sweep::Incomplete => Vec::new(),
    };
    let seen = (outcome == Sweep::More).then_some(SeenPage { page: number, ids });
    let page = Page { observations, cursors: vec![(Stream::Sweep, cursor)], seen, answered: Vec::new() };
    let is_counted = view.record.is_to_sweep();
    view.commit.swept(SweptPage { page, missing: missing.clone(), ended, is_counted }).await?;
    if outcome != Sweep::More {
        windows.forget(Stream::Sweep);
    }
    tell(customer, outcome, shown, missing.len());
    Ok(missing)
}

/// Says in the log how a sweep ended.
fn tell(customer: &CustomerId, outcome: Sweep, contacts: usize, missing: usize) {
    match outcome {
        Sweep::More => {}
        Sweep::Incomplete => {
            tracing::warn!(%customer, "the account changed during the sweep: no contact counts as deleted, the next sweep tries again (D2)");
        }
        Sweep::Complete => {
            tracing::info!(%customer, contacts, missing, "the whole account was swept; missing contacts are looked at one by one");
        }
    }
}

/// Known contacts that a complete sweep did not show.
async fn not_shown(view: &View<'_>, seen: HashSet<u64>) -> Result<Vec<ContactId>, StoreError> {
    let is_missing = move |missing: &mut Vec<ContactId>, subject: Subject| {
        if subject.cc.deletion.is_none() && !seen.contains(&hash_of(&subject.id)) {
            missing.push(subject.id);
        }
    };
    view.known.fold_subjects(Vec::new(), is_missing).await
}

/// Looks alone at contacts that a complete sweep did not show, and forgets the wishes that this answers, also if a later look failed.
/// What is over the share of the day, and more than a turn may look at, stays a wish (W5).
async fn look_at(view: &View<'_>, missing: Vec<ContactId>) -> Result<(), TurnError> {
    let mut claim = Claim::make(view, missing.len().min(A_TURN) as u64, view.single_reads.all).await?;
    let mut looked = HashSet::new();
    let mut outcome = Ok(());
    for id in missing {
        if view.reach.stops() || !claim.take(1) {
            break;
        }
        let about = HintAbout::Asked(id.to_string());
        outcome = claim.spend(view, 1, async |view: &View<'_>| look_alone(view, id).await).await;
        if outcome.is_err() {
            break;
        }
        looked.insert(about);
    }
    claim.end(view).await?;
    if !looked.is_empty() {
        let mut answered = view.known.hints(view.now(), usize::MAX)?.due;
        answered.retain(|hint| looked.contains(&hint.about));
        view.commit.forget_hints(answered).await?;
    }
    outcome
}

/// D1: gone from a complete sweep, and then not found alone.
async fn look_alone(view: &View<'_>, id: ContactId) -> Result<(), TurnError> {
    match one_contact::look(&view.reach, Lane::Verify, &id).await? {
        Look::Shown(observation) => {
            view.commit.apart(vec![*observation]).await?;
        }
        Look::NotFound => view.commit.gone_from_sweep(id).await?,
        Look::Nothing => {}
    }
    Ok(())
}
