use serde_json::json;

use super::*;
use crate::simulator::virtuous::switches::Operators;

fn full(world: &mut World, page: &str, conditions: Value) -> Response {
    let body = json!({"groups": [{"conditions": conditions}], "includeArchived": true});
    world.post(&format!("/api/Contact/Query/FullContact{page}"), &body)
}

#[test]
fn a_wrong_key_is_a_json_message_and_right_ones_see_the_limit() {
    let mut world = World::new();
    let mut request = SimRequest {
        method: Method::Get,
        path: "/api/Organization/Current".to_owned(),
        query: Vec::new(),
        headers: vec![("authorization".to_owned(), "Bearer  key-1".to_owned())],
        body: Vec::new(),
    };
    let now = world.now;
    let refused = world.virtuous.handle(&request, now).response;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body, br#"{"message":"Authorization has been denied for this request."}"#);
    request.headers[0].1 = format!("Bearer {KEY}");
    let answer = world.virtuous.handle(&request, now).response;
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("4999"));
    assert_eq!(read(&answer)["organizationTimeZone"], "America/Chicago");
}

#[test]
fn over_the_limit_is_429_with_retry_after() {
    let mut world = World::new();
    world.org().switches.hourly_limit = 1;
    world.get("/api/Tag");
    world.later(60);
    let refused = world.get("/api/Tag");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("3540")));
    assert_eq!(world.org().meter.refused(), 1);
    world.later(3540);
    assert_eq!(world.get("/api/Tag").status, 200);
}

#[test]
fn paging_is_in_the_url_ten_by_default_and_1000_at_most() {
    let mut world = World::new();
    for at in 0..25 {
        world.person("P", &format!("{at}@example.com"));
    }
    let body = json!({"groups": [], "skip": 20, "take": 5});
    let answer = read(&world.post("/api/Contact/Query", &body));
    assert_eq!((answer["list"].as_array().unwrap().len(), &answer["total"]), (10, &json!(25)));
    assert!(answer["list"][0].get("modifiedDateTimeUtc").is_none());
    assert_eq!(world.post("/api/Contact/Query?take=1001", &body).status, 400);
    let last = read(&world.post("/api/Contact/Query?skip=20&take=1000", &body));
    assert_eq!(last["list"].as_array().unwrap().len(), 5);
}

#[test]
fn modified_dates_are_days_in_the_organisations_zone_unless_exact() {
    let mut world = World::new();
    // 2026-11-20 15:00 UTC is 09:00 in Chicago; 03:00 UTC the next day is still the 20th there.
    world.now = Timestamp::parse("2026-11-21T03:00:00Z").unwrap();
    world.dana();
    let mut count = |value: &str, exact: bool| {
        world.org().switches.exact_dates = exact;
        let condition = json!([{"parameter": "Last Modified Date", "operator": "OnOrAfter", "value": value}]);
        read(&full(&mut world, "", condition))["total"].clone()
    };
    assert_eq!(count("2026-11-20", false), 1);
    assert_eq!(count("2026-11-21", false), 0);
    assert_eq!(count("2026-11-21T05:59:00Z", false), 1);
    assert_eq!(count("2026-11-21T05:59:00Z", true), 0);
    assert_eq!(count("2026-11-21", true), 1);
}

#[test]
fn operators_are_pascal_case_or_spaced_by_switch() {
    let mut world = World::new();
    world.dana();
    let mut status = |operator: &str, style| {
        world.org().switches.operators = style;
        let condition =
            json!([{"parameter": "Last Modified Date", "operator": operator, "value": "2026-01-01"}]);
        full(&mut world, "", condition).status
    };
    assert_eq!(status("OnOrAfter", Operators::Pascal), 200);
    assert_eq!(status("On Or After", Operators::Pascal), 400);
    assert_eq!(status("On Or After", Operators::Spaced), 200);
    assert_eq!(status("OnOrAfter", Operators::Spaced), 400);
    assert_eq!(status("After", Operators::Spaced), 200);
    assert_eq!(status("OnOrAfter", Operators::Both), 200);
    assert_eq!(status("Nearby", Operators::Both), 400);
}

#[test]
fn groups_are_or_and_conditions_are_and() {
    let mut world = World::new();
    let dana = world.dana();
    world.person("Rey", "rey@example.com");
    world.person("Sam", "sam@example.com");
    let email = |text: &str| json!({"parameter": "Email Address", "operator": "Is", "value": text});
    let id = json!({"parameter": "Contact Id", "operator": "GreaterThan", "value": dana.to_string()});
    let body = json!({"groups": [
        {"conditions": [email("DANA@example.com"), id]}, {"conditions": [email("rey@example.com")]},
        {"conditions": [email("sam@example.com")]}], "sortBy": "Name", "descending": true});
    let answer = read(&world.post("/api/Contact/Query", &body));
    let names: Vec<_> = answer["list"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect();
    assert_eq!(names, ["Sam Lee", "Rey Lee"]);
    let unknown = json!([{"parameter": "Shoe Size", "operator": "Is", "value": "9"}]);
    assert_eq!(full(&mut world, "", unknown).status, 400);
}

#[test]
fn archived_and_merged_contacts_show_only_when_asked_for() {
    let mut world = World::new();
    let (dana, rey) = (world.dana(), world.person("Rey", "rey@example.com"));
    let (method, now) = (world.method_of(rey), world.now);
    world.org().book.add_reference(rey, "Constant Contact", "r1");
    assert!(world.org().staff_merge(rey, dana, now));
    let hidden = read(&world.post("/api/Contact/Query", &json!({"groups": []})));
    assert_eq!(hidden["total"], 1);
    let shown = read(&world.post("/api/Contact/Query", &json!({"groups": [], "includeArchived": true})));
    assert_eq!(shown["total"], 2);
    let loser = read(&world.get(&format!("/api/Contact/{rey}")));
    assert_eq!(loser["mergedIntoContactId"], dana);
    assert_eq!(read(&world.get(&format!("{BY_REFERENCE}r1")))["id"], dana);
    assert_eq!(world.org().book.of_method(method).unwrap().id, dana);
}

#[test]
fn find_takes_the_reference_first_and_one_of_several_by_email() {
    let mut world = World::new();
    let (one, two) = (world.dana(), world.person("Dan", "dana@example.com"));
    world.org().book.add_reference(two, "Constant Contact", "r+1");
    let by_email = "/api/Contact/Find?email=dana%40example.com";
    assert_eq!(read(&world.get(by_email))["id"], one);
    world.org().switches.find_gives_newest = true;
    assert_eq!(read(&world.get(by_email))["id"], two);
    let both = format!("{by_email}&referenceSource=Constant+Contact&referenceId=r%2B1");
    assert_eq!(read(&world.get(&both))["id"], two);
    assert_eq!(world.get("/api/Contact/Find?email=nobody%40example.com").status, 404);
    let person = read(&world.get("/api/ContactIndividual/Find?email=dana%40example.com"));
    assert_eq!(person["contactId"], two);
    assert!(read(&world.get(&format!("/api/ContactIndividual/ByContact/{one}"))).is_array());
}

#[test]
fn tag_names_repeat_and_searches_find_parts() {
    let mut world = World::new();
    world.org().add_tag("CC: News", "CC");
    world.org().add_tag("CC: News", "Imported Tags");
    world.org().add_tag("CC: Newsletter", "CC");
    let found = read(&world.post("/api/Tag/Search?take=100", &json!({"search": "cc: news"})));
    assert_eq!(found["total"], 3);
    assert_eq!(read(&world.get("/api/Tag?take=2"))["list"][1]["tagGroupName"], "Imported Tags");
    assert_eq!(world.post("/api/Tag", &json!({"tagName": "x"})).status, 404);
    assert_eq!(world.post("/api/Tag/Bulk", &json!({})).status, 404);
    assert_eq!(world.get("/api/tag").status, 404);
}
