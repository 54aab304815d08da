//! One turn of the poller: hints first, then opt-outs, then what else is due: lists and changes.

use std::time::Duration;

use crate::{
    access::CustomerContext,
    config::Every,
    constant_contact::streams::Include,
    domain::{Stream, Timestamp},
    store::Hint,
    turn::{Backoff, Turn, TurnError},
};

use super::{
    bounces, commit::Committer, counts, hints, known::Known, reach::Reach, reference_data, second_looks,
    streams, sweep, view::View, windows::Windows,
};

/// Unfinished work at which polling pauses: the submitter is behind, and more would only fill the disk. Large enough
/// for the first reading of any account that Constant Contact hosts.
const WORK_MARK: u64 = 500_000;
/// How long polling pauses then.
const PAUSE_AT_MARK: Duration = Duration::from_secs(60);
/// A hint that names no known contact causes a poll, at most this often (W5).
const POLL_BY_HINT_EVERY: Duration = Duration::from_secs(60);

/// What the poller remembers between turns; nothing that a restart may not forget.
#[derive(Debug, Default)]
pub struct Memory {
    /// Complete polls since lists were read.
    pub polls_since_lists: u32,
    /// Whether lists were read in this process at all: their answer gives the server's time (W1).
    pub lists_read: bool,
    /// When a hint last caused a poll.
    pub polled_by_hint: Option<Timestamp>,
    /// Hints that the poll under way answers.
    pub answers: Vec<Hint>,
    /// The streams in the middle of a window.
    pub windows: Windows,
    /// Lists were read, and their counts are not yet compared.
    pub counts_due: bool,
    /// Lists and changes wait after a failure, or for the day's calls: opt-outs do not wait for them.
    pub changes: Backoff,
    /// Second looks at contacts that were not found wait after a failure.
    pub missing: Backoff,
    /// Slow readings wait after a failure, and nothing waits for them.
    pub slow: Backoff,
}

/// Does the next piece of reading.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(env: &CustomerContext, memory: &mut Memory) -> Result<Turn, TurnError> {
    let record = env.record()?;
    if record.pause.is_some() {
        return Ok(Turn::Idle(None));
    }
    let is_stopping = || env.is_stopping();
    let view = View {
        known: Known::of(&env.store),
        reach: Reach {
            customer: &env.id,
            cc: &env.cc,
            include: Include::with_tags(env.rules.cc_tags),
            clock: &*env.clock,
            is_stopping: &is_stopping,
        },
        commit: Committer { customer: &env.id, store: &env.store, rules: &env.rules, clock: &*env.clock },
        record: &record,
        settings: &env.settings.constant_contact,
    };
    walk(&view, memory).await
}

async fn walk(view: &View<'_>, memory: &mut Memory) -> Result<Turn, TurnError> {
    let followed = hints::follow(view).await?;
    let now = view.now();
    let again = memory.polled_by_hint.filter(|at| *at <= now).map(|at| at.plus(POLL_BY_HINT_EVERY));
    let (wanted, may_again) = (followed.poll_wanted, again.filter(|at| *at > now));
    let poll_now = wanted && may_again.is_none();
    if poll_now {
        memory.polled_by_hint = Some(now);
    }
    // Opt-outs overtake everything (P1), and have a reserve of the day's calls (W4).
    let opt_outs = match read_opt_outs(view, memory, poll_now).await {
        // A failure of theirs is told at the end; changes are read all the same.
        Err(error @ TurnError::Outside(_)) => Err(error),
        outcome => Ok(outcome?),
    };
    let changes = read_changes(view, memory, poll_now).await?;
    let missing = look_again(view, memory).await?;
    let turns = [opt_outs?, changes, missing];
    if followed.any || turns.contains(&Turn::Progressed) {
        return Ok(Turn::Progressed);
    }
    let due = turns.into_iter().filter_map(|turn| match turn {
        Turn::Idle(due) => due,
        Turn::Progressed => None,
    });
    Ok(Turn::Idle(due.chain(followed.next).chain(may_again.filter(|_| wanted)).min()))
}

/// Looks again at known contacts that were not found, if it is time (D1).
async fn look_again(view: &View<'_>, memory: &mut Memory) -> Result<Turn, TurnError> {
    let now = view.now();
    if let Some(until) = memory.missing.waits(now) {
        return Ok(Turn::Idle(Some(until)));
    }
    let looked = second_looks::look_again(view).await;
    match memory.missing.take("second looks", looked, now)? {
        Some(true) => Ok(Turn::Progressed),
        _ => Ok(Turn::Idle(memory.missing.waits(now).into_iter().chain(second_looks::due(view)?).max())),
    }
}

/// Reads the stream of opt-outs, if it is due by its own time: it must not wait for what else a poll reads, nor be read
/// again and again because that fails.
async fn read_opt_outs(view: &View<'_>, memory: &mut Memory, poll_now: bool) -> Result<Turn, TurnError> {
    if !streams::begin_opt_outs(view).await? {
        return Ok(Turn::Idle(None));
    }
    if let Some(due) = streams::due(view, Stream::OptOuts)?
        && due > view.now()
        && !poll_now
    {
        return Ok(Turn::Idle(Some(due)));
    }
    streams::read(view, Stream::OptOuts, &mut memory.windows).await?;
    Ok(Turn::Progressed)
}

/// Reads lists and changes, if they are due.
async fn read_changes(view: &View<'_>, memory: &mut Memory, poll_now: bool) -> Result<Turn, TurnError> {
    let now = view.now();
    if let Some(until) = memory.changes.waits(now) {
        return Ok(Turn::Idle(Some(until)));
    }
    if view.record.stage.may_write() && view.known.work()? > WORK_MARK {
        tracing::warn!(customer = %view.reach.customer, "polling pauses: too much unfinished work");
        return Ok(Turn::Idle(Some(now.plus(PAUSE_AT_MARK))));
    }
    if let Some(due) = streams::due(view, Stream::Changes)?
        && due > now
        && !poll_now
    {
        if memory.slow.waits(now).is_none() {
            let slow = background(view, &mut memory.windows).await;
            if memory.slow.take("bounces and sweep", slow, now)? == Some(true) {
                return Ok(Turn::Progressed);
            }
        }
        let next = memory.slow.waits(now).or(next_background(view)?);
        return Ok(Turn::Idle([Some(due), next].into_iter().flatten().min()));
    }
    let polled = poll(view, memory).await;
    match memory.changes.take("lists and changes", polled, now)? {
        Some(()) => Ok(Turn::Progressed),
        None => Ok(Turn::Idle(memory.changes.waits(now))),
    }
}

async fn poll(view: &View<'_>, memory: &mut Memory) -> Result<(), TurnError> {
    if view.known.cursor(Stream::Changes)?.open.is_none() {
        // Only what came before the window begins is answered by it.
        memory.answers = hints::for_a_poll(view)?;
    }
    if !memory.lists_read || lists_are_due(view, memory)? {
        reference_data::renew(view).await?;
        memory.lists_read = true;
        memory.polls_since_lists = 0;
        memory.counts_due = true;
    }
    if !streams::read(view, Stream::Changes, &mut memory.windows).await? {
        return Ok(());
    }
    if std::mem::take(&mut memory.counts_due) {
        counts::compare(view, &mut memory.windows.cursors).await?;
    }
    memory.polls_since_lists += 1;
    let answered = std::mem::take(&mut memory.answers);
    if !answered.is_empty() {
        view.commit.forget_hints(answered).await?;
    }
    Ok(())
}

/// Does the next piece of slow reading, if one is due. `true` if it did.
async fn background(view: &View<'_>, windows: &mut Windows) -> Result<bool, TurnError> {
    let now = view.now();
    if !knows_account(view)? {
        return Ok(false);
    }
    if bounces::due(view)? <= now {
        bounces::read(view).await?;
        return Ok(true);
    }
    if sweep::due(view)? <= now {
        sweep::read_page(view, windows).await?;
        return Ok(true);
    }
    Ok(false)
}

/// When slow reading is next due.
fn next_background(view: &View<'_>) -> Result<Option<Timestamp>, TurnError> {
    if !knows_account(view)? {
        return Ok(None);
    }
    Ok(Some(bounces::due(view)?.min(sweep::due(view)?)))
}

/// Whether the account was read whole once: facts about subscribers that are not known yet would be lost.
fn knows_account(view: &View<'_>) -> Result<bool, TurnError> {
    Ok(view.known.cursor(Stream::Changes)?.upto.is_some())
}

fn lists_are_due(view: &View<'_>, memory: &Memory) -> Result<bool, TurnError> {
    Ok(match view.settings.lists_every {
        Every::Polls(polls) => memory.polls_since_lists >= polls,
        Every::Time(every) => {
            let read_at = view.known.cursor(Stream::Lists)?.completed_at;
            read_at.is_none_or(|at| at > view.now() || view.now().since(at) >= every)
        }
    })
}
