//! The arithmetic of poll windows (W1, W2): what to read, when the cursor moves, when to read again.

use std::time::Duration;

use crate::domain::Timestamp;

/// How far a window reaches back over the one before. Constant Contact states no bound of consistency; its times have
/// whole seconds (reference/constant-contact.md 3.3, 4). Readings that lag by half an hour lose nothing (E1).
pub const OVERLAP: Duration = Duration::from_secs(35 * 60);

/// How often a window whose distinct ids fall short is read again before it is made smaller.
pub const ATTEMPTS_MAX: u32 = 3;

/// How often windows are read again or made smaller in all, until the stream has come to the present. After that what is
/// short is taken as it is: a count that never fits (it may hold what no page shows) must not have the account read for
/// ever. A missed contact is found by the counts of lists, or by its next change (W3).
pub const REREADS_MAX: u32 = 8;

/// The start of time for windows that have to be halved and have no other start.
const BEGINNING: Timestamp = Timestamp::from_secs(820_454_400);

/// A window being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// From here; `None` means from the beginning.
    pub from: Option<Timestamp>,
    /// Up to here: the server's time when the reading began, or less after halving.
    pub to: Timestamp,
    /// The next page's href; `None` before the first page.
    pub next: Option<String>,
    /// Pages made durable.
    pub pages: u32,
    /// The largest `contacts_count` that any of them told: a record that leaves the window while it is read lowers the
    /// count, and moves another one past the reader (W2).
    pub counted: u64,
    /// How often it was begun.
    pub attempt: u32,
    /// Whether it ends before the present, because a larger one was made smaller.
    pub bounded: bool,
}

impl Window {
    /// Whether its end is still to be told, by the server's time of its first page. A window that is read again or was made smaller
    /// keeps its end, so that the reading can come to it (W1).
    #[must_use]
    pub const fn is_open_ended(&self) -> bool {
        self.attempt == 1 && !self.bounded
    }
}

/// How far a stream has been read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Everything up to here was read; `None` before the first window is complete.
    pub upto: Option<Timestamp>,
    /// The window in progress.
    pub open: Option<Window>,
    /// When it last came to the present, by Tandem's clock; forgotten when it is wanted again.
    pub completed_at: Option<Timestamp>,
    /// Whether a reading was asked for before its time that no window answers yet: it begins after the wish.
    pub is_wanted: bool,
    /// Windows that were accepted although ids fell short (W2).
    pub short_windows: u32,
    /// Windows read again or made smaller since it last came to the present.
    pub rereads: u32,
}

/// What a page brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageFacts<'a> {
    /// The next page's href, if there is one.
    pub next: Option<&'a str>,
    /// Distinct ids of the whole window so far, this page included.
    pub distinct: u64,
    /// `contacts_count` of this page.
    pub count: Option<u64>,
}

/// What follows a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Read the next page.
    More,
    /// The window is complete, the cursor moved, and the stream has come to the present.
    Complete,
    /// The window is complete and the cursor moved, but it was a smaller one: the next follows at once.
    Part,
    /// Ids fell short: the window starts anew.
    Again,
    /// Ids fell short too often: a smaller window starts.
    Smaller,
}

/// What follows a page of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// Read the next page.
    More,
    /// Everybody was shown (D2).
    Complete,
    /// Too much moved meanwhile: it proves no contact gone (D2).
    Incomplete,
}

impl Cursor {
    /// The cursor of a stream without windows, which was read whole just now.
    #[must_use]
    pub fn completed(now: Timestamp) -> Self {
        Self { completed_at: Some(now), upto: Some(now), ..Self::default() }
    }

    /// Takes a page of the sweep into account (D2): complete only if the distinct ids equal `contacts_count` of the first
    /// page and of the last, and every record could be read. An incomplete one is begun anew a bounded number of times.
    /// `unread`: records of the page that could not be read.
    pub fn sweep_page(
        &mut self,
        mut window: Window,
        facts: &PageFacts<'_>,
        unread: usize,
        now: Timestamp,
    ) -> Sweep {
        const UNKNOWN: u64 = u64::MAX;
        self.answer_wish(&window);
        if window.pages == 0 {
            window.counted = facts.count.unwrap_or(UNKNOWN);
        }
        if unread > 0 {
            window.counted = UNKNOWN;
        }
        window.pages += 1;
        if let Some(next) = facts.next {
            window.next = Some(next.to_owned());
            self.open = Some(window);
            return Sweep::More;
        }
        if window.counted == facts.distinct && facts.count == Some(facts.distinct) {
            self.complete(&window, now);
            return Sweep::Complete;
        }
        if window.attempt < ATTEMPTS_MAX {
            self.restart(window);
        } else {
            self.short_windows += 1;
            self.complete(&window, now);
        }
        Sweep::Incomplete
    }

    /// Asks for a reading before its time. Pages of a window in progress may have been read before what the wish is about: it is wanted
    /// again after it (W3). Returns whether the cursor changed.
    pub fn ask_for(&mut self) -> bool {
        let asks = !self.is_wanted;
        (self.completed_at, self.is_wanted) = (None, true);
        asks
    }

    /// A window that begins now, or anew, answers every wish before it.
    const fn answer_wish(&mut self, window: &Window) {
        if window.pages == 0 {
            self.is_wanted = false;
        }
    }

    /// The window to read now: the one in progress, or a new one up to the server's time (W1).
    #[must_use]
    pub fn window(&self, server_now: Timestamp) -> Window {
        self.open.clone().unwrap_or_else(|| Window {
            from: self.upto.map(|upto| upto.minus(OVERLAP)),
            to: Timestamp::from_secs(server_now.as_secs()),
            next: None,
            pages: 0,
            counted: 0,
            attempt: 1,
            bounded: false,
        })
    }

    /// Forgets what a clock said that was set back since: an end in the server's future was never reached, and waiting
    /// for it would hide what happens until then.
    pub fn heed(&mut self, server_now: Timestamp) {
        if self.open.is_none() {
            self.upto = self.upto.filter(|upto| *upto <= server_now.plus(OVERLAP));
        }
    }

    /// Takes a page of `window` into account. The caller stores the cursor in the same transaction as the page (W1).
    pub fn page(&mut self, mut window: Window, facts: &PageFacts<'_>, now: Timestamp) -> Progress {
        self.answer_wish(&window);
        window.pages += 1;
        window.counted = window.counted.max(facts.count.unwrap_or(0));
        if let Some(next) = facts.next {
            window.next = Some(next.to_owned());
            self.open = Some(window);
            return Progress::More;
        }
        let short = window.pages > 1 && facts.distinct < window.counted;
        if !short {
            return self.complete(&window, now);
        }
        self.rereads += 1;
        if self.rereads < REREADS_MAX {
            if window.attempt < ATTEMPTS_MAX {
                self.restart(window);
                return Progress::Again;
            }
            if let Some(half) = smaller(&window) {
                self.open = Some(half);
                return Progress::Smaller;
            }
        }
        self.short_windows += 1;
        self.complete(&window, now)
    }

    /// Begins the open window anew, because its next page cannot be followed any more.
    pub fn restart(&mut self, window: Window) {
        self.open = Some(Window { next: None, pages: 0, counted: 0, attempt: window.attempt + 1, ..window });
    }

    fn complete(&mut self, window: &Window, now: Timestamp) -> Progress {
        self.upto = Some(self.upto.map_or(window.to, |upto| upto.max(window.to)));
        self.open = None;
        if window.bounded {
            return Progress::Part;
        }
        self.completed_at = (!self.is_wanted).then_some(now);
        self.rereads = 0;
        Progress::Complete
    }
}

/// The first half of a window; `None` if it cannot be halved. The rest follows with the next window, since the cursor
/// then stands at the half's end.
fn smaller(window: &Window) -> Option<Window> {
    let from = window.from.unwrap_or(BEGINNING);
    let half = Timestamp::from_secs((from.as_secs() + window.to.as_secs()) / 2);
    // Below twice the overlap a smaller window would not get ahead.
    let gains = half.since(from) > OVERLAP;
    let half =
        Window { to: half, next: None, pages: 0, counted: 0, attempt: 1, bounded: true, ..window.clone() };
    gains.then_some(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    fn facts(next: Option<&str>, distinct: u64, count: u64) -> PageFacts<'_> {
        PageFacts { next, distinct, count: Some(count) }
    }

    #[test]
    fn w1_the_cursor_moves_only_with_the_last_page() {
        let mut cursor = Cursor::default();
        let window = cursor.window(at(0));
        assert_eq!((window.from, window.to), (None, at(0)));
        assert_eq!(
            cursor.page(window, &facts(Some("/v3/contacts?cursor=x"), 500, 600), at(1)),
            Progress::More
        );
        assert_eq!(cursor.upto, None);
        let window = cursor.window(at(90));
        assert_eq!(window.to, at(0), "an open window keeps its end");
        assert_eq!(cursor.page(window, &facts(None, 600, 600), at(2)), Progress::Complete);
        assert_eq!(cursor.upto, Some(at(0)));
        assert_eq!(cursor.window(at(100)).from, Some(at(0).minus(OVERLAP)));
    }

    /// The wish was dropped, and people on pages that were read already kept lists and tags for a week.
    #[test]
    fn w3_a_wish_during_a_sweep_is_answered_by_a_sweep_that_began_after_it() {
        let mut cursor = Cursor::completed(at(0));
        assert!(cursor.ask_for() && !cursor.ask_for());
        let page = |cursor: &mut Cursor, next| {
            let window = cursor.window(at(1));
            cursor.sweep_page(window, &facts(next, 600, 600), 0, at(2))
        };
        assert_eq!(page(&mut cursor, Some("/v3/contacts?cursor=x")), Sweep::More);
        assert!(!cursor.is_wanted, "the window began after the wish");
        assert!(cursor.ask_for());
        assert_eq!(page(&mut cursor, None), Sweep::Complete);
        assert_eq!((cursor.is_wanted, cursor.completed_at), (true, None));
        assert_eq!(page(&mut cursor, None), Sweep::Complete);
        assert_eq!((cursor.is_wanted, cursor.completed_at), (false, Some(at(2))));
    }

    #[test]
    fn w3_a_sweep_that_begins_anew_answers_a_wish_of_before() {
        let mut cursor = Cursor::default();
        let page = |cursor: &mut Cursor, next, distinct| {
            let window = cursor.window(at(1));
            cursor.sweep_page(window, &facts(next, distinct, 600), 0, at(2))
        };
        page(&mut cursor, Some("/v3/contacts?cursor=x"), 500);
        assert!(cursor.ask_for());
        assert_eq!(page(&mut cursor, None, 599), Sweep::Incomplete);
        assert!(cursor.is_wanted && cursor.open.is_some());
        page(&mut cursor, Some("/v3/contacts?cursor=x"), 500);
        assert_eq!(page(&mut cursor, None, 600), Sweep::Complete);
        assert_eq!((cursor.is_wanted, cursor.completed_at), (false, Some(at(2))));
    }

    #[test]
    fn w2_a_short_window_is_read_again_then_halved_then_accepted() {
        let mut cursor = Cursor { upto: Some(at(0)), ..Cursor::default() };
        let seen = read_short(&mut cursor, at(40_000));
        assert_eq!(seen[..3], [Progress::Again, Progress::Again, Progress::Smaller]);
        assert_eq!(seen.last(), Some(&Progress::Complete));
        assert_eq!(cursor.upto, Some(at(40_000)));
        assert_eq!((cursor.completed_at, cursor.rereads), (Some(at(1)), 0));
    }

    #[test]
    fn w2_an_account_whose_count_never_fits_is_read_a_bounded_number_of_times() {
        let mut cursor = Cursor::default();
        let seen = read_short(&mut cursor, at(0));
        let again = seen.iter().filter(|one| matches!(one, Progress::Again | Progress::Smaller)).count();
        assert_eq!(again as u32, REREADS_MAX - 1);
        // After the part that was accepted the next window is the whole rest, not another small step.
        assert_eq!(seen[again..], [Progress::Part, Progress::Complete]);
        assert_eq!(cursor.upto, Some(at(0)));
        assert_eq!(cursor.short_windows, 2);
    }

    /// Reads a stream to the present, every window with two pages that show one contact less than is counted.
    fn read_short(cursor: &mut Cursor, server_now: Timestamp) -> Vec<Progress> {
        let mut seen = Vec::new();
        while seen.last() != Some(&Progress::Complete) && seen.len() < 200 {
            let window = cursor.window(server_now);
            cursor.page(window, &facts(Some("/v3/contacts?cursor=x"), 500, 600), at(1));
            let window = cursor.window(server_now);
            seen.push(cursor.page(window, &facts(None, 599, 600), at(1)));
        }
        seen
    }

    #[test]
    fn w2_a_window_that_was_made_smaller_keeps_its_end() {
        let mut cursor = Cursor { upto: Some(at(0)), ..Cursor::default() };
        assert!(cursor.window(at(40_000)).is_open_ended());
        let mut progress = Progress::More;
        for _ in 0..ATTEMPTS_MAX {
            let window = cursor.window(at(40_000));
            cursor.page(window, &facts(Some("/v3/contacts?cursor=x"), 500, 600), at(1));
            let window = cursor.window(at(40_000));
            progress = cursor.page(window, &facts(None, 599, 600), at(1));
        }
        assert_eq!(progress, Progress::Smaller);
        let half = cursor.window(at(50_000));
        assert!(!half.is_open_ended() && half.to < at(40_000));
        let to = half.to;
        assert_eq!(cursor.page(half, &facts(None, 300, 300), at(2)), Progress::Part);
        assert_eq!((cursor.upto, cursor.completed_at), (Some(to), None));
        let rest = cursor.window(at(50_000));
        assert_eq!((rest.from, rest.to), (Some(to.minus(OVERLAP)), at(50_000)));
        assert!(rest.is_open_ended());
    }

    #[test]
    fn w1_an_end_in_the_servers_future_was_never_reached() {
        let mut cursor = Cursor { upto: Some(at(86_400)), ..Cursor::default() };
        cursor.heed(at(86_300));
        assert_eq!(cursor.upto, Some(at(86_400)), "clocks of servers differ a little");
        cursor.heed(at(0));
        assert_eq!(cursor.window(at(0)).from, None);
    }

    #[test]
    fn w2_a_count_that_falls_meanwhile_hides_nothing() {
        let mut cursor = Cursor::default();
        let window = cursor.window(at(0));
        cursor.page(window, &facts(Some("/v3/contacts?cursor=x"), 500, 600), at(1));
        // Ten left the window after they were read, and ten others were moved past the reader by it.
        let window = cursor.window(at(0));
        assert_eq!(cursor.page(window, &facts(None, 590, 590), at(2)), Progress::Again);
        let window = cursor.window(at(0));
        assert_eq!((window.counted, window.attempt), (0, 2));
    }

    #[test]
    fn w2_a_single_page_needs_no_count() {
        let mut cursor = Cursor::default();
        let window = cursor.window(at(0));
        assert_eq!(cursor.page(window, &facts(None, 3, 4), at(0)), Progress::Complete);
    }
}
