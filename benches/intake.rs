//! What the receiver takes: hints of one customer a second, durable before each answer, beside an empty handler on the same
//! machine in the same run; and what a hook waits while `plan` looks at 20,000 people.
//!
//! Goals (issue 16): 5,000 a second, the 99th percentile under 50 ms, at least half of the empty handler; a hook does not
//! notice a plan.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may stop at the first surprise")]

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use actix_web::{HttpResponse, HttpServer, web};
use futures_util::future::join_all;
use tandem::{
    app::App,
    auth::SigningKey,
    clock::{Clock, Stopwatch, SystemClock},
    config::{CustomerSettings, Environment, Secret, Settings},
    deps::Deps,
    domain::{CcView, ContactId, CustomerRules, Observation, Permission},
    http::{Intake, serve},
    metrics::Metrics,
    store::{Options, Page, Store},
    transport::http::{HttpTransport, Limits},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONNECTIONS: usize = 128;
const FOR: Duration = Duration::from_secs(5);
const PEOPLE: usize = 20_000;
const HOOK: &str = "/hooks/constant-contact/hope/letmein";

/// Latencies of answers, sorted.
struct Measured {
    latencies: Vec<Duration>,
    took: Duration,
}

impl Measured {
    fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    fn at(&self, percent: usize) -> Duration {
        self.latencies[(self.latencies.len() - 1) * percent / 100]
    }

    fn print(&self, what: &str) {
        let (rate, median, most) = (self.rate(), self.at(50), self.at(100));
        println!(
            "{what:<44} {rate:>8.0} a second   p50 {median:>10.2?}   p99 {:>10.2?}   max {most:>10.2?}",
            self.at(99)
        );
    }
}

/// One request of a connection that stays open; its status has to be 202.
async fn ask(stream: &mut TcpStream, path: &str, number: usize) {
    let body = format!("{{\"email\": \"person{number}@example.org\"}}");
    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let (mut answer, mut length) = ([0; 1024], 0);
    loop {
        length += stream.read(&mut answer[length..]).await.unwrap();
        let text = std::str::from_utf8(&answer[..length]).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let told = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == told.parse::<usize>().unwrap() {
            assert!(head.starts_with("HTTP/1.1 202"), "{text}");
            return;
        }
    }
}

/// Asks over so many connections at once, each as soon as it was answered, until the condition ends it.
fn load(address: SocketAddr, path: &str, connections: usize, ends: impl Fn(Duration) -> bool) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let begun = Stopwatch::start();
    let (begun, ends) = (&begun, &ends);
    let asked = (0..connections).map(|connection| async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut latencies = Vec::new();
        while !ends(begun.elapsed()) {
            let asked = Stopwatch::start();
            ask(&mut stream, path, connection + connections * latencies.len()).await;
            latencies.push(asked.elapsed());
        }
        latencies
    });
    let mut latencies = runtime.block_on(join_all(asked)).concat();
    latencies.sort_unstable();
    Measured { latencies, took: begun.elapsed() }
}

/// An empty handler, which reads the body and answers.
fn empty() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let app = || {
        let answer = |_: web::Bytes| async { HttpResponse::Accepted().body("accepted") };
        actix_web::App::new().default_service(web::post().to(answer))
    };
    thread::spawn(move || {
        actix::System::new().block_on(async move {
            let server = HttpServer::new(app).workers(1).disable_signals();
            server.listen(listener).unwrap().run().await
        })
    });
    address
}

/// Tandem with one customer of so many people, whose systems are not there.
fn tandem(dir: &Path) -> SocketAddr {
    let (told, address) = mpsc::channel();
    let dir = dir.to_owned();
    thread::spawn(move || {
        actix::System::new().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let mut settings = Settings::defaults_in(&dir);
            let nowhere = "http://127.0.0.1:9";
            settings.constant_contact.api_url = nowhere.to_owned();
            settings.virtuous.api_url = nowhere.to_owned();
            let text = "id = \"hope\"\n[constant_contact]\nwebhook_token = \"letmein\"\n";
            let hope =
                CustomerSettings::from_toml(text, Path::new("hope.toml"), &Environment::default()).unwrap();
            let store = Store::open(&dir.join("store"), Options::default()).unwrap();
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let transport = HttpTransport::new(Limits::default()).unwrap().shared();
            let deps =
                Deps { settings: Arc::new(settings), store, clock, transport, metrics: Metrics::new() };
            let app = App::start(deps, vec![hope]).await.unwrap();
            people(&app).await;
            let state = app.http_state(Secret::new("sesame"), SigningKey::random().unwrap());
            let intake = Intake { workers: 1, connections: 512 };
            let server = serve(listener, Arc::new(state), intake).unwrap();
            told.send(address).unwrap();
            server.await.unwrap();
        });
    });
    address.recv().unwrap()
}

async fn people(app: &App) {
    let (store, now) = (&app.deps.store, app.deps.clock.now());
    let record = store.customers().unwrap().remove(0);
    let rules = Arc::new(CustomerRules::default());
    let numbers: Vec<usize> = (0..PEOPLE).collect();
    for page in numbers.chunks(500) {
        let observed = page.iter().map(|number| {
            let view = CcView {
                email: Some(format!("person{number}@example.org")),
                permission: if number % 3 == 0 { Permission::Unsubscribed } else { Permission::Explicit },
                seen_at: now,
                ..CcView::default()
            };
            let id = ContactId::new(&format!("{number:08x}-96f0-11ef-b2a0-fa163eafb85e"));
            Observation::whole(id, view, *number as u64)
        });
        let page = Page::apart(observed.collect());
        store.of(record.number).observe(page, Arc::clone(&rules), record.stage, now).await.unwrap();
    }
}

/// Asks for a plan; how long it took.
fn plan(address: SocketAddr) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let asked = Stopwatch::start();
    runtime.block_on(async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = "GET /api/v1/customers/hope/plan HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sesame\r\nconnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    });
    asked.elapsed()
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let (empty, tandem) = (empty(), tandem(dir.path()));
    // Each warm first.
    for (address, path) in [(empty, HOOK), (tandem, HOOK)] {
        load(address, path, CONNECTIONS, |since| since > FOR / 10);
    }
    let of_empty = load(empty, HOOK, CONNECTIONS, |since| since > FOR);
    let hints = load(tandem, HOOK, CONNECTIONS, |since| since > FOR);
    of_empty.print("an empty handler, 128 connections");
    hints.print("hints of one customer, 128 connections");
    println!("hints reach {:.0} % of the empty handler", 100.0 * hints.rate() / of_empty.rate());
    load(tandem, HOOK, 1, |since| since > FOR).print("hints, 1 connection, nothing beside");
    let (done, planned) = mpsc::channel();
    thread::spawn(move || {
        let plans: Vec<Duration> = (0..10).map(|_| plan(tandem)).collect();
        done.send(plans).unwrap();
    });
    let plans = std::cell::RefCell::new(Vec::new());
    let besides = load(tandem, HOOK, 1, |_| {
        plans.borrow_mut().extend(planned.try_iter().flatten());
        !plans.borrow().is_empty()
    });
    besides.print("hints, 1 connection, beside plans of 20,000");
    let plans = plans.into_inner();
    println!("a plan of {PEOPLE} people beside them took {:.2?} at most", plans.iter().max().unwrap());
}
