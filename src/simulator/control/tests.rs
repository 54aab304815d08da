use serde_json::{Value, json};

use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        wire::{SimRequest, SimResponse},
    },
    transport::Method,
};

struct World(Simulator, Timestamp);

impl World {
    fn new() -> Self {
        let mut world = Self(Simulator::new(5), Timestamp::parse("2026-11-20T15:00:00Z").unwrap());
        world.post("/control/seed", &json!({"account": "hope", "contacts": 200, "seed": 5}));
        world
    }

    fn call(&mut self, request: &SimRequest) -> SimResponse {
        self.0.handle(request, self.1)
    }

    fn post(&mut self, path: &str, body: &Value) -> Value {
        let answer = self.call(&SimRequest::new(Method::Post, path).with_json(body));
        assert_eq!(answer.status(), 200, "{path}: {}", answer.value());
        answer.value()
    }

    fn get(&mut self, path: &str) -> Value {
        let answer = self.call(&SimRequest::new(Method::Get, path));
        assert_eq!(answer.status(), 200, "{path}: {}", answer.value());
        answer.value()
    }
}

#[test]
fn an_account_is_made_and_dumped_and_compared() {
    let mut world = World::new();
    let state = world.get("/control/state?account=hope");
    assert_eq!(state["constant_contact"]["accounts"]["hope"]["lists"].as_array().unwrap().len(), 12);
    assert!(state["virtuous"][0]["contacts"].as_array().unwrap().len() > 100);
    let found = world.get("/control/differences?account=hope");
    assert!(!found["differences"].as_array().unwrap().is_empty(), "there is work to do");
    let facets: Vec<_> =
        found["differences"].as_array().unwrap().iter().map(|d| d["facet"].clone()).collect();
    assert!(!facets.contains(&json!("staff")) && !facets.contains(&json!("deleted")));
    assert!(found["held"].as_u64().unwrap() > 0);
}

#[test]
fn every_edit_of_constant_contact_changes_somebody() {
    let mut world = World::new();
    for control in [
        "edit",
        "unsubscribe",
        "resubscribe",
        "delete",
        "revive",
        "move-lists",
        "add",
        "email",
        "bounce",
        "complain",
    ] {
        let answer = world.post(&format!("/control/cc/{control}"), &json!({"account": "hope", "count": 2}));
        assert_eq!(answer["changed"], 2, "{control}");
    }
    world.post("/control/cc/permission", &json!({"permission": "temp_hold"}));
    world.post("/control/cc/rename-list", &json!({"list": "Press", "name": "Press & Media"}));
    world.post("/control/cc/delete-list", &json!({"list": "Events"}));
    world.post("/control/cc/add-list", &json!({"name": "Spring"}));
    let body = json!({"new": {"email": "one@example.com", "first_name": "One"}, "add": ["Spring"]});
    let id = world.post("/control/cc/add", &body)["contacts"][0].clone();
    world.post("/control/cc/unsubscribe", &json!({"contact": "one@example.com", "by": "Account"}));
    let state = world.get("/control/state");
    let people = state["constant_contact"]["accounts"]["hope"]["contacts"].as_array().unwrap();
    let one = people.iter().find(|contact| contact["contact_id"] == id).unwrap();
    assert_eq!(one["email_address"]["permission_to_send"], "unsubscribed");
    world.post("/control/cc/erase", &json!({"contact": id}));
}

#[test]
fn staff_edit_virtuous_and_run_imports() {
    let mut world = World::new();
    let body = json!({"email": "v@example.com", "first_name": "Vi", "add": ["Board"]});
    let id = world.post("/control/virtuous/add", &body)["contacts"][0].as_i64().unwrap().to_string();
    for (control, body) in [
        ("opt-out", json!({"contact": "v@example.com"})),
        ("opt-in", json!({"contact": id})),
        ("tag", json!({"contact": id, "tag": "CC: Newsletter"})),
        ("untag", json!({"contact": id, "tag": "Board"})),
        ("email", json!({"contact": id, "email": "w@example.com"})),
        ("rename", json!({"contact": id, "first_name": "Vivian", "last_name": "Ng"})),
        ("note", json!({"contact": id, "reason": "called"})),
        ("archive", json!({"contact": id})),
        ("opt-out", json!({"count": 3})),
        ("add-tag", json!({"name": "CC: Spring"})),
        ("rename-tag", json!({"tag": "CC: Spring", "name": "CC: Autumn"})),
        ("merge", json!({"contact": id, "into": "1001"})),
        ("import", json!({})),
        ("accept-updates", json!({})),
        ("events", json!({})),
        ("add-key", json!({"key": "second"})),
        ("revoke-key", json!({"key": "key-hope"})),
    ] {
        world.post(&format!("/control/virtuous/{control}"), &body);
    }
    let found = world.get("/control/differences");
    let facets = found["differences"].as_array().unwrap().iter().filter(|d| d["facet"] == "staff");
    assert_eq!(facets.count(), 0, "what staff do themselves is no difference");
}

#[test]
fn switches_faults_and_counts() {
    let mut world = World::new();
    let body = json!({"virtuous": {"import_every": 5, "hourly_limit": 9}, "limits": {"per_second": 50},
        "constant_contact": {"delete_touches_updated_at": false}});
    let set = world.post("/control/switches", &body);
    assert_eq!(set["virtuous"]["hope"]["import_every"], 5);
    assert_eq!(set["limits"]["per_day"], 10_000);
    let wrong = SimRequest::new(Method::Post, "/control/switches").with_json(&json!({"virtuous": {"x": 1}}));
    assert_eq!(world.call(&wrong).status(), 400);
    world.post("/control/faults", &json!({"system": "virtuous", "kind": "unauthorized"}));
    let tags =
        SimRequest::new(Method::Get, "/virtuous/api/Tag").with_header("authorization", "Bearer key-hope");
    let refused = world.call(&tags);
    assert_eq!(refused.status(), 401);
    assert!(refused.response.header("x-ratelimit-limit").is_some());
    assert_eq!(world.call(&tags).status(), 200);
    let calls = world.get("/control/calls?writes=true");
    assert_eq!(calls["virtuous"][0]["total"], 1);
    world.post("/control/calls/reset", &json!({}));
    assert_eq!(world.get("/control/calls")["virtuous"][0]["total"], 0);
    world.post("/control/advance", &json!({"seconds": 86_400}));
    assert_eq!(world.call(&SimRequest::new(Method::Delete, "/control/faults")).status(), 200);
    assert_eq!(world.call(&SimRequest::new(Method::Post, "/control/nothing")).status(), 404);
}

#[test]
fn another_account_consents_at_the_authorize_page() {
    let mut world = World::new();
    world.post("/control/seed", &json!({"account": "mercy", "contacts": 0, "seed": 6}));
    world.post("/control/cc/consent", &json!({"account": "mercy"}));
    let page = "/cc/oauth/authorize?client_id=demo&redirect_uri=http%3A%2F%2Fhere%2Fback&response_type=code&scope=account_read&state=s1";
    let answer = world.call(&SimRequest::new(Method::Get, page));
    let location = answer.response.header("location").unwrap().to_owned();
    let code = location.split(['?', '&']).find_map(|part| part.strip_prefix("code=")).unwrap().to_owned();
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri=http%3A%2F%2Fhere%2Fback");
    let request = SimRequest {
        body: form.into_bytes(),
        ..SimRequest::new(Method::Post, "/cc/oauth/token")
            .with_header("authorization", "Basic ZGVtbzpkZW1v")
            .with_header("content-type", "application/x-www-form-urlencoded")
    };
    let token = world.call(&request).value()["access_token"].as_str().unwrap().to_owned();
    let asked = SimRequest::new(Method::Get, "/cc/v3/account/summary")
        .with_header("authorization", format!("Bearer {token}"));
    let summary = world.call(&asked).value();
    let mercy = world.0.constant_contact.account("mercy").unwrap();
    assert_eq!(summary["encoded_account_id"], json!(mercy.encoded_id));
}

#[test]
fn each_unreliability_is_set_and_ended() {
    let mut world = World::new();
    let how = json!({"query_lag_ms": 50, "gaps": {"per_mille": 10, "part": "opt_in"}, "forms": ["cut"]});
    let set = world.post("/control/virtuous/unreliable", &how);
    assert_eq!(
        (&set["query_lag_ms"], &set["gaps"]["part"], &set["forms"]),
        (&json!(50), &json!("opt_in"), &json!(["cut"]))
    );
    let ended = world.post("/control/virtuous/unreliable", &json!({}));
    assert_eq!((&ended["query_lag_ms"], &ended["forms"]), (&json!(0), &json!([])));
    let changed = |answer: Value| answer["changed"].clone();
    assert_eq!(changed(world.post("/control/virtuous/unsubscribe-link", &json!({"contact": "1001"}))), 1);
    assert_eq!(changed(world.post("/control/virtuous/remove", &json!({"contact": "1001"}))), 1);
}
