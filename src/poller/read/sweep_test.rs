use serde_json::json;

use super::*;
use crate::{
    access::scripted::now,
    poller::scripted::{World, contact, page},
};

const FIRST: &str = "GET /v3/contacts?status=all&include=";
const NEXT: &str = "GET /v3/contacts?cursor=x";

async fn read(world: &World, cursor: Cursor) -> Result<Read, TurnError> {
    let mut cursors = Cursors::default();
    let read = world.with(async |reach: &Reach<'_>| super::read(reach, cursor, &mut cursors).await).await;
    world.is_played();
    read
}

async fn page_of(world: &World, cursor: Cursor) -> PageRead {
    let Ok(Read::Page(page)) = read(world, cursor).await else { panic!("no page") };
    *page
}

/// The sweep after a first page of two contacts, which counts three.
async fn at_the_second_page() -> Cursor {
    let world = World::new().on(FIRST, 200, page(&[contact(1), contact(2)], 3, Some("x")));
    let before = Cursor { upto: Some(now()), ..Cursor::default() };
    let swept = count(page_of(&world, before).await, 2, now());
    assert!(swept.outcome == Sweep::More && swept.ended.is_none());
    swept.cursor
}

async fn second_page(contacts: &[serde_json::Value], total: u64, shown: usize) -> Swept {
    let world = World::new().on(NEXT, 200, page(contacts, total, None));
    count(page_of(&world, at_the_second_page().await).await, shown, now())
}

#[tokio::test]
async fn d2_a_sweep_that_shows_as_many_as_were_counted_is_complete() {
    let swept = second_page(&[contact(3)], 3, 3).await;
    assert!(swept.outcome == Sweep::Complete);
    assert_eq!(swept.ended, Some(now()));
    assert_eq!(swept.cursor.completed_at, Some(now()));
}

#[tokio::test]
async fn d2_a_sweep_is_incomplete_if_the_count_moved_or_ids_fall_short_or_a_record_is_odd() {
    let odd = [contact(3), json!({"email_address": 5})];
    for (contacts, total, shown) in [(&odd[..1], 4, 3), (&odd[..1], 3, 2), (&odd[..], 3, 3)] {
        let swept = second_page(contacts, total, shown).await;
        assert!(swept.outcome == Sweep::Incomplete, "{total} {shown}");
        assert!(swept.ended.is_none(), "begun anew");
    }
}

#[tokio::test]
async fn d2_a_cursor_that_is_refused_or_no_page_begins_the_sweep_anew() {
    let world = World::new().on(NEXT, 410, "[]");
    let Ok(Read::CursorRefused(cursor)) = read(&world, at_the_second_page().await).await else { panic!() };
    assert!(cursor.open.is_some_and(|window| window.next.is_none() && window.attempt == 2));
    let mut cursor = at_the_second_page().await;
    cursor.open.as_mut().unwrap().next = Some("/v3/account".to_owned());
    let Ok(Read::CursorRefused(_)) = read(&World::new(), cursor).await else { panic!() };
    let world = World::new().on(NEXT, 503, "[]");
    assert!(matches!(read(&world, at_the_second_page().await).await, Err(TurnError::Outside(_))));
}
