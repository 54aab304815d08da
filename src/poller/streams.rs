//! The two streams of contacts: by change and by opt-out, page by page, each page durable with its cursor (W1, W2).

use std::time::Duration;

use crate::{
    constant_contact::PagePath,
    domain::{Lane, Observation, Stream, Timestamp, asked, kept_time},
    store::{Page, SeenPage, StoreError},
    sync::{
        circle,
        windows::{Cursor, Progress},
    },
    turn::TurnError,
};

use super::{
    observe::{self, Shown},
    read::window::{self, PageRead, Read},
    view::View,
    windows::Windows,
};

/// Pages read in one turn: then hints and opt-outs have their turn too, however large the account.
pub const PAGES_A_TURN: usize = 20;
/// Attempts at a window that begin at once though the one before met a page that is refused.
const REFUSED_MAX: u32 = 2;
/// How far before a customer's first day its opt-outs begin where nothing tells when (P1): clocks differ.
const BEFORE_THE_FIRST_DAY: Duration = Duration::from_secs(24 * 3600);

/// When a stream of contacts is due; `None` if at once.
///
/// # Errors
/// When the store cannot be read.
pub fn due(view: &View<'_>, stream: Stream) -> Result<Option<Timestamp>, StoreError> {
    if view.known.cursor(stream)?.open.is_some() {
        return Ok(None);
    }
    scheduled(view, stream)
}

/// When a stream of contacts is due by its own clock or by a person's wish, whatever hints ask for (W5); `None` if at once. A window that a hint opened waits
/// for that time, too.
///
/// # Errors
/// When the store cannot be read.
pub fn scheduled(view: &View<'_>, stream: Stream) -> Result<Option<Timestamp>, StoreError> {
    // After the wall clock was set back the last reading lies in the future: read now rather than never.
    let completed = kept_time::done(view.known.cursor(stream)?.completed_at, view.now());
    let asked = view.record.asked.streams;
    Ok(completed.map(|at| asked::due(asked, completed, at.plus(view.settings.poll_every))))
}

/// Whether a stream of contacts is due by its own clock.
///
/// # Errors
/// When the store cannot be read.
pub fn is_scheduled(view: &View<'_>, stream: Stream) -> Result<bool, StoreError> {
    Ok(scheduled(view, stream)?.is_none_or(|due| due <= view.now()))
}

/// Reads a stream up to the present (`true`), or so far as one turn goes (`false`: there is more).
///
/// # Errors
/// [`TurnError`], by who acts on it; pages read until then are kept.
pub async fn read(
    view: &View<'_>,
    stream: Stream,
    lane: Lane,
    windows: &mut Windows,
) -> Result<bool, TurnError> {
    for _ in 0..PAGES_A_TURN {
        if view.reach.stops() {
            return Ok(false);
        }
        let cursor = view.known.cursor(stream)?;
        let progress = match window::read(&view.reach, (stream, lane), cursor, &mut windows.cursors).await? {
            Read::Page(page) => keep(view, stream, windows, *page).await?,
            Read::CursorRefused(cursor) => {
                windows.forget(stream);
                let again = refused_again(&cursor);
                view.commit.cursor(stream, cursor).await?;
                again?;
                Progress::Again
            }
        };
        match progress {
            Progress::More => {}
            Progress::Complete => return Ok(true),
            Progress::Part | Progress::Again | Progress::Smaller => return Ok(false),
        }
    }
    Ok(false)
}

/// A window whose followed page is refused is begun anew at once; refused again, it waits longer each time (W4).
///
/// # Errors
/// From the second refusal on.
pub fn refused_again(cursor: &Cursor) -> Result<(), TurnError> {
    match &cursor.open {
        Some(window) if window.attempt > REFUSED_MAX => Err(TurnError::Outside(format!(
            "Constant Contact refuses the page that its own answer leads to, for the {}th time",
            window.attempt - 1
        ))),
        _ => Ok(()),
    }
}

/// Ends a reading whose pages lead in a circle: what the page shows is kept, and the window begins anew after a wait (W7).
///
/// # Errors
/// [`TurnError::NotNow`] with the wait, or a failure of the store.
pub async fn end_circle<T>(
    view: &View<'_>,
    stream: Stream,
    windows: &mut Windows,
    (read, observations): (PageRead, Vec<Observation>),
) -> Result<T, TurnError> {
    let PageRead { mut cursor, window, .. } = read;
    let (customer, stream_name, is_first) = (view.reach.customer, stream.as_str(), window.attempt == 1);
    let pages = window.pages + 1;
    let wait = circle::begin_anew(stream, &mut cursor, window);
    view.commit.apart(observations).await?;
    view.commit.cursor(stream, cursor).await?;
    windows.forget(stream);
    let wait_s = wait.as_secs();
    if is_first {
        tracing::warn!(%customer, stream = stream_name, pages, wait_s, "the pages of Constant Contact lead in a circle: the reading begins anew after a wait, with growing waits until it comes to an end; the rest goes on");
    } else {
        tracing::debug!(%customer, stream = stream_name, pages, wait_s, "the pages of Constant Contact lead in a circle again");
    }
    Err(TurnError::NotNow(view.now().plus(wait)))
}

/// Keeps a page: what changed, the ids that it showed, and the cursor, as one group.
async fn keep(
    view: &View<'_>,
    stream: Stream,
    windows: &mut Windows,
    read: PageRead,
) -> Result<Progress, TurnError> {
    let (customer, number) = (view.reach.customer, read.window.pages);
    let Shown { ids, observations } =
        observe::shown(view.known, customer, &read.answer.value, view.reach.seen_at(&read.answer))?;
    let shown = windows.show(view.known, stream, &read.window, &ids)?.len();
    if windows.circles(stream, &read.window, read.answer.value.next.as_ref().map(PagePath::as_str)) {
        return end_circle(view, stream, windows, (read, observations)).await;
    }
    let after = read.count(&view.reach, stream, shown);
    let mut cursors = vec![(stream, after.cursor)];
    if let Some(began) = after.account_read_from {
        // In the same group: a kill in between would leave the customer without its stream of opt-outs.
        cursors.extend(opt_outs_from(view, began)?);
    }
    let seen = (after.progress == Progress::More).then_some(SeenPage { page: number, ids });
    let observed = view.commit.page(Page { observations, cursors, seen, answered: Vec::new() }).await?;
    if after.progress != Progress::More {
        windows.forget(stream);
    }
    if observed.new + observed.changed > 0 {
        windows.has_news = true;
        let (new, changed) = (observed.new, observed.changed);
        tracing::debug!(%customer, stream = stream.as_str(), new, changed, "page kept");
    }
    if after.account_read_from.is_some() {
        tracing::info!(%customer, "Constant Contact is read from the beginning: opt-outs follow from then on");
    }
    Ok(after.progress)
}

/// Where the stream of opt-outs begins, unless it has begun: when the reading of the account did.
fn opt_outs_from(view: &View<'_>, from: Timestamp) -> Result<Option<(Stream, Cursor)>, StoreError> {
    let cursor = view.known.cursor(Stream::OptOuts)?;
    let begins = cursor.upto.is_none() && cursor.open.is_none();
    Ok(begins.then_some((Stream::OptOuts, Cursor { upto: Some(from), ..cursor })))
}

/// Begins the stream of opt-outs where changes are read and it has not begun, by whatever accident: early enough. `false`
/// if it is not to begin yet, since the account itself is still being read.
///
/// # Errors
/// When the store cannot read or write.
pub async fn begin_opt_outs(view: &View<'_>) -> Result<bool, TurnError> {
    let Some(upto) = view.known.cursor(Stream::Changes)?.upto else { return Ok(false) };
    let early = view.record.created_at.min(upto).minus(BEFORE_THE_FIRST_DAY);
    if let Some((stream, cursor)) = opt_outs_from(view, early)? {
        tracing::warn!(customer = %view.reach.customer, "the stream of opt-outs had not begun: it is read since the customer's first day");
        view.commit.cursor(stream, cursor).await?;
    }
    Ok(true)
}
