//! Bulk activities: asynchronous, serial, and `completed` without success.

use serde_json::json;

use super::{super::*, World};
use crate::{simulator::wire::SimRequest, transport::Method};

#[test]
fn memberships_change_later_and_in_order() {
    let mut world = World::new();
    let news = world.list("News");
    let (dana, sam) = (world.person("dana@example.org"), world.person("sam@example.org"));
    let now = world.now;
    world.sim.unsubscribe("hope", sam, OptOut::by(Source::Contact), now).unwrap();
    let unknown = "af73e650-96f0-11ef-b2a0-fa163eafb85e";
    let body = json!({"source": {"contact_ids": [dana, sam, unknown]}, "list_ids": [news]});
    let (status, first) = world.write(Method::Post, "/v3/activities/add_list_memberships", &body);
    assert_eq!((status, &first["state"]), (201, &json!("initialized")));
    let body = json!({"source": {"list_ids": [news]}, "list_ids": [news]});
    let (_, second) = world.write(Method::Post, "/v3/activities/remove_list_memberships", &body);
    assert!(world.contact(dana).lists.is_empty());
    let path = |view: &serde_json::Value| view["_links"]["self"]["href"].as_str().unwrap().to_owned();
    world.pass(1);
    assert_eq!(world.get(&path(&first))["state"], json!("processing"));
    assert_eq!(world.get(&path(&second))["state"], json!("initialized"));
    world.pass(1);
    let done = world.get(&path(&first));
    assert_eq!(done["state"], json!("completed"));
    assert_eq!(done["activity_errors"].as_array().unwrap().len(), 2, "completed is not success");
    assert_eq!(done["status"]["items_completed_count"], json!(1));
    assert_eq!(world.contact(dana).lists, [news]);
    assert!(world.contact(sam).lists.is_empty());
    assert_eq!(world.contact(dana).updated_at.timestamp(), now, "not seen by updated_after");
    assert_eq!(world.get("/v3/activities?state=processing")["activities"].as_array().unwrap().len(), 1);
    world.pass(11 * 86_400);
    world.token = world.sim.access_token("hope", "key", world.now);
    assert_eq!(world.status(&path(&first)), 404, "kept 10 days");
}

#[test]
fn a_list_is_gone_before_its_memberships() {
    let mut world = World::new();
    let news = world.list("News");
    let dana = world.add(ContactSeed::with_email("dana@example.org").on_lists(&[news]));
    let answer = world.send(SimRequest::new(Method::Delete, &format!("/v3/contact_lists/{news}")));
    assert_eq!(answer.status(), 202);
    assert!(answer.response.header("location").is_some());
    assert!(world.get(&format!("/v3/contact_lists/{news}"))["deleted_at"].is_string());
    assert_eq!(world.contact(dana).lists, [news]);
    world.pass(2);
    world.get("/v3/contact_lists");
    assert!(world.contact(dana).lists.is_empty());
}

#[test]
fn sources_are_exclusive_and_activities_may_fail_or_be_too_many() {
    let mut world = World::new();
    let news = world.list("News");
    let dana = world.person("dana@example.org");
    let path = "/v3/activities/add_list_memberships";
    for bad in [
        json!({"source": {"contact_ids": [dana], "all_active_contacts": true}, "list_ids": [news]}),
        json!({"source": {}, "list_ids": [news]}),
        json!({"source": {"contact_ids": [dana]}, "list_ids": []}),
    ] {
        assert_eq!(world.write(Method::Post, path, &bad).0, 400, "{bad}");
    }
    world.sim.fail_activities("hope", 1).unwrap();
    let good = json!({"source": {"contact_ids": [dana]}, "list_ids": [news]});
    let (_, failed) = world.write(Method::Post, path, &good);
    world.sim.finish_activities("hope").unwrap();
    assert_eq!(world.get(failed["_links"]["self"]["href"].as_str().unwrap())["state"], json!("failed"));
    assert!(world.contact(dana).lists.is_empty());
    for _ in 0..1_000 {
        assert_eq!(world.write(Method::Post, path, &good).0, 201);
        world.now = world.now.plus(std::time::Duration::from_millis(1));
    }
    let (status, body) = world.write(Method::Post, path, &good);
    assert_eq!(status, 429);
    assert!(body.is_array());
}
