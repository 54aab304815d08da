//! A run of the real binary with known secrets and known people: what of them stands in clear where others may look.

#![expect(clippy::unwrap_used, reason = "in a test a failure may panic")]

mod process;

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::Stdio,
    time::Duration,
};

use serde_json::{Value, json};
use tandem::{
    clock::Stopwatch,
    operator::openapi,
    transport::{
        Method, Request, Transport,
        http::{HttpTransport, Limits},
    },
};

use process::{Running, tandem};

/// The longest that a state is waited for.
const WITHIN: Duration = Duration::from_secs(180);
/// What is secret, each under a name for a failed assertion.
const SECRETS: [(&str, &str); 6] = [
    ("client secret", "very-secret-client-0815"),
    ("api key", "key-hope"),
    ("hook token", "very-secret-hook-4711"),
    ("hook secret", "very-secret-signature-42"),
    ("first refresh token", "refresh-hope"),
    ("admin token", "very-secret-admin-token-99"),
];

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Sends; gives the status and the text.
fn send(method: Method, url: &str, token: Option<&str>, body: Option<&Value>) -> (u16, String) {
    let limits = Limits { connect: WITHIN, total: WITHIN, ..Limits::default() };
    let transport = HttpTransport::new(limits).unwrap();
    let mut request = Request::new(method, url.to_owned());
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(body) = body {
        request = request.json(body.to_string().into_bytes());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let response = runtime.block_on(transport.send(request)).unwrap();
    (response.status, String::from_utf8_lossy(&response.body).into_owned())
}

/// The files below a folder.
fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
}

fn settings(folder: &Path, port: u16, upstream: &str) {
    fs::create_dir_all(folder.join("customers")).unwrap();
    let of = |name: &str| SECRETS.iter().find(|(named, _)| *named == name).unwrap().1;
    for (file, secret) in [
        ("client", "client secret"),
        ("admin", "admin token"),
        ("customers/hope.key", "api key"),
        ("customers/hope.hook", "hook token"),
        ("customers/hope.signature", "hook secret"),
        ("customers/hope.grant", "first refresh token"),
    ] {
        fs::write(folder.join(file), of(secret)).unwrap();
    }
    let process = format!(
        "data_dir = \"data\"\n[http]\nlisten = \"127.0.0.1:{port}\"\nadmin_token = \"file:admin\"\n[constant_contact]\napi_url = \"{upstream}/cc\"\n\
         auth_url = \"{upstream}/cc/oauth\"\nclient_id = \"id\"\nclient_secret = \"file:client\"\n[virtuous]\napi_url = \"{upstream}/virtuous\"\n"
    );
    fs::write(folder.join("tandem.toml"), process).unwrap();
    let hope = "id = \"hope\"\n[constant_contact]\nrefresh_token = \"file:hope.grant\"\npoll_every = \"1s\"\nwebhook_token = \"file:hope.hook\"\n\
         webhook_secret = \"file:hope.signature\"\n[virtuous]\napi_key = \"file:hope.key\"\n[import]\nauto_start = true\nwindow = \"\"\n";
    fs::write(folder.join("customers/hope.toml"), hope).unwrap();
    fs::write(folder.join("customers/mercy.toml"), "id = \"mercy\"\n").unwrap();
}

/// The people whom the service knows: addresses and names.
fn people(base: &str) -> Vec<String> {
    let (_, state) = send(Method::Get, &format!("{base}/control/state?account=hope"), None, None);
    let mut found = Vec::new();
    let mut look = vec![serde_json::from_str::<Value>(&state).unwrap()];
    while let Some(value) = look.pop() {
        match value {
            Value::Array(all) => look.extend(all),
            Value::Object(all) => look.extend(all.into_iter().map(|(_, value)| value)),
            Value::String(text) if text.contains('@') && !text.contains(' ') => found.push(text),
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether everything is to be played at full size: this takes some seconds.
fn is_full_run() -> bool {
    std::env::var_os("TANDEM_FULL").is_some()
}

#[test]
fn no_secret_stands_anywhere_in_clear_and_no_person_where_others_look() {
    if !is_full_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (folder, port, simulators) = (folder.path(), free_port(), free_port());
    let listen = format!("127.0.0.1:{simulators}");
    let mut simulate = tandem(folder, &["simulate", "--listen", &listen]);
    let mut simulate = Running(simulate.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut said = String::new();
    BufReader::new(simulate.0.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let upstream = format!("http://{listen}");
    let seed = json!({"account": "hope", "contacts": 40, "seed": 5});
    assert_eq!(send(Method::Post, &format!("{upstream}/control/seed"), None, Some(&seed)).0, 200);
    settings(folder, port, &upstream);
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut serve = tandem(folder, &["serve"]);
    serve.env("RUST_LOG", "debug").stdout(log.try_clone().unwrap()).stderr(log);
    let serve = Running(serve.spawn().unwrap());
    let json = |words: &[&str]| -> Value {
        let output = tandem(folder, &[words, &["--json"]].concat()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    };
    let since = Stopwatch::start();
    let mut all = Vec::new();
    // Until people are known, by their own answers.
    while all.is_empty() {
        assert!(
            since.elapsed() < WITHIN,
            "nobody is known: {}",
            fs::read_to_string(folder.join("log")).unwrap()
        );
        let known: Vec<String> = people(&upstream)
            .into_iter()
            .filter(|who| json(&["contact", "hope", who])["id"].is_string())
            .collect();
        if known.len() >= 5 {
            all = known;
        }
    }
    assert!(tandem(folder, &["backup", "copy.backup"]).output().unwrap().status.success());
    let made = json(&["token", "create", "--scope", "admin", "--customer", "mercy"]);
    let of_mercy = made["token"].as_str().unwrap();
    let base = format!("http://127.0.0.1:{port}");
    let mut seen: Vec<(String, Vec<u8>)> = Vec::new();
    for path in ["/metrics", "/", "/healthz", "/readyz", "/sign-in"] {
        seen.push((path.to_owned(), send(Method::Get, &format!("{base}{path}"), None, None).1.into_bytes()));
    }
    for (path, methods) in openapi::document()["paths"].as_object().unwrap() {
        if methods["get"].is_object() {
            for customer in ["hope", "mercy"] {
                let parameters = methods["get"]["parameters"].as_array().cloned().unwrap_or_default();
                let asks_who = parameters.iter().any(|one| one["name"] == "who");
                let query = if asks_who { format!("?who={}", all[0]) } else { String::new() };
                let path = format!("{}{query}", path.replace("{customer}", customer));
                let (_, text) = send(Method::Get, &format!("{base}{path}"), Some(of_mercy), None);
                // The caller's own words may come back.
                seen.push((path, text.replace(&all[0], "").into_bytes()));
            }
        }
    }
    seen.push(("log".to_owned(), fs::read(folder.join("log")).unwrap()));
    let id = serve.0.id();
    for file in ["cmdline", "environ"] {
        seen.push((file.to_owned(), fs::read(format!("/proc/{id}/{file}")).unwrap()));
    }
    for (place, bytes) in &seen {
        for who in &all {
            assert!(!has(bytes, who), "a person's address stands in {place}");
        }
    }
    let mut kept = Vec::new();
    files(&folder.join("data"), &mut kept);
    kept.push(folder.join("copy.backup"));
    seen.extend(kept.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())));
    assert!(seen.len() > 20, "{} places", seen.len());
    for (place, bytes) in &seen {
        for (name, secret) in SECRETS {
            assert!(!has(bytes, secret), "the {name} stands in {place}");
        }
        assert!(!has(bytes, of_mercy), "an API token stands in {place}");
    }
}
