//! A first start with many customers, none of whom the store knows: how long until all are enrolled, until the account and the
//! organisation of each are compared (I5), and how much memory it takes. Both systems tell whose access it is and refuse the rest as
//! busy. `TANDEM_CUSTOMERS` says how many customers [10000].

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench may stop at the first surprise, prints what it measured, and takes the time itself"
)]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tandem::{
    app::App,
    clock::{Clock, SystemClock},
    config::{CustomerSettings, Environment, Settings},
    deps::Deps,
    metrics::Metrics,
    store::{Options, Store},
    transport::{Answer, Request, Response, Transport},
};

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Both systems, as far as a start needs them.
struct Told;

fn ok(body: String) -> Response {
    let mut response = Response::new(200);
    response.body = body.into_bytes();
    response
}

fn bearer(request: &Request) -> &str {
    let header = request.headers.iter().find(|(name, _)| *name == "authorization");
    header.and_then(|(_, value)| value.strip_prefix("Bearer ")).unwrap_or_default()
}

impl Transport for Told {
    fn send(&self, request: Request) -> Answer {
        let answer = if request.url.ends_with("/token") {
            let form = String::from_utf8_lossy(&request.body).into_owned();
            let refresh = form.split("refresh_token=").nth(1).unwrap_or_default().to_owned();
            ok(format!(r#"{{"access_token":"a-{refresh}","refresh_token":"{refresh}","expires_in":86400}}"#))
        } else if request.url.contains("/v3/account/summary") {
            let name = bearer(&request);
            ok(format!(r#"{{"encoded_account_id":"{name}","organization_name":"Account {name}"}}"#))
        } else if request.url.ends_with("/api/Organization/Current") {
            let name = bearer(&request);
            ok(format!(r#"{{"organizationName":"Organisation {name}"}}"#))
        } else {
            Response::new(503)
        };
        Box::pin(async move { Ok(answer) })
    }
}

fn customer(number: usize) -> CustomerSettings {
    let text = format!(
        "id = \"c{number}\"\nname = \"Customer {number}\"\n[constant_contact]\nrefresh_token = \"r{number}\"\n[virtuous]\n\
         api_key = \"key-{number}\"\n"
    );
    CustomerSettings::from_toml(&text, Path::new(&format!("c{number}.toml")), &Environment::of(&[])).unwrap()
}

/// A figure of `/proc/self/status`, in MB.
fn megabytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or_default()
        / 1024
}

fn compared(store: &Store) -> usize {
    let records = store.customers().unwrap();
    records
        .iter()
        .filter(|one| one.accounts.constant_contact.is_some() && one.accounts.virtuous.is_some())
        .count()
}

fn main() {
    let number: usize =
        std::env::var("TANDEM_CUSTOMERS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let dir = tempfile::tempdir().unwrap();
    let text = "[constant_contact]\napi_url = \"http://cc.test\"\nauth_url = \"http://cc.test/oauth\"\nclient_id = \"id\"\n\
                client_secret = \"secret\"\ncalls_per_second = 100000\ncalls_per_day = 1000000000\n[virtuous]\napi_url = \
                \"http://virtuous.test\"\n";
    let settings = Settings::from_toml(text, &dir.path().join("tandem.toml"), &Environment::of(&[])).unwrap();
    let customers: Vec<CustomerSettings> = (0..number).map(customer).collect();
    println!("{number} customers; before the start: VmRSS {} MB", megabytes("VmRSS"));
    actix::System::new().block_on(async move {
        let store = Store::open(&dir.path().join("store"), Options::default()).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (settings, transport) = (Arc::new(settings), Arc::new(Told));
        let deps = Deps { settings, store: store.clone(), clock, transport, metrics: Metrics::new() };
        let began = Instant::now();
        let app = App::start(deps, customers).await.unwrap();
        println!("enrolled after {:.2} s: VmRSS {} MB", began.elapsed().as_secs_f64(), megabytes("VmRSS"));
        while compared(&store) < number && began.elapsed() < Duration::from_secs(300) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        println!(
            "{} compared after {:.2} s: VmRSS {} MB, VmHWM {} MB",
            compared(&store),
            began.elapsed().as_secs_f64(),
            megabytes("VmRSS"),
            megabytes("VmHWM")
        );
        app.stop().await;
    });
}
