//! One turn of the poller: hints first, then opt-outs, then what else is due: lists and changes.

use std::time::Duration;

use crate::{
    access::CustomerContext,
    config::Every,
    domain::{CustomerRecord, Stream, Timestamp},
    store::Hint,
    sync::windows::Cursor,
    turn::{Backoff, Turn, TurnError},
};

use super::{background, contacts, counts, drift, hints, one_contact, reference_data, sweep};

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
    pub windows: contacts::Windows,
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
    let followed = hints::follow(env, &record).await?;
    let now = env.now();
    let again = memory.polled_by_hint.filter(|at| *at <= now).map(|at| at.plus(POLL_BY_HINT_EVERY));
    let (wanted, may_again) = (followed.poll_wanted, again.filter(|at| *at > now));
    let poll_now = wanted && may_again.is_none();
    if poll_now {
        memory.polled_by_hint = Some(now);
    }
    // Opt-outs overtake everything (P1), and have a reserve of the day's calls (W4).
    let opt_outs = match read_opt_outs(env, &record, memory, poll_now).await {
        // A failure of theirs is told at the end; changes are read all the same.
        Err(error @ TurnError::Outside(_)) => Err(error),
        outcome => Ok(outcome?),
    };
    let changes = read_changes(env, &record, memory, poll_now).await?;
    let missing = look_again(env, &record, memory).await?;
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
async fn look_again(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &mut Memory,
) -> Result<Turn, TurnError> {
    let now = env.now();
    if let Some(until) = memory.missing.waits(now) {
        return Ok(Turn::Idle(Some(until)));
    }
    let looked = one_contact::look_again(env, record).await;
    match memory.missing.take("second looks", looked, now)? {
        Some(true) => Ok(Turn::Progressed),
        _ => Ok(Turn::Idle(memory.missing.waits(now).into_iter().chain(one_contact::due(env)?).max())),
    }
}

/// Reads the stream of opt-outs, if it is due by its own time: it must not wait for what else a poll reads, nor be read
/// again and again because that fails.
async fn read_opt_outs(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &mut Memory,
    poll_now: bool,
) -> Result<Turn, TurnError> {
    if !contacts::begin_opt_outs(env, record).await? {
        return Ok(Turn::Idle(None));
    }
    if let Some(due) = next_reading(env, Stream::OptOuts)?
        && due > env.now()
        && !poll_now
    {
        return Ok(Turn::Idle(Some(due)));
    }
    contacts::read(env, Stream::OptOuts, &mut memory.windows).await?;
    Ok(Turn::Progressed)
}

/// Reads lists and changes, if they are due.
async fn read_changes(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &mut Memory,
    poll_now: bool,
) -> Result<Turn, TurnError> {
    let now = env.now();
    if let Some(until) = memory.changes.waits(now) {
        return Ok(Turn::Idle(Some(until)));
    }
    if record.stage.may_write() && env.store.counts()?.work() > WORK_MARK {
        tracing::warn!(customer = %env.id, "polling pauses: too much unfinished work");
        return Ok(Turn::Idle(Some(now.plus(PAUSE_AT_MARK))));
    }
    if let Some(due) = next_reading(env, Stream::Changes)?
        && due > now
        && !poll_now
    {
        if memory.slow.waits(now).is_none() {
            let slow = background::turn(env, record, &mut memory.windows).await;
            if memory.slow.take("bounces and sweep", slow, now)? == Some(true) {
                return Ok(Turn::Progressed);
            }
        }
        let next = memory.slow.waits(now).or(background::next(env, record)?);
        return Ok(Turn::Idle([Some(due), next].into_iter().flatten().min()));
    }
    let polled = poll(env, record, memory).await;
    match memory.changes.take("lists and changes", polled, now)? {
        Some(()) => Ok(Turn::Progressed),
        None => Ok(Turn::Idle(memory.changes.waits(now))),
    }
}

/// When a stream of contacts is due; `None` if at once.
fn next_reading(env: &CustomerContext, stream: Stream) -> Result<Option<Timestamp>, TurnError> {
    let cursor = env.store.cursor(stream)?;
    if cursor.open.is_some() {
        return Ok(None);
    }
    // After the wall clock was set back the last reading lies in the future: read now rather than never.
    let completed = cursor.completed_at.filter(|at| *at <= env.now());
    Ok(completed.map(|at| at.plus(env.settings.constant_contact.poll_every)))
}

async fn poll(env: &CustomerContext, record: &CustomerRecord, memory: &mut Memory) -> Result<(), TurnError> {
    if env.store.cursor(Stream::Changes)?.open.is_none() {
        // Only what came before the window begins is answered by it.
        memory.answers = hints::for_a_poll(env)?;
    }
    if !memory.lists_read || lists_are_due(env, memory)? {
        reference_data::read(env).await?;
        memory.lists_read = true;
        memory.polls_since_lists = 0;
        memory.counts_due = true;
    }
    if !contacts::read(env, Stream::Changes, &mut memory.windows).await? {
        return Ok(());
    }
    if std::mem::take(&mut memory.counts_due) {
        compare_counts(env, record, memory).await?;
    }
    memory.polls_since_lists += 1;
    let answered = std::mem::take(&mut memory.answers);
    if !answered.is_empty() {
        env.store.forget_hints(answered).await?;
    }
    Ok(())
}

/// Reads what explains a count that moved without a seen change (W3).
async fn compare_counts(
    env: &CustomerContext,
    record: &CustomerRecord,
    memory: &mut Memory,
) -> Result<(), TurnError> {
    let mut ours = counts::Own::count(env)?;
    let mut known = env.store.baselines()?;
    let cursors = &mut memory.windows.cursors;
    let explained = drift::explain(env, record, &mut ours, &mut known.lists, cursors).await;
    let drifted = match explained {
        Ok(()) => counts::drifted(env, &ours, &mut known.account).await,
        Err(error) => Err(error),
    };
    if matches!(drifted, Ok(true)) {
        // Before the counts are kept: a kill in between must not lose the wish.
        sweep::ask_for(env).await?;
    }
    // What was explained until an error is kept, too; the rest is noticed again next time.
    env.store.save_baselines(known).await?;
    drifted?;
    env.store.set_cursor(Stream::Counts, Cursor::completed(env.now())).await?;
    Ok(())
}

fn lists_are_due(env: &CustomerContext, memory: &Memory) -> Result<bool, TurnError> {
    Ok(match env.settings.constant_contact.lists_every {
        Every::Polls(polls) => memory.polls_since_lists >= polls,
        Every::Time(every) => {
            let read_at = env.store.cursor(Stream::Lists)?.completed_at;
            read_at.is_none_or(|at| at > env.now() || env.now().since(at) >= every)
        }
    })
}
