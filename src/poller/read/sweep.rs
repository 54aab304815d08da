//! A page of the sweep: the whole account, whatever was read before (D2).

use crate::{
    constant_contact::{PagePath, streams},
    domain::{Lane, Timestamp},
    poller::reach::Reach,
    sync::windows::{Cursor, PageFacts, Sweep, Window},
    turn::TurnError,
};

use super::{
    page::Cursors,
    window::{PageRead, Place, Read, follow},
};

/// Where the sweep stands after a page.
pub struct Swept {
    /// The cursor, to be kept with the page.
    pub cursor: Cursor,
    /// What follows.
    pub outcome: Sweep,
    /// When the sweep began that this page ends.
    pub ended: Option<Timestamp>,
}

/// Reads the next page of the sweep that stands at `cursor`.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(reach: &Reach<'_>, mut cursor: Cursor, cursors: &mut Cursors) -> Result<Read, TurnError> {
    let mut window = cursor.window(reach.now());
    window.from = None;
    let Some(path) = path(reach, &window) else {
        cursor.restart(window);
        return Ok(Read::CursorRefused(cursor));
    };
    follow(reach, Lane::Verify, Place { cursor, window, path }, cursors).await
}

/// The next page; `None` if the stored cursor is no page of contacts.
fn path(reach: &Reach<'_>, window: &Window) -> Option<PagePath> {
    match &window.next {
        None => Some(streams::changes::first(None, None, reach.include)),
        Some(href) => PagePath::stored(href),
    }
}

/// Takes a page into account; `shown` are the distinct ids of the sweep so far, its own included.
#[must_use]
pub fn count(read: PageRead, shown: usize, now: Timestamp) -> Swept {
    let PageRead { mut cursor, window, answer } = read;
    let (page, began) = (answer.value, window.to);
    let next = page.next.as_ref().map(PagePath::as_str);
    let facts = PageFacts { next, distinct: shown as u64, count: page.total };
    let outcome = cursor.sweep_page(window, &facts, page.problems.len(), now);
    let ended = cursor.open.is_none().then_some(began);
    Swept { cursor, outcome, ended }
}

#[cfg(test)]
#[path = "sweep_test.rs"]
mod tests;
