//! The metrics of `/metrics`, in Prometheus' text format. Names and labels are relied on by operators' alarms
//! (INTERFACE.md, Metrics): add, do not rename.
//!
//! What happened is counted where it happens ([`Metrics`]'s typed methods). What *is* (queues, ages, budgets) is not kept up
//! to date anywhere: the caller looks it up when asked and passes a [`Snapshot`], so that it cannot drift. Zeros take no room: with
//! ten thousand customers a counter object for each of them was most of the memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use super::{gauges, snapshot::Snapshot};
use crate::domain::{Action, CustomerId, System};

/// The content type of what [`Metrics::render`] returns.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts what happens. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// By customer; without one for hooks that named none that is known, since labels must stay few.
    counted: Arc<RwLock<BTreeMap<Option<CustomerId>, Counted>>>,
}

/// What was counted of one customer.
#[derive(Debug, Clone, Default)]
struct Counted {
    /// Whether its counters are shown at 0.
    has_begun: bool,
    /// In the order of what they count.
    counts: Vec<(What, u64)>,
}

/// What is counted, with its labels beside the customer. In the order of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Calls made to either system: outcome.
    Calls(System, &'static str),
    /// Requests to the webhook receivers: status.
    WebhookRequests(System, u16),
    /// Effects carried out or tried: effect, outcome.
    Effects(&'static str, &'static str),
    /// Effects written for the third time or more within a day (E3).
    RepeatedEffects(&'static str),
    /// Events of Virtuous: outcome.
    Events(&'static str),
    /// Wrong tokens: where they were shown.
    WrongTokens(&'static str),
    /// Connections that sent no HTTP request.
    MalformedRequests,
    /// Alerts that arrived: place, kind.
    AlertsSent(&'static str, &'static str),
    /// Alerts that were given up: place.
    AlertsGivenUp(&'static str),
}

/// The metrics, in the order of [`What`]: name, help.
const FAMILIES: [(&str, &str); 9] = [
    ("tandem_calls", "Calls made to either system"),
    ("tandem_webhook_requests", "Requests to the webhook receivers"),
    ("tandem_effects", "Effects carried out or tried"),
    ("tandem_repeated_effects", "Effects written for the third time or more within a day"),
    ("tandem_events", "Events of Virtuous by what became of them"),
    (
        "tandem_wrong_tokens",
        "Wrong tokens by where they were shown, and those refused unseen: guesses, or an old token",
    ),
    ("tandem_malformed_requests", "Connections that sent what is no HTTP request"),
    ("tandem_alerts_sent", "Alerts that arrived, by place and by what they are about"),
    ("tandem_alerts_given_up", "Alerts that never arrived, by place"),
];

impl What {
    /// The place of its metric among [`FAMILIES`].
    const fn family(self) -> usize {
        match self {
            Self::Calls(..) => 0,
            Self::WebhookRequests(..) => 1,
            Self::Effects(..) => 2,
            Self::RepeatedEffects(_) => 3,
            Self::Events(_) => 4,
            Self::WrongTokens(_) => 5,
            Self::MalformedRequests => 6,
            Self::AlertsSent(..) => 7,
            Self::AlertsGivenUp(_) => 8,
        }
    }

    /// Those that are shown at 0 before anything happens: an alarm on a counter that is not there never rings.
    fn shown_at_zero() -> impl Iterator<Item = Self> {
        let systems = [System::ConstantContact, System::Virtuous];
        let of_system = |system| [Self::Calls(system, "ok"), Self::WebhookRequests(system, 202)];
        let of_effect =
            |action: Action| [Self::Effects(action.as_str(), "done"), Self::RepeatedEffects(action.as_str())];
        let events = ["taken", "doubled", "stale", "unknown"].map(Self::Events);
        systems.into_iter().flat_map(of_system).chain(Action::writes().flat_map(of_effect)).chain(events)
    }

    fn write(self, out: &mut String, customer: &str, count: u64) {
        let mut line = |name: &str, labels: &[(&str, &str)]| {
            let all: Vec<_> = [("customer", customer)].iter().chain(labels).copied().collect();
            gauges::sample(out, &format!("{name}_total"), &all, &count.to_string());
        };
        let (name, _) = FAMILIES[self.family()];
        match self {
            Self::Calls(system, outcome) => {
                line(name, &[("system", system.as_str()), ("outcome", outcome)]);
            }
            Self::WebhookRequests(source, code) => {
                line(name, &[("source", source.as_str()), ("code", &code.to_string())]);
            }
            Self::Effects(effect, outcome) => line(name, &[("effect", effect), ("outcome", outcome)]),
            Self::RepeatedEffects(effect) => line(name, &[("effect", effect)]),
            Self::Events(outcome) => line(name, &[("outcome", outcome)]),
            Self::WrongTokens(door) => line(name, &[("door", door)]),
            Self::MalformedRequests => line(name, &[]),
            Self::AlertsSent(place, kind) => line(name, &[("place", place), ("kind", kind)]),
            Self::AlertsGivenUp(place) => line(name, &[("place", place)]),
        }
    }
}

impl Counted {
    fn add(&mut self, what: What, number: u64) {
        match self.counts.binary_search_by_key(&what, |(known, _)| *known) {
            Ok(at) => self.counts[at].1 += number,
            Err(at) => {
                self.counts.reserve_exact(1);
                self.counts.insert(at, (what, number));
            }
        }
    }

    /// Everything that is shown.
    fn shown(&self) -> BTreeMap<What, u64> {
        let zeros = self.has_begun.then(What::shown_at_zero).into_iter().flatten().map(|what| (what, 0));
        zeros.chain(self.counts.iter().copied()).collect()
    }
}

impl Metrics {
    /// All counts at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows a customer's counters at 0 before anything happens.
    pub fn begin(&self, customer: &CustomerId) {
        self.change(Some(customer), |counted| counted.has_begun = true);
    }

    /// A call was made and ended so.
    pub fn call(&self, customer: &CustomerId, system: System, outcome: &'static str) {
        self.add(Some(customer), What::Calls(system, outcome), 1);
    }

    /// A webhook receiver answered with this status; no customer if the path named none that we know.
    pub fn webhook_request(&self, customer: Option<&CustomerId>, source: System, code: u16) {
        self.add(customer, What::WebhookRequests(source, code), 1);
    }

    /// A wrong token was shown at a door: `admin`, `constant_contact` or `virtuous`; no customer where none is known.
    pub fn wrong_token(&self, customer: Option<&CustomerId>, door: &'static str) {
        self.add(customer, What::WrongTokens(door), 1);
    }

    /// A connection sent what is no HTTP request.
    pub fn malformed_request(&self) {
        self.add(None, What::MalformedRequests, 1);
    }

    /// Shows what is counted of alerts at 0 before anything is given up.
    pub fn begin_alerts(&self) {
        ["webhook", "mail"].into_iter().for_each(|place| self.add(None, What::AlertsGivenUp(place), 0));
    }

    /// An alert arrived at a place.
    pub fn alert_sent(&self, place: &'static str, kind: &'static str) {
        self.add(None, What::AlertsSent(place, kind), 1);
    }

    /// So many alerts for a place were given up.
    pub fn alerts_given_up(&self, place: &'static str, number: u64) {
        self.add(None, What::AlertsGivenUp(place), number);
    }

    /// So many events of Virtuous came to this: `taken`, `doubled`, `stale` or `unknown`.
    pub fn events(&self, customer: &CustomerId, outcome: &'static str, number: u64) {
        self.add(Some(customer), What::Events(outcome), number);
    }

    /// An effect was carried out or tried, and ended so.
    pub fn effect(&self, customer: &CustomerId, effect: &'static str, outcome: &'static str) {
        self.add(Some(customer), What::Effects(effect, outcome), 1);
    }

    /// An effect was written for the third time or more within a day, with the same content for the same subscriber (E3).
    pub fn repeated_effect(&self, customer: &CustomerId, effect: &'static str) {
        self.add(Some(customer), What::RepeatedEffects(effect), 1);
    }

    /// As [`Metrics::effect`], for many at once.
    pub fn effects(&self, customer: &CustomerId, effect: &'static str, outcome: &'static str, number: u64) {
        self.add(Some(customer), What::Effects(effect, outcome), number);
    }

    fn add(&self, customer: Option<&CustomerId>, what: What, number: u64) {
        self.change(customer, |counted| counted.add(what, number));
    }

    fn change(&self, customer: Option<&CustomerId>, change: impl FnOnce(&mut Counted)) {
        let mut all = self.counted.write().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(customer.cloned()).or_default());
    }

    /// The whole exposition: what was counted, and what `snapshot` says is.
    #[must_use]
    pub fn render(&self, snapshot: &Snapshot) -> String {
        let mut out = String::with_capacity(4096 + 4096 * snapshot.customers.len());
        self.write_counters(&mut out);
        gauges::write(&mut out, snapshot);
        gauges::write_store(&mut out, &snapshot.store);
        out.push_str("# EOF\n");
        out
    }

    /// Appends every counter, metric by metric. A metric that nothing has counted is left out.
    fn write_counters(&self, out: &mut String) {
        let all = self.counted.read().unwrap_or_else(PoisonError::into_inner);
        let mut samples: [String; FAMILIES.len()] = Default::default();
        for (customer, counted) in &*all {
            for (what, count) in counted.shown() {
                let name = customer.as_ref().map_or("", CustomerId::as_str);
                what.write(&mut samples[what.family()], name, count);
            }
        }
        for ((name, help), samples) in FAMILIES.into_iter().zip(samples) {
            if !samples.is_empty() {
                gauges::head_of(out, name, help, "counter");
                out.push_str(&samples);
            }
        }
    }
}

#[cfg(test)]
#[path = "counters_test.rs"]
mod tests;
