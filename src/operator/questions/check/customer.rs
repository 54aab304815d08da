//! One customer under check: what was found, and the brake.

use std::time::Duration;

use super::problem::{Kind, Problem};
use crate::{
    access::compared::refusal,
    config::CustomerSettings,
    domain::{Account, CustomerId, CustomerRecord, Stream, System, kept_time},
    operator::{OperatorContext, OperatorError, shown::waits::pause_remedy},
    sync::circle,
};

/// How long after the first write the first reading of bounce reports is no problem: a report that fails has its tries.
const FIRST_REPORTS: Duration = Duration::from_secs(6 * 3600);

/// One customer under check.
pub(super) struct CheckedCustomer<'a> {
    pub(super) context: &'a OperatorContext,
    pub(super) settings: &'a CustomerSettings,
    pub(super) found: Vec<Problem>,
}

/// What to do about a brake that holds (B1).
#[must_use]
pub fn brake_remedy(id: &CustomerId) -> String {
    format!(
        "look at `tandem work {id}`; put it right in Constant Contact, or run `tandem work {id} accept brake`"
    )
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

    /// Opt-outs that Virtuous had first wait until contacts and bounces of the account were read once, however long that takes (E5).
    pub(super) fn reports(&mut self, record: &CustomerRecord) -> Result<(), OperatorError> {
        let Some(since) = record.import_started_at.filter(|_| record.stage.may_write()) else {
            return Ok(());
        };
        let now = self.context.now();
        let is_late = !kept_time::lasts(kept_time::since(since, now), FIRST_REPORTS, now);
        if is_late && self.context.deps.store.of(record.number).awaits_bounces()? {
            let what = format!(
                "contacts and bounce reports of the account were never read to their end since {since}; opt-outs that Virtuous had first \
                 wait for it"
            );
            let remedy = format!(
                "look at the last error of `tandem customer show {}`; without the scope campaign_data bounces are left out: connect anew",
                record.id
            );
            self.add(Kind::Person, "constant_contact: bounce reports", what, remedy);
        }
        Ok(())
    }

    /// Windows of Constant Contact that begin anew and anew, as the pages lead in a circle or are refused (W7).
    pub(super) fn endless(&mut self, record: &CustomerRecord) -> Result<(), OperatorError> {
        let store = self.context.deps.store.of(record.number);
        for stream in Stream::ALL {
            let Some(attempts) = circle::attempts_told(&store.cursor(stream)?) else { continue };
            let what =
                format!("the reading of {} was begun {attempts} times and came to no end", stream.as_str());
            let remedy = "it goes on by itself with a wait between the tries; the log says what ends it: if that is so tomorrow, tell Constant \
                          Contact's support which pages lead in a circle or are refused";
            self.add(Kind::Other, "constant_contact: pages", what, remedy);
        }
        Ok(())
    }

    /// B1.
    pub(super) fn brake(&mut self, record: &CustomerRecord) {
        if let Some(held) = &record.brake.held {
            let remedy = brake_remedy(&record.id);
            self.add(Kind::Person, "brake", held.reason.to_string(), remedy);
        }
    }
}
