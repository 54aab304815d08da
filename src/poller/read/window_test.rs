use std::time::Duration;

use super::*;
use crate::{
    access::scripted::now,
    poller::scripted::{World, contact, page},
    sync::windows::OVERLAP,
};

const CHANGES: &str = "GET /v3/contacts?status=all&updated_after=";
const ACCOUNT: &str = "GET /v3/contacts?status=all&updated_before=";
const OPT_OUTS: &str = "GET /v3/contacts?status=all&optout_after=";
const NEXT: &str = "GET /v3/contacts?cursor=x";

fn an_hour_ago() -> Timestamp {
    now().minus(Duration::from_secs(3600))
}

/// Read up to an hour ago.
fn read_before() -> Cursor {
    Cursor { upto: Some(an_hour_ago()), ..Cursor::default() }
}

/// In the middle of a window.
fn at_the_second_page(href: &str) -> Cursor {
    let mut cursor = read_before();
    let window = cursor.window(now());
    let facts = PageFacts { next: Some(href), distinct: 1, count: Some(2) };
    cursor.page(window, &facts, now());
    cursor
}

async fn read(world: &World, stream: Stream, cursor: Cursor) -> Result<Read, TurnError> {
    let mut cursors = Cursors::default();
    let read = world.with(async |reach: &Reach<'_>| {
        super::read(reach, (stream, Lane::Change), cursor, &mut cursors).await
    });
    let read = read.await;
    world.is_played();
    read
}

async fn page_of(world: &World, stream: Stream, cursor: Cursor) -> PageRead {
    let Ok(Read::Page(page)) = read(world, stream, cursor).await else { panic!("no page") };
    *page
}

async fn count(world: &World, stream: Stream, page: PageRead, shown: usize) -> After {
    world.with(async |reach: &Reach<'_>| page.count(reach, stream, shown)).await
}

#[tokio::test]
async fn w1_a_window_begins_at_the_overlap_and_moves_the_cursor_with_its_last_page() {
    let world = World::new().on(CHANGES, 200, page(&[contact(1)], 2, Some("x")));
    let first = page_of(&world, Stream::Changes, read_before()).await;
    let from = an_hour_ago().minus(OVERLAP).to_rfc3339_secs();
    assert!(world.asked()[0].starts_with(&format!("{CHANGES}{from}&updated_before=")));
    let after = count(&world, Stream::Changes, first, 1).await;
    assert_eq!((after.progress, after.cursor.upto), (Progress::More, Some(an_hour_ago())));
    let world = World::new().on(NEXT, 200, page(&[contact(2)], 2, None));
    let second = page_of(&world, Stream::Changes, after.cursor).await;
    let after = count(&world, Stream::Changes, second, 2).await;
    assert_eq!((after.progress, after.cursor.upto), (Progress::Complete, Some(now())));
    assert!(after.account_read_from.is_none(), "a window of changes is not the whole account");
}

#[tokio::test]
async fn p1_opt_outs_follow_from_when_the_reading_of_the_whole_account_began() {
    let world = World::new().on(ACCOUNT, 200, page(&[contact(1)], 1, None));
    let whole = page_of(&world, Stream::Changes, Cursor::default()).await;
    let after = count(&world, Stream::Changes, whole, 1).await;
    assert_eq!(after.account_read_from, Some(now()));
}

#[tokio::test]
async fn p1_a_window_of_opt_outs_is_open_ended_until_it_is_read_again() {
    let world = World::new().on(OPT_OUTS, 200, page(&[], 0, None));
    let first = page_of(&world, Stream::OptOuts, read_before()).await;
    assert!(!world.asked()[0].contains("optout_before"));
    assert_eq!(count(&world, Stream::OptOuts, first, 0).await.cursor.upto, Some(now()));
    let mut again = read_before();
    let window = again.window(now());
    again.restart(window);
    let world = World::new().on(OPT_OUTS, 200, page(&[], 0, None));
    page_of(&world, Stream::OptOuts, again).await;
    assert!(world.asked()[0].contains("&optout_before="));
}

#[tokio::test]
async fn w2_a_cursor_that_the_server_refuses_begins_the_window_anew() {
    for status in [400, 404, 410] {
        let world = World::new().on(NEXT, status, "[]");
        let cursor = at_the_second_page("/v3/contacts?cursor=x");
        let Ok(Read::CursorRefused(cursor)) = read(&world, Stream::Changes, cursor).await else {
            panic!("{status}")
        };
        let window = cursor.open.unwrap();
        assert_eq!((window.next, window.pages, window.attempt), (None, 0, 2));
        assert_eq!(cursor.upto, Some(an_hour_ago()));
    }
}

#[tokio::test]
async fn w1_other_failures_keep_the_cursor() {
    for status in [422, 503] {
        let world = World::new().on(NEXT, status, "[]");
        let read = read(&world, Stream::Changes, at_the_second_page("/v3/contacts?cursor=x")).await;
        assert!(matches!(read, Err(TurnError::Outside(_))), "{status}");
    }
    let world = World::new().lost(NEXT);
    let read = read(&world, Stream::Changes, at_the_second_page("/v3/contacts?cursor=x")).await;
    assert!(matches!(read, Err(TurnError::Outside(_))));
}

#[tokio::test]
async fn a_refused_first_page_is_a_failure_and_no_cursor_to_begin_anew() {
    let world = World::new().on(CHANGES, 400, "[]");
    assert!(matches!(read(&world, Stream::Changes, read_before()).await, Err(TurnError::Outside(_))));
}

#[tokio::test]
async fn a_stored_cursor_that_is_no_page_of_contacts_is_not_followed() {
    let world = World::new();
    let read = read(&world, Stream::Changes, at_the_second_page("/v3/account")).await;
    assert!(matches!(read, Err(TurnError::Outside(_))));
}
