use serde_json::{Value, json};

use super::*;
use crate::poller::scripted::{World, contact, id, page};

const SEARCH: &str = "GET /v3/contacts?email=";

fn by(number: u32) -> String {
    format!("GET /v3/contacts/{}?", id(number))
}

fn deleted(number: u32) -> Value {
    let mut contact = contact(number);
    contact["deleted_at"] = json!("2026-11-01T10:00:00Z");
    contact
}

async fn address(world: &World, known: &[u32]) -> HintRead {
    let known = known.iter().map(|number| id(*number)).collect();
    let read = async |reach: &Reach<'_>| by_address(reach, "s1@example.com", known).await;
    let read = world.with(read).await;
    world.is_played();
    read
}

#[tokio::test]
async fn w5_a_hint_by_id_is_one_look() {
    let world = World::new().on(&by(1), 200, contact(1));
    let read = world.with(async |reach: &Reach<'_>| by_id(reach, vec![id(1)]).await).await;
    assert!(matches!(read.looks.as_slice(), [(found, Look::Shown(_))] if *found == id(1)));
    let world = World::new().on(&by(1), 404, "[]");
    let read = world.with(async |reach: &Reach<'_>| by_id(reach, vec![id(1)]).await).await;
    assert!(matches!(read.looks.as_slice(), [(_, Look::NotFound)]) && read.stop.is_none());
}

#[tokio::test]
async fn w5_a_known_address_is_read_by_id_alone_while_a_contact_lives_under_it() {
    let world = World::new().on(&by(1), 200, contact(1));
    let read = address(&world, &[1]).await;
    assert!(read.looks.len() == 1 && read.by_address.is_empty());
}

#[tokio::test]
async fn w5_an_address_whose_contact_is_gone_deleted_or_moved_is_searched_for() {
    for (known, status, body) in [(1, 404, json!([])), (1, 200, deleted(1)), (2, 200, contact(2))] {
        let found = page(&[contact(1)], 1, None);
        let world = World::new().on(&by(known), status, body).on(SEARCH, 200, found);
        let read = address(&world, &[known]).await;
        assert_eq!((read.looks.len(), read.by_address.len()), (1, 1));
    }
}

#[tokio::test]
async fn w5_an_address_that_nobody_has_shows_nothing() {
    for status in [400, 404] {
        let read = address(&World::new().on(SEARCH, status, "[]"), &[]).await;
        assert!(read.looks.is_empty() && read.by_address.is_empty() && read.stop.is_none());
    }
    let odd = page(&[json!({"email_address": 5})], 1, None);
    let read = address(&World::new().on(SEARCH, 200, odd), &[]).await;
    assert!(read.by_address.is_empty() && read.stop.is_none());
}

#[tokio::test]
async fn b3_what_was_found_before_a_failure_counts() {
    let world = World::new().on(&by(2), 200, contact(2)).on(&by(3), 503, "");
    let read = address(&world, &[2, 3]).await;
    assert_eq!(read.looks.len(), 1);
    assert!(matches!(read.stop, Some(TurnError::Outside(_))));
    let world = World::new().on(&by(2), 200, contact(2)).lost(SEARCH);
    let read = address(&world, &[2]).await;
    assert!(read.looks.len() == 1 && read.stop.is_some());
}
