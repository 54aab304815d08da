//! The metrics of `/metrics`, in Prometheus' text format. Names and labels are relied on by operators' alarms
//! (INTERFACE.md, Metrics): add, do not rename.
//!
//! What happened is counted where it happens ([`Metrics`]'s typed methods). What *is* (queues, ages, budgets) is not kept up
//! to date anywhere: the caller looks it up when asked and passes a [`Snapshot`], so that it cannot drift.

use std::{fmt::Write, sync::Arc};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text},
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::{gauges, snapshot::Snapshot};
use crate::domain::{Action, CustomerId, System};

/// The content type of what [`Metrics::render`] returns.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts what happens. Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    calls: Family<CallLabels, Counter>,
    webhook_requests: Family<WebhookLabels, Counter>,
    effects: Family<EffectLabels, Counter>,
    repeated_effects: Family<RepeatedLabels, Counter>,
    events: Family<EventLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    customer: CustomerLabel,
    system: System,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WebhookLabels {
    customer: CustomerLabel,
    source: System,
    code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    customer: CustomerLabel,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EffectLabels {
    customer: CustomerLabel,
    effect: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RepeatedLabels {
    customer: CustomerLabel,
    effect: &'static str,
}

/// A customer, or `None` for a name that is none: a hook's path is the caller's text, and labels must stay few.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct CustomerLabel(Option<CustomerId>);

impl EncodeLabelValue for CustomerLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(self.0.as_ref().map_or("", CustomerId::as_str))
    }
}

impl EncodeLabelValue for System {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(self.as_str())
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All counts at zero.
    #[must_use]
    pub fn new() -> Self {
        let calls = Family::default();
        let webhook_requests = Family::default();
        let effects = Family::default();
        let repeated_effects = Family::default();
        let events = Family::default();
        let mut registry = Registry::with_prefix("tandem");
        // The library puts `_total` behind a counter's name and a full stop behind its help.
        registry.register("calls", "Calls made to either system", Family::clone(&calls));
        registry.register(
            "webhook_requests",
            "Requests to the webhook receivers",
            Family::clone(&webhook_requests),
        );
        registry.register("effects", "Effects carried out or tried", Family::clone(&effects));
        registry.register(
            "repeated_effects",
            "Effects written for the third time or more within a day",
            Family::clone(&repeated_effects),
        );
        registry.register("events", "Events of Virtuous by what became of them", Family::clone(&events));
        Self { registry: Arc::new(registry), calls, webhook_requests, effects, repeated_effects, events }
    }

    /// Shows a customer's counters at 0 before anything happens: an alarm on a counter that is not there never rings.
    pub fn begin(&self, customer: &CustomerId) {
        let label = || CustomerLabel(Some(customer.clone()));
        for system in [System::ConstantContact, System::Virtuous] {
            drop(self.calls.get_or_create(&CallLabels { customer: label(), system, outcome: "ok" }));
            let source = system;
            drop(self.webhook_requests.get_or_create(&WebhookLabels {
                customer: label(),
                source,
                code: 202,
            }));
        }
        for action in Action::writes() {
            let effect = action.as_str();
            drop(self.effects.get_or_create(&EffectLabels { customer: label(), effect, outcome: "done" }));
            drop(self.repeated_effects.get_or_create(&RepeatedLabels { customer: label(), effect }));
        }
        for outcome in ["taken", "doubled", "stale", "unknown"] {
            drop(self.events.get_or_create(&EventLabels { customer: label(), outcome }));
        }
    }

    /// A call was made and ended so.
    pub fn call(&self, customer: &CustomerId, system: System, outcome: &'static str) {
        let customer = CustomerLabel(Some(customer.clone()));
        self.calls.get_or_create(&CallLabels { customer, system, outcome }).inc();
    }

    /// A webhook receiver answered with this status; no customer if the path named none that we know.
    pub fn webhook_request(&self, customer: Option<&CustomerId>, source: System, code: u16) {
        let customer = CustomerLabel(customer.cloned());
        self.webhook_requests.get_or_create(&WebhookLabels { customer, source, code }).inc();
    }

    /// So many events of Virtuous came to this: `taken`, `doubled`, `stale` or `unknown`.
    pub fn events(&self, customer: &CustomerId, outcome: &'static str, number: u64) {
        let customer = CustomerLabel(Some(customer.clone()));
        self.events.get_or_create(&EventLabels { customer, outcome }).inc_by(number);
    }

    /// An effect was carried out or tried, and ended so.
    pub fn effect(&self, customer: &CustomerId, effect: &'static str, outcome: &'static str) {
        let customer = CustomerLabel(Some(customer.clone()));
        self.effects.get_or_create(&EffectLabels { customer, effect, outcome }).inc();
    }

    /// An effect was written for the third time or more within a day, with the same content for the same subscriber (E3).
    pub fn repeated_effect(&self, customer: &CustomerId, effect: &'static str) {
        let customer = CustomerLabel(Some(customer.clone()));
        self.repeated_effects.get_or_create(&RepeatedLabels { customer, effect }).inc();
    }

    /// As [`Metrics::effect`], for many at once.
    pub fn effects(&self, customer: &CustomerId, effect: &'static str, outcome: &'static str, number: u64) {
        let customer = CustomerLabel(Some(customer.clone()));
        self.effects.get_or_create(&EffectLabels { customer, effect, outcome }).inc_by(number);
    }

    /// The whole exposition: what was counted, and what `snapshot` says is.
    #[must_use]
    pub fn render(&self, snapshot: &Snapshot) -> String {
        let mut out = String::with_capacity(4096 + 2048 * snapshot.customers.len());
        // Writing to a String cannot fail.
        let _ = text::encode_registry(&mut out, &self.registry);
        gauges::write(&mut out, snapshot);
        gauges::write_store(&mut out, &snapshot.store);
        let _ = text::encode_eof(&mut out);
        out
    }
}

#[cfg(test)]
#[path = "counters_test.rs"]
mod tests;
