//! A headless chromium, driven by chromedriver's HTTP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tandem::clock::Stopwatch;

/// The longest that one answer is waited for.
const ANSWER: Duration = Duration::from_secs(90);
/// The name under which WebDriver gives an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser; it ends when this is dropped.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

/// One request with a JSON body; gives status and body.
pub fn ask(port: u16, head: &str, body: &Value) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(ANSWER)).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), None);
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let mut answer = vec![0; length.unwrap_or_default()];
    match length {
        Some(_) => reader.read_exact(&mut answer).unwrap(),
        None => drop(reader.read_to_end(&mut answer)),
    }
    (status, String::from_utf8_lossy(&answer).into_owned())
}

impl Browser {
    /// Starts one; `None` where chromium or its driver is not installed.
    pub fn start() -> Option<Self> {
        let has =
            |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
        if !has("chromium") || !has("chromedriver") {
            return None;
        }
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It says its port in the line "... was started successfully on port N."
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ")?.1.trim_end_matches('.').trim().parse().ok()
        });
        let port: u16 = port.expect("chromedriver says its port");
        let arguments = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars"
        ]);
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": arguments } } } });
        let (status, answer) = ask(port, "POST /session", &wanted);
        assert_eq!(status, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let session = answer["value"]["sessionId"].as_str().unwrap().to_owned();
        Some(Self { driver, port, session })
    }

    fn put(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = ask(self.port, &format!("{method} /session/{}{path}", self.session), body);
        assert_eq!(status, 200, "{method} {path}: {}", answer.chars().take(600).collect::<String>());
        serde_json::from_str::<Value>(&answer).unwrap()["value"].take()
    }

    /// Opens an address, and waits until the page is there.
    pub fn open(&self, url: &str) {
        self.put("POST", "/url", &json!({ "url": url }));
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        self.put("GET", "/url", &Value::Null).as_str().unwrap().to_owned()
    }

    /// The page's text, as a person reads it.
    pub fn text(&self) -> String {
        self.run("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page, or the next that it leads to, says so.
    pub fn reads(&self, words: &str) {
        self.until("return document.body.innerText", |text| {
            text.as_str().is_some_and(|text| text.contains(words))
        });
    }

    /// Waits until a script within the page gives what is wanted; real time only bounds it.
    fn until(&self, script: &str, is_wanted: impl Fn(&Value) -> bool) {
        let watch = Stopwatch::start();
        let asked = json!({ "script": script, "args": [] });
        loop {
            // Between two pages there is none to ask.
            let (_, answer) = ask(self.port, &format!("POST /session/{}/execute/sync", self.session), &asked);
            let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
            if is_wanted(&answer["value"]) {
                return;
            }
            assert!(watch.elapsed() < ANSWER, "the page never comes to it ({script}): {}", answer["value"]);
            std::thread::yield_now();
        }
    }

    /// Runs a script within the page.
    pub fn run(&self, script: &str) -> Value {
        self.put("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script that ends by calling `done`.
    pub fn run_until_done(&self, script: &str) -> Value {
        self.put("POST", "/timeouts", &json!({ "script": 80_000 }));
        let script = format!("const done = arguments[0]; {script}");
        self.put("POST", "/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Presses keys, as the keyboard sends them.
    pub fn press(&self, keys: &str) {
        let pressed: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [
                    json!({ "type": "keyDown", "value": key.to_string() }),
                    json!({ "type": "keyUp", "value": key.to_string() }),
                ]
            })
            .collect();
        self.put(
            "POST",
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keys", "actions": pressed }] }),
        );
    }

    /// The element of a CSS selector.
    fn element(&self, selector: &str) -> String {
        let found = self.put("POST", "/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Clicks, and waits for the page that comes of it.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        // The mark goes with the page: the browser answers before the next one is there.
        self.run("window.isLeft = true");
        self.put("POST", &format!("/element/{element}/click"), &json!({}));
        self.until("return !window.isLeft && document.readyState === 'complete'", |is_there| {
            is_there == &json!(true)
        });
    }

    /// Writes into a field.
    pub fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.put("POST", &format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// A command of chromium's own protocol.
    fn chromium(&self, command: &str, parameters: &Value) -> Value {
        self.put("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// How the page is looked at: by which scheme, how wide.
    pub fn look(&self, scheme: &str, width: u32) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.chromium("Emulation.setEmulatedMedia", &json!({ "features": features }));
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.chromium("Emulation.setDeviceMetricsOverride", &size);
    }

    /// The whole page as a PNG.
    pub fn picture(&self) -> Vec<u8> {
        let shot = self.chromium("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
        data_encoding::BASE64.decode(shot["data"].as_str().unwrap().as_bytes()).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ask(self.port, &format!("DELETE /session/{}", self.session), &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
