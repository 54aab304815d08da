//! Windows of polls (W1, W2), as a stream sees them: where each begins and ends, and when the cursor moves.

use std::time::Duration;

use tandem::{
    domain::Timestamp,
    sync::windows::{ATTEMPTS_MAX, Cursor, PageFacts, Progress, REREADS_MAX, Sweep},
};

use super::generate::at;

const MINUTE: Duration = Duration::from_secs(60);
const OVERLAP: Duration = Duration::from_secs(35 * 60);
const NEXT: Option<&str> = Some("/v3/contacts?cursor=x");

fn facts(next: Option<&str>, distinct: u64, count: u64) -> PageFacts<'_> {
    PageFacts { next, distinct, count: Some(count) }
}

/// Reads a window of two pages, the last of which shows so many ids.
fn read(cursor: &mut Cursor, server: Timestamp, distinct: u64, count: u64) -> Progress {
    let window = cursor.window(server);
    assert_eq!(cursor.page(window, &facts(NEXT, 1, count), at(9)), Progress::More);
    let window = cursor.window(server);
    cursor.page(window, &facts(None, distinct, count), at(9))
}

/// Reads short windows until this comes of one; gives how many were read.
fn read_short_until(cursor: &mut Cursor, server: Timestamp, end: Progress) -> u32 {
    let reads = (1..=2 * REREADS_MAX).find(|_| read(cursor, server, 599, 600) == end);
    reads.unwrap_or_else(|| panic!("{end:?} never comes: {cursor:?}"))
}

fn since(upto: i64) -> Cursor {
    Cursor { upto: Some(at(upto)), ..Cursor::default() }
}

#[test]
fn w1_a_window_reaches_35_minutes_back_over_the_one_before() {
    let window = since(0).window(at(60));
    assert_eq!((window.from, window.to), (Some(at(0).minus(OVERLAP)), at(60)));
    // Also the window that follows a smaller one.
    let mut cursor = since(0);
    read_short_until(&mut cursor, at(40_000), Progress::Smaller);
    let end = cursor.window(at(40_000)).to;
    assert_eq!(read(&mut cursor, at(40_000), 600, 600), Progress::Part);
    assert_eq!(cursor.window(at(50_000)).from, Some(end.minus(OVERLAP)));
}

#[test]
fn w1_no_page_but_the_last_moves_the_cursor() {
    let mut cursor = since(0);
    for page in 1..5 {
        let window = cursor.window(at(60 + page));
        assert_eq!(window.to, at(61), "an open window keeps its end");
        assert_eq!(cursor.page(window, &facts(NEXT, 500, 9_000), at(9)), Progress::More);
        assert_eq!((cursor.upto, cursor.completed_at), (Some(at(0)), None), "page {page}");
        assert_eq!(cursor.open.as_ref().map(|open| open.pages), Some(u32::try_from(page).unwrap()));
        assert_eq!(cursor.open.as_ref().and_then(|open| open.next.as_deref()), NEXT);
    }
    let window = cursor.window(at(70));
    assert_eq!(cursor.page(window, &facts(None, 9_000, 9_000), at(9)), Progress::Complete);
    assert_eq!((cursor.upto, cursor.completed_at, cursor.open), (Some(at(61)), Some(at(9)), None));
}

#[test]
fn w1_a_cursor_never_goes_back() {
    let mut cursor = since(100);
    let window = cursor.window(at(40));
    assert_eq!(cursor.page(window, &facts(None, 1, 1), at(9)), Progress::Complete);
    assert_eq!(cursor.upto, Some(at(100)));
}

#[test]
fn w1_a_window_ends_with_a_whole_second() {
    let server = Timestamp::from_millis(at(60).as_millis() + 999);
    assert_eq!(since(0).window(server).to, at(60));
}

#[test]
fn w2_a_short_window_is_read_a_second_time_from_its_first_page() {
    for count in [600, 601, 10_000] {
        let mut cursor = since(0);
        assert_eq!(read(&mut cursor, at(60), 599, count), Progress::Again, "599 of {count}");
        assert_eq!(cursor.upto, Some(at(0)), "nothing is taken as read");
        let again = cursor.window(at(90));
        assert_eq!((again.next, again.pages, again.counted, again.attempt), (None, 0, 0, 2));
        assert_eq!((again.from, again.to), (Some(at(0).minus(OVERLAP)), at(60)), "the same window");
        assert_eq!(read(&mut cursor, at(90), count, count), Progress::Complete);
        assert_eq!((cursor.upto, cursor.short_windows, cursor.rereads), (Some(at(60)), 0, 0));
    }
    // As many ids as are counted, or more, are enough.
    for distinct in [600, 601] {
        assert_eq!(read(&mut since(0), at(60), distinct, 600), Progress::Complete);
    }
}

#[test]
fn w2_a_count_that_was_told_once_is_remembered() {
    let mut cursor = since(0);
    let window = cursor.window(at(60));
    let told = PageFacts { next: NEXT, distinct: 500, count: Some(600) };
    cursor.page(window, &told, at(9));
    let window = cursor.window(at(60));
    assert_eq!(window.counted, 600);
    let untold = PageFacts { next: None, distinct: 599, count: None };
    assert_eq!(cursor.page(window, &untold, at(9)), Progress::Again);
    // Never told, it cannot be short.
    let mut cursor = since(0);
    let window = cursor.window(at(60));
    cursor.page(window, &PageFacts { next: NEXT, distinct: 1, count: None }, at(9));
    let window = cursor.window(at(60));
    assert_eq!(cursor.page(window, &untold, at(9)), Progress::Complete);
}

#[test]
fn w2_a_window_is_made_smaller_after_so_many_readings_and_by_half() {
    let mut cursor = since(0);
    for _ in 1..ATTEMPTS_MAX {
        assert_eq!(read(&mut cursor, at(40_000), 599, 600), Progress::Again);
    }
    assert_eq!(read(&mut cursor, at(40_000), 599, 600), Progress::Smaller);
    let half = cursor.window(at(90_000));
    let from = at(0).minus(OVERLAP);
    assert_eq!((half.from, half.to), (Some(from), at((40_000 - 2_100) / 2)));
    assert_eq!((half.attempt, half.pages, half.counted, half.next.as_deref()), (1, 0, 0, None));
    assert!(half.bounded && !half.is_open_ended(), "its end is its own");
    assert_eq!(cursor.short_windows, 0);
    // What has no beginning is halved as if it had begun in 1996.
    let mut whole = Cursor::default();
    read_short_until(&mut whole, at(0), Progress::Smaller);
    let half = whole.window(at(0));
    let day = half.to.to_date();
    assert_eq!((half.from, day.as_str()), (None, "2011-07-09"));
}

#[test]
fn w2_a_window_that_a_half_would_not_take_further_is_taken_as_it_is() {
    // A half has to reach further than the overlap, or the next window would be the same again.
    for (length, end) in
        [(2_100, Progress::Complete), (2_101, Progress::Complete), (2_102, Progress::Smaller)]
    {
        let mut cursor = since(0);
        assert_eq!(read_short_until(&mut cursor, at(length), end), ATTEMPTS_MAX, "{length} s");
        let taken = end == Progress::Complete;
        assert_eq!((cursor.short_windows, cursor.completed_at.is_some()), (u32::from(taken), taken));
    }
}

#[test]
fn w2_rereads_are_bounded_until_the_present_and_then_counted_anew() {
    let mut cursor = since(0);
    for round in 1..3 {
        let server = cursor.upto.unwrap().plus(Duration::from_secs(10_000_000));
        // Two readings and a half, twice, and one more of the next half; the eighth is taken as it is.
        let seen: Vec<Progress> = (0..REREADS_MAX).map(|_| read(&mut cursor, server, 599, 600)).collect();
        let again = [Progress::Again, Progress::Again, Progress::Smaller];
        assert_eq!(seen[..6], [again, again].concat());
        assert_eq!(seen[6..], [Progress::Again, Progress::Part]);
        assert_eq!(cursor.short_windows, round);
        assert_eq!(cursor.rereads, REREADS_MAX);
        assert_eq!(read(&mut cursor, server, 600, 600), Progress::Complete);
        assert_eq!((cursor.rereads, cursor.upto), (0, Some(server)));
    }
}

#[test]
fn w1_an_end_a_little_ahead_of_the_server_stands_and_one_far_ahead_was_never_reached() {
    let heeds = |ahead: Duration, mut cursor: Cursor| {
        cursor.upto = Some(at(0).plus(ahead));
        cursor.heed(at(0));
        cursor.upto.is_some()
    };
    assert!(heeds(OVERLAP, Cursor::default()));
    assert!(!heeds(OVERLAP + Duration::from_secs(1), Cursor::default()));
    // A window that is open has its own end.
    let open = Some(since(0).window(at(0)));
    assert!(heeds(100 * MINUTE, Cursor { open, ..Cursor::default() }));
}

#[test]
fn w1_a_stream_without_windows_is_complete_at_once() {
    let cursor = Cursor::completed(at(5));
    assert_eq!((cursor.upto, cursor.completed_at, cursor.open), (Some(at(5)), Some(at(5)), None));
}

#[test]
fn d2_a_sweep_is_complete_only_if_everybody_was_counted_and_could_be_read() {
    // Of two pages: the count before and after, the records that could not be read on either, what was seen.
    let sweep = |before: Option<u64>, odd: [usize; 2], distinct: u64, after: Option<u64>| {
        let mut cursor = Cursor::default();
        let window = cursor.window(at(0));
        let first = PageFacts { next: NEXT, distinct: 1, count: before };
        assert_eq!(cursor.sweep_page(window, &first, odd[0], at(9)), Sweep::More);
        assert_eq!(cursor.completed_at, None);
        let window = cursor.window(at(0));
        let facts = PageFacts { next: None, distinct, count: after };
        let last = cursor.sweep_page(window, &facts, odd[1], at(9));
        assert_eq!(cursor.completed_at.is_some(), last == Sweep::Complete);
        last
    };
    assert_eq!(sweep(Some(2), [0, 0], 2, Some(2)), Sweep::Complete);
    for (before, odd, distinct, after) in [
        (Some(2), [0, 0], 1, Some(2)),
        (Some(2), [0, 0], 3, Some(2)),
        (Some(3), [0, 0], 2, Some(2)),
        (Some(2), [0, 0], 2, Some(3)),
        (None, [0, 0], 2, Some(2)),
        (Some(2), [0, 0], 2, None),
        (Some(2), [1, 0], 2, Some(2)),
        (Some(2), [0, 1], 2, Some(2)),
        (Some(2), [0, 2], 2, Some(2)),
    ] {
        let what = format!("{before:?} {odd:?} {distinct} {after:?}");
        assert_eq!(sweep(before, odd, distinct, after), Sweep::Incomplete, "{what}");
    }
}

#[test]
fn d2_an_incomplete_sweep_is_begun_anew_a_bounded_number_of_times() {
    let mut cursor = Cursor::default();
    for attempt in 1..=ATTEMPTS_MAX {
        let window = cursor.window(at(0));
        assert_eq!((window.attempt, window.pages), (attempt, 0));
        assert_eq!(cursor.sweep_page(window, &facts(None, 1, 2), 0, at(9)), Sweep::Incomplete);
    }
    assert_eq!((cursor.completed_at, cursor.short_windows, cursor.open), (Some(at(9)), 1, None));
}
