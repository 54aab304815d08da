//! The main job over the simulators in process, with real actors and a clock that stands still but for waiting.
#![expect(clippy::unwrap_used, reason = "in a test a failure may panic")]

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use tandem::{
    actors::system::Parts,
    app::App,
    clock::{Clock, TokioClock},
    config::{CustomerSettings, Environment, Settings},
    domain::{Stage, State, Timestamp},
    http::metrics::Metrics,
    simulator::{
        Simulator,
        compare::{self, CompareRules, VirtuousSnapshot},
        constant_contact::{Limits, Source},
        generator::{self, AccountSpec},
        ids::Uuid,
        transport::InProcess,
        wire::SimRequest,
    },
    store::{Mode, Options, Store},
    transport::Method,
};

const ACCOUNT: &str = "hope";

/// Both systems, Tandem, and a clock.
struct World {
    simulator: Arc<Mutex<Simulator>>,
    clock: Arc<TokioClock>,
    app: App,
    _folder: tempfile::TempDir,
}

fn settings(folder: &Path, auto_start: bool) -> (Settings, CustomerSettings) {
    let environment = Environment::of(&[]);
    let process = "[constant_contact]\napi_url = \"http://sim/cc\"\nauth_url = \"http://sim/cc/oauth\"\n\
                   client_id = \"id\"\nclient_secret = \"secret\"\ncalls_per_second = 1000000\n\
                   calls_per_day = 1000000000\n[virtuous]\napi_url = \"http://sim/virtuous\"\n";
    let customer = format!(
        "id = \"hope\"\n[constant_contact]\nrefresh_token = \"refresh-hope\"\npoll_every = \"1h\"\n[virtuous]\n\
         api_key = \"key-hope\"\nquery_every = \"4h\"\ncalls_per_hour = 1000000000\n[import]\n\
         auto_start = {auto_start}\nwindow = \"\"\ncalls_per_hour = 1000000000\n[mapping.fields]\n\
         \"Favorite Program\" = \"Program Interest\"\n"
    );
    (
        Settings::from_toml(process, &folder.join("tandem.toml"), &environment).unwrap(),
        CustomerSettings::from_toml(&customer, &folder.join("hope.toml"), &environment).unwrap(),
    )
}

impl World {
    async fn new(contacts: usize, seed: u64, auto_start: bool, virtuous: serde_json::Value) -> Self {
        let clock = Arc::new(TokioClock::starting_at(Timestamp::parse("2026-11-22T12:00:00Z").unwrap()));
        let now = clock.now();
        let mut simulator = Simulator::new(seed);
        generator::generate(&mut simulator, &AccountSpec::new(ACCOUNT, contacts, seed), now).unwrap();
        simulator.constant_contact.limits = Limits { per_second: u32::MAX, per_day: u32::MAX };
        for organisation in simulator.virtuous.organisations_mut() {
            organisation.baseline = Some(VirtuousSnapshot::take(organisation, "CC: "));
            let limit = serde_json::json!({"hourly_limit": 1_000_000_000});
            let switches = organisation.switches.patched(&limit).unwrap().patched(&virtuous).unwrap();
            organisation.set_switches(switches, now);
        }
        let simulator = Arc::new(Mutex::new(simulator));
        let folder = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(folder.path(), options).unwrap();
        let transport = Arc::new(InProcess::new(Arc::clone(&simulator), clock.clone()));
        let (settings, customer) = settings(folder.path(), auto_start);
        let parts = Parts {
            settings: Arc::new(settings),
            store,
            clock: clock.clone(),
            transport,
            metrics: Metrics::new(),
        };
        let app = App::start(parts, vec![customer]).await.unwrap();
        Self { simulator, clock, app, _folder: folder }
    }

    fn store(&self) -> &Store {
        &self.app.parts.store
    }

    fn stage(&self) -> Stage {
        self.store().customers().unwrap()[0].stage
    }

    fn of(&self, state: State) -> u64 {
        self.store().counts(1).unwrap().states[usize::from(state.to_u8())]
    }

    fn comparison(&self) -> compare::Comparison {
        let simulator = self.simulator.lock().unwrap();
        let rules = CompareRules {
            fields: [("Favorite Program".to_owned(), "Program Interest".to_owned())].into(),
            ..CompareRules::default()
        };
        let organisation = simulator.virtuous.organisation(ACCOUNT).unwrap();
        compare::differences(&simulator, ACCOUNT, ACCOUNT, &rules, organisation.baseline.as_ref()).unwrap()
    }

    /// Waits, in simulated time, for at most three days.
    async fn until(&self, what: &str, mut condition: impl FnMut(&Self) -> bool) {
        for _ in 0..3 * 24 * 60 {
            if condition(self) {
                return;
            }
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let counts = self.store().counts(1).unwrap();
        let differences = self.comparison().differences;
        panic!("not {what} after three days: {counts:?}, {differences:?}");
    }

    async fn until_synced(&self) {
        self.until("in sync", |world| {
            let counts = world.store().counts(1).unwrap();
            world.stage() == Stage::Live && counts.work() == 0 && world.comparison().differences.is_empty()
        })
        .await;
        assert_eq!(self.store().check_consistent(1).unwrap(), Vec::<String>::new());
    }

    fn virtuous_calls(&self, method: Method, pattern: &str) -> u64 {
        let simulator = self.simulator.lock().unwrap();
        simulator.virtuous.organisation(ACCOUNT).unwrap().meter.calls_of(method, pattern)
    }

    fn virtuous_writes(&self) -> usize {
        self.simulator.lock().unwrap().virtuous.organisation(ACCOUNT).unwrap().meter.writes().len()
    }

    /// Ids of subscribers that are active in Constant Contact and linked and opted in in Virtuous.
    fn opted_in(&self, count: usize) -> Vec<Uuid> {
        let simulator = self.simulator.lock().unwrap();
        let account = simulator.constant_contact.account(ACCOUNT).unwrap();
        let mut found = Vec::new();
        for contact in account.roster.iter().filter(|contact| contact.deleted_at.is_none()) {
            let id = tandem::domain::ContactId::new(&contact.id.to_string());
            let subject = self.store().subject(1, &id).unwrap().unwrap();
            let agreed = subject.base.consent.is_some_and(|consent| consent.opted_in);
            if subject.state == State::InSync && agreed && subject.virtuous.linked().is_some() {
                found.push(contact.id);
            }
        }
        found.truncate(count);
        found
    }

    fn unsubscribe(&self, ids: &[Uuid]) {
        let now = self.clock.now();
        let mut simulator = self.simulator.lock().unwrap();
        for id in ids {
            simulator.constant_contact.unsubscribe(ACCOUNT, *id, Source::Contact, None, None, now).unwrap();
        }
    }
}

#[actix::test]
async fn c4_a_whole_account_is_brought_into_step_with_few_calls() {
    tokio::time::pause();
    for seed in [7, 8] {
        let world = World::new(300, seed, true, serde_json::json!({})).await;
        world.until_synced().await;
        let created = {
            let simulator = world.simulator.lock().unwrap();
            simulator.virtuous.organisation(ACCOUNT).unwrap().book.contacts().len()
        };
        assert!(created > 200, "seed {seed}: {created}");
        let batches = world.virtuous_calls(Method::Post, "/api/Contact/Batch");
        assert!(batches <= 5, "seed {seed}: {batches} batches");
        assert!(world.of(State::Held) > 0, "C3: nameless people are held");
        let simulator = world.simulator.lock().unwrap();
        let repeats =
            serde_json::to_value(simulator.virtuous.organisation(ACCOUNT).unwrap().meter.repeats).unwrap();
        let all_zero = repeats.as_object().unwrap().values().all(|count| count.as_u64() == Some(0));
        assert!(all_zero, "seed {seed}: something was written twice: {repeats}");
    }
}

#[actix::test]
async fn c4_nothing_is_written_before_the_import_is_asked_for() {
    tokio::time::pause();
    let world = World::new(100, 7, false, serde_json::json!({})).await;
    tokio::time::sleep(Duration::from_secs(6 * 3600)).await;
    assert_eq!(world.virtuous_writes(), 0);
    assert!(world.store().counts(1).unwrap().subjects() >= 100);
    let now = world.clock.now();
    world.store().update_customer(1, move |record| record.import_started_at = Some(now)).await.unwrap();
    world.until_synced().await;
    assert!(world.virtuous_writes() > 0);
}

#[actix::test]
async fn p1_an_unsubscribe_that_moves_no_date_arrives_with_the_next_poll() {
    tokio::time::pause();
    let world = World::new(150, 7, true, serde_json::json!({})).await;
    world.until_synced().await;
    let ids = world.opted_in(5);
    assert_eq!(ids.len(), 5);
    let before = world.clock.now();
    let puts = world.virtuous_calls(Method::Put, "/api/ContactMethod/{id}");
    world.unsubscribe(&ids);
    // Without the opt-out stream it would not: `updated_after` does not see them.
    let token = {
        let mut simulator = world.simulator.lock().unwrap();
        simulator.constant_contact.access_token(ACCOUNT, "id", before)
    };
    let after = before.minus(Duration::from_secs(3600)).to_rfc3339_secs();
    let path = format!("/cc/v3/contacts?status=all&updated_after={after}&limit=500");
    let request = SimRequest::new(Method::Get, &path).with_header("authorization", format!("Bearer {token}"));
    let seen = world.simulator.lock().unwrap().handle(&request, world.clock.now());
    let seen = String::from_utf8(seen.response.body).unwrap();
    assert!(ids.iter().all(|id| !seen.contains(&id.to_string())), "updated_after sees what it should not");
    // The next poll is due within the hour.
    tokio::time::sleep(Duration::from_secs(3600 + 120)).await;
    assert!(world.comparison().differences.is_empty());
    let written = world.virtuous_calls(Method::Put, "/api/ContactMethod/{id}") - puts;
    assert!(written >= 5, "{written}");
}

#[actix::test]
async fn b3_once_in_step_fifty_polls_write_nothing() {
    tokio::time::pause();
    let world = World::new(120, 8, true, serde_json::json!({})).await;
    world.until_synced().await;
    let writes = world.virtuous_writes();
    tokio::time::sleep(Duration::from_secs(51 * 3600)).await;
    assert_eq!(world.virtuous_writes(), writes);
    assert!(world.comparison().differences.is_empty());
}

#[actix::test]
async fn edits_on_the_side_of_constant_contact_arrive() {
    tokio::time::pause();
    let world = World::new(200, 7, true, serde_json::json!({})).await;
    world.until_synced().await;
    world.unsubscribe(&world.opted_in(20));
    for (path, body) in [
        ("/control/cc/move-lists", serde_json::json!({"count": 30})),
        ("/control/cc/edit", serde_json::json!({"count": 10})),
        ("/control/cc/add", serde_json::json!({"count": 5})),
    ] {
        let request = SimRequest::new(Method::Post, path).with_json(&body);
        let answer = world.simulator.lock().unwrap().handle(&request, world.clock.now());
        assert_eq!(answer.response.status, 200, "{path}");
    }
    world.until_synced().await;
}

/// Where the references say GUESS or CONFLICT, Tandem is right under either behaviour.
#[actix::test]
async fn both_worlds_end_in_step() {
    tokio::time::pause();
    let worlds = [
        serde_json::json!({"import_opt_in_default": false}),
        serde_json::json!({"both_names_required": true}),
        serde_json::json!({"import_creates_tags": false}),
        serde_json::json!({"operators": "spaced", "exact_dates": true}),
        serde_json::json!({"times_with_z": true, "values_as_shown": true}),
        serde_json::json!({"method_bumps_contact": false, "tag_bumps_contact": false}),
        serde_json::json!({"join_id_name": "contactTagId", "put_clears_omitted": true}),
    ];
    for virtuous in worlds {
        println!("world {virtuous}");
        let world = World::new(120, 7, true, virtuous).await;
        world.until_synced().await;
    }
}
