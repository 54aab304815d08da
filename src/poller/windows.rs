//! What is remembered of the windows that are open, and of the server's cursors.

use std::collections::{HashMap, HashSet};

use crate::{domain::Stream, store::StoreError, sync::windows::Window};

use super::{
    known::Known,
    read::{page::Cursors, trail::Trail},
};

/// What is known of the windows that are open, and of the server's cursors.
#[derive(Debug, Default)]
pub struct Windows {
    seen: HashMap<Stream, HashSet<u64>>,
    trails: HashMap<Stream, Followed>,
    /// What the server's cursors carry.
    pub cursors: Cursors,
    /// A page showed something new since this was last taken.
    pub has_news: bool,
}

/// Where the pages of an open window led.
#[derive(Debug, Default)]
struct Followed {
    trail: Trail,
    /// The page that was looked at last: it comes again if it could not be kept.
    page: Option<u32>,
    /// Whether it showed an id that no page before did.
    is_new: bool,
}

impl Windows {
    /// Hashes of the ids that the open window of a stream has shown, with these. After a restart they come from the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn show(
        &mut self,
        known: Known<'_>,
        stream: Stream,
        window: &Window,
        ids: &[u64],
    ) -> Result<&HashSet<u64>, StoreError> {
        let seen = self.seen.entry(stream).or_default();
        if window.pages == 0 {
            seen.clear();
        } else if seen.is_empty() {
            *seen = known.seen_in_window(stream)?;
        }
        let before = seen.len();
        seen.extend(ids);
        let followed = self.trails.entry(stream).or_default();
        if window.pages == 0 {
            *followed = Followed::default();
        }
        followed.is_new = seen.len() > before;
        Ok(seen)
    }

    /// Whether the page that a stream's window has shown leads in a circle (W7).
    pub fn circles(&mut self, stream: Stream, window: &Window, next: Option<&str>) -> bool {
        let followed = self.trails.entry(stream).or_default();
        if followed.page == Some(window.pages) {
            return false;
        }
        followed.page = Some(window.pages);
        followed.trail.circles(next, followed.is_new)
    }

    /// Forgets what a stream's window has shown: it is over, or begins anew.
    pub fn forget(&mut self, stream: Stream) {
        self.seen.remove(&stream);
        self.trails.remove(&stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Timestamp, sync::windows::Cursor};

    #[test]
    fn w7_a_page_that_could_not_be_kept_comes_again_and_is_no_circle() {
        let (mut windows, mut window) =
            (Windows::default(), Cursor::default().window(Timestamp::from_secs(100)));
        for (pages, next, circles) in
            [(0, "b", false), (0, "b", false), (1, "c", false), (1, "c", false), (2, "b", true)]
        {
            window.pages = pages;
            let found = windows.circles(Stream::Changes, &window, Some(next));
            assert_eq!(found, circles, "{pages} {next}");
        }
        windows.forget(Stream::Changes);
        assert!(!windows.circles(Stream::Changes, &window, Some("b")));
    }
}
