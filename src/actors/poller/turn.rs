//! One turn of the poller: hints first, then what is due: lists, opt-outs, changes.

use std::time::Duration;

use crate::{
    actors::{
        env::CustomerEnv,
        turn::{Turn, TurnError},
    },
    config::Every,
    domain::{CustomerRecord, Stream, Timestamp},
    store::HintAbout,
};

use super::{book, contacts, drift, hints};

/// Unfinished work at which polling pauses: the submitter is behind, and more would only fill the disk. Large enough
/// for the first reading of any account that Constant Contact hosts.
const WORK_MARK: u64 = 500_000;
/// How long polling pauses then.
const PAUSE_AT_MARK: Duration = Duration::from_secs(60);
/// A hint that names nobody known causes a poll, at most this often (W5).
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
    /// The streams in the middle of a window.
    pub windows: contacts::Windows,
    /// Counts of lists as last read.
    pub counts: drift::Known,
    /// Lists were read, and their counts are not yet compared.
    pub counts_due: bool,
}

/// Does the next piece of reading.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(env: &CustomerEnv, memory: &mut Memory) -> Result<Turn, TurnError> {
    let record = env.record()?;
    if record.pause.is_some() {
        return Ok(Turn::Idle(None));
    }
    let now = env.now();
    let mut poll_now = false;
    let mut hint_waits = None;
    let pending = env.store.hints(env.number, hints::HINTS_MAX)?;
    if !pending.is_empty() {
        let followed = hints::follow(env, &record, pending).await?;
        let again = memory.polled_by_hint.map(|at| at.plus(POLL_BY_HINT_EVERY)).filter(|at| *at > now);
        match (followed, again) {
            (hints::Followed::All, _) => return Ok(Turn::Did),
            (hints::Followed::PollWanted, None) => {
                memory.polled_by_hint = Some(now);
                poll_now = true;
            }
            (hints::Followed::PollWanted, Some(at)) => hint_waits = Some(at),
        }
    }
    if record.stage.may_write() && env.store.counts(env.number)?.work() > WORK_MARK {
        tracing::warn!(customer = %env.id, "polling pauses: too much unfinished work");
        return Ok(Turn::Idle(Some(now.plus(PAUSE_AT_MARK))));
    }
    if !poll_now
        && let Some(due) = next_poll(env)?
        && due > now
    {
        return Ok(Turn::Idle(Some(hint_waits.map_or(due, |at| at.min(due)))));
    }
    poll(env, &record, memory).await
}

/// When the next poll is due; `None` if at once.
fn next_poll(env: &CustomerEnv) -> Result<Option<Timestamp>, TurnError> {
    let cursor = env.store.cursor(env.number, Stream::Changes)?;
    if cursor.open.is_some() {
        return Ok(None);
    }
    // After the wall clock was set back the last poll lies in the future: poll now rather than never.
    let completed = cursor.completed_at.filter(|at| *at <= env.now());
    Ok(completed.map(|at| at.plus(env.settings.constant_contact.poll_every)))
}

async fn poll(env: &CustomerEnv, record: &CustomerRecord, memory: &mut Memory) -> Result<Turn, TurnError> {
    if !memory.lists_read || lists_are_due(env, memory)? {
        book::read(env).await?;
        memory.lists_read = true;
        memory.polls_since_lists = 0;
        memory.counts_due = true;
    }
    // Opt-outs first: they overtake everything (P1).
    let knows_opt_outs = env.store.cursor(env.number, Stream::OptOuts)?.upto.is_some();
    if knows_opt_outs && !contacts::read(env, Stream::OptOuts, &mut memory.windows).await? {
        return Ok(Turn::Did);
    }
    if !contacts::read(env, Stream::Changes, &mut memory.windows).await? {
        return Ok(Turn::Did);
    }
    if std::mem::take(&mut memory.counts_due) {
        drift::explain(env, record, &mut memory.counts).await?;
    }
    memory.polls_since_lists += 1;
    // What hints without a name asked for has been polled.
    let mut hints = env.store.hints(env.number, hints::HINTS_MAX)?;
    hints.retain(|hint| hint.about == HintAbout::Nobody);
    if !hints.is_empty() {
        env.store.forget_hints(env.number, hints).await?;
    }
    Ok(Turn::Did)
}

fn lists_are_due(env: &CustomerEnv, memory: &Memory) -> Result<bool, TurnError> {
    Ok(match env.settings.constant_contact.lists_every {
        Every::Polls(polls) => memory.polls_since_lists >= polls,
        Every::Time(every) => {
            let read_at = env.store.cursor(env.number, Stream::Lists)?.completed_at;
            read_at.is_none_or(|at| at > env.now() || env.now().since(at) >= every)
        }
    })
}
