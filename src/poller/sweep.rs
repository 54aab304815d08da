//! The sweep: the whole account, page by page, to see what no other stream shows: contacts that re-subscribed, changed lists
//! or were deleted (D1). Only a complete sweep says that a contact is gone (D2).

use std::collections::HashSet;

use crate::{
    access::CustomerContext,
    constant_contact::{CcError, PagePath, streams},
    domain::{
        ContactId, CustomerId, CustomerRecord, Deletion, DeletionProof, Lane, Stream, Timestamp,
        reading::Drift,
    },
    store::{CustomerStore, Fact, FactsRead, HintAbout, Page, SeenPage},
    sync::windows::{Cursor, PageFacts, Sweep, Window},
    turn::TurnError,
};

use super::{
    contacts::{PageRead, Windows, hash_of},
    one_contact::{self, Look},
    page,
};

/// When the sweep is next due.
///
/// # Errors
/// When the store cannot be read.
pub fn due(env: &CustomerContext, record: &CustomerRecord) -> Result<Timestamp, TurnError> {
    let cursor = env.store.cursor(Stream::Sweep)?;
    if cursor.open.is_some() {
        return Ok(Timestamp::EPOCH);
    }
    if cursor.is_wanted || record.is_to_sweep() {
        return Ok(Timestamp::EPOCH);
    }
    // The first reading of the account was whole, too.
    let read_at = cursor.completed_at.filter(|at| *at <= env.now()).unwrap_or(record.created_at);
    Ok(read_at.plus(env.settings.constant_contact.sweep_every))
}

/// Asks for a sweep before its time; a sweep under way answers that, too.
///
/// # Errors
/// When the store cannot read or write.
pub async fn ask_for(env: &CustomerContext) -> Result<(), TurnError> {
    let mut cursor = env.store.cursor(Stream::Sweep)?;
    if cursor.ask_for() {
        env.store.set_cursor(Stream::Sweep, cursor).await?;
    }
    Ok(())
}

/// Reads one page of the sweep; after the last page, looks alone at every known contact that no page showed.
///
/// # Errors
/// [`TurnError`], by who acts on it; pages read until then are kept.
pub async fn read_page(
    env: &CustomerContext,
    record: &CustomerRecord,
    windows: &mut Windows,
) -> Result<(), TurnError> {
    let cursor = env.store.cursor(Stream::Sweep)?;
    let mut window = cursor.window(env.now());
    // The whole account, whatever was read before.
    window.from = None;
    let Some(path) = path(&window, env.rules.cc_tags) else {
        return start_again(&env.store, cursor, window, windows).await;
    };
    let followed = window.next.is_some();
    match page::read(env, Lane::Verify, &path, followed, &mut windows.cursors).await {
        Ok(answer) => {
            let missing = keep(env, record, windows, PageRead { cursor, window, answer }).await?;
            look_at(env, record, missing).await
        }
        Err(CcError::Refused { status: 400 | 410, .. } | CcError::NotFound) if followed => {
            start_again(&env.store, cursor, window, windows).await
        }
        Err(error) => Err(env.cc.turn_error(error)),
    }
}

/// The next page of the sweep; `None` if the stored cursor is no page of contacts.
fn path(window: &Window, tags: bool) -> Option<PagePath> {
    match &window.next {
        None => Some(streams::changes::first(None, None, streams::Include::with_tags(tags))),
        Some(href) => PagePath::stored(href),
    }
}

/// Keeps a page of the sweep. Gives the known contacts that a complete sweep did not show.
async fn keep(
    env: &CustomerContext,
    record: &CustomerRecord,
    windows: &mut Windows,
    read: PageRead,
) -> Result<Vec<ContactId>, TurnError> {
    let PageRead { mut cursor, window, answer } = read;
    let page = answer.value;
    let (ids, observations) = super::contacts::changed(env, &page, answer.date.unwrap_or_else(|| env.now()))?;
    let seen = windows.show(env, Stream::Sweep, &window, &ids)?;
    let shown = seen.len();
    let (number, began) = (window.pages, window.to);
    let next = page.next.as_ref().map(PagePath::as_str);
    let facts = PageFacts { next, distinct: shown as u64, count: page.total };
    let outcome = cursor.sweep_page(window, &facts, page.problems.len(), env.now());
    let ended = cursor.open.is_none().then_some(began);
    let missing = match outcome {
        Sweep::Complete => missing(env, seen)?,
        Sweep::More | Sweep::Incomplete => Vec::new(),
    };
    // Durable before the sweep counts as complete: contacts that are not looked at below are followed as hints (D1).
    if !missing.is_empty() {
        let about = missing.iter().map(|id| HintAbout::Contact(id.to_string())).collect();
        env.store.keep_hints(about, env.now()).await?;
    }
    let seen_page = (outcome == Sweep::More).then_some(SeenPage { page: number, ids });
    let kept =
        Page { observations, cursors: vec![(Stream::Sweep, cursor)], seen: seen_page, answered: Vec::new() };
    let observed = env.store.observe(kept, env.rules.clone(), record.stage, env.now()).await?;
    if record.is_to_sweep() {
        let gone = Drift { other: missing.len() as u64, ..Drift::default() };
        found(env, [observed.drift, gone], ended).await?;
    }
    if outcome != Sweep::More {
        windows.forget(Stream::Sweep);
    }
    tell(&env.id, outcome, shown, missing.len());
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

/// Looks alone at each contact that a complete sweep did not show, and forgets the hints that this answers.
async fn look_at(
    env: &CustomerContext,
    record: &CustomerRecord,
    missing: Vec<ContactId>,
) -> Result<(), TurnError> {
    let mut looked = HashSet::new();
    let mut outcome = Ok(());
    for id in missing {
        if env.is_stopping() {
            break;
        }
        outcome = look_alone(env, record, &id).await;
        if outcome.is_err() {
            break;
        }
        looked.insert(HintAbout::Contact(id.to_string()));
    }
    if !looked.is_empty() {
        let mut answered = env.store.hints(env.now(), usize::MAX)?.due;
        answered.retain(|hint| looked.contains(&hint.about));
        env.store.forget_hints(answered).await?;
    }
    outcome
}

/// Keeps what this page found of a whole reading. A sweep during which the account changed counts as a whole reading all the
/// same: only deletions wait for the next sweep (D2). A sweep that began before the reading was asked for does not count.
/// `ended`: when the sweep that ended with this page began.
async fn found(env: &CustomerContext, drifts: [Drift; 2], ended: Option<Timestamp>) -> Result<(), TurnError> {
    let now = env.now();
    let keep = move |record: &mut CustomerRecord| {
        if let Some(reading) = record.reading.as_mut() {
            drifts.iter().for_each(|drift| reading.constant_contact.drift.add(drift));
            // Windows begin at whole seconds; and after the clock was set back any sweep is later.
            let asked_at = reading.asked_at;
            let is_it = ended.is_some_and(|began| began.as_secs() >= asked_at.as_secs() || now < asked_at);
            reading.constant_contact.done_at = is_it.then_some(now);
        }
    };
    env.store.update_customer(keep).await?;
    Ok(())
}

async fn start_again(
    store: &CustomerStore,
    mut cursor: Cursor,
    window: Window,
    windows: &mut Windows,
) -> Result<(), TurnError> {
    cursor.restart(window);
    windows.forget(Stream::Sweep);
    Ok(store.set_cursor(Stream::Sweep, cursor).await?)
}

/// Known contacts that a complete sweep did not show.
fn missing(env: &CustomerContext, seen: &HashSet<u64>) -> Result<Vec<ContactId>, TurnError> {
    let mut missing = Vec::new();
    env.store.each_subject(|subject| {
        if subject.cc.deletion.is_none() && !seen.contains(&hash_of(&subject.id)) {
            missing.push(subject.id);
        }
    })?;
    Ok(missing)
}

/// D1: gone from a complete sweep, and then not found alone.
async fn look_alone(env: &CustomerContext, record: &CustomerRecord, id: &ContactId) -> Result<(), TurnError> {
    match one_contact::look(env, Lane::Verify, id).await? {
        Look::Shown(observation) => {
            let page = Page::apart(vec![*observation]);
            env.store.observe(page, env.rules.clone(), record.stage, env.now()).await?;
        }
        Look::NotFound => {
            let deletion = Deletion { at: env.now(), proof: DeletionProof::Sweep };
            let facts = vec![Fact::Gone(id.clone(), deletion)];
            env.store
                .observe_facts(FactsRead { facts, mark: None }, env.rules.clone(), record.stage, env.now())
                .await?;
        }
        Look::Nothing => {}
    }
    Ok(())
}
