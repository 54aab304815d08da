use std::cell::Cell;

use serde_json::json;

use super::*;
use crate::submitter::scripted::{World, now};

const ORGANISATION: &str = "GET /api/Organization";

/// What stands between the organisation and the tags.
fn kinds(world: World) -> World {
    world
        .on("GET /api/Contact/Types", 200, json!(["Household"]))
        .on("GET /api/ContactMethod/Types", 200, json!(["Home Email"]))
        .on("GET /api/ContactNote/Types", 200, json!({"general": "General"}))
        .on("GET /api/Contact/CustomFields", 200, json!([]))
        .on("GET /api/ContactIndividual/CustomFields", 200, json!([]))
        .on("GET /api/Contact/QueryOptions", 200, json!({"options": []}))
}

fn whole(world: World) -> World {
    kinds(world.on(ORGANISATION, 200, json!({"organizationName": "Hope"}))).on(
        "GET /api/Tag",
        200,
        json!({"list": [{"id": 65, "tagName": "CC: News"}], "total": 1}),
    )
}

async fn read_by(world: &World, is_stopping: &dyn Fn() -> bool) -> Result<ReferenceRead, TurnError> {
    read_on(world, is_stopping, &mut UnderWay::default()).await
}

async fn read_on(
    world: &World,
    is_stopping: &dyn Fn() -> bool,
    under_way: &mut UnderWay,
) -> Result<ReferenceRead, TurnError> {
    read_at(world, is_stopping, under_way, now()).await
}

async fn read_at(
    world: &World,
    is_stopping: &dyn Fn() -> bool,
    under_way: &mut UnderWay,
    at: Timestamp,
) -> Result<ReferenceRead, TurnError> {
    let read = async |reach: &crate::submitter::reach::Reach<'_>| {
        read(reach.virtuous, is_stopping, &mut *under_way, reach.reference, at).await
    };
    world.with(read).await
}

/// `tandem poll` was answered by parts that were read before it.
#[tokio::test]
async fn s4_a_wish_is_not_answered_by_what_was_read_before_it() {
    let mut under_way = UnderWay::default();
    let begun = World::new().on(ORGANISATION, 200, json!({"organizationName": "Hope"}));
    assert_eq!(read_on(&begun, &|| true, &mut under_way).await.unwrap(), ReferenceRead::Stopped);
    let minutes = |minutes: u64| now().plus(std::time::Duration::from_secs(60 * minutes));
    let asked = crate::domain::asked::again(None, None, minutes(10));
    let rest = kinds(World::new()).on("GET /api/Tag", 200, json!({"list": [], "total": 0}));
    let read = read_at(&rest, &|| false, &mut under_way, minutes(20)).await.unwrap();
    let ReferenceRead::Done(Some((read, _))) = read else { panic!("{read:?}") };
    assert_eq!(read.read_at, Some(now()));
    assert!(crate::domain::asked::is_due(Some(asked), read.read_at, minutes(20)), "it is still asked for");
    let anew = read_at(&whole(World::new()), &|| false, &mut under_way, minutes(21)).await.unwrap();
    let ReferenceRead::Done(Some((anew, _))) = anew else { panic!("{anew:?}") };
    assert!(!crate::domain::asked::is_due(Some(asked), anew.read_at, minutes(22)), "it is answered");
}

/// Seven failures in a row had six readings begin anew, each from the organisation on.
#[tokio::test]
async fn w7_a_part_that_fails_is_tried_twice_at_once_and_what_was_read_is_kept() {
    let mut under_way = UnderWay::default();
    let mut world = World::new().on(ORGANISATION, 200, json!({"organizationName": "Hope"}));
    for _ in 0..3 {
        world = world.on("GET /api/Contact/Types", 503, "");
    }
    let failed = read_on(&world, &|| false, &mut under_way).await;
    assert!(matches!(failed, Err(TurnError::Outside(_))), "{failed:?}");
    world.is_played();
    // The next turn goes on with the part that failed, and asks for no organisation.
    let mut rest = World::new().on("GET /api/Contact/Types", 200, json!(["Household"]));
    for _ in 0..2 {
        rest = rest.on("GET /api/ContactMethod/Types", 503, "");
    }
    let rest = rest
        .on("GET /api/ContactMethod/Types", 200, json!(["Home Email"]))
        .on("GET /api/ContactNote/Types", 200, json!({"general": "General"}))
        .on("GET /api/Contact/CustomFields", 200, json!([]))
        .on("GET /api/ContactIndividual/CustomFields", 200, json!([]))
        .on("GET /api/Contact/QueryOptions", 200, json!({"options": []}))
        .on("GET /api/Tag", 200, json!({"list": [], "total": 0}));
    let read = read_on(&rest, &|| false, &mut under_way).await.unwrap();
    rest.is_played();
    let ReferenceRead::Done(Some((read, organisation))) = read else { panic!("{read:?}") };
    assert_eq!((read.organisation.as_str(), organisation.name.as_str()), ("Hope", "Hope"));
}

#[tokio::test]
async fn s4_all_is_read_and_what_people_chose_stays() {
    let mut world = whole(World::new());
    world.reference.chosen_tags.insert("CC: News".to_owned(), crate::domain::TagId(74));
    let read = read_by(&world, &|| false).await.unwrap();
    world.is_played();
    let ReferenceRead::Done(Some((read, _))) = read else { panic!("{read:?}") };
    assert_eq!((read.organisation.as_str(), read.read_at), ("Hope", Some(now())));
    assert_eq!((read.tags.len(), read.chosen_tags.len()), (1, 1));
}

#[tokio::test]
async fn a_process_that_stops_makes_no_other_call() {
    let (world, steps) =
        (World::new().on(ORGANISATION, 200, json!({"organizationName": "Hope"})), Cell::new(0));
    let is_stopping = || {
        steps.set(steps.get() + 1);
        true
    };
    assert_eq!(read_by(&world, &is_stopping).await.unwrap(), ReferenceRead::Stopped);
    assert_eq!((world.asked().len(), steps.get()), (1, 1));
}

#[tokio::test]
async fn b3_a_failure_is_told_by_what_to_do_about_it() {
    let busy = World::new().on(ORGANISATION, 503, "").on(ORGANISATION, 503, "").on(ORGANISATION, 503, "");
    let busy = read_by(&busy, &|| false).await;
    assert!(matches!(busy, Err(TurnError::Outside(_))), "{busy:?}");
    let limited = read_by(&World::new().on(ORGANISATION, 429, ""), &|| false).await;
    assert!(matches!(limited, Err(TurnError::NotNow(_))), "{limited:?}");
    let refused = read_by(&World::new().on(ORGANISATION, 401, ""), &|| false).await;
    assert!(matches!(refused, Err(TurnError::NotNow(_))), "{refused:?}");
}
