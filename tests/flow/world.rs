//! The world of a flow test: both simulators in process, the real actors and store, and a clock that stands still until
//! everybody waits.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tandem::{
    app::App,
    auth::{Caller, SigningKey},
    clock::{Clock, TokioClock},
    config::{CustomerSettings, Environment, Settings},
    deps::Deps,
    domain::{ContactId, Counts, CustomerId, CustomerRecord, Stage, State, Subject, Timestamp},
    metrics::Metrics,
    operator::{
        OperatorContext, QUESTIONS, Question, Verb,
        questions::{
            accept::Accept, confirm::Confirm, drop::Drop, plan::PlanCustomer, retry::Retry, work::ShowWork,
        },
    },
    service::Service,
    simulator::{
        Simulator,
        compare::{self, CompareRules, Comparison, VirtuousSnapshot},
        constant_contact::Limits,
        faults::{Fault, System},
        generator::{AccountSpec, generate},
        ids::Uuid,
        transport::InProcess,
        virtuous::{
            meter::Repeats,
            model::{Contact as VirtuousContact, NewContact},
            organisation::Organisation,
        },
        wire::SimRequest,
    },
    store::{Mode, Options, Store},
    transport::Method,
};

#[path = "tripwire.rs"]
mod tripwire;

pub use tripwire::Tripwire;

pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// The first customer's name.
pub const HOPE: &str = "hope";
/// Steps that one wait may take: a wait without end is a bug of the test.
const STEPS_MAX: u64 = 100_000;
/// Subjects shown when a test fails.
const SHOWN: usize = 8;

/// Which of several an item of work is decided for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This Virtuous contact is the subscriber (I2).
    Contact(i64),
    /// This Virtuous tag is meant by the name (S4).
    Tag(i64),
    /// By confirming, the subscriber joins this list (P5).
    List(String),
}

/// What a world is made of. Everything is often and nothing is limited, unless a test says otherwise.
#[derive(Debug, Clone)]
pub struct Setup {
    pub accounts: Vec<AccountSpec>,
    pub start: &'static str,
    pub poll_every: &'static str,
    pub query_every: &'static str,
    pub reconcile_every: &'static str,
    pub lookup_after: &'static str,
    pub review_after: &'static str,
    pub auto_start: bool,
    /// Whether Tandem subscribes to the events of Virtuous; they are delivered by [`World::deliver`].
    pub events: bool,
    /// More lines of `[import]`.
    pub import: &'static str,
    /// More lines of `[constant_contact]`.
    pub cc: &'static str,
    /// More sections of the customers' files.
    pub more: &'static str,
    /// Tags that staff have made before Tandem comes.
    pub tags: Vec<String>,
    /// Switches of Virtuous beyond these tests' usual ones.
    pub virtuous: Value,
    /// Switches of Constant Contact.
    pub constant_contact: Value,
    pub cc_limits: Limits,
    /// `calls_per_second` and `calls_per_day` of the process.
    pub cc_calls: (u64, u64),
    pub virtuous_calls: u64,
}

impl Setup {
    /// One account of so many contacts.
    pub fn new(contacts: usize, seed: u64) -> Self {
        Self {
            accounts: vec![AccountSpec::new(HOPE, contacts, seed)],
            start: "2026-11-20T15:00:00Z",
            poll_every: "1m",
            query_every: "10m",
            reconcile_every: "30d",
            lookup_after: "30m",
            review_after: "72h",
            auto_start: true,
            events: false,
            import: "",
            cc: "",
            more: "",
            tags: Vec::new(),
            virtuous: json!({}),
            constant_contact: json!({}),
            cc_limits: Limits { per_second: u32::MAX, per_day: u32::MAX },
            cc_calls: (1_000_000, 1_000_000_000),
            virtuous_calls: 1_000_000_000,
        }
    }

    /// An empty account: the test adds whom it needs.
    pub fn empty() -> Self {
        Self::new(0, 1)
    }

    /// A second customer beside the first.
    pub fn and(mut self, account: AccountSpec) -> Self {
        self.accounts.push(account);
        self
    }
}

/// A running world.
pub struct World {
    pub app: App,
    pub clock: Arc<dyn Clock>,
    pub tripwire: Tripwire,
    simulator: Arc<Mutex<Simulator>>,
    names: Vec<String>,
    former_lists: Mutex<Vec<String>>,
    _folder: tempfile::TempDir,
}

impl World {
    /// Starts everything; time is paused from here on.
    pub async fn start(setup: &Setup) -> Self {
        tokio::time::pause();
        let start = Timestamp::parse(setup.start).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(start));
        let mut simulator = Simulator::new(setup.accounts[0].seed);
        let patch = json!({"constant_contact": setup.constant_contact});
        simulator.constant_contact.limits = setup.cc_limits;
        for spec in &setup.accounts {
            generate(&mut simulator, spec, start).unwrap();
        }
        control(&mut simulator, "switches", &patch, start);
        for organisation in simulator.virtuous.organisations_mut() {
            for tag in &setup.tags {
                organisation.add_tag(tag, "Staff");
            }
            organisation.baseline = Some(VirtuousSnapshot::take(organisation, "CC: "));
            let usual = json!({"import_every": 300, "hourly_limit": 1_000_000_000});
            let switches = organisation.switches.patched(&usual).unwrap();
            organisation.set_switches(switches.patched(&setup.virtuous).unwrap(), start);
        }
        let simulator = Arc::new(Mutex::new(simulator));
        let folder = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(&folder.path().join("store"), options).unwrap();
        let tripwire = Tripwire::before(InProcess::new(Arc::clone(&simulator), Arc::clone(&clock)));
        let transport = Arc::new(tripwire.clone());
        let settings = Arc::new(process(setup, folder.path()));
        let deps = Deps { settings, store, clock: Arc::clone(&clock), transport, metrics: Metrics::new() };
        let customers = setup.accounts.iter().map(|spec| customer(setup, spec, folder.path())).collect();
        let app = App::start(deps, customers).await.unwrap();
        let names = setup.accounts.iter().map(|spec| spec.account.clone()).collect();
        Self { app, clock, tripwire, simulator, names, former_lists: Mutex::default(), _folder: folder }
    }

    /// Stops Tandem and starts it again on the same store, as a deployment does; both systems go on meanwhile.
    pub async fn restarted(self, setup: &Setup) -> Self {
        self.restarted_on(setup, "store").await
    }

    /// Stops Tandem and starts it again on the same store, on a machine whose clock is that far ahead; both systems keep theirs.
    #[allow(dead_code, reason = "for the tests of rules")]
    pub async fn restarted_ahead(self, setup: &Setup, ahead: Duration) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(self.now().plus(ahead)));
        self.restarted_with(setup, "store", clock).await
    }

    /// The same, but the store is lost: Tandem begins anew between systems that it has worked on.
    #[allow(dead_code, reason = "for the tests of rules")]
    pub async fn restarted_without_store(self, setup: &Setup) -> Self {
        self.restarted_on(setup, "new-store").await
    }

    /// A backup of the store as it is now.
    #[allow(dead_code, reason = "for the tests of rules")]
    pub async fn back_up(&self) -> PathBuf {
        let file = self._folder.path().join("store.backup");
        let (deps, pace) = (&self.app.deps, tandem::care::Pace::Full);
        let made = tandem::care::back_up(&deps.store, &deps.settings.store, Some(file), (pace, self.now()));
        made.await.unwrap().file
    }

    /// Stops Tandem and starts it again on a backup of its store, which is restored into another folder.
    #[allow(dead_code, reason = "for the tests of rules")]
    pub async fn restored(self, setup: &Setup, backup: &Path) -> Self {
        let mut settings = (*self.app.deps.settings).clone();
        settings.data_dir = self._folder.path().join("restored");
        tandem::care::restore(&settings, backup, self.now()).await.unwrap();
        self.restarted_on(setup, "restored/store").await
    }

    async fn restarted_on(self, setup: &Setup, folder: &str) -> Self {
        let clock = Arc::clone(&self.clock);
        self.restarted_with(setup, folder, clock).await
    }

    async fn restarted_with(self, setup: &Setup, folder: &str, machine: Arc<dyn Clock>) -> Self {
        let Self { app, clock, tripwire, simulator, names, former_lists, _folder } = self;
        assert!(app.stop().await, "did not stop in time");
        let settings = Arc::clone(&app.deps.settings);
        drop(app);
        // The last actors let go of the store.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(&_folder.path().join(folder), options).unwrap();
        let transport = Arc::new(tripwire.clone());
        let deps = Deps { settings, store, clock: machine, transport, metrics: Metrics::new() };
        let customers = setup.accounts.iter().map(|spec| customer(setup, spec, _folder.path())).collect();
        let app = App::start(deps, customers).await.unwrap();
        Self { app, clock, tripwire, simulator, names, former_lists, _folder }
    }

    /// Starts a world and waits for the end of its first sync.
    pub async fn synced(setup: &Setup) -> Self {
        let world = Self::start(setup).await;
        world.until_settled("the first sync", 4 * HOUR).await;
        world
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out a control of `docs/SIMULATOR.md`; gives its answer.
    pub fn control(&self, path: &str, body: &Value) -> Value {
        control(&mut self.simulator(), path, body, self.now())
    }

    /// Carries out a control; gives the ids of those it changed.
    pub fn edit(&self, path: &str, body: &Value) -> Vec<String> {
        let answer = self.control(path, body);
        let ids = answer["contacts"].as_array().unwrap().iter();
        ids.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).collect()
    }

    /// Remembers the former name of a list: its tag must be off (S3).
    pub fn rename(&self, former: Option<String>) {
        self.former_lists.lock().unwrap().extend(former);
    }

    /// Adds a subscriber as `ContactSeed` describes it, on these lists; gives the id.
    pub fn subscribe(&self, new: &Value, lists: &[&str]) -> String {
        self.edit("cc/add", &json!({"new": new, "add": lists})).remove(0)
    }

    /// Adds a contact to Virtuous, as staff do.
    pub fn staff_add(&self, new: &NewContact) -> i64 {
        self.staff_add_all(std::slice::from_ref(new)).remove(0)
    }

    /// Adds contacts to Virtuous, as staff do.
    pub fn staff_add_all(&self, new: &[NewContact]) -> Vec<i64> {
        let now = self.now();
        let mut simulator = self.simulator();
        let organisation = simulator.virtuous.organisation_mut(HOPE).unwrap();
        let ids = new.iter().map(|new| organisation.add_contact(new, now)).collect();
        organisation.baseline = Some(VirtuousSnapshot::take(organisation, "CC: "));
        ids
    }

    pub fn fault(&self, fault: Fault) {
        let mut simulator = self.simulator();
        match fault.system {
            System::ConstantContact => simulator.constant_contact.faults.add(fault),
            System::Virtuous => simulator.virtuous.faults.add(fault),
        };
    }

    /// Looks at an organisation of Virtuous.
    pub fn organisation<T>(&self, look: impl FnOnce(&Organisation) -> T) -> T {
        look(self.simulator().virtuous.organisation(HOPE).unwrap())
    }

    /// The contact of Virtuous that carries a subscriber's reference.
    pub fn referenced(&self, id: &str) -> Option<VirtuousContact> {
        self.organisation(|held| held.book.by_reference("Constant Contact", id).cloned())
    }

    /// Names of the tags of a contact.
    pub fn tags(&self, contact: &VirtuousContact) -> Vec<String> {
        self.organisation(|held| held.tag_names(&contact.tags).map(str::to_owned).collect())
    }

    /// `isOptedIn` of every email of Virtuous with this address.
    pub fn opt_ins(&self, address: &str) -> Vec<bool> {
        self.organisation(|held| {
            let contacts = held.book.by_email(address);
            let methods = contacts.flat_map(|contact| contact.methods().filter(|m| m.has_address(address)));
            methods.map(|method| method.opted_in).collect()
        })
    }

    /// Calls of one route of Virtuous.
    pub fn calls_of(&self, method: Method, pattern: &str) -> u64 {
        self.organisation(|held| held.meter.calls_of(method, pattern))
    }

    /// Calls of Constant Contact by one route.
    pub fn cc_calls_of(&self, method: &str, pattern: &str) -> u64 {
        self.simulator().constant_contact.tally().of(HOPE, method, pattern).calls
    }

    /// All calls of Constant Contact by a customer.
    pub fn cc_calls(&self, name: &str) -> u64 {
        self.simulator().constant_contact.tally().total(Some(name))
    }

    /// Requests that changed something, on both sides.
    pub fn writes(&self) -> usize {
        let simulator = self.simulator();
        let virtuous: usize =
            simulator.virtuous.organisations().iter().map(|held| held.meter.writes().len()).sum();
        let of = |name: &str| simulator.constant_contact.account(name).map_or(0, |account| account.writes);
        let cc: u64 = self.names.iter().map(|name| of(name)).sum();
        virtuous + usize::try_from(cc).unwrap()
    }

    pub fn record_of(&self, name: &str) -> CustomerRecord {
        let id: CustomerId = name.parse().unwrap();
        self.app.deps.store.customer(&id).unwrap().unwrap()
    }

    pub fn record(&self) -> CustomerRecord {
        self.record_of(HOPE)
    }

    pub fn counts_of(&self, name: &str) -> Counts {
        self.app.deps.store.of(self.record_of(name).number).counts().unwrap()
    }

    /// Subscribers of the first customer in a state.
    pub fn count(&self, state: State) -> u64 {
        self.counts_of(HOPE).states[usize::from(state.to_u8())]
    }

    /// What Tandem knows of a subscriber of the first customer.
    pub fn subject(&self, id: &str) -> Option<Subject> {
        self.app.deps.store.of(self.record().number).subject(&ContactId::new(id)).unwrap()
    }

    /// Everybody of the first customer.
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects = Vec::new();
        self.app.deps.store.of(self.record().number).each_subject(|subject| subjects.push(subject)).unwrap();
        subjects
    }

    pub fn state(&self, id: &str) -> Option<State> {
        self.subject(id).map(|subject| subject.state)
    }

    pub fn comparison_of(&self, name: &str) -> Comparison {
        let simulator = self.simulator();
        let fields = [("Favorite Program".to_owned(), "Program Interest".to_owned())].into();
        let former_lists = self.former_lists.lock().unwrap().clone();
        let rules = CompareRules { fields, former_lists, ..CompareRules::default() };
        let baseline = simulator.virtuous.organisation(name).and_then(|held| held.baseline.as_ref());
        compare::differences(&simulator, name, name, &rules, baseline).unwrap()
    }

    pub fn comparison(&self) -> Comparison {
        self.comparison_of(HOPE)
    }

    /// Nothing is left to do for a customer, and both sides agree.
    pub fn is_settled(&self, name: &str) -> bool {
        let record = self.record_of(name);
        let counts = self.counts_of(name);
        let of = |state: State| counts.states[usize::from(state.to_u8())];
        record.stage == Stage::Live
            && of(State::Pending) + of(State::Submitted) == 0
            && self.comparison_of(name).differences.is_empty()
    }

    /// What the operators' questions are answered from.
    pub fn operator(&self) -> OperatorContext {
        OperatorContext {
            deps: self.app.deps.clone(),
            customers: self.app.customers.read().unwrap().clone(),
            broken: Default::default(),
            service: None,
            signing_key: SigningKey::random().unwrap(),
            caller: Caller::command(),
            plans: tandem::operator::Plans::default(),
        }
    }

    /// Asks as the commands do. Every answer is valid by the schema that the API's description gives for it.
    pub async fn ask<Q: Question>(&self, question: Q) -> Result<Value, String> {
        let answered = question.answer(&self.operator()).await.map_err(|error| error.to_string());
        self.nudge(HOPE);
        let answer = serde_json::to_value(answered?).unwrap();
        let operation = QUESTIONS.iter().find(|one| one.command == Q::COMMAND).unwrap();
        if let Err(error) = jsonschema::validate(&operation.answer_schema(), &answer) {
            panic!("{}: {error} in {answer:#}", Q::COMMAND);
        }
        Ok(answer)
    }

    /// `tandem work ... retry`, `drop`, `accept` or `confirm`.
    pub async fn decide(&self, verb: Verb, item: &str, choice: Option<Choice>) -> Result<Value, String> {
        let (customer, item) = (HOPE.parse().unwrap(), item.to_owned());
        match (verb, choice) {
            (Verb::Retry, None) => self.ask(Retry { customer, item: Some(item) }).await,
            (Verb::Drop, None) => self.ask(Drop { customer, item }).await,
            (Verb::Accept, None) => self.ask(Accept { customer, item, contact: None, tag: None }).await,
            (Verb::Accept, Some(Choice::Contact(id))) => {
                self.ask(Accept { customer, item, contact: Some(id), tag: None }).await
            }
            (Verb::Accept, Some(Choice::Tag(id))) => {
                self.ask(Accept { customer, item, contact: None, tag: Some(id) }).await
            }
            (Verb::Confirm, None) => self.ask(Confirm { customer, item, list: None }).await,
            (Verb::Confirm, Some(Choice::List(list))) => {
                self.ask(Confirm { customer, item, list: Some(list) }).await
            }
            (verb, Some(choice)) => panic!("{verb} takes no {choice:?}"),
        }
    }

    /// `tandem work`.
    pub async fn work(&self) -> Value {
        self.ask(ShowWork { customer: HOPE.parse().unwrap() }).await.unwrap()
    }

    /// `tandem plan`.
    pub async fn plan(&self) -> Value {
        self.ask(PlanCustomer { customer: HOPE.parse().unwrap() }).await.unwrap()
    }

    /// Has the actors of the first customer look now.
    pub fn nudge(&self, name: &str) {
        self.app.nudge(&name.parse().unwrap());
    }

    /// Lets so much time pass.
    pub async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Waits until something is so, in small steps, at most for so long by the simulated clock.
    pub async fn until(&self, what: &str, within: Duration, mut is_so: impl FnMut(&Self) -> bool) {
        let began = self.now();
        let step = Duration::from_secs((within.as_secs() / 200).clamp(5, 600));
        for _ in 0..STEPS_MAX {
            if is_so(self) {
                return;
            }
            if self.now().since(began) > within {
                break;
            }
            self.pass(step).await;
        }
        panic!("{what}: not within {} s\n{}", within.as_secs(), self.describe());
    }

    /// Waits until nothing is left to do for the first customer, and both sides agree.
    pub async fn until_settled(&self, what: &str, within: Duration) {
        self.until(what, within, |world| world.is_settled(HOPE)).await;
    }

    /// How things stand, without personal data.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for name in &self.names {
            let (record, counts) = (self.record_of(name), self.counts_of(name));
            let _ = writeln!(
                text,
                "{name}: {:?}, pause {:?}, lanes {:?}",
                record.stage, record.pause, counts.lanes
            );
            for state in State::ALL {
                let _ = write!(text, " {state} {}", counts.states[usize::from(state.to_u8())]);
            }
            let found = self.comparison_of(name);
            let _ = writeln!(text, "\n{} differences", found.differences.len());
            for difference in found.differences.iter().take(SHOWN) {
                let quiet = difference.facet == "email";
                let (expected, there) =
                    if quiet { ("-", "-") } else { (&*difference.expected, &*difference.found) };
                let id = &difference.contact_id;
                let _ = writeln!(text, " {id} {}: {expected:?} but {there:?}", difference.facet);
                if name == HOPE
                    && let Some(subject) = self.subject(id)
                {
                    let _ = writeln!(text, "   {}", Self::line(&subject));
                }
            }
            let mut shown = 0;
            let read = self.app.deps.store.of(record.number).each_subject(|subject| {
                if matches!(subject.state, State::Pending | State::Submitted | State::Review | State::Failed)
                    && shown < SHOWN
                {
                    shown += 1;
                    let _ = writeln!(text, " {}", Self::line(&subject));
                }
            });
            if let Err(error) = read {
                let _ = writeln!(text, "{error}");
            }
        }
        text
    }

    /// A subject without personal data.
    fn line(subject: &Subject) -> String {
        let Subject { id, state, reason, work, submission, attempts, failure, .. } = subject;
        format!(
            "{id}: {state} [{}] {reason}; work {work:?}, submission {submission:?}, attempts {attempts}, {failure:?}",
            reason.rule
        )
    }

    /// What was done twice in an organisation of Virtuous.
    pub fn repeats(&self, name: &str) -> Repeats {
        self.simulator().virtuous.organisation(name).unwrap().meter.repeats
    }

    /// The end of every test: both sides agree, the store is in order, no work is lost, nothing was written twice.
    pub async fn finish(self) {
        for name in &self.names {
            let differences = self.comparison_of(name).differences.len();
            assert_eq!(differences, 0, "{}", self.describe());
        }
        self.finish_differing().await;
    }

    /// The same where the test has left the two sides in disagreement on purpose.
    pub async fn finish_differing(self) {
        for name in &self.names {
            let number = self.record_of(name).number;
            let store = &self.app.deps.store;
            assert_eq!(store.of(number).check_consistent().unwrap(), Vec::<String>::new());
            let mut lost = Vec::new();
            let visit = |subject: Subject| {
                if matches!(subject.state, State::Pending | State::Submitted) && subject.work.is_none() {
                    lost.push(Self::line(&subject));
                }
            };
            store.of(number).each_subject(visit).unwrap();
            assert!(lost.is_empty(), "work of {} subjects is lost: {:?}", lost.len(), lost.first());
            assert_eq!(self.repeats(name), Repeats::default(), "{name}: something was written twice");
        }
        assert!(self.app.stop().await, "did not stop in time");
        // A test may start another world.
        tokio::time::resume();
    }
}

/// Runs a control on the simulator; refusals end the test.
fn control(simulator: &mut Simulator, path: &str, body: &Value, now: Timestamp) -> Value {
    let request = SimRequest::new(Method::Post, &format!("/control/{path}")).with_json(body);
    let answer = simulator.handle(&request, now);
    assert!(answer.response.is_success(), "{path}: {}", answer.value());
    answer.value()
}

fn process(setup: &Setup, folder: &std::path::Path) -> Settings {
    let ((per_second, per_day), per_hour) = (setup.cc_calls, setup.virtuous_calls);
    let text = format!(
        "data_dir = \"store\"\n[http]\nlisten = \"127.0.0.1:0\"\n[constant_contact]\napi_url = \"http://sim/cc\"\n\
         auth_url = \"http://sim/cc/oauth\"\nclient_id = \"demo\"\nclient_secret = \"demo\"\n\
         calls_per_second = {per_second}\ncalls_per_day = {per_day}\n[virtuous]\n\
         api_url = \"http://sim/virtuous\"\ncalls_per_hour = {per_hour}\n"
    );
    Settings::from_toml(&text, &folder.join("tandem.toml"), &Environment::of(&[])).unwrap()
}

fn customer(setup: &Setup, spec: &AccountSpec, folder: &std::path::Path) -> CustomerSettings {
    let Setup {
        poll_every,
        query_every,
        reconcile_every,
        lookup_after,
        review_after,
        auto_start,
        events,
        import,
        cc,
        more,
        ..
    } = setup;
    let (name, per_hour) = (&spec.account, setup.virtuous_calls);
    let text = format!(
        "id = \"{name}\"\nname = \"{name}\"\ntime_zone = \"America/New_York\"\n[constant_contact]\n\
         refresh_token = \"{}\"\npoll_every = \"{poll_every}\"\n{cc}\n[virtuous]\napi_key = \"{}\"\n\
         query_every = \"{query_every}\"\nreconcile_every = \"{reconcile_every}\"\nlookup_after = \"{lookup_after}\"\nreview_after = \"{review_after}\"\n\
         calls_per_hour = {per_hour}\nmanage_webhook = {events}\n[import]\nauto_start = {auto_start}\nwindow = \"\"\n\
         calls_per_hour = {per_hour}\n{import}\n[mapping.fields]\n\"Favorite Program\" = \"Program Interest\"\n\
         {more}\n",
        spec.refresh_token(),
        spec.api_key(),
    );
    let file = folder.join(format!("{name}.toml"));
    CustomerSettings::from_toml(&text, &file, &Environment::of(&[])).unwrap()
}

/// An id of Constant Contact as the simulator has it.
pub fn uuid(id: &str) -> Uuid {
    id.parse().unwrap()
}
