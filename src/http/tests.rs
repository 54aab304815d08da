//! Every route and its answers, over a service that only remembers.

use std::{
    path::Path,
    sync::{Arc, Mutex, RwLock},
};

use actix_web::{
    App,
    body::to_bytes,
    dev::ServiceResponse,
    http::StatusCode,
    test::{TestRequest, call_service, init_service},
    web,
};
use serde_json::Value;

use futures_util::future::LocalBoxFuture;

use super::{HttpState, routes::table};
use crate::{
    auth::{SigningKey, links},
    clock::{Clock, TokioClock},
    config::{CustomerSettings, Environment, Secret, Settings},
    constant_contact::Session,
    deps::Deps,
    domain::{ContactEvent, CustomerId, Timestamp},
    metrics::{Metrics, Snapshot},
    operator::OperatorError,
    service::{IntakeError, Service},
    store::{EventsKept, HintAbout, Mode, Options, Store},
    transport::{Answer, Request, Transport, TransportError},
};

#[derive(Default)]
struct Fake {
    refuses: Mutex<Option<IntakeError>>,
    took: Mutex<Vec<HintAbout>>,
    events: Mutex<Vec<ContactEvent>>,
    nudged: Mutex<Vec<String>>,
    unready: bool,
}

impl Service for Fake {
    fn hints(&self, _: &CustomerId, about: Vec<HintAbout>) -> LocalBoxFuture<'_, Result<(), IntakeError>> {
        Box::pin(async move {
            if let Some(error) = *self.refuses.lock().unwrap() {
                return Err(error);
            }
            self.took.lock().unwrap().extend(about);
            Ok(())
        })
    }

    fn events(
        &self,
        _: &CustomerId,
        events: Vec<ContactEvent>,
    ) -> LocalBoxFuture<'_, Result<EventsKept, IntakeError>> {
        Box::pin(async move {
            if let Some(error) = *self.refuses.lock().unwrap() {
                return Err(error);
            }
            let taken = events.len() as u64;
            self.events.lock().unwrap().extend(events);
            Ok(EventsKept { taken, ..EventsKept::default() })
        })
    }

    fn nudge(&self, customer: &CustomerId) {
        self.nudged.lock().unwrap().push(customer.to_string());
    }

    fn apply(&self) -> LocalBoxFuture<'_, Result<Vec<String>, OperatorError>> {
        Box::pin(async { Ok(vec!["hope: enrolled".to_owned()]) })
    }

    fn connect(&self, _: &CustomerId, code: String) -> LocalBoxFuture<'_, Result<(), String>> {
        Box::pin(async move { if code == "good" { Ok(()) } else { Err("refused <code>".to_owned()) } })
    }

    fn authorize_url(&self, _: &CustomerId, state: &str) -> Option<String> {
        Some(format!("http://cc/authorize?state={state}"))
    }

    fn session(&self, _: &CustomerId) -> Option<Session> {
        None
    }

    fn snapshot(&self) -> LocalBoxFuture<'_, Snapshot> {
        Box::pin(async { Snapshot::default() })
    }

    fn is_ready(&self) -> bool {
        !self.unready
    }
}

struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, _: Request) -> Answer {
        Box::pin(async { Err(TransportError::Connect { host: "nowhere".to_owned() }) })
    }
}

struct Setup {
    state: Arc<HttpState>,
    fake: Arc<Fake>,
    _dir: tempfile::TempDir,
}

const HOOK: &str = "/hooks/constant-contact/hope/letmein";

async fn setup(cc: &str) -> Setup {
    setup_with(cc, Fake::default()).await
}

async fn setup_with(cc: &str, fake: Fake) -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    let store = Store::open(&dir.path().join("store"), options).unwrap();
    let text = format!("[constant_contact]\n{cc}\n");
    let hope = CustomerSettings::from_toml(&text, Path::new("hope.toml"), &Environment::default()).unwrap();
    let clock = Arc::new(TokioClock::starting_at(Timestamp::from_secs(1_700_000_000)));
    store.enrol("hope".parse().unwrap(), clock.now()).await.unwrap();
    let fake = Arc::new(fake);
    let state = Arc::new(HttpState {
        deps: Deps {
            settings: Arc::new(Settings::defaults_in(dir.path())),
            store,
            clock,
            transport: Arc::new(Nowhere),
            metrics: Metrics::new(),
        },
        customers: Arc::new(RwLock::new(vec![Arc::new(hope)])),
        service: Arc::clone(&fake) as Arc<dyn Service>,
        admin_token: Secret::new("sesame"),
        signing_key: SigningKey::random().unwrap(),
    });
    Setup { state, fake, _dir: dir }
}

impl Setup {
    async fn call(&self, request: TestRequest) -> ServiceResponse {
        let app = App::new().app_data(web::Data::from(Arc::clone(&self.state))).configure(table);
        call_service(&init_service(app).await, request.to_request()).await
    }

    async fn status(&self, request: TestRequest) -> u16 {
        self.call(request).await.status().as_u16()
    }

    async fn hook(&self, path: &str, body: impl Into<web::Bytes>) -> u16 {
        self.status(TestRequest::post().uri(path).set_payload(body)).await
    }

    fn admin(&self, request: TestRequest) -> TestRequest {
        request.insert_header(("Authorization", "Bearer sesame"))
    }

    async fn json(&self, request: TestRequest) -> (u16, Value) {
        let response = self.call(self.admin(request)).await;
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }
}

fn here(request: TestRequest) -> TestRequest {
    request.peer_addr("127.0.0.1:5000".parse().unwrap())
}

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

#[tokio::test]
async fn health_is_open_and_the_rest_on_loopback() {
    let setup = setup_with("", Fake { unready: true, ..Fake::default() }).await;
    assert_eq!(setup.status(TestRequest::get().uri("/healthz")).await, 200);
    assert_eq!(setup.status(TestRequest::get().uri("/readyz")).await, 503);
    let head = TestRequest::default().method(actix_web::http::Method::HEAD);
    assert_eq!(setup.status(head.uri("/healthz")).await, 200);
    for path in ["/metrics", "/"] {
        let get = || TestRequest::get().uri(path);
        assert_eq!(setup.status(get()).await, 401, "{path}");
        assert_eq!(setup.status(here(get())).await, 200, "{path}");
        assert_eq!(
            setup.status(here(get()).insert_header(("X-Forwarded-For", "1.2.3.4"))).await,
            401,
            "{path}"
        );
        assert_eq!(setup.status(setup.admin(get())).await, 200, "{path}");
    }
    let ready = self::setup("").await;
    assert_eq!(ready.status(TestRequest::get().uri("/readyz")).await, 200);
}

#[tokio::test]
async fn the_api_needs_the_token_and_answers_every_question() {
    let setup = setup("").await;
    assert_eq!(setup.status(TestRequest::get().uri("/api/v1/customers")).await, 401);
    let wrong = TestRequest::get().uri("/api/v1/customers").insert_header(("Authorization", "Bearer wrong"));
    assert_eq!(setup.status(wrong).await, 401);
    let get = |path: &str| TestRequest::get().uri(&format!("/api/v1{path}"));
    let post = |path: &str| TestRequest::post().uri(&format!("/api/v1{path}"));
    let (status, value) = setup.json(get("/customers")).await;
    assert_eq!((status, value["customers"][0]["id"].as_str()), (200, Some("hope")));
    for path in [
        "/customers/hope",
        "/customers/hope/plan",
        "/customers/hope/import",
        "/customers/hope/work",
        "/inspect",
    ] {
        assert_eq!(setup.json(get(path)).await.0, 200, "{path}");
    }
    for path in [
        "/customers/hope/pause",
        "/customers/hope/resume",
        "/customers/hope/link",
        "/customers/hope/work/retry",
    ] {
        assert_eq!(setup.json(post(path)).await.0, 200, "{path}");
    }
    let (status, value) = setup.json(post("/customers/hope/import/start")).await;
    assert_eq!((status, value["stage"].as_str()), (200, Some("observing")));
    assert!(value["started_at"].is_string(), "{value}");
    assert_eq!(*setup.fake.nudged.lock().unwrap(), ["hope"; 4]);
    let (status, value) = setup.json(get("/customers/hope/contact?who=nobody%40example.org")).await;
    assert_eq!(status, 404);
    assert!(value["error"].as_str().unwrap().contains("nobody@example.org"), "{value}");
    assert_eq!(setup.json(get("/customers/else/work")).await.0, 404);
    assert_eq!(setup.json(get("/nothing")).await.0, 404);
    assert_eq!(setup.json(post("/customers/hope/work/accept?item=brake")).await.0, 409);
    assert_eq!(setup.json(post("/customers/hope/remove")).await.0, 409);
    let (_, value) = setup.json(post("/apply")).await;
    assert_eq!(value["changes"][0], "hope: enrolled");
    let (status, value) = setup.json(post("/check")).await;
    assert_eq!((status, value["ok"].as_bool()), (200, Some(false)));
    let (status, value) = setup.json(get("/openapi.json")).await;
    assert!(status == 200 && value["paths"]["/api/v1/customers/{customer}/work"]["get"].is_object());
}

#[tokio::test]
async fn connecting_needs_leave_and_a_state_of_ours() {
    let setup = setup("").await;
    let start = "/oauth/constant-contact/start/hope";
    assert_eq!(setup.status(TestRequest::get().uri(start)).await, 401);
    assert_eq!(setup.status(TestRequest::get().uri(&format!("{start}?expires=1&signature=00"))).await, 401);
    let hope = "hope".parse().unwrap();
    let link = links::start_link("", &setup.state.signing_key, &hope, setup.state.deps.clock.now());
    let response = setup.call(TestRequest::get().uri(&link)).await;
    assert_eq!(response.status(), StatusCode::FOUND);
    let location = response.headers().get("location").unwrap().to_str().unwrap().to_owned();
    let state = location.split_once("state=").unwrap().1;
    let unknown = setup.admin(TestRequest::get().uri("/oauth/constant-contact/start/else"));
    assert_eq!(setup.status(unknown).await, 404);
    let back = |query: &str| TestRequest::get().uri(&format!("/oauth/constant-contact/callback?{query}"));
    assert_eq!(setup.status(back("code=good&state=forged")).await, 400);
    assert_eq!(setup.status(back(&format!("error=access_denied&state={state}"))).await, 400);
    assert_eq!(setup.status(back(&format!("code=good&state={state}"))).await, 200);
    let response = setup.call(back(&format!("code=bad&state={state}"))).await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("refused &lt;code&gt;") && !text.contains("<code>"), "{text}");
}

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
    assert_eq!(setup.hook(path, vec![b' '; super::events::BODY_BYTES_MAX + 1]).await, 413);
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
    let managed = crate::store::Subscription {
        id: Some(5),
        token: "managed".to_owned().into(),
        secret: "new".to_owned().into(),
        others: vec![
            ("shown".to_owned().into(), None),
            ("former".to_owned().into(), Some(now.plus(std::time::Duration::from_secs(60)))),
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
