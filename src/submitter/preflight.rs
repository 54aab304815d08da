//! The reference data of Virtuous: read at first, and again every day (S4).

use std::time::Duration;

use crate::{
    access::CustomerContext,
    domain::{CustomerRecord, Lane, State, Timestamp},
    store::Books,
    turn::{Turn, TurnError},
    virtuous::preflight::Preflight,
};

use super::turn::waits_for_book;

/// How long the book is good (virtuous.md 10: cache reference data one day).
const GOOD_FOR: Duration = Duration::from_secs(24 * 3600);

/// How the reference data stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Never read: nothing can be planned well.
    Missing,
    /// To be read again; until then the old are used.
    Old,
    /// Good for now.
    Good,
}

/// How the reference data stand now.
///
/// # Errors
/// When the store cannot be read.
pub fn standing(env: &CustomerContext) -> Result<Standing, TurnError> {
    let read_at = env.store.book()?.virtuous.read_at;
    let now = env.now();
    Ok(match read_at {
        Timestamp::EPOCH => Standing::Missing,
        _ if now.since(read_at) < GOOD_FOR && now >= read_at => Standing::Good,
        _ => Standing::Old,
    })
}

/// Reads the book.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(env: &CustomerContext, record: &CustomerRecord) -> Result<Turn, TurnError> {
    let known = env.store.book()?.virtuous;
    let now = env.now();
    let mut preflight = Preflight::new();
    while preflight.next_step().is_some() {
        env.virtuous
            .run_step(&mut preflight, Lane::Change)
            .await
            .map_err(|error| env.virtuous.turn_error(error))?;
        if env.is_stopping() {
            return Ok(Turn::Idle(None));
        }
    }
    let Some(mut book) = preflight.finish(now) else { return Ok(Turn::Progressed) };
    if !known.organisation.is_empty() && known.organisation != book.organisation {
        tracing::warn!(customer = %env.id, "the key now belongs to another organisation of Virtuous");
    }
    book.chosen_tags.clone_from(&known.chosen_tags);
    env.store.forget_old_events(now).await?;
    let changed = (&book.tags, &book.fields) != (&known.tags, &known.fields);
    env.store.save_book(Books::Virtuous(Box::new(book))).await?;
    if changed && record.stage.may_write() {
        let lane = record.stage.first_lane();
        for state in [State::Held, State::Review] {
            env.store.requeue(state, lane, now, waits_for_book).await?;
        }
    }
    Ok(Turn::Progressed)
}
