//! Both systems behind a script, for the tests of performers: prepared answers by method and path, and what was asked.

use std::{
    cell::Cell,
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    access::{CcAccess, Permits, VirtuousAccess, constant_contact::Connection},
    budget::{HourlyBudget, UNLIMITED},
    clock::Clock,
    constant_contact::{
        self, OAuth, RefreshToken, Session, StoreFuture, StoredAccess, StoredTokens, TokenStore,
    },
    domain::{
        CcView, ContactId, CustomerId, EmailMethod, IndividualId, Lane, LinkedBy, MethodId, Permission,
        Person, Profile, Stage, Subject, Timestamp, VirtuousContact, VirtuousContactId,
        VirtuousReferenceData, VirtuousView,
    },
    metrics::Metrics,
    store::{CustomerStore, DueSubject, MergeSuspect, StoreError},
    sync::{Household, Planned, Planner, Step},
    transport::{self, Request, Response, Transport, TransportError},
    virtuous as api,
};

use super::{
    hand::PlannedSubject,
    reach::{MergeSuspects, Reach},
    virtuous::VirtuousSide,
};

/// The moment of every test.
pub fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        now()
    }
}

struct Line {
    asked: String,
    answer: Result<Response, TransportError>,
}

/// Prepared answers: the first line that fits a request answers it, once.
#[derive(Default)]
struct Script {
    lines: Mutex<Vec<Line>>,
    requests: Mutex<Vec<Request>>,
}

fn line_of(request: &Request) -> String {
    let path = request.url.split_once("//").map_or("", |(_, rest)| rest);
    format!("{} {}", request.method.as_str(), path.trim_start_matches(|letter| letter != '/'))
}

impl Transport for Script {
    fn send(&self, request: Request) -> transport::Answer {
        let asked = line_of(&request);
        let mut lines = self.lines.lock().unwrap();
        let place = lines.iter().position(|line| asked.starts_with(&line.asked));
        let answer = place.map(|place| lines.remove(place).answer);
        self.requests.lock().unwrap().push(request);
        Box::pin(async move { answer.unwrap_or_else(|| panic!("no answer to {asked}")) })
    }
}

struct Granted;

impl Permits for Granted {
    fn acquire(&self, _: Lane) -> LocalBoxFuture<'_, Result<(), Timestamp>> {
        Box::pin(async { Ok(()) })
    }

    fn throttled(&self) {}

    fn quota_exceeded(&self, _: Option<Timestamp>) {}
}

struct Connected;

impl TokenStore for Connected {
    fn load(&self) -> StoreFuture<'_, Option<StoredTokens>> {
        let until = Timestamp::from_secs(1_900_000_000);
        let access =
            StoredAccess { token: SecretString::from("token"), refresh_at: until, expires_at: until };
        let tokens = StoredTokens { current: RefreshToken::new("r"), previous: None, access: Some(access) };
        Box::pin(async move { Ok(Some(tokens)) })
    }

    fn save(&self, _: StoredTokens, _: Option<RefreshToken>) -> StoreFuture<'_, bool> {
        Box::pin(async { Ok(true) })
    }
}

/// Suspects that a test names.
struct Named(Vec<MergeSuspect>);

impl MergeSuspects for Named {
    fn among(&self, _: &[VirtuousContact]) -> Result<BTreeSet<MergeSuspect>, StoreError> {
        Ok(self.0.iter().copied().collect())
    }
}

/// What a performer reaches, with both systems scripted.
pub struct World {
    customer: CustomerId,
    script: Arc<Script>,
    cc: CcAccess,
    virtuous: VirtuousAccess,
    metrics: Metrics,
    suspects: Named,
    /// What plans rest on.
    pub planner: Planner,
    /// The reference data.
    pub reference: VirtuousReferenceData,
    /// Whether the process stops.
    pub stops: Cell<bool>,
}

impl World {
    /// Nothing is prepared yet.
    pub fn new() -> Self {
        let (script, metrics) = (Arc::new(Script::default()), Metrics::new());
        let transport: Arc<dyn Transport> = script.clone();
        let customer: CustomerId = "hope".parse().unwrap();
        let oauth = OAuth::new(Arc::clone(&transport), "http://auth.test", "id", SecretString::from("s"));
        let session = Session::new(oauth.clone(), Arc::new(Connected), Arc::new(Standing));
        let client = constant_contact::Client::new(Arc::clone(&transport), "http://cc.test");
        let cc = CcAccess::new(
            customer.clone(),
            Connection { client, oauth, session },
            Arc::new(Granted),
            Arc::new(Standing),
            metrics.clone(),
        );
        let budget = Arc::new(Mutex::new(HourlyBudget::new(UNLIMITED, UNLIMITED)));
        let key = SecretString::from("key");
        let clock: Arc<dyn Clock> = Arc::new(Standing);
        let client =
            api::Client::new(transport, Arc::clone(&clock), "http://virtuous.test", &key, Arc::new(|_| ()));
        let virtuous = VirtuousAccess::new(customer.clone(), client, budget, clock, metrics.clone());
        let planner = Planner { stage: Stage::Live, ..Planner::default() };
        let (suspects, reference) = (Named(Vec::new()), VirtuousReferenceData::default());
        Self {
            customer,
            script,
            cc,
            virtuous,
            metrics,
            suspects,
            planner,
            reference,
            stops: Cell::new(false),
        }
    }

    /// A request that begins so (`GET /api/Contact/7`) is answered by this, once.
    pub fn on(self, asked: &str, status: u16, body: impl ToString) -> Self {
        let mut response = Response::new(status);
        response.body = body.to_string().into_bytes();
        self.push(asked, Ok(response))
    }

    /// A request that begins so is lost.
    pub fn lost(self, asked: &str) -> Self {
        self.push(asked, Err(TransportError::Broken))
    }

    fn push(self, asked: &str, answer: Result<Response, TransportError>) -> Self {
        self.script.lines.lock().unwrap().push(Line { asked: asked.to_owned(), answer });
        self
    }

    /// A contact may have been merged into another.
    pub fn suspect(mut self, gone: i64, into: i64) -> Self {
        let (gone, into) = (VirtuousContactId(gone), VirtuousContactId(into));
        self.suspects.0.push(MergeSuspect { gone, into });
        self
    }

    /// Runs a performer within this reach.
    pub async fn with<T>(&self, run: impl AsyncFnOnce(&Reach<'_>) -> T) -> T {
        let is_stopping = || self.stops.get();
        let reach = Reach {
            customer: &self.customer,
            cc: &self.cc,
            virtuous: &self.virtuous,
            planner: &self.planner,
            reference: &self.reference,
            suspects: &self.suspects,
            clock: &Standing,
            metrics: &self.metrics,
            is_stopping: &is_stopping,
        };
        run(&reach).await
    }

    /// What a reader of Virtuous reaches, with this store.
    pub fn side<'a>(&'a self, store: &'a CustomerStore) -> VirtuousSide<'a> {
        VirtuousSide {
            customer: &self.customer,
            store,
            virtuous: &self.virtuous,
            rules: &self.planner.rules,
            clock: &Standing,
            is_stopping: &|| false,
        }
    }

    /// Every request so far, in order.
    pub fn asked(&self) -> Vec<String> {
        self.script.requests.lock().unwrap().iter().map(line_of).collect()
    }

    /// The body of a request.
    pub fn body(&self, at: usize) -> Value {
        serde_json::from_slice(&self.script.requests.lock().unwrap()[at].body).unwrap_or_default()
    }

    /// Asserts that every prepared answer was asked for.
    pub fn is_played(&self) {
        let left: Vec<_> = self.script.lines.lock().unwrap().iter().map(|line| line.asked.clone()).collect();
        assert_eq!(left, Vec::<String>::new(), "answers that were not asked for");
    }
}

/// A subscriber with an address.
pub fn subject(number: u32, email: &str) -> Subject {
    let id = ContactId::new(&format!("00000000-0000-4000-8000-{number:012}"));
    let mut subject = Subject::new(id, now());
    subject.cc = CcView {
        seen_at: now(),
        email: Some(email.to_owned()),
        permission: Permission::Explicit,
        profile: Profile { first_name: "Ann".to_owned(), last_name: "Lee".to_owned(), ..Profile::default() },
        ..CcView::default()
    };
    subject
}

/// A subscriber linked to a contact, as [`crate::virtuous::script::full_contact`] shows it.
pub fn linked(number: u32, contact: i64, email: &str) -> Subject {
    let mut subject = subject(number, email);
    subject.virtuous = VirtuousView::Linked(Box::new(Person {
        contact: VirtuousContactId(contact),
        individual: IndividualId(contact * 10),
        linked_by: LinkedBy::Email,
        has_reference: false,
        emails: vec![EmailMethod {
            id: MethodId(contact * 100),
            kind: "Home Email".to_owned(),
            value: email.to_owned(),
            opted_in: true,
            primary: true,
            created_at: None,
            modified_at: None,
        }],
        tags: vec!["CC: News".to_owned()],
        fields: Vec::new(),
        restricted: false,
        merged_into: None,
        seen_at: now(),
    }));
    subject
}

/// A subject in hand, with this step.
pub fn hand(planner: &Planner, subject: Subject, step: Step) -> PlannedSubject {
    let household = Household::default();
    let plan = planner.plan(&subject, &household, now());
    let plan = crate::sync::Plan { step, ..plan };
    PlannedSubject { due: DueSubject { lane: Lane::Change, subject, household, unsure: None }, plan }
}

/// An effect as planned.
pub fn planned(effect: crate::domain::Effect) -> Planned {
    use crate::domain::{Cause, Reason, Rule};
    Planned { effect, reason: Reason::new(Rule::P1, Cause::Refused) }
}

/// A contact of Constant Contact, with this permission.
pub fn cc_contact(subject: &Subject, permission: &str) -> Value {
    json!({
        "contact_id": subject.id.to_string(),
        "email_address": {"address": subject.cc.email, "permission_to_send": permission},
        "first_name": "Ann", "last_name": "Lee", "update_source": "Account", "list_memberships": [],
        "custom_fields": [], "phone_numbers": [], "taggings": []
    })
}
