//! A person in front of the pages: chromium, headless, against the service and both simulated systems. Pictures of every page, light,
//! dark and on a phone, go to `target/screens/`; axe-core looks at each, where it is in `target/axe/axe.min.js` (`.ci/run` puts it there).
//!
//! Without chromium and chromedriver (Debian: `apt-get install chromium chromium-driver`) the test says that it was skipped.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise, and says what it leaves out"
)]

#[path = "browser/driver.rs"]
mod driver;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use driver::{Browser, ask};
use serde_json::{Value, json};
use tandem::clock::Stopwatch;

/// No page is larger.
const BYTES_MAX: usize = 100_000;
/// The longest that a state is waited for; real time only bounds it.
const WITHIN: Duration = Duration::from_secs(120);
const TOKEN: &str = "open-sesame-1";

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn tandem(folder: &Path, words: &[&str]) -> Running {
    let log = fs::File::create(folder.join(format!("{}.log", words[0]))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    Running(command.current_dir(folder).args(words).stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

/// Waits until an address answers 200.
fn wait(port: u16, path: &str) {
    let watch = Stopwatch::start();
    loop {
        let open = std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        if open && ask(port, &format!("GET {path}"), &Value::Null).0 == 200 {
            return;
        }
        assert!(watch.elapsed() < WITHIN, "{path} does not answer");
        std::thread::yield_now();
    }
}

/// The service with the customer hope, which is not connected, beside both simulated systems; gives the ports of both.
fn start(folder: &Path) -> ([u16; 2], [Running; 2]) {
    let (outside, port) = (free_port(), free_port());
    let simulated = tandem(folder, &["simulate", "--listen", &format!("127.0.0.1:{outside}")]);
    wait(outside, "/control/faults");
    let seed = json!({ "account": "hope", "contacts": 120, "seed": 5, "refresh_token": "rt", "api_key": "key", "missing_tags": 1, "double_tags": 1 });
    let (status, answer) = ask(outside, "POST /control/seed", &seed);
    assert_eq!(status, 200, "{answer}");
    let seed = json!({ "account": "another", "contacts": 3, "seed": 6 });
    assert_eq!(ask(outside, "POST /control/seed", &seed).0, 200);
    let base = format!("http://127.0.0.1:{outside}");
    let process = format!(
        "[http]\nlisten = \"127.0.0.1:{port}\"\nadmin_token = \"{TOKEN}\"\n[constant_contact]\napi_url = \"{base}/cc\"\n\
         auth_url = \"{base}/cc/oauth\"\nclient_id = \"id\"\nclient_secret = \"secret\"\ncalls_per_second = 1000\n\
         calls_per_day = 1000000\n[virtuous]\napi_url = \"{base}/virtuous\"\ncalls_per_hour = 1000000\n"
    );
    fs::write(folder.join("tandem.toml"), process).unwrap();
    fs::create_dir_all(folder.join("customers")).unwrap();
    let hope = "id = \"hope\"\nname = \"Hope Foundation\"\ntime_zone = \"America/Chicago\"\n[constant_contact]\n\
                poll_every = \"1s\"\n[virtuous]\napi_key = \"key\"\n[import]\nwindow = \"\"\n";
    fs::write(folder.join("customers/hope.toml"), hope).unwrap();
    fs::write(folder.join("customers/mercy.toml"), "id = \"mercy\"\nname = \"Mercy of the Seas\"\n").unwrap();
    let service = tandem(folder, &["serve"]);
    wait(port, "/readyz");
    ([port, outside], [simulated, service])
}

/// What is looked at on every page.
struct Look {
    axe: Option<String>,
    screens: PathBuf,
}

impl Look {
    fn new() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned();
        let axe = fs::read_to_string(target.join("axe/axe.min.js")).ok();
        if axe.is_none() {
            eprintln!("axe-core is not in target/axe: the pages are not looked at by it");
        }
        let screens = target.join("screens");
        fs::create_dir_all(&screens).unwrap();
        Self { axe, screens }
    }

    /// Pictures of the page, light, dark and on a phone; in each axe finds nothing, and nothing is wider than the screen.
    fn at(&self, browser: &Browser, name: &str) {
        let bytes =
            browser.run("return new Blob([document.documentElement.outerHTML]).size").as_u64().unwrap();
        assert!(usize::try_from(bytes).unwrap() < BYTES_MAX, "{name}: {bytes} bytes");
        for (look, scheme, width) in
            [("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 390)]
        {
            browser.look(scheme, width);
            fs::write(self.screens.join(format!("{name}-{look}.png")), browser.picture()).unwrap();
            let wide = browser
                .run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
            assert_eq!(wide, json!(0), "{name} is wider than the screen ({look})");
            let Some(axe) = &self.axe else { continue };
            browser.run(&format!("{axe}; window.axe = axe;"));
            let found = browser.run_until_done(
                "axe.run(document).then((r) => done(r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')}`)))",
            );
            assert_eq!(found, json!([]), "{name} ({look})");
        }
        browser.look("light", 1280);
    }
}

/// Waits within the page until the service answers so; pages need no waiting of their own.
fn until(browser: &Browser, path: &str, words: &str) {
    let script = format!(
        "const look = () => fetch({path:?}).then((a) => a.text()).then((t) => t.includes({words:?}) ? done(true) : setTimeout(look, 200)); look();"
    );
    assert_eq!(browser.run_until_done(&script), json!(true), "{path} never says {words}");
}

/// Connects hope at the simulated consent page, looks at the name, checks; then consents as another account, which is refused (I5).
fn connect(browser: &Browser, look: &Look, (base, outside): (&str, u16)) {
    let page = format!("{base}/customers/hope/connect");
    let consent = |account: &str| {
        assert_eq!(ask(outside, "POST /control/cc/consent", &json!({ "account": account })).0, 200);
    };
    let go = || {
        browser.open(&page);
        browser.click("form:has(input[value=constant-contact]) button");
    };
    browser.open(&page);
    assert!(browser.text().contains("Not connected yet"), "{}", browser.text());
    look.at(browser, "connect");
    consent("hope");
    go();
    browser.reads("You are connecting");
    look.at(browser, "connected");
    browser.click("main a.button");
    assert_eq!(browser.url(), page);
    until(browser, "/customers/hope/connect", "is bound to the account");
    browser.open(&page);
    browser.click("form:has(input[value=check]) button");
    browser.reads("Check again");
    look.at(browser, "check");
    consent("another");
    go();
    browser.reads("Not connected");
    look.at(browser, "wrong-account");
}

#[test]
fn a_person_signs_in_connects_reads_starts_the_import_answers_and_signs_out() {
    if std::env::var_os("TANDEM_FULL").is_none() {
        eprintln!("skipped: a browser takes a minute; TANDEM_FULL=1 has it look at the pages");
        return;
    }
    let Some(browser) = Browser::start() else {
        eprintln!("skipped: chromium or chromedriver is not installed, so no browser looks at the pages");
        return;
    };
    let (folder, look) = (tempfile::tempdir().unwrap(), Look::new());
    let ([port, outside], _processes) = start(folder.path());
    let base = format!("http://127.0.0.1:{port}");
    browser.open(&format!("{base}/customers/hope/people"));
    look.at(&browser, "not-allowed");
    browser.click("main a.button");
    look.at(&browser, "sign-in");
    browser.write("input[name=token]", TOKEN);
    browser.click("main button");
    assert_eq!(browser.url(), format!("{base}/customers/hope/people"), "back where it wanted to go");
    connect(&browser, &look, (&base, outside));
    until(&browser, "/customers/hope/plan", "Start the import");
    browser.open(&format!("{base}/"));
    assert!(browser.text().contains("Mercy of the Seas") && browser.text().contains("not connected"));
    look.at(&browser, "customers");
    browser.open(&format!("{base}/customers/hope/plan"));
    look.at(&browser, "plan");
    browser.click("form[action$='/do'] button");
    assert!(browser.text().contains("begins to write"), "{}", browser.text());
    look.at(&browser, "start-import");
    browser.click("main button.main");
    look.at(&browser, "started");
    until(&browser, "/customers/hope/questions", "Rule ");
    for (name, path) in [
        ("customer", "/customers/hope"),
        ("people", "/customers/hope/people"),
        ("questions", "/customers/hope/questions"),
        ("activity", "/activity"),
        ("not-found", "/customers/nobody"),
    ] {
        browser.open(&format!("{base}{path}"));
        look.at(&browser, name);
    }
    browser.open(&format!("{base}/customers/hope/people"));
    browser.click("tbody th a");
    assert!(browser.text().to_lowercase().contains("both systems"), "{}", browser.text());
    look.at(&browser, "person");
    // The keyboard alone: the first stop skips to the content.
    browser.open(&format!("{base}/customers/hope"));
    browser.press("\u{e004}");
    assert_eq!(browser.run("return document.activeElement.className"), json!("skip"));
    browser.press("\u{e007}");
    assert_eq!(browser.run("return document.activeElement.id"), json!("main"));
    browser.click(".who button");
    browser.open(&format!("{base}/customers/hope/people"));
    assert!(browser.text().contains("Sign in"), "{}", browser.text());
}
