use serde_json::{Value, json};

use super::*;
use crate::constant_contact::{
    streams::Include,
    test_support::{API, Script, token},
};

fn contact() -> Value {
    json!({
        "contact_id": "c1",
        "email_address": { "address": "sam@example.com", "permission_to_send": "implicit", "opt_in_source": "Account",
            "opt_in_date": "2024-10-30T18:56:35Z", "confirm_status": "off" },
        "first_name": "Sam", "last_name": "Lee", "job_title": "Cellist", "company_name": "Hope",
        "birthday_month": 11, "birthday_day": 24, "anniversary": "2006-11-15",
        "create_source": "Account", "update_source": "Contact", "created_at": "2024-10-30T18:56:35Z",
        "list_memberships": ["l1"], "custom_fields": [], "phone_numbers": [], "taggings": [] })
}

fn body(contact: &Value) -> Result<Value, NoUnsubscribe> {
    let text = contact.to_string();
    unsubscribe_body(&Record::new(&text).unwrap(), "Opted out in Virtuous")
        .map(|body| serde_json::from_slice(&body).unwrap())
}

#[test]
fn an_unsubscribe_carries_every_core_field_and_nothing_else() {
    assert_eq!(
        body(&contact()).unwrap(),
        json!({
            "email_address": { "address": "sam@example.com", "permission_to_send": "unsubscribed",
                "opt_out_reason": "Opted out in Virtuous" },
            "first_name": "Sam", "last_name": "Lee", "job_title": "Cellist", "company_name": "Hope",
            "birthday_month": 11, "birthday_day": 24, "anniversary": "2006-11-15",
            "update_source": "Account" })
    );
}

#[test]
fn an_unsubscribe_revives_and_repeats_nothing() {
    let with = |key: &str, value: Value| {
        let mut contact = contact();
        contact[key] = value;
        body(&contact)
    };
    assert_eq!(with("deleted_at", json!("2026-11-20")), Err(NoUnsubscribe::Deleted));
    assert_eq!(with("email_address", json!(null)), Err(NoUnsubscribe::NoAddress));
    let gone = json!({ "address": "sam@example.com", "permission_to_send": "unsubscribed" });
    assert_eq!(with("email_address", gone), Err(NoUnsubscribe::AlreadyUnsubscribed));
    assert!(with("birthday_day", json!(null)).unwrap().get("birthday_month").is_none());
    let long = "r".repeat(300);
    let text = contact().to_string();
    let sent: Value =
        serde_json::from_slice(&unsubscribe_body(&Record::new(&text).unwrap(), &long).unwrap()).unwrap();
    assert_eq!(sent["email_address"]["opt_out_reason"].as_str().unwrap().len(), REASON_CHARS_MAX);
}

#[tokio::test]
async fn calls_carry_the_token_and_bring_the_server_s_time() {
    let script = Script::new();
    script.then(
        200,
        r#"{"contacts":[{"contact_id":"c1"}],"_links":{"next":{"href":"/v3/contacts?cursor=a"}}}"#,
    );
    script.then(200, r#"{"contacts":[]}"#);
    let client = script.client();
    let first = streams::changes::first(None, None, Include::Record);
    let answer = client.contacts_page(&token(), &first).await.unwrap();
    assert_eq!(answer.date.unwrap().to_string(), "2026-11-22T21:26:56Z");
    let next = answer.value.next.unwrap();
    assert!(client.contacts_page(&token(), &next).await.unwrap().value.next.is_none());
    let requests = script.requests();
    assert_eq!(requests[1].url, format!("{API}/v3/contacts?cursor=a"));
    assert!(requests[0].headers.contains(&("authorization", "Bearer the-token".to_owned())));
    assert!(!format!("{:?} {:?}", token(), requests[0]).contains("the-token"));
}

#[tokio::test]
async fn single_contacts_are_asked_for_by_id_and_by_address() {
    let script = Script::new();
    script
        .then(200, &contact().to_string())
        .then(200, r#"{"contacts":[]}"#)
        .then(200, &contact().to_string())
        .then(404, r#"[{"error_key":"contacts.api.not_found"}]"#);
    let (client, id) = (script.client(), ContactId::new("c/1"));
    let read = client.contact(&token(), &id, Include::RecordAndTags).await.unwrap().value;
    let body = unsubscribe_body(&read.record().unwrap(), "x").unwrap();
    client.contacts_by_email(&token(), "a+b@example.com", Include::Record).await.unwrap();
    client.put_contact(&token(), &id, body).await.unwrap();
    assert_eq!(client.contact(&token(), &id, Include::Record).await.err(), Some(CcError::NotFound));
    let requests = script.requests();
    assert!(requests[0].url.starts_with(&format!("{API}/v3/contacts/c%2F1?include=custom_fields,")));
    assert!(requests[1].url.contains("?email=a%2Bb%40example.com&status=all&include="));
    assert_eq!((requests[2].method, &*requests[2].url), (Method::Put, &*format!("{API}/v3/contacts/c%2F1")));
    assert!(client.contact(&token(), &ContactId::new(".."), Include::Record).await.is_err());
    assert_eq!(script.requests().len(), 4);
}

#[tokio::test]
async fn counts_are_read() {
    let script = Script::new();
    script.then(200, r#"{"total":7,"explicit":"3","implicit":null,"pending":{},"unsubscribed":2}"#);
    let counts = script.client().counts(&token()).await.unwrap().value;
    let expect = Counts { total: Some(7), explicit: Some(3), unsubscribed: Some(2), ..Counts::default() };
    assert_eq!(counts, expect);
}
