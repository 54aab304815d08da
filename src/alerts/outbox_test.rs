use std::{
    collections::VecDeque,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use data_encoding::HEXLOWER;
use ring::hmac;
use serde_json::Value;

use super::*;
use crate::{
    alerts::{Looked, Standing, Trouble, keep, keeper::look, try_all},
    clock::{Clock, TokioClock},
    config::{Environment, Settings},
    domain::AlertKind,
    metrics::{Metrics, Snapshot},
    store::{Mode, Options, Store},
    transport::{Answer, Request, Response, Transport, TransportError},
};

/// A clock that a test sets.
struct Set(AtomicI64);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A receiver that answers as it is told, then 200, and remembers what came.
#[derive(Default)]
struct Receiver {
    answers: Mutex<VecDeque<Result<Response, TransportError>>>,
    came: Mutex<Vec<Request>>,
}

impl Transport for Receiver {
    fn send(&self, request: Request) -> Answer {
        self.came.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or_else(|| Ok(Response::new(200)));
        Box::pin(async move { answer })
    }
}

struct Place {
    deps: Deps,
    clock: Arc<Set>,
    receiver: Arc<Receiver>,
    dir: tempfile::TempDir,
}

const HOOK: &str = "webhook_url = \"https://alerts.example.org/t0ken\"\nwebhook_secret = \"s3cret\"";

impl Place {
    fn new(lines: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (clock, receiver) =
            (Arc::new(Set(AtomicI64::new(1_800_000_000_000))), Arc::new(Receiver::default()));
        let text = format!("[http]\npublic_url = \"https://tandem.example.org\"\n[alerts]\n{lines}");
        let file = dir.path().join("tandem.toml");
        let deps = Deps {
            settings: Arc::new(Settings::from_toml(&text, &file, &Environment::default()).unwrap()),
            store: open(dir.path()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            transport: Arc::clone(&receiver) as Arc<dyn Transport>,
            metrics: Metrics::new(),
        };
        Self { deps, clock, receiver, dir }
    }

    fn answers(&self, answers: impl IntoIterator<Item = Result<u16, TransportError>>) {
        let answers = answers.into_iter().map(|answer| answer.map(Response::new));
        self.receiver.answers.lock().unwrap().extend(answers);
    }

    fn later(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    async fn look(&self, troubles: Vec<Trouble>) {
        let standing: Standing = Arc::new(move || Ok(looked(troubles.clone())));
        look(&self.deps, &standing).await.unwrap();
    }

    fn waiting(&self) -> usize {
        self.deps.store.alerts_waiting().unwrap().len()
    }

    fn metrics(&self) -> String {
        self.deps.metrics.render(&Snapshot::default())
    }
}

fn open(dir: &Path) -> Store {
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    Store::open(&dir.join("store"), options).unwrap()
}

fn looked(standing: Vec<Trouble>) -> Looked {
    Looked { standing, ..Looked::default() }
}

fn pause(customer: &str) -> Trouble {
    Trouble {
        kind: AlertKind::Paused,
        customer: Some(customer.parse().unwrap()),
        name: "Hope\r\nBcc: all@example.org \u{202e}".to_owned(),
        what: "paused: Virtuous refuses the key".to_owned(),
        remedy: "put the key right".to_owned(),
    }
}

#[tokio::test]
async fn a_webhook_that_answers_500_twice_gets_the_same_signed_message_a_third_time() {
    let place = Place::new(HOOK);
    place.answers([Ok(500), Err(TransportError::Broken)]);
    place.look(vec![pause("hope")]).await;
    let mut outbox = Outbox::default();
    assert!(outbox.send_next(&place.deps).await.unwrap());
    assert!(!outbox.send_next(&place.deps).await.unwrap(), "it rests after a failure");
    place.later(61);
    assert!(outbox.send_next(&place.deps).await.unwrap());
    place.later(61);
    assert!(outbox.send_next(&place.deps).await.unwrap());
    assert_eq!(place.waiting(), 0);
    place.later(4000);
    assert!(!outbox.send_next(&place.deps).await.unwrap());

    let came = place.receiver.came.lock().unwrap().clone();
    assert_eq!(came.len(), 3);
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"s3cret");
    for request in &came {
        assert_eq!(request.url, "https://alerts.example.org/t0ken");
        assert_eq!(request.body, came[0].body, "a receiver knows it again");
        let header = |name: &str| &request.headers.iter().find(|(known, _)| *known == name).unwrap().1;
        let signature = HEXLOWER.decode(header("x-tandem-signature").as_bytes()).unwrap();
        hmac::verify(&key, &request.body, &signature).unwrap();
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["id"].as_str(), Some(header("x-tandem-id").as_str()));
        assert_eq!((body["kind"].as_str(), body["phase"].as_str()), (Some("paused"), Some("begins")));
        assert_eq!(body["text"], "Tandem: hope is paused");
        assert_eq!(body["concerned"][0]["link"], "https://tandem.example.org/customers/hope");
        assert_eq!(body["concerned"][0]["remedy"], "put the key right");
        assert!(body["at"].as_str().unwrap().starts_with("2027-01-15T"), "{body}");
        let text = String::from_utf8(request.body.clone()).unwrap();
        assert!(!text.contains("s3cret") && !text.contains("t0ken") && !text.contains('\u{202e}'), "{text}");
    }
    let metrics = place.metrics();
    assert!(
        metrics.contains("tandem_alerts_sent_total{customer=\"\",place=\"webhook\",kind=\"paused\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_killed_process_goes_on_with_its_messages_and_tells_nothing_twice() {
    let mut place = Place::new(HOOK);
    place.answers([Ok(503)]);
    place.look(vec![pause("hope"), pause("mercy")]).await;
    Outbox::default().send_next(&place.deps).await.unwrap();
    let first = place.receiver.came.lock().unwrap()[0].body.clone();

    let old = place.deps.store.clone();
    old.stop().unwrap();
    drop(old);
    place.deps.store = {
        let dir = place.dir.path().to_owned();
        drop(std::mem::replace(&mut place.deps.store, open(tempfile::tempdir().unwrap().path())));
        open(&dir)
    };
    place.later(61);
    place.look(vec![pause("hope"), pause("mercy")]).await;
    assert_eq!(place.waiting(), 1, "what was told before the kill is not told again");
    assert!(Outbox::default().send_next(&place.deps).await.unwrap());
    assert_eq!(place.receiver.came.lock().unwrap()[1].body, first);
    assert_eq!(place.waiting(), 0);
}

#[tokio::test]
async fn a_message_that_never_arrives_is_given_up_after_three_days_and_counted() {
    let place = Place::new(HOOK);
    place.deps.metrics.begin_alerts();
    assert!(place.metrics().contains("tandem_alerts_given_up_total{customer=\"\",place=\"webhook\"} 0"));
    place.answers((0..300).map(|_| Ok(404)));
    place.look(vec![pause("hope")]).await;
    let mut outbox = Outbox::default();
    let mut minutes = 0;
    while place.waiting() > 0 {
        outbox.send_next(&place.deps).await.unwrap();
        place.later(60);
        minutes += 1;
        assert!(minutes < 4 * 24 * 60, "it comes to an end");
    }
    assert!(minutes > 3 * 24 * 60, "{minutes}");
    let tries = place.receiver.came.lock().unwrap().len();
    assert!((70..100).contains(&tries), "{tries}");
    assert!(place.metrics().contains("tandem_alerts_given_up_total{customer=\"\",place=\"webhook\"} 1"));
}

#[tokio::test]
async fn w8_a_clock_that_was_ahead_keeps_no_message_back_and_none_for_years() {
    let place = Place::new(HOOK);
    let year = 365 * 86_400;
    place.later(year);
    place.answers((0..300).map(|_| Ok(500)));
    place.look(vec![pause("hope")]).await;
    let mut outbox = Outbox::default();
    outbox.send_next(&place.deps).await.unwrap();
    place.later(-year);
    assert!(
        outbox.send_next(&place.deps).await.unwrap(),
        "the clock is right again, and it is tried at once"
    );
    let mut hours = 0;
    while place.waiting() > 0 {
        place.later(3600);
        hours += 1;
        outbox.send_next(&place.deps).await.unwrap();
        assert!(hours < 10 * 24, "it comes to an end");
    }
}

#[tokio::test]
async fn a_place_that_is_named_no_more_gets_nothing() {
    let place = Place::new(HOOK);
    place.look(vec![pause("hope")]).await;
    let settings = Settings::defaults_in(place.dir.path());
    let deps = Deps { settings: Arc::new(settings), ..place.deps.clone() };
    assert!(!Outbox::default().send_next(&deps).await.unwrap());
    assert_eq!((place.waiting(), place.receiver.came.lock().unwrap().len()), (0, 0));
}

#[tokio::test]
async fn three_hundred_customers_are_one_message_of_a_bounded_length() {
    let place = Place::new(HOOK);
    let long = |number: usize| Trouble { what: "x".repeat(5_000), ..pause(&format!("c{number}")) };
    place.look((0..300).map(long).collect()).await;
    assert_eq!(place.waiting(), 1);
    assert!(Outbox::default().send_next(&place.deps).await.unwrap());
    let body = place.receiver.came.lock().unwrap()[0].body.clone();
    assert!(body.len() < 32_000, "{}", body.len());
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((body["count"].as_u64(), body["concerned"].as_array().unwrap().len()), (Some(300), 20));
    assert_eq!(body["text"], "Tandem: 300 customers are paused");
}

#[tokio::test]
async fn a_test_says_of_each_place_what_was_answered_and_keeps_nothing() {
    let place = Place::new(HOOK);
    place.answers([Ok(204), Ok(401), Err(TransportError::Connect { host: "alerts.example.org".to_owned() })]);
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.extend(try_all(&place.deps).await.into_iter().map(|tried| tried.answer));
    }
    let refused = |why: &str| Err(why.to_owned());
    let expected = [
        Ok("it answered 204".to_owned()),
        refused("it answered 401"),
        refused("cannot connect to alerts.example.org"),
    ];
    assert_eq!(answers, expected);
    assert_eq!(place.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn b4_a_panic_of_a_look_ends_no_service_and_the_next_look_tells() {
    let mut place = Place::new(HOOK);
    place.deps.clock = Arc::new(TokioClock::starting_at(Timestamp::from_secs(1_800_000_000)));
    let looks = Arc::new(AtomicI64::new(0));
    let counted = Arc::clone(&looks);
    let standing: Standing = Arc::new(move || {
        assert!(counted.fetch_add(1, Ordering::Relaxed) > 0, "the first look fails");
        Ok(looked(vec![pause("hope")]))
    });
    let alive = Duration::from_secs(15 * 60);
    assert!(tokio::time::timeout(alive, keep(&place.deps, standing)).await.is_err(), "it comes to no end");
    assert_eq!(place.receiver.came.lock().unwrap().len(), 1, "told once, however often it looks");
    assert!(looks.load(Ordering::Relaxed) > 5);
    assert_eq!(place.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn alerts_that_are_switched_off_forget_what_waits_and_what_was_told() {
    let mut place = Place::new(HOOK);
    place.look(vec![pause("hope")]).await;
    assert_eq!((place.waiting(), place.deps.store.alerts_told().unwrap().len()), (1, 1));
    place.deps.settings = Arc::new(Settings::defaults_in(place.dir.path()));
    let standing: Standing = Arc::new(|| Ok(looked(vec![pause("hope")])));
    let alive = Duration::from_secs(15 * 60);
    assert!(tokio::time::timeout(alive, keep(&place.deps, standing)).await.is_err());
    assert_eq!((place.waiting(), place.deps.store.alerts_told().unwrap().len()), (0, 0));
    assert!(place.receiver.came.lock().unwrap().is_empty());
}
