//! The receiver of Virtuous's events.

use std::time::Duration;

use actix_web::test::TestRequest;

use super::setup::{Setup, setup};
use crate::{http::events::BODY_BYTES_MAX, metrics::Snapshot, service::IntakeError, store::Subscription};

async fn virtuous_setup(lines: &str) -> Setup {
    setup(&format!("[virtuous]\n{lines}").replace("[virtuous]", "poll_every = \"1h\"\n[virtuous]")).await
}

const EVENT: &str =
    r#"{"event":"ContactUpdate","contact":{"id":7,"modifiedDateTimeUtc":"2026-11-22T10:00:00Z"}}"#;

#[tokio::test]
async fn events_are_taken_signed_and_every_answer_is_counted() {
    let setup = virtuous_setup("webhook_token = \"letmein\"\nwebhook_secret = \"s3cret\"").await;
    let path = "/hooks/virtuous/hope/letmein";
    let signed = |body: &str| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"s3cret");
        let tag = data_encoding::HEXLOWER.encode(ring::hmac::sign(&key, body.as_bytes()).as_ref());
        TestRequest::post()
            .uri(path)
            .insert_header(("X-Virtuous-Signature", tag))
            .set_payload(body.to_owned())
    };
    assert_eq!(setup.status(signed(EVENT)).await, 202);
    assert_eq!(setup.fake.events.lock().unwrap()[0].contact.0, 7);
    assert_eq!(setup.status(signed("{\"event\":\"TagRenamed\"}")).await, 202, "unknown events are taken");
    for bad in ["<html>", "{}"] {
        assert_eq!(setup.status(signed(bad)).await, 400);
    }
    assert_eq!(setup.hook(path, EVENT).await, 401, "unsigned");
    assert_eq!(setup.hook("/hooks/virtuous/hope/wrong", EVENT).await, 401);
    assert_eq!(setup.hook("/hooks/virtuous/nobody/letmein", EVENT).await, 404);
    assert_eq!(setup.hook(path, vec![b' '; BODY_BYTES_MAX + 1]).await, 413);
    *setup.fake.refuses.lock().unwrap() = Some(IntakeError::Busy);
    let busy = setup.call(signed(EVENT)).await;
    assert_eq!(busy.status().as_u16(), 503);
    assert!(busy.headers().contains_key("retry-after"));
    assert_eq!(setup.fake.events.lock().unwrap().len(), 1);
    let page = setup.state.deps.metrics.render(&Snapshot::default());
    for (code, count) in [(202, 2), (400, 2), (401, 2), (413, 1), (503, 1)] {
        let line = format!(
            "tandem_webhook_requests_total{{customer=\"hope\",source=\"virtuous\",code=\"{code}\"}} {count}"
        );
        assert!(page.contains(&line), "{line} in {page}");
    }
    assert!(page.contains("tandem_events_total{customer=\"hope\",outcome=\"unknown\"} 1"), "{page}");
}

#[tokio::test]
async fn events_need_a_token_and_without_a_secret_that_is_all() {
    assert_eq!(virtuous_setup("").await.hook("/hooks/virtuous/hope/letmein", EVENT).await, 404);
    let unsigned = virtuous_setup("webhook_token = \"letmein\"").await;
    assert_eq!(unsigned.hook("/hooks/virtuous/hope/letmein", EVENT).await, 202);
    assert_eq!(unsigned.fake.events.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn tandems_own_subscription_has_a_token_and_secrets_of_its_own() {
    let setup = virtuous_setup("").await;
    let now = setup.state.deps.clock.now();
    let number = setup.state.deps.store.customer(&"hope".parse().unwrap()).unwrap().unwrap().number;
    let managed = Subscription {
        id: Some(5),
        token: "managed".to_owned().into(),
        secret: "new".to_owned().into(),
        others: vec![
            ("shown".to_owned().into(), None),
            ("former".to_owned().into(), Some(now.plus(Duration::from_secs(60)))),
            ("old".to_owned().into(), Some(now)),
        ],
        url: "http://here".to_owned(),
        watched_at: Some(now),
        active: true,
        refused: String::new(),
    };
    assert!(!format!("{managed:?}").contains("managed"));
    setup.state.deps.store.of(number).save_subscription(managed).await.unwrap();
    let post = |secret: &str| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        let tag = data_encoding::BASE64.encode(ring::hmac::sign(&key, EVENT.as_bytes()).as_ref());
        let request = TestRequest::post().uri("/hooks/virtuous/hope/managed");
        setup.status(request.insert_header(("X-Virtuous-Signature", tag)).set_payload(EVENT))
    };
    for (secret, code) in [("new", 202), ("shown", 202), ("former", 202), ("old", 401), ("", 401)] {
        let secret = if secret.is_empty() { "other" } else { secret };
        assert_eq!(post(secret).await, code, "{secret}");
    }
    assert_eq!(setup.hook("/hooks/virtuous/hope/managed", EVENT).await, 401, "unsigned");
}
