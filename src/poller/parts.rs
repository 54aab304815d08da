//! When each part of a turn is due, and how it runs.

use std::time::Duration;

use crate::{
    config::Every,
    domain::{Lane, Stream, Timestamp, asked, kept_time},
    store::{Hint, StoreError},
    turn::{Turn, TurnError},
};

use super::{
    bounces, counts,
    hint_polls::{self, Bounds, SETTLES},
    hints,
    memory::Memory,
    pace::Pace,
    part::Part,
    reference_data, second_looks, streams, sweep,
    view::View,
};

/// How long polling pauses at the mark of unfinished work.
const PAUSE_AT_MARK: Duration = Duration::from_secs(60);

/// What the parts of a turn found so far, for the parts after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SoFar {
    /// A hint asks for a poll, whatever is due.
    pub poll_now: bool,
    /// The opt-outs had their turn by their own clock.
    pub opt_outs_read: bool,
    /// The stream of changes came to the present in this turn.
    pub is_caught_up: bool,
}

impl Part {
    /// When it gets its turn, its own backoff apart; `None`: not as the customer stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn when(
        self,
        view: &View<'_>,
        memory: &Memory,
        so_far: SoFar,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = view.now();
        let pace = || Pace::of(view, memory.waits(Self::Changes, now), so_far.poll_now);
        Ok(match self {
            Self::Hints => Some(now),
            Self::OptOuts if !knows_account(view)? => None,
            Self::OptOuts => Some(streams::scheduled(view, Stream::OptOuts)?.unwrap_or(now)),
            Self::OptOutsByHint => (knows_account(view)? && asks_for_opt_outs(view, so_far)?).then_some(now),
            Self::Bounces if is_time_for_background(view, memory, pace()?)? => {
                Some(bounces::due(view, &memory.reports)?)
            }
            Self::Sweep if is_time_for_background(view, memory, pace()?)? => Some(sweep::due(view)?),
            Self::ReferenceData => (pace()? == Pace::Due && lists_are_due(view, memory)?).then_some(now),
            Self::Changes => Some(when_to_poll(view, pace()?)),
            Self::Counts => (so_far.is_caught_up && memory.counts_due).then_some(now),
            Self::Answers => so_far.is_caught_up.then_some(now),
            Self::SecondLooks => second_looks::due(view)?,
            Self::Bounces | Self::Sweep => None,
        })
    }

    /// Does its piece of reading.
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it.
    pub async fn run(
        self,
        view: &View<'_>,
        memory: &mut Memory,
        so_far: &mut SoFar,
    ) -> Result<Turn, TurnError> {
        match self {
            Self::Hints => return follow_hints(view, memory).await,
            Self::OptOuts => {
                so_far.opt_outs_read = true;
                streams::begin_opt_outs(view).await?;
                streams::read(view, Stream::OptOuts, Lane::Consent, &mut memory.windows).await?;
            }
            Self::OptOutsByHint => {
                read_by_hint(view, Stream::OptOuts, memory).await?;
            }
            Self::Bounces => {
                memory.background_waits = false;
                bounces::read(view, &mut memory.reports).await?;
            }
            Self::Sweep => {
                memory.background_waits = false;
                sweep::read_page(view, &mut memory.windows).await?;
            }
            Self::ReferenceData => {
                reference_data::renew(view, &mut memory.reference).await?;
                memory.lists_read = true;
                memory.polls_since_lists = 0;
                memory.counts_due = true;
            }
            Self::Changes => {
                so_far.is_caught_up = read_changes(view, memory).await?;
                memory.background_waits |= so_far.is_caught_up;
            }
            Self::Counts => {
                memory.counts_due = false;
                let compared = counts::compare(view, &mut memory.windows.cursors).await;
                memory.counts_stood_back = view.reach.stops() && compared.is_err();
                memory.counts_due = memory.counts_stood_back;
                compared?;
            }
            Self::Answers => {
                let polled_at = view.known.cursor(Stream::Changes)?.completed_at;
                memory.count_poll(polled_at.unwrap_or_else(|| view.now()), view.settings.poll_every);
                view.commit.forget_hints(std::mem::take(&mut memory.answers)).await?;
            }
            Self::SecondLooks => {
                if !second_looks::look_again(view).await? {
                    return Ok(Turn::Idle(second_looks::due(view)?));
                }
            }
        }
        Ok(Turn::Progressed)
    }
}

/// Reads the stream of changes; `true` if it came to the present.
async fn read_changes(view: &View<'_>, memory: &mut Memory) -> Result<bool, TurnError> {
    if view.known.cursor(Stream::Changes)?.open.is_none() {
        // Only what came before the window begins is answered by it.
        let wish = view.known.wish_for_a_poll()?;
        let settled = |wish: &Hint| wish.received_at.plus(SETTLES) <= view.now();
        memory.answers = wish.filter(settled).into_iter().collect();
    }
    if streams::is_scheduled(view, Stream::Changes)? {
        return streams::read(view, Stream::Changes, Lane::Change, &mut memory.windows).await;
    }
    read_by_hint(view, Stream::Changes, memory).await
}

/// Reads a stream that only a hint asks for: ordinary work, counted to the share of polls by hint (W5).
async fn read_by_hint(view: &View<'_>, stream: Stream, memory: &mut Memory) -> Result<bool, TurnError> {
    let windows = &mut memory.windows;
    let read = async |view: &View<'_>| streams::read(view, stream, Lane::Change, windows).await;
    hint_polls::counted(view, streams::PAGES_A_TURN as u64, read).await?
}

/// Whether a hint asks for the opt-outs before their time, or its reading of them is not over yet.
fn asks_for_opt_outs(view: &View<'_>, so_far: SoFar) -> Result<bool, StoreError> {
    if so_far.opt_outs_read || streams::is_scheduled(view, Stream::OptOuts)? {
        return Ok(false);
    }
    Ok(so_far.poll_now || view.known.cursor(Stream::OptOuts)?.open.is_some())
}

/// Whether a hint asks for a poll that may be now; it then counts as caused (W5).
///
/// # Errors
/// When the store cannot be read.
pub fn polls_by_hint(view: &View<'_>, memory: &mut Memory) -> Result<bool, StoreError> {
    let now = view.now();
    let due = when_to_poll_by_hint(view, memory)?;
    let polls = due.is_some_and(|due| due <= now);
    if polls {
        memory.hint_polls.begin(bounds(view)?, now);
    }
    Ok(polls)
}

/// When a hint causes a poll; `None` if none asks for it. While polls wait, it causes none.
fn when_to_poll_by_hint(view: &View<'_>, memory: &mut Memory) -> Result<Option<Timestamp>, StoreError> {
    let (now, has_news) = (view.now(), std::mem::take(&mut memory.windows.has_news));
    let due = memory.hint_polls.due(view.known.wish_for_a_poll()?, has_news, bounds(view)?, now);
    Ok(due.map(|due| memory.waits(Part::Changes, now).map_or(due, |until| until.max(due))))
}

fn bounds(view: &View<'_>) -> Result<Bounds, StoreError> {
    let calls_left = view.known.hint_polls_left(view.now().utc_day(), view.single_reads.all)?;
    Ok(Bounds { poll_every: view.settings.poll_every, calls_left })
}

/// Follows hints. A wish for a poll that has to wait says until when.
async fn follow_hints(view: &View<'_>, memory: &mut Memory) -> Result<Turn, TurnError> {
    let followed = hints::follow(view).await?;
    if followed.any {
        return Ok(Turn::Progressed);
    }
    let poll = when_to_poll_by_hint(view, memory)?.filter(|at| *at > view.now());
    Ok(Turn::Idle(followed.next.into_iter().chain(poll).min()))
}

fn when_to_poll(view: &View<'_>, pace: Pace) -> Timestamp {
    match pace {
        Pace::Waits(at) | Pace::NotDue(at) => at,
        Pace::AtMark => {
            tracing::warn!(customer = %view.reach.customer, "polling pauses for a minute: too much unfinished work");
            view.now().plus(PAUSE_AT_MARK)
        }
        Pace::Due => view.now(),
    }
}

fn is_time_for_background(view: &View<'_>, memory: &Memory, pace: Pace) -> Result<bool, StoreError> {
    let is_time = match pace {
        Pace::NotDue(_) => true,
        Pace::Due => memory.background_waits && view.known.cursor(Stream::Changes)?.open.is_none(),
        Pace::Waits(_) | Pace::AtMark => false,
    };
    Ok(is_time && knows_account(view)?)
}

/// Whether the account was read whole once: facts about subscribers that are not known yet would be lost, and the stream of
/// opt-outs begins where that reading did.
fn knows_account(view: &View<'_>) -> Result<bool, StoreError> {
    Ok(view.known.cursor(Stream::Changes)?.upto.is_some())
}

fn lists_are_due(view: &View<'_>, memory: &Memory) -> Result<bool, StoreError> {
    if !memory.lists_read {
        return Ok(true);
    }
    let (now, read_at) = (view.now(), view.known.cursor(Stream::Lists)?.completed_at);
    let read_at = kept_time::done(read_at, now);
    if asked::is_due(view.record.asked.streams, read_at, now) {
        return Ok(true);
    }
    Ok(match view.settings.lists_every {
        Every::Polls(polls) => memory.polls_since_lists >= polls,
        Every::Time(every) => read_at.is_none_or(|at| now.since(at) >= every),
    })
}
