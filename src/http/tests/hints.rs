//! The receiver of Constant Contact's hints (W5).

use actix_web::{http::StatusCode, test::TestRequest};

use super::setup::setup;
use crate::{metrics::Snapshot, service::IntakeError, store::HintAbout};

const HOOK: &str = "/hooks/constant-contact/hope/letmein";

#[tokio::test]
async fn hints_are_kept_and_every_answer_is_counted() {
    let setup = setup("webhook_token = \"letmein\"").await;
    assert_eq!(setup.hook(HOOK, r#"{"contact_id": "7", "email": "a@example.org"}"#).await, 202);
    assert_eq!(*setup.fake.took.lock().unwrap(), [HintAbout::Contact("7".into())]);
    assert_eq!(setup.hook(HOOK, "{").await, 400);
    assert_eq!(setup.hook(HOOK, "7").await, 400);
    assert_eq!(setup.hook("/hooks/constant-contact/hope/wrong", "{}").await, 401);
    assert_eq!(setup.hook("/hooks/constant-contact/nobody/letmein", "{}").await, 404);
    assert_eq!(setup.hook("/hooks/constant-contact/No%20Body/letmein", "{}").await, 404);
    assert_eq!(setup.hook(HOOK, vec![b' '; 1 << 20]).await, 400);
    assert_eq!(setup.hook(HOOK, vec![b' '; (1 << 20) + 1]).await, 413);
    let many: Vec<_> = (0..40_000).map(|n| serde_json::json!({"email": format!("u{n}@e.co")})).collect();
    assert_eq!(setup.hook(HOOK, serde_json::to_vec(&many).unwrap()).await, 202, "too many are a poll (W5)");
    assert_eq!(setup.fake.took.lock().unwrap().last(), Some(&HintAbout::Nobody));
    assert_eq!(setup.fake.took.lock().unwrap().len(), 2);
    assert_eq!(setup.status(TestRequest::get().uri(HOOK)).await, 405);
    for error in [IntakeError::Busy, IntakeError::Store] {
        *setup.fake.refuses.lock().unwrap() = Some(error);
        let response = setup.call(TestRequest::post().uri(HOOK).set_payload("{}")).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers().get("retry-after").unwrap(), "5");
    }
    let text = setup.state.deps.metrics.render(&Snapshot::default());
    for (customer, code, count) in [
        ("hope", 202, 2),
        ("hope", 400, 3),
        ("hope", 401, 1),
        ("hope", 413, 1),
        ("hope", 503, 2),
        ("", 404, 2),
    ] {
        let line = format!(
            "tandem_webhook_requests_total{{customer=\"{customer}\",source=\"constant_contact\",code=\"{code}\"}} {count}\n"
        );
        assert!(text.contains(&line), "{line}{text}");
    }
}

#[tokio::test]
async fn without_a_token_there_is_no_receiver() {
    let setup = setup("").await;
    assert_eq!(setup.hook(HOOK, "{}").await, 404);
}

#[tokio::test]
async fn a_secret_asks_for_signatures() {
    let setup = setup("webhook_token = \"letmein\"\nwebhook_secret = \"quiet\"").await;
    let body = r#"{"contact_id": "7"}"#;
    let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"quiet"), body.as_bytes());
    let signed = |text: String| {
        TestRequest::post().uri(HOOK).insert_header(("X-Tandem-Signature", text)).set_payload(body)
    };
    assert_eq!(setup.hook(HOOK, body).await, 401);
    assert_eq!(setup.status(signed("00".repeat(32))).await, 401);
    assert_eq!(setup.status(signed(data_encoding::HEXLOWER.encode(tag.as_ref()))).await, 202);
    assert_eq!(setup.status(signed(data_encoding::BASE64.encode(tag.as_ref()))).await, 202);
}
