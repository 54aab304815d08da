use serde_json::{Value, json};

use super::*;
use crate::poller::scripted::{World, contact, id, page};

const NEXT: &str = "GET /v3/contacts?cursor=x";
const ASKING: &str = "GET /v3/contacts?cursor=x&include=";

async fn read(world: &World, followed: bool, cursors: &mut Cursors) -> ContactsPage {
    let path = PagePath::first("/v3/contacts", &[("cursor", "x")]);
    let read = async |reach: &Reach<'_>| super::read(reach, Lane::Change, &path, followed, cursors).await;
    let Ok(answer) = world.with(read).await else { panic!("not read") };
    world.is_played();
    answer.value
}

fn bare() -> Value {
    json!({"contact_id": id(1).to_string(), "email_address": {"address": "s1@example.com"}})
}

#[tokio::test]
async fn cursors_that_forget_include_are_asked_again_and_then_at_once() {
    let whole = page(&[contact(1)], 1, None);
    let world = World::new().on(ASKING, 200, &whole).on(NEXT, 200, page(&[bare()], 1, None));
    let mut cursors = Cursors::default();
    // The scripted answer to the longer request comes first, and fits it only.
    let shown = read(&world, true, &mut cursors).await;
    assert!(!is_bare(&shown));
    assert_eq!((cursors, world.asked().len()), (Cursors::ForgetInclude, 2));
    let world = World::new().on(ASKING, 200, &whole);
    assert!(!is_bare(&read(&world, true, &mut cursors).await));
}

#[tokio::test]
async fn a_page_that_is_bare_either_way_or_takes_no_include_is_taken_as_it_is() {
    for (status, body) in [(200, page(&[bare()], 1, None)), (400, json!([])), (404, json!([]))] {
        let world = World::new().on(ASKING, status, body).on(NEXT, 200, page(&[bare()], 1, None));
        let mut cursors = Cursors::default();
        assert_eq!(read(&world, true, &mut cursors).await.len(), 1);
        assert_eq!(cursors, Cursors::CarryInclude);
    }
}

#[tokio::test]
async fn a_first_page_is_never_asked_for_twice() {
    let world = World::new().on(NEXT, 200, page(&[bare()], 1, None));
    assert_eq!(read(&world, false, &mut Cursors::default()).await.len(), 1);
    let world = World::new().on(NEXT, 200, page(&[contact(1)], 1, None));
    assert_eq!(read(&world, true, &mut Cursors::default()).await.len(), 1);
}
