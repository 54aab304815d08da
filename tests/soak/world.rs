//! Both simulators with 200 accounts, and `tandem serve` on them.

use std::{
    cell::Cell,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tandem::{
    clock::{Clock, Stopwatch, SystemClock},
    domain::{ContactId, Timestamp},
    simulator::{
        Simulator,
        compare::{self, CompareRules},
        constant_contact::Limits,
        generator::{self, AccountSpec},
        shell,
        wire::SimRequest,
    },
    store::{Options, Store},
    transport::Method,
};

use super::{
    flood::{Flood, deliver},
    measured::{Measured, OptOut, PagesKept},
};

/// How long anything may take; real time only bounds it.
const PATIENCE: Duration = Duration::from_secs(900);
/// The time between two looks at a state: what is waited for has the two cores meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What the log has to tell beside the ordinary: when a page was durable.
const LOG: &str = "warn,tandem=info,tandem::poller::streams=debug";
/// The customers of which something is wrong.
const TROUBLED: [&str; 5] = ["book", "hang", "dead", "flood", "odd"];

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Ordinary customers.
    pub ordinary: usize,
    /// Subscribers of each.
    pub people: usize,
    /// Subscribers of the large one.
    pub book: usize,
    /// Opt-outs in all.
    pub opt_outs: usize,
}

pub struct World {
    simulator: Arc<Mutex<Simulator>>,
    folder: tempfile::TempDir,
    extent: Extent,
    port: u16,
    child: Option<Child>,
    /// Accounts and contacts that were opted out.
    opted_out: Vec<(String, String)>,
    rounds: usize,
    /// When the process was killed.
    kills: Vec<Timestamp>,
    /// The ordinary customer whose sides differed at the last look.
    differed: Cell<usize>,
}

impl World {
    pub fn make(extent: Extent) -> Self {
        let now = SystemClock.now();
        let mut simulator = Simulator::new(1);
        let ordinary = (0..extent.ordinary).map(|at| (format!("c{at:03}"), extent.people));
        let troubled = TROUBLED.map(|name| (name.to_owned(), if name == "book" { extent.book } else { 50 }));
        for (at, (name, people)) in (1..).zip(ordinary.chain(troubled)) {
            generator::generate(&mut simulator, &AccountSpec::new(&name, people, at), now).unwrap();
        }
        simulator.constant_contact.limits = Limits { per_second: u32::MAX, per_day: u32::MAX };
        for organisation in simulator.virtuous.organisations_mut() {
            let patch = json!({"import_every": 1, "hourly_limit": 1_000_000_000});
            let switches = organisation.switches.patched(&patch).unwrap();
            organisation.set_switches(switches, now);
            if organisation.name == "odd" {
                organisation.set_unreliable(serde_json::from_value(odd()).unwrap(), now);
            }
        }
        let simulator = Arc::new(Mutex::new(simulator));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let simulators = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&simulator);
        std::thread::spawn(move || {
            actix::System::new().block_on(async move { shell::serve(listener, shared, 1).unwrap().await })
        });
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let world = Self {
            simulator,
            folder,
            extent,
            port,
            child: None,
            opted_out: Vec::new(),
            rounds: 0,
            kills: Vec::new(),
            differed: Cell::default(),
        };
        world.control(
            "/control/faults",
            &json!({
            "system": "virtuous", "key": "key-hang", "kind": {"latency": 86_400_000}, "remaining": null}),
        );
        world.write_settings(&simulators);
        world
    }

    fn write_settings(&self, simulators: &str) {
        let (folder, port) = (self.folder.path(), self.port);
        let process = format!(
            "[http]\nlisten = \"127.0.0.1:{port}\"\n[constant_contact]\napi_url = \"{simulators}/cc\"\n\
             auth_url = \"{simulators}/cc/oauth\"\nclient_id = \"id\"\nclient_secret = \"secret\"\n\
             calls_per_second = 1000000\ncalls_per_day = 1000000000\n[virtuous]\napi_url = \"{simulators}/virtuous\"\n"
        );
        std::fs::write(folder.join("tandem.toml"), process).unwrap();
        std::fs::create_dir_all(folder.join("customers")).unwrap();
        for name in self.ordinary().iter().map(String::as_str).chain(TROUBLED) {
            let token = if name == "dead" { "refresh-nothing".to_owned() } else { format!("refresh-{name}") };
            let customer = format!(
                "id = \"{name}\"\n[constant_contact]\nrefresh_token = \"{token}\"\npoll_every = \"5s\"\n\
                 webhook_token = \"hook\"\n[virtuous]\napi_key = \"key-{name}\"\nquery_every = \"30s\"\n\
                 lookup_after = \"20s\"\ncalls_per_hour = 1000000000\n[import]\nauto_start = true\nwindow = \"\"\n\
                 calls_per_hour = 1000000000\n"
            );
            std::fs::write(folder.join(format!("customers/{name}.toml")), customer).unwrap();
        }
    }

    /// The names of the customers of which nothing is wrong.
    pub fn ordinary(&self) -> Vec<String> {
        (0..self.extent.ordinary).map(|at| format!("c{at:03}")).collect()
    }

    /// Starts the process; what it logs goes to a file that a failed wait shows the end of.
    pub fn start(&mut self) {
        let folder = self.folder.path();
        let log = std::fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.current_dir(folder).arg("serve").env("RUST_LOG", LOG).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        assert!(child.try_wait().unwrap().is_none(), "ended by itself: {}", self.log());
        child.kill().unwrap();
        self.kills.push(SystemClock.now());
        child.wait().unwrap();
    }

    /// The end of the log.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    /// Waits for a state.
    pub fn wait(&mut self, what: &str, mut condition: impl FnMut(&Self) -> bool) {
        let watch = Stopwatch::start();
        while !condition(self) {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "ended by itself, waiting for {what}: {}", self.log());
            assert!(watch.elapsed() < PATIENCE, "not {what}\n{}", self.log());
            std::thread::park_timeout(LOOK_EVERY);
        }
        println!("{what}: after {:?}", watch.elapsed());
    }

    /// Calls of the ordinary customers to Virtuous.
    pub fn calls(&self) -> u64 {
        let simulator = self.simulator.lock().unwrap();
        let organisations = simulator.virtuous.organisations().iter();
        organisations.filter(|one| one.name.starts_with('c')).map(|one| one.meter.total()).sum()
    }

    /// Whether both sides of every ordinary customer agree; who did not at the last look is looked at first.
    pub fn is_in_step(&self) -> bool {
        let (names, first) = (self.ordinary(), self.differed.get());
        let differs = |at: &usize| {
            let (name, simulator) = (&names[*at], self.simulator.lock().unwrap());
            let found = compare::differences(&simulator, name, name, &CompareRules::default(), None);
            !found.unwrap().differences.is_empty()
        };
        let differing = (first..names.len()).chain(0..first).find(differs);
        differing.inspect(|at| self.differed.set(*at)).is_none()
    }

    fn control(&self, path: &str, body: &Value) -> Value {
        let request = SimRequest::new(Method::Post, path).with_json(body);
        let answer = self.simulator.lock().unwrap().handle(&request, SystemClock.now());
        assert_eq!(answer.response.status, 200, "{path}");
        serde_json::from_slice(&answer.response.body).unwrap_or_default()
    }

    /// So many people of the ordinary customers unsubscribe in Constant Contact, one after the other.
    pub fn opt_out(&mut self, count: usize) {
        let names = self.ordinary();
        for at in 0..count {
            let name = &names[at % names.len()];
            let body = json!({"account": name, "count": 1, "seed": self.rounds * count + at});
            let done = self.control("/control/cc/unsubscribe", &body);
            let ids = done["contacts"].as_array().cloned().unwrap_or_default();
            self.opted_out
                .extend(ids.iter().filter_map(Value::as_str).map(|id| (name.clone(), id.to_owned())));
        }
        self.rounds += 1;
    }

    /// A person of each ordinary customer is edited, and a hint tells it.
    pub fn hinted_edits(&self) {
        for name in self.ordinary() {
            let done = self.control("/control/cc/edit", &json!({"account": name, "count": 1}));
            let hint = json!([{"contact_id": done["contacts"][0]}]).to_string();
            // None if the process is busy or was killed: then the poll finds it.
            let _ = deliver(self.port, &format!("/hooks/constant-contact/{name}/hook"), &hint);
        }
    }

    /// Posts hints about people that are unknown for as long as the flood runs.
    pub fn flood(&self) -> Flood {
        Flood::start(self.port, "/hooks/constant-contact/flood/hook")
    }

    /// Whether nothing was written to Virtuous for a customer.
    pub fn wrote_nothing(&self, name: &str) -> bool {
        let simulator = self.simulator.lock().unwrap();
        simulator.virtuous.organisation(&format!("key-{name}")).unwrap().meter.writes().is_empty()
    }

    /// The opt-outs of the ordinary customers from capture to call, after the process ended.
    pub fn opt_outs(&self) -> Measured {
        let store = Store::open(&self.folder.path().join("tandem-data/store"), Options::default()).unwrap();
        let kept = PagesKept::of(&std::fs::read_to_string(self.folder.path().join("log")).unwrap());
        let mut measured = Measured::default();
        for (name, id) in &self.opted_out {
            let record = store.customer(&name.parse().unwrap()).unwrap().unwrap();
            let customer = store.of(record.number);
            let Some(subject) = customer.subject(&ContactId::new(id)).unwrap() else { continue };
            let simulator = self.simulator.lock().unwrap();
            let organisation = simulator.virtuous.organisation(&format!("key-{name}")).unwrap();
            let opt_out = OptOut {
                events: &customer.timeline(&subject).unwrap(),
                subject: &subject,
                writes: organisation.meter.writes(),
            };
            measured.add(&opt_out, kept.of_customer(name), &self.kills);
        }
        measured
    }
}

/// Odd values of every kind.
fn odd() -> Value {
    json!({"lag_ms": 2000, "gaps": {"seed": 1, "per_mille": 200}, "methods_shuffled": true, "tags_without_effect": true,
        "fields_without_effect": true, "archived_untold": true, "private_untold": true})
}
