//! A service in a folder of its own, with customers whose upstreams take connections and never answer.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tandem::clock::Stopwatch;

/// Whether everything is to be played at full size.
pub fn is_full_run() -> bool {
    std::env::var_os("TANDEM_FULL").is_some()
}

/// The longest that a state is waited for; real time only bounds it.
const WITHIN: Duration = Duration::from_secs(120);
/// The longest that one answer is waited for.
const ANSWER: Duration = Duration::from_secs(60);

/// The folder, and the upstream.
pub struct Place {
    pub folder: tempfile::TempDir,
    connected: Arc<AtomicUsize>,
    pub port: u16,
}

/// A running service. It is killed when this is dropped.
pub struct Tandem {
    pub child: Child,
    port: u16,
    log: std::path::PathBuf,
}

impl Place {
    /// So many customers, `c0`, `c1`..., whose upstreams refuse connections.
    pub fn refused(customers: usize) -> Self {
        Self::with(customers, TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(), Arc::default())
    }

    /// So many customers, `c0`, `c1`..., whose upstreams hang.
    pub fn new(customers: usize) -> Self {
        let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = upstream.local_addr().unwrap();
        let connected = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connected);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            while let Ok((stream, _)) = upstream.accept() {
                held.push(stream);
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self::with(customers, address, connected)
    }

    fn with(customers: usize, upstream: SocketAddr, connected: Arc<AtomicUsize>) -> Self {
        let (folder, upstream) = (tempfile::tempdir().unwrap(), format!("http://{upstream}"));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let place = Self { folder, connected, port };
        let process = format!(
            "[http]\nlisten = \"127.0.0.1:{port}\"\n[constant_contact]\napi_url = \"{upstream}/cc\"\nauth_url = \"{upstream}/oauth\"\n\
             client_id = \"id\"\nclient_secret = \"secret\"\ncalls_per_second = 1000000\ncalls_per_day = 1000000000\n\
             [virtuous]\napi_url = \"{upstream}/virtuous\"\n"
        );
        fs::create_dir_all(place.folder.path().join("customers")).unwrap();
        place.write("tandem.toml", &process);
        for number in 0..customers {
            let customer = format!(
                "id = \"c{number}\"\n[constant_contact]\nrefresh_token = \"rt-{number}\"\npoll_every = \"1s\"\n\
                 webhook_token = \"letmein\"\n[virtuous]\napi_key = \"key-{number}\"\n"
            );
            place.write(&format!("customers/c{number}.toml"), &customer);
        }
        place
    }

    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.path().join(path), text).unwrap();
    }

    /// Connections that the upstream took.
    pub fn connected(&self) -> usize {
        self.connected.load(Ordering::Relaxed)
    }

    /// Runs a command beside the service.
    pub fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.current_dir(self.folder.path()).args(words).output().unwrap()
    }

    /// Starts the service with at most so many open files, soft and hard.
    pub fn start(&self, files: usize) -> Tandem {
        self.start_after(&format!("ulimit -n {files}"))
    }

    /// Starts the service after a line of the shell.
    pub fn start_after(&self, line: &str) -> Tandem {
        let log = self.folder.path().join("log");
        let child = Command::new("sh")
            .current_dir(self.folder.path())
            .args(["-c", &format!("{line}; exec \"$0\" serve"), env!("CARGO_BIN_EXE_tandem")])
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Tandem { child, port: self.port, log }
    }
}

impl Tandem {
    pub fn address(&self) -> (&'static str, u16) {
        ("127.0.0.1", self.port)
    }

    /// The status of an answer; `None` if none came.
    fn ask(&self, head: &str, body: &str) -> Option<u16> {
        self.answer(head, body)?.split(' ').nth(1)?.parse().ok()
    }

    /// An answer as text.
    pub fn text(&self, path: &str) -> String {
        self.answer(&format!("GET {path}"), "").unwrap_or_default()
    }

    fn answer(&self, head: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.address()).ok()?;
        stream.set_read_timeout(Some(ANSWER)).unwrap();
        let length = body.len();
        let request = format!(
            "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    pub fn get(&self, path: &str) -> Option<u16> {
        self.ask(&format!("GET {path}"), "")
    }

    pub fn post(&self, path: &str, body: &str) -> Option<u16> {
        self.ask(&format!("POST {path}"), body)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Files that the process has open.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).map_or(0, Iterator::count)
    }

    /// Waits for a state.
    pub fn wait(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let watch = Stopwatch::start();
        while !condition(self) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended by itself, waiting until {what}: {}", self.log());
            assert!(watch.elapsed() < WITHIN, "not within two minutes: {what}\n{}", self.log());
            std::thread::yield_now();
        }
    }

    /// Waits until it serves (`None`), or has ended with a code.
    pub fn serves_or_ends(&mut self, within: Duration) -> Option<i32> {
        let watch = Stopwatch::start();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status.code().unwrap_or(-1));
            }
            if self.get("/healthz") == Some(200) {
                return None;
            }
            assert!(watch.elapsed() < within, "it neither serves nor ends: {}", self.log());
            std::thread::yield_now();
        }
    }

    /// Ends it; gives its log.
    pub fn stop(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.log()
    }
}

impl Drop for Tandem {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
