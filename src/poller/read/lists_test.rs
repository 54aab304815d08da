use serde_json::json;

use super::*;
use crate::{access::scripted::now, domain::ListId, poller::scripted::World};

const LISTS: &str = "GET /v3/contact_lists?";
const FIELDS: &str = "GET /v3/contact_custom_fields?";
const TAGS: &str = "GET /v3/contact_tags?";

async fn read(world: &World) -> Result<CcReferenceData, TurnError> {
    go_on(world, &mut UnderWay::default()).await
}

async fn go_on(world: &World, under_way: &mut UnderWay) -> Result<CcReferenceData, TurnError> {
    let read = world.with(async |reach: &Reach<'_>| super::read(reach, under_way).await).await;
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
    let world = World::new()
        .on(LISTS, 200, json!({"lists": []}))
        .on(FIELDS, 503, "")
        .on(FIELDS, 503, "")
        .on(FIELDS, 503, "");
    assert!(matches!(read(&world).await, Err(TurnError::Outside(_))));
}

/// Each failure began with the lists again.
#[tokio::test]
async fn w7_a_part_that_fails_is_tried_twice_at_once_and_what_was_read_before_is_kept() {
    let lists = || json!({"lists": [{"list_id": "l1", "name": "News"}]});
    let fields = || json!({"custom_fields": []});
    let once = World::new().on(LISTS, 503, "").on(LISTS, 200, lists()).on(FIELDS, 200, fields());
    assert_eq!(read(&once).await.unwrap().lists.len(), 1, "a passing failure is over at once");
    let mut under_way = UnderWay::default();
    let fails =
        World::new().on(LISTS, 200, lists()).on(FIELDS, 503, "").on(FIELDS, 503, "").on(FIELDS, 503, "");
    assert!(matches!(go_on(&fails, &mut under_way).await, Err(TurnError::Outside(_))));
    let goes_on = World::new().on(FIELDS, 200, fields());
    let reference = go_on(&goes_on, &mut under_way).await.unwrap();
    assert_eq!((reference.lists.len(), reference.read_at), (1, Some(now())));
    // It is over: the next reading asks for all. A limit is no failure to try again at once.
    let limited = World::new().on(LISTS, 200, lists()).on(FIELDS, 429, "");
    assert!(go_on(&limited, &mut under_way).await.is_err());
    under_way.0.as_mut().unwrap().at = now().minus(KEPT_FOR);
    let anew = World::new().on(LISTS, 200, lists()).on(FIELDS, 200, fields());
    assert!(go_on(&anew, &mut under_way).await.is_ok(), "what was read so long ago counts no more");
}

#[tokio::test]
async fn w7_lists_whose_pages_name_each_other_are_no_collection() {
    let page = |id: &str, next: &str| {
        let next = json!({"next": {"href": format!("/v3/contact_lists?cursor={next}")}});
        json!({"lists": [{"list_id": id, "name": "News"}], "_links": next})
    };
    // Each of the three quick tries begins anew.
    let world = (0..3).fold(World::new(), |world, _| {
        let world = world.on("GET /v3/contact_lists?cursor=a", 200, page("l2", "b"));
        world.on("GET /v3/contact_lists?cursor=b", 200, page("l1", "a"))
    });
    let world = (0..3).fold(world, |world, _| world.on(LISTS, 200, page("l1", "a")));
    assert!(matches!(read(&world).await, Err(TurnError::Outside(_))));
}

/// `tandem poll` was answered by lists that were read before it.
#[tokio::test]
async fn s3_a_wish_is_not_answered_by_lists_that_were_read_before_it() {
    let mut under_way = UnderWay::default();
    let fails = World::new().on(LISTS, 200, json!({"lists": []})).on(FIELDS, 429, "");
    assert!(go_on(&fails, &mut under_way).await.is_err());
    under_way.heed(None, now());
    under_way.heed(Some(now()), now());
    assert!(under_way.0.is_some(), "it began no sooner than the wish");
    let later = now().plus(std::time::Duration::from_secs(1));
    under_way.heed(Some(later), now());
    assert!(under_way.0.is_some(), "a wish of a clock that is ahead ends no reading (W8)");
    under_way.heed(Some(later), later);
    let made = json!({"lists": [{"list_id": "l1", "name": "Made meanwhile"}]});
    let anew = World::new().on(LISTS, 200, made).on(FIELDS, 200, json!({"custom_fields": []}));
    assert_eq!(go_on(&anew, &mut under_way).await.unwrap().lists.len(), 1);
}
