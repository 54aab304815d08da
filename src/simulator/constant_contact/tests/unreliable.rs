//! Answers that are no evidence of what is so (E1).

use serde_json::json;

use super::*;

#[test]
fn reads_and_lists_lag_behind_a_write_that_shows_the_new_value() {
    let mut world = World::new();
    let id = world.person("dana@example.com");
    world.sim.unreliable.lag_ms = 60_000;
    let path = format!("/v3/contacts/{id}");
    assert_eq!(world.get(&path)["last_name"], "Lee");
    world.pass(5);
    let body = json!({
        "email_address": {"address": "dana@example.com"}, "first_name": "Dana", "last_name": "Fox",
        "update_source": "Account",
    });
    let (status, written) = world.write(Method::Put, &path, &body);
    assert_eq!((status, written["last_name"].clone()), (200, json!("Fox")));
    world.person("rey@example.com");

    world.pass(59);
    assert_eq!(world.get(&path)["last_name"], "Lee");
    assert_eq!(world.addresses("/v3/contacts"), ["dana@example.com"]);
    world.pass(1);
    assert_eq!(world.get(&path)["last_name"], "Fox");
    assert_eq!(world.addresses("/v3/contacts").len(), 2);
}
