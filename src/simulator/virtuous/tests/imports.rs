use serde_json::json;

use super::*;
use crate::simulator::virtuous::{
    fields::{DataType, FieldDefinition},
    import::ImportReport,
    switches::Switches,
};

#[test]
fn a_transaction_is_held_until_midnight_in_the_organisations_zone() {
    let mut world = World::new();
    let answer = world.post("/api/Contact/Transaction", &row("r1", "new@example.com"));
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let held = world.get(&format!("{BY_REFERENCE}r1"));
    assert_eq!((held.status, held.body.len()), (404, 0));
    world.now = Timestamp::parse("2026-11-21T05:59:59Z").unwrap();
    assert_eq!(world.get(&format!("{BY_REFERENCE}r1")).status, 404);
    world.now = Timestamp::parse("2026-11-21T08:00:00Z").unwrap();
    let contact = read(&world.get(&format!("{BY_REFERENCE}r1")));
    assert_eq!(contact["createDateTimeUtc"], "2026-11-21T06:00:00");
    assert_eq!(contact["contactReferences"], json!([{"source": "Constant Contact", "id": "r1"}]));
    assert_eq!(contact["contactIndividuals"][0]["contactMethods"][0]["isOptedIn"], true);
}

#[test]
fn an_import_may_wait_for_a_person() {
    let mut world = World::new();
    world.org().switches.import_waits_for_person = true;
    world.post("/api/Contact/Transaction", &row("r1", "new@example.com"));
    world.later(30 * 86_400);
    assert_eq!(world.get(&format!("{BY_REFERENCE}r1")).status, 404);
    let now = world.now;
    assert_eq!(world.org().run_import(now).created, 1);
    assert_eq!(world.get(&format!("{BY_REFERENCE}r1")).status, 200);
}

#[test]
fn matches_go_by_reference_then_email_then_phone_then_home() {
    let mut world = World::new();
    let by_email = world.dana();
    let by_reference = world.person("Rey", "rey@example.com");
    world.org().book.add_reference(by_reference, "Constant Contact", "r1");
    world.post("/api/Contact/Transaction", &row("r1", "dana@example.com"));
    world.post("/api/Contact/Transaction", &row("r2", "DANA@example.com"));
    let now = world.now;
    world.org().run_import(now);
    assert_eq!(world.org().book.by_reference("Constant Contact", "r1").unwrap().id, by_reference);
    assert_eq!(world.org().book.by_reference("Constant Contact", "r2").unwrap().id, by_email);
    let mut phone = row("r3", "three@example.com");
    phone["phone"] = json!("+1 (555) 555-0100");
    phone["address1"] = json!("1 Main St");
    phone["postal"] = json!("07001");
    world.post("/api/Contact/Transaction", &phone);
    phone["referenceId"] = json!("r4");
    phone["email"] = json!("four@example.com");
    phone["phone"] = json!("5555550100");
    world.post("/api/Contact/Transaction", &phone);
    phone["referenceId"] = json!("r5");
    phone["email"] = json!("five@example.com");
    phone["phone"] = json!("");
    world.post("/api/Contact/Transaction", &phone);
    let report = world.org().run_import(now);
    assert_eq!((report.created, report.merged), (1, 2));
}

#[test]
fn a_merge_keeps_an_opt_out_unless_imports_flip_it() {
    let mut world = World::new();
    let contact = world.dana();
    let method = world.method_of(contact);
    let now = world.now;
    for (flips, expect) in [(false, false), (true, true)] {
        world.org().staff_set_opt_in(method, false, now);
        world.org().switches.import_flips_opt_in = flips;
        world.post("/api/Contact/Transaction", &row("r1", "dana@example.com"));
        assert_eq!(world.org().run_import(now).merged, 1);
        assert_eq!(world.org().book.method(method).unwrap().opted_in, expect);
    }
}

#[test]
fn tags_of_a_row_are_added_or_replace_and_unknown_ones_are_made_or_dropped() {
    let mut world = World::new();
    let contact = world.dana();
    let now = world.now;
    world.org().staff_add_tag(contact, "Board", now);
    let mut tagged = row("r1", "dana@example.com");
    tagged["tags"] = json!("CC: News; CC: Events");
    world.post("/api/Contact/Transaction", &tagged);
    world.org().run_import(now);
    let tags = |world: &mut World| read(&world.get(&format!("/api/Contact/{contact}")))["tags"].clone();
    assert_eq!(tags(&mut world), json!(["Board", "CC: News", "CC: Events"]));
    world.org().switches.import_creates_tags = false;
    world.org().switches.import_replaces_tags = true;
    tagged["tags"] = json!("CC: News;CC: Unheard of");
    world.post("/api/Contact/Transaction", &tagged);
    world.org().run_import(now);
    assert_eq!(tags(&mut world), json!(["CC: News"]));
}

#[test]
fn names_are_wanted() {
    let mut world = World::new();
    let mut nameless = row("r1", "a@example.com");
    nameless["firstName"] = json!("");
    assert_eq!(world.post("/api/Contact/Transaction", &nameless).status, 200);
    nameless["lastName"] = json!(null);
    assert_eq!(world.post("/api/Contact/Transaction", &nameless).status, 400);
    let batch =
        json!({"referenceSource": "Constant Contact", "contacts": [row("r2", "b@example.com"), nameless]});
    let refused = world.post("/api/Contact/Batch", &batch);
    assert_eq!(refused.status, 400);
    assert!(!String::from_utf8_lossy(&refused.body).contains('1'), "says nothing of the row");
    world.org().switches.both_names_required = true;
    nameless["lastName"] = json!("Lee");
    assert_eq!(world.post("/api/Contact/Transaction", &nameless).status, 400);
    world.org().switches.names_checked_at_import = true;
    assert_eq!(world.post("/api/Contact/Transaction", &nameless).status, 200);
    let now = world.now;
    let report = world.org().run_import(now);
    assert_eq!(report, ImportReport { refused: 2, duplicate_rows: 1, ..ImportReport::default() });
}

#[test]
fn one_reference_twice_is_counted_and_may_make_two_contacts() {
    for (blind, created) in [(false, 1), (true, 2)] {
        let mut world = World::new();
        world.org().switches.import_rows_blind = blind;
        world.post("/api/Contact/Transaction", &row("r1", "a@example.com"));
        world.post("/api/Contact/Transaction", &row("r1", "a@example.com"));
        let now = world.now;
        assert_eq!(world.org().run_import(now).created, created);
        assert_eq!(world.org().meter.repeats.duplicate_rows, 1);
    }
}

#[test]
fn custom_fields_are_an_object_here() {
    let mut world = World::new();
    world.org().contact_fields.push(FieldDefinition::new("Program", DataType::Dropdown, &["Arts"]));
    let mut body = row("r1", "a@example.com");
    body["customFields"] = json!([{"name": "Program", "value": "Arts"}]);
    assert_eq!(world.post("/api/Contact/Transaction", &body).status, 400);
    body["customFields"] = json!({"Program": "arts"});
    assert_eq!(world.post("/api/Contact/Transaction", &body).status, 400);
    body["customFields"] = json!({"Program": "Arts", "No such field": "x"});
    assert_eq!(world.post("/api/Contact/Transaction", &body).status, 200);
    let now = world.now;
    world.org().run_import(now);
    let contact = read(&world.get(&format!("{BY_REFERENCE}r1")));
    assert_eq!(contact["customFields"][0]["value"], "Arts");
}

#[test]
fn updates_may_wait_for_a_person() {
    let mut world = World::new();
    world.dana();
    world.org().switches.updates_wait_for_person = true;
    world.post("/api/Contact/Transaction", &row("r1", "dana@example.com"));
    world.later(86_400);
    assert_eq!(world.get(&format!("{BY_REFERENCE}r1")).status, 404);
    let now = world.now;
    assert_eq!(world.org().accept_updates(now).merged, 1);
    assert_eq!(world.get(&format!("{BY_REFERENCE}r1")).status, 200);
}

#[test]
fn an_import_runs_every_few_seconds_when_told_so() {
    let mut world = World::new();
    let now = world.now;
    let switches = Switches { import_every: Some(3), ..Switches::default() };
    world.org().set_switches(switches, now);
    world.post("/api/Contact/Transaction", &row("r1", "a@example.com"));
    world.later(3);
    assert_eq!(world.get(&format!("{BY_REFERENCE}r1")).status, 200);
}

#[test]
fn an_import_announces_in_bulk() {
    let mut world = World::new();
    let hook =
        json!({"payloadUrl": "https://x.example/h", "secret": "s", "active": true, "contactCreate": true});
    assert_eq!(read(&world.post("/api/Webhook", &hook))["id"], 1);
    for at in 0..150 {
        let mut body = row(&format!("r{at}"), &format!("{at}@example.com"));
        body["lastName"] = json!(format!("Lee {at}"));
        world.post("/api/Contact/Transaction", &body);
    }
    let now = world.now;
    world.org().run_import(now);
    let (_, first) = world.org().take_delivery().unwrap();
    let body: Value = serde_json::from_slice(&first.body).unwrap();
    assert_eq!(body["event"], "ContactCreate");
    assert_eq!(body["models"].as_array().unwrap().len(), 100);
    assert!(first.headers.iter().any(|(name, value)| name == "X-Virtuous-Signature" && value.ends_with('=')));
    assert!(world.org().take_delivery().is_some());
    assert!(world.org().take_delivery().is_none());
}
