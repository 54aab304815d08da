//! Answers that are no evidence of what is so (E1 to E3).

use super::*;
use crate::simulator::virtuous::{
    fields::{DataType, FieldDefinition},
    form::Form,
    unreliable::{Gaps, Part, Unreliable},
};

fn unreliable(world: &mut World, how: Unreliable) {
    let now = world.now;
    world.org().set_unreliable(how, now);
}

fn contact(world: &mut World, id: i64) -> Value {
    read(&world.get(&format!("/api/Contact/{id}")))
}

fn queried(world: &mut World) -> Vec<Value> {
    let answer = read(&world.post("/api/Contact/Query/FullContact", &json!({"groups": []})));
    answer["list"].as_array().unwrap().clone()
}

fn method(contact: &Value) -> Value {
    contact["contactIndividuals"][0]["contactMethods"][0].clone()
}

fn put_method(world: &mut World, id: i64, opted_in: bool) -> Response {
    let body = json!({"type": "Home Email", "value": "dana@example.com", "isOptedIn": opted_in});
    world.put(&format!("/api/ContactMethod/{id}"), &body)
}

#[test]
fn queries_lag_alone_and_know_no_newcomer() {
    let mut world = World::new();
    let dana = world.dana();
    let address = world.method_of(dana);
    unreliable(&mut world, Unreliable { query_lag_ms: 60_000, ..Unreliable::default() });
    world.later(1);
    assert_eq!(read(&put_method(&mut world, address, false))["isOptedIn"], false);
    world.person("Rey", "rey@example.com");
    world.later(59);
    assert_eq!(method(&contact(&mut world, dana))["isOptedIn"], false);
    let found = queried(&mut world);
    assert_eq!((found.len(), &method(&found[0])["isOptedIn"]), (1, &json!(true)));
    world.later(1);
    let found = queried(&mut world);
    assert_eq!((found.len(), &method(&found[0])["isOptedIn"]), (2, &json!(false)));
}

#[test]
fn each_part_is_absent_or_null_in_the_wanted_share_of_reads() {
    for part in Part::ALL {
        let mut world = World::new();
        let dana = world.dana();
        let now = world.now;
        world.org().staff_add_tag(dana, "Board", now);
        let whole = contact(&mut world, dana);
        let mut gaps = |per_mille, seed| {
            let gaps = Gaps { seed, per_mille, part: Some(part) };
            unreliable(&mut world, Unreliable { gaps, ..Unreliable::default() });
            (0..100).map(|_| contact(&mut world, dana)).filter(|shown| *shown != whole).count()
        };
        assert_eq!((gaps(1000, 1), gaps(0, 1)), (100, 0), "{part:?}");
        assert!((5..=35).contains(&gaps(200, 3)), "{part:?}");
    }
}

#[test]
fn a_gap_is_where_the_part_was() {
    let mut world = World::new();
    let dana = world.dana();
    let now = world.now;
    world.org().staff_add_tag(dana, "Board", now);
    let mut seen = |part, look: fn(&Value) -> Option<&Value>| {
        let gaps = Gaps { seed: 1, per_mille: 1000, part: Some(part) };
        unreliable(&mut world, Unreliable { gaps, ..Unreliable::default() });
        let all: Vec<Value> = (0..20).map(|_| contact(&mut world, dana)).collect();
        let count = |wanted: Option<&Value>| all.iter().filter(|one| look(one) == wanted).count();
        (count(None), count(Some(&Value::Null)))
    };
    let both = |(absent, null): (usize, usize)| absent > 0 && null > 0 && absent + null == 20;
    assert!(both(seen(Part::Tags, |one| one.get("tags"))));
    assert!(both(seen(Part::References, |one| one.get("contactReferences"))));
    assert!(both(seen(Part::Fields, |one| one.get("customFields"))));
    assert!(both(seen(Part::Methods, |one| one["contactIndividuals"][0].get("contactMethods"))));
    assert!(both(seen(Part::OptIn, |one| {
        one["contactIndividuals"][0]["contactMethods"][0].get("isOptedIn")
    })));
    assert_eq!(seen(Part::Tag, |one| one["tags"].get(0)), (0, 20));
}

#[test]
fn fields_are_shown_in_another_form_and_reset_by_an_automation() {
    let mut world = World::new();
    let dana = world.dana();
    world.org().contact_fields = vec![FieldDefinition::new("Score", DataType::Number, &[])];
    let put = |world: &mut World, value: &str| {
        let body = json!({"name": "Dana Lee", "customFields": [{"name": "Score", "value": value}]});
        read(&world.put(&format!("/api/Contact/{dana}"), &body))["customFields"][0]["value"].clone()
    };
    unreliable(&mut world, Unreliable { forms: Form::ALL.to_vec(), ..Unreliable::default() });
    assert_eq!(put(&mut world, "1234"), "1,234");
    assert_eq!(contact(&mut world, dana)["customFields"][0]["value"], "1,234");
    unreliable(&mut world, Unreliable { fields_reset: true, ..Unreliable::default() });
    assert_eq!(put(&mut world, "5"), "5");
    assert_eq!(contact(&mut world, dana)["customFields"][0]["value"], "1234");
    unreliable(&mut world, Unreliable { fields_without_effect: true, ..Unreliable::default() });
    assert_eq!(put(&mut world, "6"), "1234");
}

#[test]
fn an_opt_out_may_answer_with_the_old_value() {
    let mut world = World::new();
    let dana = world.dana();
    let address = world.method_of(dana);
    unreliable(&mut world, Unreliable { method_answers_old: true, ..Unreliable::default() });
    assert_eq!(read(&put_method(&mut world, address, false))["isOptedIn"], true);
    assert_eq!(method(&contact(&mut world, dana))["isOptedIn"], false);
    unreliable(&mut world, Unreliable { method_answers_empty: true, ..Unreliable::default() });
    assert_eq!(put_method(&mut world, address, true).body, b"");
    assert_eq!(method(&contact(&mut world, dana))["isOptedIn"], true);
}

#[test]
fn methods_change_places_and_have_no_dates() {
    let mut world = World::new();
    let dana = world.dana();
    let person = world.org().book.contact(dana).unwrap().individuals[0].id;
    let now = world.now;
    world.org().book.add_method(person, &NewMethod::email("second@example.com", true), now);
    let how = Unreliable { methods_shuffled: true, methods_undated: true, ..Unreliable::default() };
    unreliable(&mut world, how);
    let (one, other) = (method(&contact(&mut world, dana)), method(&contact(&mut world, dana)));
    assert_ne!(one["value"], other["value"]);
    assert!(one.get("modifiedDateTimeUtc").is_none() && one.get("createDateTimeUtc").is_none());
    assert!(method(&queried(&mut world)[0]).get("modifiedDateTimeUtc").is_none());
    let alone = read(&world.get(&format!("/api/ContactMethod/{}", one["id"])));
    assert!(alone["modifiedDateTimeUtc"].is_string());
}

#[test]
fn the_unsubscribe_link_may_leave_the_date() {
    for leaves in [false, true] {
        let mut world = World::new();
        let dana = world.dana();
        let address = world.method_of(dana);
        let before = method(&contact(&mut world, dana));
        unreliable(&mut world, Unreliable { link_leaves_dates: leaves, ..Unreliable::default() });
        world.later(60);
        let now = world.now;
        assert!(world.org().unsubscribe_by_link(address, now));
        let after = method(&contact(&mut world, dana));
        assert_eq!(after["isOptedIn"], false);
        assert_eq!(after["modifiedDateTimeUtc"] == before["modifiedDateTimeUtc"], leaves);
    }
}

#[test]
fn references_and_archiving_may_be_untold() {
    let mut world = World::new();
    let dana = world.dana();
    world.org().book.add_reference(dana, "Constant Contact", "one");
    let how = Unreliable { references_hidden: true, archived_untold: true, ..Unreliable::default() };
    unreliable(&mut world, how);
    let shown = read(&world.get(&format!("{BY_REFERENCE}one")));
    assert_eq!((&shown["contactReferences"], shown.get("isArchived")), (&json!([]), None));
}

#[test]
fn methods_may_be_opted_out_from_their_making() {
    let mut world = World::new();
    unreliable(&mut world, Unreliable { opted_out_by_default: true, ..Unreliable::default() });
    world.dana();
    world.post("/api/Contact/Transaction", &row("one", "rey@example.com"));
    let now = world.now;
    world.org().run_import(now);
    for shown in queried(&mut world) {
        let method = method(&shown);
        assert_eq!(method["isOptedIn"], false);
        assert_eq!(method["modifiedDateTimeUtc"], method["createDateTimeUtc"]);
    }
}

#[test]
fn what_staff_remove_is_not_found() {
    let mut world = World::new();
    let (dana, rey) = (world.dana(), world.person("Rey", "rey@example.com"));
    assert!(world.org().staff_remove(dana) && !world.org().staff_remove(dana));
    assert_eq!(world.get(&format!("/api/Contact/{dana}")).status, 404);
    let all = json!({"groups": [], "includeArchived": true});
    let found = read(&world.post("/api/Contact/Query/FullContact", &all));
    assert_eq!((found["list"].as_array().unwrap().len(), &found["list"][0]["id"]), (1, &json!(rey)));
    assert_eq!(world.get("/api/Contact/Find?email=dana@example.com").status, 404);
}
