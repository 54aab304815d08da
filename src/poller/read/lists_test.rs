use serde_json::json;

use super::*;
use crate::{access::scripted::now, domain::ListId, poller::scripted::World};

const LISTS: &str = "GET /v3/contact_lists?";
const FIELDS: &str = "GET /v3/contact_custom_fields?";
const TAGS: &str = "GET /v3/contact_tags?";

async fn read(world: &World) -> Result<CcReferenceData, TurnError> {
    let read = world.with(async |reach: &Reach<'_>| super::read(reach).await).await;
    world.is_played();
    read
}

#[tokio::test]
async fn s1_lists_are_read_page_by_page_and_odd_ones_skipped() {
    let next = json!({"next": {"href": "/v3/contact_lists?cursor=a"}});
    let world = World::new()
        .on(
            LISTS,
            200,
            json!({"lists": [{"list_id": "l1", "name": "News"}, {"name": "no id"}], "_links": next}),
        )
        .on("GET /v3/contact_lists?cursor=a", 200, json!({"lists": [{"list_id": "l2", "name": "Old"}]}))
        .on(FIELDS, 200, json!({"custom_fields": []}));
    let reference = read(&world).await.unwrap();
    let ids: Vec<_> = reference.lists.keys().cloned().collect();
    assert_eq!(ids, [ListId::new("l1"), ListId::new("l2")]);
    assert_eq!(reference.read_at, Some(now()));
}

#[tokio::test]
async fn s6_tags_are_read_only_if_the_customer_maps_them() {
    let mut world = World::new()
        .on(LISTS, 200, json!({"lists": []}))
        .on(FIELDS, 200, json!({"custom_fields": []}))
        .on(TAGS, 200, json!({"tags": [{"tag_id": "t1", "name": "Major"}]}));
    world.include = Include::RecordAndTags;
    assert_eq!(read(&world).await.unwrap().tags.len(), 1);
}

#[tokio::test]
async fn s3_a_reading_that_fails_halfway_is_none() {
    let world = World::new().on(LISTS, 200, json!({"lists": []})).on(FIELDS, 503, "");
    assert!(matches!(read(&world).await, Err(TurnError::Outside(_))));
}

#[tokio::test]
async fn w7_lists_whose_pages_name_each_other_are_no_collection() {
    let page = |id: &str, next: &str| {
        let next = json!({"next": {"href": format!("/v3/contact_lists?cursor={next}")}});
        json!({"lists": [{"list_id": id, "name": "News"}], "_links": next})
    };
    let world = World::new()
        .on(LISTS, 200, page("l1", "a"))
        .on("GET /v3/contact_lists?cursor=a", 200, page("l2", "b"))
        .on("GET /v3/contact_lists?cursor=b", 200, page("l1", "a"));
    assert!(matches!(read(&world).await, Err(TurnError::Outside(_))));
}
