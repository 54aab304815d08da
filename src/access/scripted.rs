//! Both systems behind a script, for tests: prepared answers by method and path, and what was asked.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{CcAccess, Permits, VirtuousAccess, constant_contact::Connection};
use crate::{
    budget::{HourlyBudget, UNLIMITED},
    clock::Clock,
    constant_contact::{
        self, OAuth, RefreshToken, Session, StoreFuture, StoredAccess, StoredTokens, TokenStore,
    },
    domain::{CcView, ContactId, CustomerId, Lane, Permission, Profile, Subject, Timestamp},
    metrics::Metrics,
    transport::{self, Request, Response, Transport, TransportError},
    virtuous,
};

/// The moment of every test.
pub fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

/// A clock that stands still.
pub struct Standing;

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

/// Grants every call; once the day is used up, those of the consent lane alone.
#[derive(Default)]
struct Granted {
    is_used_up: AtomicBool,
}

impl Permits for Granted {
    fn give_back(&self) {}

    fn acquire(&self, lane: Lane) -> LocalBoxFuture<'_, Result<(), Timestamp>> {
        let refused = self.is_used_up.load(Ordering::Relaxed) && lane != Lane::Consent;
        Box::pin(async move { if refused { Err(now().next_utc_midnight()) } else { Ok(()) } })
    }

    fn answered(&self, _: std::time::Duration) {}

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

/// The ways of a customer to both systems, scripted.
pub struct Ways {
    /// The customer's name.
    pub customer: CustomerId,
    /// The way to Constant Contact.
    pub cc: CcAccess,
    /// The way to Virtuous.
    pub virtuous: VirtuousAccess,
    /// The counters.
    pub metrics: Metrics,
    script: Arc<Script>,
    permits: Arc<Granted>,
}

impl Default for Ways {
    /// Nothing is prepared yet.
    fn default() -> Self {
        let (script, metrics) = (Arc::new(Script::default()), Metrics::new());
        let transport: Arc<dyn Transport> = script.clone();
        let customer: CustomerId = "hope".parse().unwrap();
        let permits = Arc::new(Granted::default());
        let oauth = OAuth::new(Arc::clone(&transport), "http://auth.test", "id", SecretString::from("s"));
        let session = Session::new(oauth.clone(), Arc::new(Connected), Arc::new(Standing));
        let client = constant_contact::Client::new(Arc::clone(&transport), "http://cc.test");
        let cc = CcAccess::new(
            customer.clone(),
            Connection { client, oauth, session },
            permits.clone(),
            Arc::new(Standing),
            metrics.clone(),
        );
        let budget = Arc::new(Mutex::new(HourlyBudget::new(UNLIMITED, UNLIMITED)));
        let key = SecretString::from("key");
        let clock: Arc<dyn Clock> = Arc::new(Standing);
        let url = "http://virtuous.test";
        let client = virtuous::Client::new(transport, Arc::clone(&clock), url, &key, Arc::new(|_| ()));
        let virtuous = VirtuousAccess::new(customer.clone(), client, budget, clock, metrics.clone());
        // The account and the organisation were compared (I5).
        cc.gate().set(true);
        virtuous.gate().set(true);
        Self { customer, cc, virtuous, metrics, script, permits }
    }
}

impl Ways {
    /// A request that begins so (`GET /api/Contact/7`) is answered by this, once.
    ///
    /// A refusal without words is one in the API's own shape (E4).
    pub fn on(&self, asked: &str, status: u16, body: impl ToString) {
        let mut response = Response::new(status);
        let body = body.to_string();
        let is_bare = status >= 400 && ["", "{}", "[]"].contains(&&*body);
        let own = if asked.contains("/v3/") { r#"{"error_key":"refused"}"# } else { "{}" };
        response.body = if is_bare { own.to_owned() } else { body }.into_bytes();
        self.push(asked, Ok(response));
    }

    /// The key's budget of Constant Contact has calls of the consent lane alone left for the day.
    pub fn use_up_the_day(&self) {
        self.permits.is_used_up.store(true, Ordering::Relaxed);
    }

    /// A request that begins so is lost.
    pub fn lost(&self, asked: &str) {
        self.push(asked, Err(TransportError::Broken));
    }

    /// No connection can be made for a request that begins so (E4).
    pub fn unreachable(&self, asked: &str) {
        self.push(asked, Err(TransportError::Connect { host: "cc.test".to_owned() }));
    }

    fn push(&self, asked: &str, answer: Result<Response, TransportError>) {
        self.script.lines.lock().unwrap().push(Line { asked: asked.to_owned(), answer });
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

/// A contact of Constant Contact, with this permission.
pub fn cc_contact(subject: &Subject, permission: &str) -> Value {
    json!({
        "contact_id": subject.id.to_string(),
        "email_address": {"address": subject.cc.email, "permission_to_send": permission},
        "first_name": "Ann", "last_name": "Lee", "update_source": "Account", "list_memberships": [],
        "custom_fields": [], "phone_numbers": [], "taggings": []
    })
}
