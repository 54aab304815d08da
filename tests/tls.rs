//! The service with a certificate of its own: browsers and commands reach it by TLS, also after the files changed.

#![expect(clippy::unwrap_used, reason = "in a test a failure may panic")]

mod process;

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use ring::digest::{SHA256, digest};
use tandem::{
    clock::Stopwatch,
    transport::{
        Method, Request, Transport, TransportError,
        http::{HttpTransport, Limits},
    },
};

use process::{Running, tandem};

/// The longest that a state is waited for.
const WITHIN: Duration = Duration::from_secs(120);

fn run(folder: &Path, words: &[&str]) -> Output {
    tandem(folder, words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Puts a fresh certificate; gives its fingerprint.
fn put(folder: &Path) -> [u8; 32] {
    let made = rcgen::generate_simple_self_signed(vec!["tandem.example.org".to_owned()]).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    digest(&SHA256, made.cert.der()).as_ref().try_into().unwrap()
}

fn get(url: &str, trusted: [u8; 32]) -> Result<u16, TransportError> {
    let limits = Limits { connect: WITHIN, total: WITHIN, ..Limits::default() };
    let transport = HttpTransport::trusting(limits, vec![trusted]).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(transport.send(Request::new(Method::Get, url.to_owned())))
        .map(|response| response.status)
}

/// Whether everything is to be played at full size: this takes some seconds.
fn is_full_run() -> bool {
    std::env::var_os("TANDEM_FULL").is_some()
}

#[test]
fn the_service_speaks_tls_and_its_own_commands_trust_it_also_after_the_files_changed() {
    if !is_full_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = format!(
        "data_dir = \"data\"\n[http]\nlisten = \"127.0.0.1:{port}\"\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n"
    );
    fs::write(folder.join("tandem.toml"), settings.replace("tls_key = \"key.pem\"\n", "")).unwrap();
    let half = run(folder, &["serve"]);
    assert_eq!(half.status.code(), Some(2));
    assert!(text(&half.stderr).contains("http.tls_key"), "{}", text(&half.stderr));
    fs::write(folder.join("tandem.toml"), settings).unwrap();
    let missing = run(folder, &["serve"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        text(&missing.stderr).contains("cert.pem (http.tls_cert) cannot be read"),
        "{}",
        text(&missing.stderr)
    );
    let first = put(folder);
    let mut command = tandem(folder, &["serve"]);
    let _tandem = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    // The first line of stderr says so where no service runs.
    let by_service = || {
        let output = run(folder, &["customer", "list", "--json"]);
        output.status.success() && !text(&output.stderr).contains("not running")
    };
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        let since = Stopwatch::start();
        while !holds() {
            assert!(since.elapsed() < WITHIN, "{what}");
        }
    };
    until("the service does not answer", &|| TcpStream::connect(("127.0.0.1", port)).is_ok());
    until("a command does not reach the service", &by_service);
    let url = format!("https://127.0.0.1:{port}/healthz");
    assert_eq!(get(&url, first).unwrap(), 200);
    assert!(
        matches!(get(&url, [0; 32]), Err(TransportError::Connect { .. })),
        "another certificate is trusted"
    );
    let mut clear = TcpStream::connect(("127.0.0.1", port)).unwrap();
    clear.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = clear.read_to_end(&mut answer);
    assert!(!text(&answer).contains("200 OK"), "in clear nothing is answered");
    // What cannot be used leaves the former one, which the commands go on to trust.
    fs::write(folder.join("cert.pem"), "no certificate").unwrap();
    until("the former certificate is gone", &by_service);
    assert_eq!(get(&url, first).unwrap(), 200);
    let second = put(folder);
    until("the new certificate is not taken", &|| get(&url, second).is_ok_and(|status| status == 200));
    assert!(get(&url, first).is_err());
    assert!(by_service());
}
