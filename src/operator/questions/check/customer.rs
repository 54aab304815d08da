//! One customer under check: what was found, and the brake.

use super::problem::{Kind, Problem};
use crate::{
    access::compared::refusal,
    config::CustomerSettings,
    domain::{Account, CustomerRecord, System},
    operator::{OperatorContext, shown::waits::pause_remedy},
};

/// One customer under check.
pub(super) struct CheckedCustomer<'a> {
    pub(super) context: &'a OperatorContext,
    pub(super) settings: &'a CustomerSettings,
    pub(super) found: Vec<Problem>,
}

impl<'a> CheckedCustomer<'a> {
    pub(super) const fn new(context: &'a OperatorContext, settings: &'a CustomerSettings) -> Self {
        Self { context, settings, found: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        kind: Kind,
        place: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.found.push(Problem {
            customer: Some(self.settings.id.to_string()),
            place: place.to_owned(),
            what: what.into(),
            remedy: remedy.into(),
            kind,
        });
    }

    /// I5: whose grant or key it is. `None` if it is not the customer's: nothing else is read by it then.
    pub(super) async fn account(
        &mut self,
        system: System,
        record: &CustomerRecord,
        told: Account,
    ) -> Option<()> {
        if !told.is_told(system) {
            return Some(());
        }
        let store = self.context.deps.store.of(record.number);
        let place = format!("{}: account", system.as_str());
        match store.compare_account(system, told.clone()).await {
            Ok(compared) => {
                let Some(reason) = refusal(&record.id, system, &told, &compared) else { return Some(()) };
                self.add(Kind::Person, &place, reason.cause.text(), reason.detail);
            }
            Err(error) => self.add(Kind::Other, &place, error.to_string(), "look at the log of the service"),
        }
        None
    }

    /// A pause needs a person, or at least a look (B3).
    pub(super) fn pause(&mut self, record: &CustomerRecord) {
        let Some(pause) = &record.pause else { return };
        let id = &record.id;
        let what = format!("paused since {}: {}", pause.since, pause.reason);
        let remedy = pause_remedy(id, pause, self.context.now());
        self.add(Kind::Person, "pause", what, remedy);
    }

    /// B1.
    pub(super) fn brake(&mut self, record: &CustomerRecord) {
        if let Some(held) = &record.brake.held {
            let remedy = format!(
                "look at `tandem work {id}`; put it right in Constant Contact, or run `tandem work {id} accept brake`",
                id = record.id
            );
            self.add(Kind::Person, "brake", held.reason.to_string(), remedy);
        }
    }
}
