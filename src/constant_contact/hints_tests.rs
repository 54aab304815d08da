use proptest::prelude::*;

use super::*;

fn contact(id: &str) -> Hint {
    Hint::Contact(ContactId::new(id))
}

fn mail(address: &str) -> Hint {
    Hint::Email(address.to_owned())
}

#[test]
fn every_kind_of_body_names_its_people() {
    let check = |body: &str, expect: &[Hint]| assert_eq!(parse(body.as_bytes()).unwrap(), expect, "{body}");
    // A bare contact.
    check(r#"{"contact_id":"c1","email_address":{"address":"a@example.com"}}"#, &[contact("c1")]);
    check(r#"{"email_address":{"address":" a@example.com "}}"#, &[mail("a@example.com")]);
    check(r#"{"email_address":"a@example.com"}"#, &[mail("a@example.com")]);
    // Wrapped.
    check(r#"{"contact":{"contact_id":"c1"}}"#, &[contact("c1")]);
    check(
        r#"{"contacts":[{"contact_id":"c1"},{"email":"b@example.com"}]}"#,
        &[contact("c1"), mail("b@example.com")],
    );
    check(r#"{"event":"contact.updated","data":{"body":{"payload":{"contact_id":7}}}}"#, &[contact("7")]);
    check(r#"{"body":"{\"contact_id\":\"c1\"}"}"#, &[contact("c1")]);
    check(r#"[{"events":[{"contact_id":"c1"}]},{"contact_id":"c1"}]"#, &[contact("c1")]);
    // Flat, and flattened.
    check(r#"{"event":"contact.deleted","contact_id":"c1","list_id":"l"}"#, &[contact("c1")]);
    check(r#"{"email_address__address":"a@example.com","first_name":"A"}"#, &[mail("a@example.com")]);
    // No contact.
    for body in [
        "{}",
        "[]",
        r#"{"event":"list.updated","list_id":"l"}"#,
        r#"{"contacts":[]}"#,
        r#"{"contact_id":"","email":"no address"}"#,
        r#"{"contact_id":"../x"}"#,
        r#"{"url":"https://api.cc.email/v3/partner/accounts/a/plan","api_key":"k","event_type":"account.cancel","contact_id":"c1"}"#,
        r#"{"data":{"data":{"data":{"data":{"data":{"data":{"data":{"contact_id":"deep"}}}}}}}}"#,
    ] {
        check(body, &[Hint::Nobody]);
    }
    check(r#"[{"contact_id":"c1"},{"event":"list.updated"},5]"#, &[contact("c1"), Hint::Nobody]);
    check(r#"{"contact_id":"c1","contact":{},"data":null}"#, &[contact("c1")]);
}

#[test]
fn malformed_bodies_are_typed_errors() {
    assert_eq!(parse(b""), Err(HintError::Malformed));
    assert_eq!(parse(b"{"), Err(HintError::Malformed));
    assert_eq!(parse(b"\xff"), Err(HintError::Malformed));
    assert_eq!(parse("[".repeat(100_000).as_bytes()), Err(HintError::Malformed));
    for body in ["5", "null", "\"x\"", "true"] {
        assert_eq!(parse(body.as_bytes()), Err(HintError::NoObject));
    }
    let people = |count: usize| {
        let ids: Vec<String> = (0..count).map(|id| format!("{{\"contact_id\":{id}}}")).collect();
        parse(format!("[{}]", ids.join(",")).as_bytes())
    };
    assert_eq!(people(HINTS_MAX).unwrap().len(), HINTS_MAX);
    assert_eq!(people(HINTS_MAX + 1), Err(HintError::TooMany));
}

#[test]
fn debug_shows_no_address() {
    assert_eq!(format!("{:?}", mail("dana@example.com")), "Email([email])");
}

proptest! {
    #[test]
    fn any_bytes_are_hints_or_an_error(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body);
    }

    #[test]
    fn any_object_is_at_least_nobody(key in "contact|data|body|email|contact_id|events", value in ".{0,30}") {
        let body = serde_json::json!({ key: value }).to_string();
        prop_assert!(!parse(body.as_bytes()).unwrap().is_empty());
    }
}
