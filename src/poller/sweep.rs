//! The sweep: the whole account, page by page, to see what no other stream shows: who re-subscribed, who moved, who is
//! gone (D1). Only a complete one says that anybody is gone (D2).

use std::collections::HashSet;

use crate::{
    access::CustomerContext,
    constant_contact::{CcError, PagePath, streams},
    domain::{ContactId, CustomerRecord, Deletion, DeletionProof, Lane, Stream, Timestamp, reading::Drift},
    store::{Fact, FactsRead, HintAbout, Page, SeenPage},
    sync::windows::{Cursor, Sweep, Window},
    turn::TurnError,
};

use super::{
    contacts::{Windows, hash_of},
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
    // The first reading of the account was whole, too.
    if record.is_to_sweep() {
        return Ok(Timestamp::EPOCH);
    }
    let read_at = cursor.completed_at.filter(|at| *at <= env.now()).unwrap_or(record.created_at);
    Ok(read_at.plus(env.settings.constant_contact.sweep_every))
}

/// Asks for a sweep before its time; a sweep under way answers that, too.
///
/// # Errors
/// When the store cannot read or write.
pub async fn ask_for(env: &CustomerContext) -> Result<(), TurnError> {
    let mut cursor = env.store.cursor(Stream::Sweep)?;
    if cursor.open.is_none() {
        cursor.completed_at = Some(Timestamp::EPOCH);
        env.store.set_cursor(Stream::Sweep, cursor).await?;
    }
    Ok(())
}

/// Reads one page of the sweep; with the last one, everybody who was not shown is looked at alone.
///
/// # Errors
/// [`TurnError`], by who acts on it; pages read until then are kept.
pub async fn read_page(
    env: &CustomerContext,
    record: &CustomerRecord,
    windows: &mut Windows,
) -> Result<(), TurnError> {
    let mut cursor = env.store.cursor(Stream::Sweep)?;
    let mut window = cursor.window(env.now());
    // The whole account, whatever was read before.
    window.from = None;
    let path = match &window.next {
        None => streams::changes::first(None, None, streams::Include::with_tags(env.rules.cc_tags)),
        Some(href) => match PagePath::stored(href) {
            Some(path) => path,
            None => return start_again(env, cursor, window, windows).await,
        },
    };
    let followed = window.next.is_some();
    let answer = match page::read(env, Lane::Verify, &path, followed, &mut windows.cursors).await {
        Ok(answer) => answer,
        Err(CcError::Refused { status: 400 | 410, .. } | CcError::NotFound) if window.next.is_some() => {
            return start_again(env, cursor, window, windows).await;
        }
        Err(error) => return Err(env.cc.turn_error(error)),
    };
    let seen_at = answer.date.unwrap_or_else(|| env.now());
    let (ids, observations) = super::contacts::changed(env, &answer.value, seen_at)?;
    let seen = windows.show(env, Stream::Sweep, &window, &ids)?;
    let shown = seen.len();
    let number = window.pages;
    let (next, total, odd) =
        (answer.value.next.as_ref().map(PagePath::as_str), answer.value.total, answer.value.problems.len());
    let began = window.to;
    let outcome = cursor.sweep_page(window, next, shown as u64, total, odd, env.now());
    let ended = cursor.open.is_none().then_some(began);
    let missing = match outcome {
        Sweep::Complete => missing(env, seen)?,
        Sweep::More | Sweep::Incomplete => Vec::new(),
    };
    // Durable before the sweep counts as complete: those who are not looked at below are followed as hints (D1).
    if !missing.is_empty() {
        let about = missing.iter().map(|id| HintAbout::Contact(id.to_string())).collect();
        env.store.keep_hints(about, env.now()).await?;
    }
    let seen_page = (outcome == Sweep::More).then_some(SeenPage { page: number, ids });
    let keep =
        Page { observations, cursors: vec![(Stream::Sweep, cursor)], seen: seen_page, answered: Vec::new() };
    let observed = env.store.observe(keep, env.rules.clone(), record.stage, env.now()).await?;
    if record.is_to_sweep() {
        let gone = Drift { other: missing.len() as u64, ..Drift::default() };
        found(env, [observed.drift, gone], ended).await?;
    }
    if outcome != Sweep::More {
        windows.forget(Stream::Sweep);
    }
    match outcome {
        Sweep::More => {}
        Sweep::Incomplete => {
            tracing::warn!(customer = %env.id, "the account changed while it was swept: nobody counts as gone, the next sweep tries again (D2)");
        }
        Sweep::Complete => {
            tracing::info!(customer = %env.id, contacts = shown, missing = missing.len(), "the whole account was swept");
        }
    }
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

/// Keeps what this page found of a whole reading. An account that moved while it was swept was read whole all the
/// same: only deletions remain for the next sweep (D2). A sweep from before the request does not answer it. `ended`: when the sweep that
/// ended with this page began.
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
    env: &CustomerContext,
    mut cursor: Cursor,
    window: Window,
    windows: &mut Windows,
) -> Result<(), TurnError> {
    cursor.restart(window);
    windows.forget(Stream::Sweep);
    Ok(env.store.set_cursor(Stream::Sweep, cursor).await?)
}

/// Known subscribers whom a complete sweep did not show.
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
