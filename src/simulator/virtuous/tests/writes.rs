use serde_json::json;

use super::*;
use crate::simulator::virtuous::{
    fields::{DataType, FieldDefinition},
    model::ContactExtras,
    switches::{Envelope, RepeatedTag, Signature},
};

#[test]
fn an_opt_out_is_a_put_of_the_whole_method() {
    let mut world = World::new();
    let contact = world.dana();
    let method = world.method_of(contact);
    let path = format!("/api/ContactMethod/{method}");
    assert_eq!(world.put(&path, &json!({"isOptedIn": false})).status, 400);
    world.later(5);
    let body = json!({"type": "Home Email", "value": "dana@example.com", "isOptedIn": "false"});
    let written = read(&world.put(&path, &body));
    assert_eq!((written["isOptedIn"].clone(), written["isPrimary"].clone()), (json!(false), json!(true)));
    assert_eq!(written["modifiedDateTimeUtc"], "2026-11-20T15:00:05Z");
    assert_eq!(read(&world.get(&path))["modifiedDateTimeUtc"], "2026-11-20T15:00:05");
    let now = world.now;
    assert_eq!(world.org().book.contact(contact).unwrap().modified, now);
    world.org().switches.method_bumps_contact = false;
    world.later(5);
    world.put(&path, &body);
    assert_eq!(world.org().book.contact(contact).unwrap().modified, now);
    assert_eq!(world.org().meter.calls_of(Method::Put, "/api/ContactMethod/{id}"), 3);
    assert_eq!(world.org().meter.writes().len(), 3);
}

#[test]
fn an_address_may_have_to_be_unique() {
    let mut world = World::new();
    let contact = world.dana();
    world.person("Rey", "rey@example.com");
    let path = format!("/api/ContactMethod/{}", world.method_of(contact));
    let body = json!({"type": "Home Email", "value": "Rey@example.com", "isOptedIn": true});
    world.org().switches.emails_unique = true;
    assert_eq!(world.put(&path, &body).status, 409);
    world.org().switches.emails_unique = false;
    assert_eq!(world.put(&path, &body).status, 200);
    assert_eq!(world.org().book.by_email("rey@example.com").count(), 2);
}

#[test]
fn a_tag_comes_off_by_its_join_id() {
    let mut world = World::new();
    let contact = world.dana();
    let tag = world.org().add_tag("CC: News", "CC");
    let body = json!({"tagId": tag, "contactId": contact});
    let join = read(&world.post("/api/ContactTag", &body))["id"].clone();
    assert_eq!(world.post("/api/ContactTag", &body).status, 409);
    assert_eq!(world.org().meter.repeats.tags, 1);
    let none = world.call(Method::Delete, &format!("/api/ContactTag/{tag}"), &Value::Null);
    assert_eq!((none.status, none.body.len()), (404, 0));
    world.org().switches.repeated_tag = RepeatedTag::Duplicate;
    world.org().switches.join_id_name = "contactTagId".to_owned();
    world.post("/api/ContactTag", &body);
    let list = read(&world.get(&format!("/api/ContactTag/ByContact/{contact}")));
    assert_eq!((list["total"].clone(), list["list"][0]["contactTagId"].clone()), (json!(2), join.clone()));
    assert_eq!(world.call(Method::Delete, &format!("/api/ContactTag/{join}"), &Value::Null).status, 200);
    assert_eq!(world.post("/api/ContactTag", &json!({"tagId": 9, "contactId": contact})).status, 404);
}

#[test]
fn a_reference_belongs_to_one_contact() {
    let mut world = World::new();
    let (one, two) = (world.dana(), world.person("Rey", "rey@example.com"));
    let mut body = json!({"contactId": one, "referenceSource": "Constant Contact", "referenceId": "r1"});
    assert_eq!(world.post("/api/ContactReference", &body).status, 200);
    assert_eq!(world.post("/api/ContactReference", &body).status, 200);
    assert_eq!(world.org().meter.repeats.references, 1);
    body["contactId"] = json!(two);
    assert_eq!(world.post("/api/ContactReference", &body).status, 409);
    let path = "/api/ContactReference/Constant%20Contact?referenceId=r1";
    assert_eq!(world.call(Method::Delete, path, &Value::Null).status, 200);
    assert_eq!(world.get(&format!("{BY_REFERENCE}r1")).status, 404);
}

#[test]
fn a_contact_update_wants_its_name_and_an_array_of_fields() {
    let mut world = World::new();
    let contact = world.dana();
    world.org().contact_fields.push(FieldDefinition::new("Program", DataType::Dropdown, &["Arts"]));
    let path = format!("/api/Contact/{contact}");
    let extras = ContactExtras { description: Some("Friend".into()), ..ContactExtras::default() };
    world.org().book.contact_mut(contact).unwrap().extras = Some(Box::new(extras));
    let field = |value: &str| json!([{"name": "Program", "value": value}]);
    assert_eq!(world.put(&path, &json!({"customFields": field("Arts")})).status, 400);
    assert_eq!(world.put(&path, &json!({"name": "D", "customFields": {"Program": "Arts"}})).status, 400);
    assert_eq!(world.put(&path, &json!({"name": "D", "customFields": field("Art")})).status, 400);
    let kept = read(&world.put(&path, &json!({"name": "D", "customFields": field("Arts")})));
    assert_eq!(
        (kept["customFields"][0]["value"].clone(), kept["description"].clone()),
        (json!("Arts"), json!("Friend"))
    );
    world.org().switches.put_clears_omitted = true;
    let cleared = read(&world.put(&path, &json!({"name": "D"})));
    assert_eq!(
        (cleared["customFields"][0]["value"].clone(), cleared["description"].clone()),
        (json!("Arts"), json!(null))
    );
}

#[test]
fn notes_repeat_and_the_repeat_is_counted() {
    let mut world = World::new();
    let contact = world.dana();
    let empty = world.post("/api/ContactNote", &Value::Null);
    assert_eq!(
        (empty.status, empty.body.as_slice()),
        (400, &br#"{"message":"The argument cannot be null"}"#[..])
    );
    let body = json!({"contactId": contact, "type": "General", "note": "Bounced [n1]", "private": true});
    assert_eq!(read(&world.post("/api/ContactNote", &body))["isPrivate"], true);
    world.post("/api/ContactNote", &body);
    assert_eq!(world.org().meter.repeats.notes, 1);
    assert_eq!(read(&world.get(&format!("/api/ContactNote/ByContact/{contact}")))["total"], 2);
    let query = json!({"groups": [{"conditions": [
        {"parameter": "Contact Id", "operator": "Is", "value": contact},
        {"parameter": "Note", "operator": "Contains", "value": "[N1]"}]}]});
    assert_eq!(read(&world.post("/api/ContactNote/Query", &query))["total"], 2);
    let long = json!({"contactId": contact, "note": "x".repeat(2001)});
    assert_eq!(world.post("/api/ContactNote", &long).status, 400);
}

#[test]
fn nothing_deletes_a_contact() {
    let mut world = World::new();
    let contact = world.dana();
    assert_eq!(world.call(Method::Delete, &format!("/api/Contact/{contact}"), &Value::Null).status, 404);
    assert_eq!(world.org().meter.writes()[0].status, 404);
}

#[test]
fn webhooks_are_queued_for_active_subscriptions_in_either_envelope() {
    let mut world = World::new();
    let contact = world.dana();
    let method = world.method_of(contact);
    let hook =
        json!({"payloadUrl": "https://x.example/h", "secret": "s", "active": true, "contactUpdate": true});
    let id = read(&world.post("/api/Webhook", &hook))["id"].clone();
    let body = json!({"type": "Home Email", "value": "dana@example.com", "isOptedIn": false});
    let path = format!("/api/ContactMethod/{method}");
    world.put(&path, &body);
    let (_, delivery) = world.org().take_delivery().unwrap();
    let sent: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(
        (sent["event"].clone(), sent["contact"]["id"].clone()),
        (json!("ContactUpdate"), json!(contact))
    );
    world.org().switches.webhook_envelope = Envelope::EventType;
    world.org().switches.webhook_signature = Signature::Hex;
    world.org().switches.webhook_omits_methods = true;
    world.put(&path, &body);
    let (_, delivery) = world.org().take_delivery().unwrap();
    let sent: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(sent["eventType"], "contact.updated");
    assert!(sent["data"]["contactIndividuals"][0].get("contactMethods").is_none());
    assert_eq!(delivery.headers[1].1.len(), 64);
    world.put(&format!("/api/Webhook/{id}/Active?active=false"), &Value::Null);
    world.put(&path, &body);
    assert!(world.org().take_delivery().is_none(), "events of an inactive subscription are dropped");
    assert_eq!(world.get("/api/Webhook").status, 404);
}
