use serde_json::json;

use super::*;
use crate::{
    domain::VirtuousContactId,
    submitter::{
        performed::Outcome,
        scripted::{World, hand, linked},
    },
    sync::Step,
    virtuous::script::full_contact,
};

const ANN: &str = "ann@example.com";

/// Contact 7 is read; contact 9 may have been merged into it.
async fn followed(world: World) -> Result<Outcome, VirtuousError> {
    let mut world = world.on("GET /api/Contact/7", 200, full_contact(7, ANN)).suspect(9, 7);
    world.planner.rules.two_way = true;
    let hand = hand(&world.planner, linked(1, 7, ANN), Step::Refresh);
    let outcome = world.with(async |reach: &_| super::super::refresh::refresh(reach, &hand).await).await;
    world.is_played();
    outcome
}

fn merged(id: i64, into: i64) -> serde_json::Value {
    let mut contact = full_contact(id, "ben@example.com");
    contact["mergedIntoContactId"] = json!(into);
    contact
}

fn ids(contacts: &[VirtuousContact]) -> Vec<i64> {
    contacts.iter().map(|contact| contact.id.0).collect()
}

#[tokio::test]
async fn i3_a_contact_that_went_into_the_one_that_was_read_comes_with_it() {
    let seen = followed(World::new().on("GET /api/Contact/9", 200, merged(9, 7))).await.unwrap().seen;
    assert_eq!((ids(&seen.merged), ids(&seen.own_tags)), (vec![9, 7], vec![]));
}

#[tokio::test]
async fn i3_a_merge_by_way_of_another_contact_is_followed() {
    let world =
        World::new().on("GET /api/Contact/9", 200, merged(9, 8)).on("GET /api/Contact/8", 200, merged(8, 7));
    let seen = followed(world).await.unwrap().seen;
    assert_eq!(ids(&seen.merged), [9, 7]);
    assert_eq!(seen.merged[0].merged_into, Some(VirtuousContactId(7)), "where it went in the end");
}

#[tokio::test]
async fn s2_tags_of_unknown_origin_are_tandems() {
    let there = World::new().on("GET /api/Contact/9", 200, full_contact(9, "ben@example.com"));
    assert_eq!(followed(there).await.unwrap().seen, Seen::default());
    for status in [404, 422] {
        let seen = followed(World::new().on("GET /api/Contact/9", status, "{}")).await.unwrap().seen;
        assert_eq!((ids(&seen.merged), ids(&seen.own_tags)), (vec![], vec![7]), "{status}");
    }
}

#[tokio::test]
async fn s5_after_a_passing_failure_nothing_is_concluded_from_tags() {
    let lost = followed(World::new().on("GET /api/Contact/9", 503, "")).await;
    assert!(matches!(lost, Err(VirtuousError::Transient { .. })), "{lost:?}");
}
