//! The simulated world of the demo: a server on loopback, an account on both sides, the comparison.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    clock::{Clock, SystemClock},
    domain::Timestamp,
    simulator::{
        Simulator, compare,
        compare::{CompareRules, VirtuousSnapshot},
        constant_contact::Limits,
        deliver,
        generator::{AccountSpec, Generated, generate},
        shell,
        week::{self, Week},
    },
    transport::Method,
};

use super::DemoError;

/// The demo's customer, on both sides.
pub(super) const ACCOUNT: &str = "hope";
/// How often the simulated night falls, in seconds.
const IMPORT_EVERY_S: u64 = 2;

/// Both simulated systems, served over HTTP.
pub struct World {
    simulator: Arc<Mutex<Simulator>>,
    server: actix_web::dev::ServerHandle,
    url: String,
    made: Generated,
    seed: u64,
    // Names that lists had before (S3).
    former: Mutex<Vec<String>>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "World({})", self.url)
    }
}

impl World {
    /// Makes an account of so many contacts, and serves both systems on a free port of loopback.
    ///
    /// # Errors
    /// When there is no port, or the account cannot be made.
    pub fn start(contacts: usize, seed: u64) -> Result<Self, DemoError> {
        let now = SystemClock.now();
        let mut simulator = Simulator::new(seed);
        let spec = AccountSpec::new(ACCOUNT, contacts, seed);
        let made =
            generate(&mut simulator, &spec, now).map_err(|error| DemoError::Account(error.to_string()))?;
        week::prepare(&mut simulator, ACCOUNT);
        simulator.constant_contact.limits = Limits { per_second: u32::MAX, per_day: u32::MAX };
        for organisation in simulator.virtuous.organisations_mut() {
            organisation.baseline = Some(VirtuousSnapshot::take(organisation, "CC: "));
            let patch = serde_json::json!({"import_every": IMPORT_EVERY_S, "hourly_limit": 1_000_000_000});
            if let Ok(switches) = organisation.switches.patched(&patch) {
                organisation.set_switches(switches, now);
            }
        }
        let simulator = Arc::new(Mutex::new(simulator));
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = shell::serve(listener, Arc::clone(&simulator), 1)?;
        let handle = server.handle();
        actix::spawn(server);
        let events = Arc::clone(&simulator);
        actix::spawn(async move { drop(deliver::run(events).await) });
        Ok(Self { simulator, server: handle, url, made, seed, former: Mutex::default() })
    }

    /// Where both systems are.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The account's first refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> &str {
        &self.made.refresh_token
    }

    /// The organisation's key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.made.api_key
    }

    /// The simulator itself, locked.
    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Contacts in Constant Contact that are not deleted.
    #[must_use]
    pub fn contacts(&self) -> u64 {
        let simulator = self.simulator();
        let account = simulator.constant_contact.account(ACCOUNT);
        account.map_or(0, |account| {
            account.roster.iter().filter(|contact| contact.deleted_at.is_none()).count() as u64
        })
    }

    /// Where both sides do not agree.
    #[must_use]
    pub fn differences(&self) -> u64 {
        self.comparison().map_or(u64::MAX, |comparison| comparison.differences.len() as u64)
    }

    /// Plays a week of edits.
    ///
    /// # Errors
    /// When the account is not there.
    pub fn play_week(&self, now: Timestamp) -> Result<Week, DemoError> {
        let week = week::play(&mut self.simulator(), ACCOUNT, self.seed, now)
            .map_err(|error| DemoError::Account(error.to_string()))?;
        let mut former = self.former.lock().unwrap_or_else(PoisonError::into_inner);
        former.extend(week.renamed_list.clone());
        Ok(week)
    }

    /// Subscribers that disappeared in that week and are still opted in in Virtuous.
    #[must_use]
    pub fn still_opted_in(&self, week: &Week) -> u64 {
        week.still_opted_in(&self.simulator(), ACCOUNT) as u64
    }

    /// The whole comparison.
    #[must_use]
    pub fn comparison(&self) -> Option<compare::Comparison> {
        let simulator = self.simulator();
        let rules = CompareRules {
            fields: [("Favorite Program".to_owned(), "Program Interest".to_owned())].into(),
            former_lists: self.former.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            ..CompareRules::default()
        };
        let baseline = simulator.virtuous.organisation(ACCOUNT).and_then(|held| held.baseline.as_ref());
        compare::differences(&simulator, ACCOUNT, ACCOUNT, &rules, baseline)
    }

    /// Contacts made, contacts written, opt-outs written, as Virtuous counted them.
    #[must_use]
    pub fn written(&self) -> (u64, u64, u64) {
        let simulator = self.simulator();
        let Some(organisation) = simulator.virtuous.organisation(ACCOUNT) else { return (0, 0, 0) };
        let created =
            (organisation.book.contacts().len() as u64).saturating_sub(self.made.virtuous_contacts as u64);
        let of = |method, pattern: &str| organisation.meter.calls_of(method, pattern);
        let opted_out = of(Method::Put, "/api/ContactMethod/{id}");
        let updated = opted_out
            + of(Method::Post, "/api/ContactTag")
            + of(Method::Delete, "/api/ContactTag/{id}")
            + of(Method::Put, "/api/Contact/{id}")
            + of(Method::Put, "/api/ContactIndividual/{id}")
            + of(Method::Post, "/api/ContactReference")
            + of(Method::Post, "/api/ContactNote");
        (created, updated, opted_out)
    }

    /// Calls to Constant Contact and to Virtuous.
    #[must_use]
    pub fn calls(&self) -> (u64, u64) {
        let simulator = self.simulator();
        let virtuous = simulator.virtuous.organisation(ACCOUNT).map_or(0, |held| held.meter.total());
        (simulator.constant_contact.tally().total(Some(ACCOUNT)), virtuous)
    }

    /// Stops serving.
    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}
