//! A page of a window of changes or opt-outs (W1, W2).

use crate::{
    constant_contact::{Answer, CcError, ContactsPage, PagePath, streams},
    domain::{Lane, Stream, Timestamp},
    poller::reach::Reach,
    sync::windows::{Cursor, PageFacts, Progress, Window},
    turn::TurnError,
};

use super::page::{self, Cursors};

/// The page that a window is at.
pub(super) struct Place {
    /// How far the stream was read before.
    pub cursor: Cursor,
    /// The window.
    pub window: Window,
    /// Where its next page is.
    pub path: PagePath,
}

/// A page that was read of a stream of contacts.
pub struct PageRead {
    /// How far the stream was read before.
    pub cursor: Cursor,
    /// The window that the page belongs to.
    pub window: Window,
    /// The page, and the server's time.
    pub answer: Answer<ContactsPage>,
}

/// What became of reading a page.
pub enum Read {
    /// The page.
    Page(Box<PageRead>),
    /// The server does not take the stored cursor any more: the window starts anew, by this one.
    CursorRefused(Cursor),
}

/// Where a stream stands after a page.
pub struct After {
    /// The cursor, to be kept with the page.
    pub cursor: Cursor,
    /// What follows.
    pub progress: Progress,
    /// When the reading of the account began that this page ends.
    pub account_read_from: Option<Timestamp>,
}

/// Reads the next page of a stream that stands at `cursor`, as work of a lane.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(
    reach: &Reach<'_>,
    (stream, lane): (Stream, Lane),
    mut cursor: Cursor,
    cursors: &mut Cursors,
) -> Result<Read, TurnError> {
    if let Some(date) = reach.cc.server_date() {
        cursor.heed(date);
    }
    let window = cursor.window(reach.server_now());
    let Some(path) = path(reach, stream, &window) else {
        return Err(TurnError::Outside("the stored cursor is no page of contacts".to_owned()));
    };
    follow(reach, lane, Place { cursor, window, path }, cursors).await
}

/// Reads the page at a place.
pub(super) async fn follow(
    reach: &Reach<'_>,
    lane: Lane,
    place: Place,
    cursors: &mut Cursors,
) -> Result<Read, TurnError> {
    let Place { mut cursor, window, path } = place;
    let followed = window.next.is_some();
    match page::read(reach, lane, &path, followed, cursors).await {
        Ok(answer) => Ok(Read::Page(Box::new(PageRead { cursor, window, answer }))),
        Err(CcError::Refused { status: 400 | 410, .. } | CcError::NotFound) if followed => {
            cursor.restart(window);
            Ok(Read::CursorRefused(cursor))
        }
        Err(error) => Err(reach.cc.turn_error(error)),
    }
}

/// The next page of a window; `None` if the stored cursor is no page of contacts.
fn path(reach: &Reach<'_>, stream: Stream, window: &Window) -> Option<PagePath> {
    if let Some(href) = &window.next {
        return PagePath::stored(href);
    }
    Some(match stream {
        Stream::OptOuts => {
            // Open-ended at first, so that what the server learnt since its last answer is in.
            let end = (!window.is_open_ended()).then_some(window.to);
            streams::optouts::first(window.from.unwrap_or(Timestamp::EPOCH), end, reach.include)
        }
        _ => streams::changes::first(window.from, Some(window.to), reach.include),
    })
}

impl PageRead {
    /// Takes the page into account; `shown` are the distinct ids and odd records of its window so far, its own included.
    #[must_use]
    pub fn count(self, reach: &Reach<'_>, stream: Stream, shown: usize) -> After {
        let Self { mut cursor, mut window, answer } = self;
        let page = &answer.value;
        if stream == Stream::OptOuts && window.pages == 0 && window.is_open_ended() {
            // An open-ended window ends at the server's time of its first page.
            window.to = window.to.max(Timestamp::from_secs(reach.seen_at(&answer).as_secs()));
        }
        let distinct = shown as u64;
        let (is_whole, to, short_before) = (window.from.is_none(), window.to, cursor.short_windows);
        let facts = PageFacts { next: page.next.as_ref().map(PagePath::as_str), distinct, count: page.total };
        let progress = cursor.page(window, &facts, reach.now());
        if cursor.short_windows > short_before {
            let (stream, count) = (stream.as_str(), page.total);
            tracing::warn!(customer = %reach.customer, stream, distinct, count, "window returned fewer contacts than contacts_count after retries; accepting it");
        }
        let is_done = matches!(progress, Progress::Complete | Progress::Part);
        let ends_account = is_done && is_whole && stream == Stream::Changes;
        After { cursor, progress, account_read_from: ends_account.then_some(to) }
    }
}

#[cfg(test)]
#[path = "window_test.rs"]
mod tests;
