use super::*;
use crate::poller::scripted::{World, contact, page};

const FIRST: &str = "GET /v3/contacts?status=all&lists=l1&";
const NEXT: &str = "GET /v3/contacts?cursor=x";

#[tokio::test]
async fn w3_a_list_is_read_to_its_end() {
    let world = World::new().on(FIRST, 200, page(&[contact(1)], 2, Some("x"))).on(
        NEXT,
        200,
        page(&[contact(2)], 2, None),
    );
    let read = async |reach: &Reach<'_>| {
        let (mut members, mut cursors) = (Members::of(&ListId::new("l1"), reach), Cursors::default());
        let mut shown = 0;
        while let Some(answer) = members.next(reach, &mut cursors).await.unwrap() {
            shown += answer.value.len();
        }
        shown
    };
    assert_eq!(world.with(read).await, 2);
    world.is_played();
}

#[tokio::test]
async fn w3_a_list_that_is_not_read_to_its_end_explains_nothing() {
    let world = World::new().on(FIRST, 200, page(&[contact(1)], 2, Some("x"))).on(NEXT, 503, "");
    let read = async |reach: &Reach<'_>| {
        let (mut members, mut cursors) = (Members::of(&ListId::new("l1"), reach), Cursors::default());
        members.next(reach, &mut cursors).await.unwrap();
        members.next(reach, &mut cursors).await.map(|_| ())
    };
    assert!(matches!(world.with(read).await, Err(TurnError::Outside(_))));
    let world = World::new().on(FIRST, 200, page(&[contact(1)], 2, Some("x")));
    let read = async |reach: &Reach<'_>| {
        let (mut members, mut cursors) = (Members::of(&ListId::new("l1"), reach), Cursors::default());
        members.next(reach, &mut cursors).await.unwrap();
        world.stops.set(true);
        members.next(reach, &mut cursors).await.map(|_| ())
    };
    assert!(matches!(world.with(read).await, Err(TurnError::NotNow(_))));
}

#[tokio::test]
async fn w7_members_whose_pages_name_each_other_come_to_an_end() {
    let page = |number, next| page(&[contact(number)], 2, Some(next));
    let world = World::new().on(FIRST, 200, page(1, "x")).on(NEXT, 200, page(2, "y")).on(
        "GET /v3/contacts?cursor=y",
        200,
        page(1, "x"),
    );
    let read = async |reach: &Reach<'_>| {
        let (mut members, mut cursors) = (Members::of(&ListId::new("l1"), reach), Cursors::default());
        loop {
            if let Err(error) = members.next(reach, &mut cursors).await {
                return error;
            }
        }
    };
    assert!(matches!(world.with(read).await, TurnError::Outside(_)));
    world.is_played();
}
