use proptest::prelude::*;

use super::*;

fn decode(status: u16, body: &str) -> CcError {
    let mut response = Response::new(status);
    response.body = body.as_bytes().to_vec();
    CcError::of_response(&response)
}

#[test]
fn every_shape_of_body_is_read() {
    let check = |body: &str, keys: &str, expect: &str| {
        let words = Words::decode(body.as_bytes(), &["error_key", "error"]);
        assert_eq!((words.keys.join(","), &*words.text), (keys.to_owned(), expect), "{body}");
    };
    check(
        r#"[{"error_key":"contacts.api.validation.error","error_message":"bad email_address dana@example.com"},{"error_key":"b","error_message":"c"}]"#,
        "contacts.api.validation.error,another key",
        "contacts.api.validation.error, another key about email_address",
    );
    check(r#"{"error_key":"throttled","error_message":"m"}"#, "throttled", "throttled");
    check(r#"{"error":"invalid_request","error_description":"d"}"#, "invalid_request", "invalid_request");
    check(
        r#"{"activity_errors":["one",{"message":"no list_ids"}]}"#,
        "",
        "JSON without a key about list_ids",
    );
    check(r#"{"message":"Forbidden"}"#, "", "JSON without a key");
    check("<html><body>Oops</body></html>", "", "an HTML page");
    check("", "", "an empty body");
    check("plain words", "", "plain text");
    check("[1,null,[]]", "", "JSON without a key");
}

#[test]
fn statuses_and_keys_say_what_to_do() {
    assert_eq!(decode(429, r#"{"error_key":"quota_exceeded"}"#), CcError::QuotaExceeded);
    assert_eq!(decode(429, r#"[{"error_key":"throttled"}]"#), CcError::Throttled { after: THROTTLED_WAIT });
    assert_eq!(decode(429, ""), CcError::Throttled { after: BUSY_WAIT });
    assert!(matches!(decode(401, r#"{"error_key":"unauthorized"}"#), CcError::Unauthorized { .. }));
    let by_token_host = |status, body: &str| {
        let body = body.as_bytes().to_vec();
        CcError::of_token_host(&Response { body, ..Response::new(status) })
    };
    let refused = by_token_host(401, r#"{"error":"invalid_client"}"#);
    assert!(matches!(refused, CcError::Unauthorized { .. }));
    let refused = by_token_host(400, r#"{"error":"invalid_grant"}"#);
    assert!(matches!(refused, CcError::InvalidGrant { .. }));
    let told = |status| decode(status, r#"[{"error_key":"k"}]"#);
    assert!(matches!(told(403), CcError::Forbidden { .. }));
    assert_eq!((told(404), told(410)), (CcError::NotFound, CcError::NotFound));
    assert!(matches!(told(409), CcError::Conflict { .. }));
    assert!(matches!(told(415), CcError::Refused { status: 415, .. }));
    assert!(matches!(decode(503, "<html>"), CcError::Transient { may_have_arrived: true, .. }));
    // The wait is told in seconds or as a date, which counts from the server's own clock.
    for told in ["90", "Sun, 22 Nov 2026 10:01:30 GMT"] {
        let date = ("date".to_owned(), "Sun, 22 Nov 2026 10:00:00 GMT".to_owned());
        let headers = vec![date, ("retry-after".to_owned(), told.to_owned())];
        let response = Response { headers, ..Response::new(429) };
        assert_eq!(CcError::of_response(&response), CcError::Throttled { after: Duration::from_secs(90) });
    }
}

#[test]
fn e4_what_stands_in_between_is_believed_for_minutes_only() {
    let headers = vec![("retry-after".to_owned(), "86400".to_owned())];
    let response = Response { headers, body: b"<html>Slow down</html>".to_vec(), ..Response::new(429) };
    assert_eq!(CcError::of_response(&response), CcError::Throttled { after: BETWEEN_WAIT_MAX });
}

/// E4: a gateway that answers in Constant Contact's place says nothing of a person, a key or a customer.
#[test]
fn e4_only_an_answer_in_the_apis_own_shape_is_a_verdict() {
    let key = r#"{"error_key":"k"}"#;
    for status in [301, 302, 307] {
        assert!(matches!(decode(status, key), CcError::Transient { .. }), "{status}");
    }
    for status in [400, 401, 403, 404, 405, 409, 410, 415, 422] {
        for body in [
            "",
            "<html>Not here</html>",
            "Not here",
            r#"{"message":"Forbidden"}"#,
            r#"{"timestamp":1,"status":404,"error":"Not Found","path":"/v3/contacts"}"#,
            "[]",
            "{}",
            "null",
        ] {
            assert!(matches!(decode(status, body), CcError::Transient { .. }), "{status} {body}");
        }
        assert!(!matches!(decode(status, key), CcError::Transient { .. }), "{status}");
    }
}

/// One customer's API that hangs may take all places: the host is not out for it, and an opt-out has places of its own (W6).
#[test]
fn e4_no_place_for_a_call_says_nothing_of_the_host() {
    let host = || "api.example".to_owned();
    let no_room = CcError::of_transport(&TransportError::NoRoom { host: host() });
    assert!(matches!(no_room, CcError::Unreachable { is_host: false, .. }), "{no_room:?}");
    let refused = CcError::of_transport(&TransportError::Connect { host: host() });
    assert!(matches!(refused, CcError::Unreachable { is_host: true, .. }), "{refused:?}");
}

#[test]
fn what_did_not_arrive_is_told_from_what_may_have() {
    let arrived = |error: &TransportError| match CcError::of_transport(error) {
        CcError::Transient { may_have_arrived, .. } => may_have_arrived,
        CcError::Unreachable { .. } => false,
        other => panic!("{other:?}"),
    };
    assert!(!arrived(&TransportError::Connect { host: "api.example".to_owned() }));
    assert!(arrived(&TransportError::Timeout(Duration::from_secs(1))));
    assert!(arrived(&TransportError::Broken));
    let invalid =
        CcError::of_transport(&TransportError::Invalid("http://x?email=dana@example.com".to_owned()));
    assert!(!format!("{invalid:?}").contains("dana"));
}

#[test]
fn refusals_know_when_to_come_back() {
    let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
    let midnight = Timestamp::parse("2026-11-23T00:00:00Z").unwrap();
    assert_eq!(
        CcError::QuotaExceeded.into_refusal(now),
        Refusal::NotNow { system: System::ConstantContact, until: midnight }
    );
    let throttled = CcError::Throttled { after: THROTTLED_WAIT }.into_refusal(now);
    assert_eq!(
        throttled,
        Refusal::NotNow { system: System::ConstantContact, until: now.plus(THROTTLED_WAIT) }
    );
    assert!(matches!(CcError::NotFound.into_refusal(now), Refusal::Permanent { status: 404, .. }));
    let reconnect = CcError::NeedsReconnect { text: String::new() }.into_refusal(now);
    assert!(matches!(reconnect, Refusal::Unauthorized { system: System::ConstantContact, .. }));
    let conflict = CcError::Conflict { text: String::new() }.into_refusal(now);
    assert!(matches!(conflict, Refusal::Transient { may_have_arrived: false, .. }));
}

/// The simulated and the real answers repeat what they were sent: none of it is kept.
#[test]
fn b3_what_an_answer_repeats_of_a_person_or_a_secret_is_not_kept() {
    const SAID: &str = "Dana Lee, 5 Elm Street, k3x-refresh, dana@example.com, DANA";
    let bodies = [
        format!(r#"[{{"error_key":"contacts.api.validation.error","error_message":"{SAID}"}}]"#),
        format!(r#"{{"error_key":"{SAID}","error_message":"{SAID}"}}"#),
        format!(r#"{{"error":"{SAID}","error_description":"{SAID}"}}"#),
        format!(r#"{{"error_key":"k","activity_errors":["{SAID}",{{"message":"{SAID}"}}]}}"#),
        format!(r#"{{"message":"{SAID}"}}"#),
        format!("<html><title>{SAID}</title></html>"),
        format!("\"{SAID}\""),
        SAID.to_owned(),
    ];
    for status in [302, 400, 401, 403, 404, 409, 415, 422, 429, 500, 503] {
        for body in &bodies {
            let response = Response { body: body.clone().into_bytes(), ..Response::new(status) };
            for error in [CcError::of_response(&response), CcError::of_token_host(&response)] {
                let told = format!("{error} {error:?} {:?}", error.clone().into_refusal(Timestamp::EPOCH))
                    .to_lowercase();
                for word in ["dana", "lee", "elm", "k3x", "example.com"] {
                    assert!(!told.contains(word), "{status} {body}: {told}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_answer_is_an_error_without_addresses(status in 300_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut response = Response::new(status);
        response.body = body;
        response.body.extend_from_slice(b" dana@example.com ");
        prop_assert!(!CcError::of_response(&response).to_string().contains("dana@"));
    }
}
