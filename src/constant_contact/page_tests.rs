use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::{
    Actor, Address, CcTagId, Deletion, DeletionProof, FieldId, FieldValue, ListId, Permission, Profile,
};

const API: &str = "https://api.example";
const DANA: &str = "af73e650-96f0-11ef-b2a0-fa163eafb85e";

fn at() -> PagePath {
    PagePath::first("/v3/contacts", &[("limit", "500")])
}

fn seen() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn time(text: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(text).unwrap())
}

fn dana() -> Value {
    json!({
        "contact_id": DANA,
        "email_address": {
            "address": " dana@example.com ", "permission_to_send": "implicit",
            "created_at": "2024-10-30T18:56:35Z", "updated_at": "2024-10-30T18:56:35Z",
            "opt_in_source": "Account", "opt_in_date": "2024-10-30T18:56:35Z", "confirm_status": "off" },
        "first_name": " Dana", "last_name": "Lee ", "job_title": "Cellist",
        "birthday_month": 11, "birthday_day": 24, "anniversary": "2006-11-15",
        "created_at": "2024-10-30T18:56:35Z", "updated_at": "2026-11-20T10:04:11Z",
        "custom_fields": [
            { "custom_field_id": "f2", "choice_ids": ["000002", 7, "000002"] },
            { "custom_field_id": "f1", "value": "Skiing" } ],
        "phone_numbers": [
            { "phone_number": "555-0100", "kind": "home" }, { "phone_number": "555-0101", "kind": "mobile" } ],
        "street_addresses": [
            { "kind": "work", "street": "1 Work St" },
            { "kind": "home", "street": "2 Home St", "city": "Waltham", "state": "MA", "postal_code": "02451", "country": "US" } ],
        "list_memberships": ["l2", "l1", "l2"],
        "taggings": ["t1"] })
}

fn sam() -> Value {
    json!({
        "contact_id": "832444c0-4392-11ef-95d3-fa163e761ca9",
        "email_address": {
            "address": "sam@example.com", "permission_to_send": "unsubscribed",
            "opt_out_source": "Contact", "opt_out_date": "2026-11-20T10:11:05Z", "opt_out_reason": "Too many emails" },
        "first_name": "Sam" })
}

fn page(contacts: &[Value]) -> Vec<u8> {
    json!({ "contacts": contacts, "contacts_count": contacts.len(), "_links": {} }).to_string().into_bytes()
}

fn decode(body: &str) -> Result<ContactsPage, CcError> {
    ContactsPage::decode(body.as_bytes().to_vec(), &at(), API)
}

fn observe(contact: &Value) -> Observation {
    Record::new(&contact.to_string()).unwrap().observe(seen()).unwrap()
}

#[test]
fn a_whole_record_becomes_an_observation() {
    let seen_dana = observe(&dana());
    assert_eq!(seen_dana.id.to_string(), DANA);
    assert!(seen_dana.has_lists && seen_dana.has_tags && seen_dana.has_fields && seen_dana.has_profile);
    let view = seen_dana.view;
    assert_eq!(view.seen_at, seen());
    assert_eq!(view.email.as_deref(), Some("dana@example.com"));
    assert_eq!((view.permission, view.opt_in_source), (Permission::Implicit, Actor::Account));
    assert_eq!(view.opt_in_at, time("2024-10-30T18:56:35Z"));
    assert_eq!(view.updated_at, time("2026-11-20T10:04:11Z"));
    assert_eq!(view.lists, [ListId::new("l1"), ListId::new("l2")]);
    assert_eq!(view.tags, [CcTagId::new("t1")]);
    let choices = vec!["000002".to_owned(), "7".to_owned()];
    assert_eq!(
        view.fields,
        [
            (FieldId::new("f1"), FieldValue { value: Some("Skiing".to_owned()), choices: vec![] }),
            (FieldId::new("f2"), FieldValue { value: None, choices }),
        ]
    );
    let address = Address {
        street: "2 Home St".to_owned(),
        city: "Waltham".to_owned(),
        state: "MA".to_owned(),
        postal_code: "02451".to_owned(),
        country: "US".to_owned(),
    };
    let (first_name, last_name) = ("Dana".to_owned(), "Lee".to_owned());
    let profile = Profile { first_name, last_name, phone: "555-0101".to_owned(), address: Some(address) };
    assert_eq!(view.profile, profile);
    assert_eq!(view.deletion, None);
}

#[test]
fn an_opt_out_keeps_its_date_and_sub_resources_that_were_not_asked_for_stay_unknown() {
    let seen_sam = observe(&sam());
    assert!(!(seen_sam.has_lists || seen_sam.has_tags || seen_sam.has_fields || seen_sam.has_profile));
    assert_eq!(seen_sam.view.permission, Permission::Unsubscribed);
    assert_eq!(seen_sam.view.opt_out_source, Actor::Contact);
    assert_eq!(seen_sam.view.opt_out_at, time("2026-11-20T10:11:05Z"));
    assert_eq!(seen_sam.view.opt_out_reason.as_deref(), Some("Too many emails"));
}

#[test]
fn deleted_at_is_a_date_or_a_date_time_or_at_least_there() {
    let check = |deleted_at: Value, expect: Option<&str>| {
        let mut contact = dana();
        contact["deleted_at"] = deleted_at.clone();
        let expect = expect.map(|at| Deletion { at: time(at).unwrap(), proof: DeletionProof::DeletedAt });
        assert_eq!(observe(&contact).view.deletion, expect, "{deleted_at}");
    };
    check(json!("2026-11-20"), Some("2026-11-20T00:00:00Z"));
    check(json!("2026-11-20T10:15:00Z"), Some("2026-11-20T10:15:00Z"));
    check(json!("some day"), Some("2026-11-20T10:04:11Z"));
    check(json!(true), Some("2026-11-20T10:04:11Z"));
    check(json!(null), None);
    check(json!(""), None);
    check(json!(false), None);
}

#[test]
fn people_without_an_address_are_read() {
    for email in [json!(null), json!({}), json!({ "address": " " }), json!([]), json!(5)] {
        let seen = observe(&json!({ "contact_id": "1", "email_address": email, "sms_channel": { "x": 1 } }));
        assert_eq!((seen.view.email, seen.view.permission), (None, Permission::Unknown));
    }
    let seen = observe(&json!({ "contact_id": 1, "email_address": "text@example.com" }));
    assert_eq!(seen.id.to_string(), "1");
    assert_eq!(seen.view.email.as_deref(), Some("text@example.com"));
    assert_eq!(seen.view.permission, Permission::Unknown);
}

#[test]
fn a_list_that_cannot_be_read_whole_is_not_in_the_answer() {
    let check = |lists: Value, known: bool| {
        let mut contact = dana();
        contact["list_memberships"] = lists.clone();
        assert_eq!(observe(&contact).has_lists, known, "{lists}");
    };
    check(json!([]), true);
    check(json!(["l1", 5]), true);
    check(json!(["l1", null]), false);
    check(json!(["l1", {}]), false);
    check(json!(null), false);
    check(json!({}), false);
    check(json!("l1"), false);
}

#[test]
fn half_an_emoji_and_a_field_that_comes_twice_hide_no_opt_out() {
    let cut = r#"{"contact_id":"1","first_name":"Cut \ud83d","email_address":{"address":"a@example.com","permission_to_send":"unsubscribed"}}"#;
    let view = Record::new(cut).unwrap().observe(seen()).unwrap().view;
    assert_eq!(view.permission, Permission::Unsubscribed);
    assert_eq!(view.profile.first_name, "Cut \u{fffd}");
    let whole =
        r#"{"first_name":"\\ud83d \ud83d\ude00\ude00","first_name":"\ud83d\ude00 \\ud83d","contact_id":"1"}"#;
    let record = Record::new(whole).unwrap();
    assert_eq!(record.observe(seen()).unwrap().view.profile.first_name, "\u{1f600} \\ud83d");
}

#[test]
fn odd_records_are_reported_and_the_others_read() {
    let odd = [
        json!(null),
        json!(5),
        json!([1, 2]),
        json!({}),
        json!({ "contact_id": null }),
        json!({ "contact_id": ".." }),
    ];
    let mut contacts = odd.to_vec();
    contacts.insert(2, dana());
    contacts.push(sam());
    let page = ContactsPage::decode(page(&contacts), &at(), API).unwrap();
    assert_eq!((page.records().len(), page.problems.len(), page.len()), (2, odd.len(), 8));
    let (observations, problems) = page.observe_all(seen());
    assert_eq!((observations.len(), problems.len()), (2, odd.len()));
    assert_eq!(page.total, Some(8));
    assert!(problems.iter().all(|problem| !problem.to_string().contains('@')));
}

#[test]
fn the_fingerprint_is_that_of_the_bytes() {
    let body = page(&[dana(), sam(), dana()]);
    let page = ContactsPage::decode(body, &at(), API).unwrap();
    let prints: Vec<u64> = page.records().map(|record| record.fingerprint).collect();
    assert_eq!(prints[0], prints[2]);
    assert_ne!(prints[0], prints[1]);
    let text = dana().to_string();
    assert_eq!(Record::new(&text).unwrap().fingerprint, prints[0]);
    assert_eq!(Record::new(&text).unwrap().observe(seen()).unwrap().fingerprint, prints[0]);
}

#[test]
fn what_is_no_page_is_an_error_and_never_an_empty_page() {
    for body in [
        "",
        "{}",
        "[]",
        "[[]]",
        "null",
        "{\"contacts\":null}",
        "{\"contacts\":{}}",
        "<html>",
        "{\"contacts\":[]",
        "{\"contacts\":[],\"_links\":5}",
        "{\"contacts\":[],\"_links\":{\"next\":{\"href\":5}}}",
    ] {
        assert!(matches!(decode(body), Err(CcError::Odd(_))), "{body}");
    }
    for body in [
        "{\"contacts\":[]}",
        "{\"contacts\":[],\"_links\":null}",
        "{\"contacts\":[],\"_links\":{\"next\":null}}",
    ] {
        let page = decode(body).unwrap();
        assert!(page.is_empty() && page.next.is_none(), "{body}");
    }
}

#[test]
fn only_the_same_collection_is_followed() {
    let follow = |href: &str| at().follow(Some(href), API);
    for good in ["/v3/contacts?cursor=bGltaXQ9", "https://api.example/v3/contacts?cursor=bGltaXQ9"] {
        assert_eq!(follow(good).unwrap().unwrap().as_str(), "/v3/contacts?cursor=bGltaXQ9");
    }
    for bad in [
        "/v3/contacts?limit=500",
        "/v3/contacts_evil?x",
        "/v3/contacts/../emails",
        "/v3/contact_lists?cursor=1",
        "//evil.example/v3/contacts?cursor=1",
        "https://evil.example/v3/contacts?cursor=1",
        "https://api.example.evil/v3/contacts?cursor=1",
        "https://api.example@evil/v3/contacts",
        "/v3/contacts?cursor=1\r\nhost: evil",
        "v3/contacts?cursor=1",
        "",
    ] {
        assert!(follow(bad).is_err(), "{bad}");
    }
    assert_eq!(at().follow(None, API).unwrap(), None);
    let report = PagePath::first("/v3/reports/email_reports/a/tracking/bounces", &[]);
    assert!(report.follow(Some("/v3/reports/x?cursor=1"), API).unwrap().is_some());
    for bad in [
        "../contacts",
        "%2e%2e/contacts",
        "x/%2E./../y",
        "..%2fcontacts",
        "..\\contacts",
        "/evil.example",
        "x%2f..%2fy",
    ] {
        assert!(report.follow(Some(&format!("/v3/reports/{bad}")), API).is_err(), "{bad}");
    }
    assert!(report.follow(Some("/v3/reports/x?cursor=a%2Fb"), API).unwrap().is_some());
}

#[test]
fn queries_are_encoded_and_kept_out_of_debug() {
    let path = PagePath::first("/v3/contacts", &[("email", "a+b&c@example.com"), ("status", "all")]);
    assert_eq!(path.as_str(), "/v3/contacts?email=a%2Bb%26c%40example.com&status=all");
    assert_eq!(format!("{path:?}"), "/v3/contacts");
}

#[test]
fn a_single_contact_is_read_from_its_own_body() {
    let read = ContactRead::new(format!("\n {} \n", dana()).into_bytes());
    assert_eq!(read.record().unwrap().id.to_string(), DANA);
    assert!(ContactRead::new(b"<html>".to_vec()).record().is_err());
    assert!(ContactRead::new(Vec::new()).record().is_err());
}

#[test]
fn a_byte_that_is_no_text_costs_a_character() {
    let mut body = page(&[dana(), sam()]);
    let name = body.windows(4).position(|bytes| bytes == b"Dana").unwrap();
    body[name] = 0xff;
    let (observations, problems) = ContactsPage::decode(body, &at(), API).unwrap().observe_all(seen());
    assert_eq!((observations.len(), problems.len()), (2, 0));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from("2026-11-20T10:00:00Z")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_a_page_or_an_error(body in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(page) = ContactsPage::decode(body, &at(), API) {
            let _ = page.observe_all(seen());
        }
    }

    #[test]
    fn any_text_is_a_record_or_an_error(text in ".{0,200}") {
        if let Ok(record) = Record::new(&text) {
            let _ = record.observe(seen());
        }
        let _ = ContactRead::new(text.into_bytes()).record().map(|record| record.observe(seen()));
    }

    #[test]
    fn any_value_in_place_of_any_field_loses_nobody(value in any_json(), field in 0_usize..100, inner in 0_usize..20) {
        let mut odd = dana();
        let fields = odd.as_object_mut().unwrap();
        let keys: Vec<String> = fields.keys().cloned().collect();
        let key = &keys[field % keys.len()];
        let place = &mut fields[key];
        // Half of the time one level down.
        match place {
            Value::Object(nested) if inner % 2 == 0 => {
                let keys: Vec<String> = nested.keys().cloned().collect();
                nested[&keys[inner % keys.len()]] = value;
            }
            Value::Array(items) if inner % 2 == 0 => items[0] = value,
            place => *place = value,
        }
        let body = page(&[sam(), odd, sam()]);
        let (observations, problems) = ContactsPage::decode(body, &at(), API).unwrap().observe_all(seen());
        prop_assert_eq!(observations.len() + problems.len(), 3);
        // Only an id that is none loses the record itself.
        prop_assert!(problems.is_empty() || key == "contact_id");
        prop_assert_eq!(&observations[0], observations.last().unwrap());
    }
}
