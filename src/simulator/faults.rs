//! Faults on demand, for both simulators: each calls [`Faults::draw`] and then [`Drawn::around`] its handler.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::wire::{Cut, SimRequest, SimResponse};

/// Whose calls a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// Constant Contact, its token endpoint included.
    ConstantContact,
    /// Virtuous.
    Virtuous,
}

/// What the body of an injected error looks like (Constant Contact reference 9, Virtuous reference 5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBody {
    /// No body at all.
    #[default]
    Empty,
    /// `[{"error_key","error_message"}]`
    Array,
    /// `{"error_key","error_message"}`
    Object,
    /// `{"message"}`
    Message,
    /// A gateway's HTML page.
    Html,
    /// This text.
    Text(String),
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes so many milliseconds later; further faults may hit as well.
    Latency(u64),
    /// The connection drops before the request takes effect.
    DropBefore,
    /// The connection drops after the request took effect: the caller cannot know the outcome.
    DropAfter,
    /// This status, and no effect.
    Status {
        /// The HTTP status.
        status: u16,
        /// The form of the body.
        #[serde(default)]
        body: ErrorBody,
    },
    /// 429 for too many calls in a second (Virtuous: with `Retry-After`).
    Throttled,
    /// 429 for an exhausted quota.
    QuotaExceeded,
    /// 401, whatever the token.
    Unauthorized,
    /// The second half of the body comes so many milliseconds after the first.
    SlowBody(u64),
    /// The request takes effect, and its answer is cut off in the middle although it claims to be whole.
    Malformed,
}

/// One fault.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Whose calls.
    pub system: System,
    /// Calls whose path (without `/cc` or `/virtuous`) begins so; empty for all.
    #[serde(default)]
    pub path_prefix: String,
    /// Calls of this method (`"PUT"`); absent for all.
    #[serde(default)]
    pub method: Option<String>,
    /// Calls with this key or token; absent for all.
    #[serde(default)]
    pub key: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many calls it still hits; `null` for no end.
    #[serde(default = "once")]
    pub remaining: Option<u32>,
    /// How likely it hits a call that fits.
    #[serde(default = "certain")]
    pub probability: f64,
}

const fn once() -> Option<u32> {
    Some(1)
}

const fn certain() -> f64 {
    1.0
}

impl Fault {
    /// A fault that hits the next call of `system`.
    #[must_use]
    pub const fn once(system: System, kind: FaultKind) -> Self {
        Self {
            system,
            path_prefix: String::new(),
            method: None,
            key: None,
            kind,
            remaining: once(),
            probability: certain(),
        }
    }

    /// The same for calls below this path only.
    #[must_use]
    pub fn on(mut self, path_prefix: &str) -> Self {
        path_prefix.clone_into(&mut self.path_prefix);
        self
    }

    fn fits(&self, request: &SimRequest) -> bool {
        self.remaining != Some(0)
            && request.path.starts_with(&self.path_prefix)
            && self
                .method
                .as_deref()
                .is_none_or(|method| method.eq_ignore_ascii_case(request.method.as_str()))
            && self.key.as_deref().is_none_or(|key| {
                request.header("authorization").is_some_and(|header| header.ends_with(&format!(" {key}")))
            })
    }
}

/// The faults that one simulator is to show.
#[derive(Debug)]
pub struct Faults {
    system: System,
    list: Vec<Fault>,
    random: fastrand::Rng,
}

impl Faults {
    /// No faults yet; `seed` decides which calls a probable one hits.
    #[must_use]
    pub fn new(system: System, seed: u64) -> Self {
        Self { system, list: Vec::new(), random: fastrand::Rng::with_seed(seed) }
    }

    /// Adds a fault; one for the other system is not taken, and `false` says so.
    pub fn add(&mut self, fault: Fault) -> bool {
        let ours = fault.system == self.system;
        if ours {
            self.list.push(fault);
        }
        ours
    }

    /// Takes all faults away.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// The faults that may still hit.
    #[must_use]
    pub fn active(&self) -> &[Fault] {
        &self.list
    }

    /// Decides what hits this call: any number of latencies, and the first other fault that fits.
    pub fn draw(&mut self, request: &SimRequest) -> Drawn {
        let mut drawn = Drawn { system: self.system, latency: Duration::ZERO, kind: None };
        for fault in &mut self.list {
            let latency = matches!(fault.kind, FaultKind::Latency(_));
            if (drawn.kind.is_some() && !latency) || !fault.fits(request) {
                continue;
            }
            if fault.probability < 1.0 && self.random.f64() >= fault.probability {
                continue;
            }
            if let Some(remaining) = &mut fault.remaining {
                *remaining -= 1;
            }
            match &fault.kind {
                FaultKind::Latency(millis) => drawn.latency += Duration::from_millis(*millis),
                kind => drawn.kind = Some(kind.clone()),
            }
        }
        self.list.retain(|fault| fault.remaining != Some(0));
        drawn
    }
}

/// What hits one call.
#[derive(Debug)]
pub struct Drawn {
    system: System,
    latency: Duration,
    kind: Option<FaultKind>,
}

impl Drawn {
    /// Answers the call: by `handler`, unless the fault comes before it.
    pub fn around(self, handler: impl FnOnce() -> SimResponse) -> SimResponse {
        let mut answer = match self.kind {
            None | Some(FaultKind::Latency(_)) => handler(),
            Some(FaultKind::DropBefore) => SimResponse::empty(503).with_cut(Cut::BeforeEffect),
            Some(FaultKind::DropAfter) => handler().with_cut(Cut::AfterEffect),
            Some(FaultKind::Status { status, body }) => error_answer(status, body),
            Some(FaultKind::Throttled) => throttled(self.system),
            Some(FaultKind::QuotaExceeded) => quota_exceeded(self.system),
            Some(FaultKind::Unauthorized) => unauthorized(self.system),
            Some(FaultKind::SlowBody(millis)) => {
                let mut answer = handler();
                answer.body_delay += Duration::from_millis(millis);
                answer
            }
            Some(FaultKind::Malformed) => {
                let mut answer = handler();
                let half = answer.response.body.len() / 2;
                answer.response.body.truncate(half);
                answer
            }
        };
        answer.delay += self.latency;
        answer
    }
}

fn error_answer(status: u16, body: ErrorBody) -> SimResponse {
    let error = json!({"error_key": "internal_error", "error_message": "There was a problem with our internal service."});
    match body {
        ErrorBody::Empty => SimResponse::empty(status),
        ErrorBody::Array => SimResponse::json(status, &[error]),
        ErrorBody::Object => SimResponse::json(status, &error),
        ErrorBody::Message => SimResponse::json(status, &json!({"message": "An error has occurred."})),
        ErrorBody::Html => {
            let page = format!("<html><head><title>{status}</title></head><body>{status}</body></html>");
            SimResponse::bytes(status, "text/html", page.into_bytes())
        }
        ErrorBody::Text(text) => SimResponse::bytes(status, "text/plain", text.into_bytes()),
    }
}

fn throttled(system: System) -> SimResponse {
    match system {
        System::ConstantContact => {
            SimResponse::json(429, &json!({"error_key": "throttled", "error_message": "Too Many Requests"}))
        }
        System::Virtuous => virtuous_limit("2"),
    }
}

fn quota_exceeded(system: System) -> SimResponse {
    match system {
        System::ConstantContact => {
            SimResponse::json(429, &json!({"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}))
        }
        System::Virtuous => virtuous_limit("600"),
    }
}

fn virtuous_limit(retry_after: &str) -> SimResponse {
    let body = json!({"error": {"code": "RATE_LIMITED", "message": "Rate limit exceeded.", "details": []}});
    SimResponse::json(429, &body).with_header("retry-after", retry_after)
}

fn unauthorized(system: System) -> SimResponse {
    match system {
        System::ConstantContact => {
            SimResponse::json(401, &json!({"error_key": "unauthorized", "error_message": "Unauthorized"}))
        }
        System::Virtuous => {
            SimResponse::json(401, &json!({"message": "Authorization has been denied for this request."}))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Method;

    fn request() -> SimRequest {
        SimRequest::new(Method::Put, "/v3/contacts/x")
    }

    fn with(kind: FaultKind) -> Faults {
        let mut faults = Faults::new(System::ConstantContact, 1);
        assert!(faults.add(Fault::once(System::ConstantContact, kind).on("/v3/contacts")));
        faults
    }

    #[test]
    fn a_drop_before_has_no_effect_and_a_drop_after_has_one() {
        let mut effects = 0;
        let answer = with(FaultKind::DropBefore).draw(&request()).around(|| {
            effects += 1;
            SimResponse::empty(200)
        });
        assert_eq!((answer.cut, effects), (Some(Cut::BeforeEffect), 0));
        let answer = with(FaultKind::DropAfter).draw(&request()).around(|| {
            effects += 1;
            SimResponse::empty(200)
        });
        assert_eq!((answer.cut, effects), (Some(Cut::AfterEffect), 1));
    }

    #[test]
    fn faults_fit_and_run_out() {
        let mut faults = with(FaultKind::Throttled);
        assert!(faults.draw(&SimRequest::new(Method::Get, "/v3/contact_lists")).kind.is_none());
        assert!(faults.draw(&request()).kind.is_some());
        assert!(faults.draw(&request()).kind.is_none());
        assert!(faults.active().is_empty());
        assert!(!faults.add(Fault::once(System::Virtuous, FaultKind::Malformed)));
    }

    #[test]
    fn faults_read_from_json() {
        let fault: Fault = serde_json::from_value(json!({
            "system": "constant_contact", "method": "put",
            "kind": {"status": {"status": 500, "body": "array"}}, "remaining": null, "probability": 0.5
        }))
        .unwrap();
        let mut faults = Faults::new(System::ConstantContact, 3);
        faults.add(fault);
        let hits = (0..1000).filter(|_| faults.draw(&request()).kind.is_some()).count();
        assert!((400..600).contains(&hits), "{hits}");
        let latency: FaultKind = serde_json::from_value(json!({"latency": 250})).unwrap();
        assert_eq!(latency, FaultKind::Latency(250));
        assert_eq!(serde_json::from_value::<FaultKind>(json!("drop_after")).unwrap(), FaultKind::DropAfter);
    }

    #[test]
    fn latency_adds_up_and_slow_bodies_are_marked() {
        let mut faults = with(FaultKind::Latency(100));
        faults.add(Fault::once(System::ConstantContact, FaultKind::Latency(50)));
        faults.add(Fault::once(System::ConstantContact, FaultKind::SlowBody(70)));
        let answer = faults.draw(&request()).around(|| SimResponse::empty(200));
        assert_eq!((answer.delay.as_millis(), answer.body_delay.as_millis()), (150, 70));
    }
}
