//! What a customer as a whole waits for.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    config::CustomerSettings,
    domain::{Awaited, CustomerId, CustomerRecord, Hindrance, Outside, Pause, Stage, System, Timestamp},
    operator::{OperatorContext, OperatorError, enrolment},
};

/// What a customer waits for before anything goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitView {
    /// What.
    pub what: String,
    /// Until when, if it ends by itself.
    pub until: Option<Timestamp>,
}

/// How a customer stands with both systems, where a service runs.
#[must_use]
pub fn outside(context: &OperatorContext, record: &CustomerRecord) -> Outside {
    context.service.as_ref().map(|service| service.outside(&record.id)).unwrap_or_default()
}

/// What ends a pause.
#[must_use]
pub fn pause_remedy(id: &CustomerId, pause: &Pause, now: Timestamp) -> String {
    if enrolment::is_by_file(pause) {
        return format!("take `paused = true` out of {id}.toml and run `tandem customer apply`");
    }
    match pause.probe {
        Some(probe) => format!(
            "put the key or grant right; it is tried again at {} and goes on by itself once it is taken, or at once with `tandem \
             customer resume {id}`",
            probe.due(now).max(now)
        ),
        None if pause.by_operator => format!("`tandem customer resume {id}`"),
        None => format!("put that right, then run `tandem customer resume {id}`"),
    }
}

impl WaitView {
    /// What stops a customer, one side of it, or its import; `None` if nothing does.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of_customer(
        context: &OperatorContext,
        record: &CustomerRecord,
    ) -> Result<Option<Self>, OperatorError> {
        let is_connected = context.deps.store.of(record.number).token()?.is_some();
        let now = context.now();
        let whole = Self::of(record, is_connected, &outside(context, record), now);
        let settings = context.settings_of(&record.id);
        let keyless = || settings.filter(|settings| settings.virtuous.api_key.is_empty());
        let key = || {
            let what = format!("a key to Virtuous: set virtuous.api_key in {}", keyless()?.file.display());
            Some(Self { what, until: None })
        };
        // Without a grant or in a pause the key is not the first thing to do.
        let is_first = record.pause.is_none() && is_connected;
        let key = is_first.then(key).flatten();
        Ok(key.or(whole).or_else(|| Self::of_import(record, settings?, now)))
    }

    /// What the import waits for, while the rest goes on.
    #[must_use]
    pub fn of_import(record: &CustomerRecord, settings: &CustomerSettings, now: Timestamp) -> Option<Self> {
        let (window, zone) = (&settings.import.window, settings.time_zone);
        match record.stage {
            Stage::Observing => {
                Some(Self { what: "both systems to be read: the import begins then".to_owned(), until: None })
            }
            Stage::Scanning => {
                Some(Self { what: "the reading of all contacts of Virtuous".to_owned(), until: None })
            }
            Stage::Importing if record.import_paused => {
                Some(Self { what: format!("`tandem import {} resume`", record.id), until: None })
            }
            Stage::Importing if !window.contains(now, zone) => Some(Self {
                what: format!("the import's window, {window} by the clocks of {zone}"),
                until: Some(window.next_open(now, zone)),
            }),
            Stage::Importing | Stage::Live => None,
        }
    }

    /// What stops the customer, or one side of it; `None` if nothing does.
    #[must_use]
    pub fn of(
        record: &CustomerRecord,
        is_connected: bool,
        outside: &Outside,
        now: Timestamp,
    ) -> Option<Self> {
        let id = &record.id;
        let a_person = |what: String| Some(Self { what, until: None });
        if let Some(pause) = &record.pause {
            return match pause.probe {
                Some(probe) => Some(Self {
                    what: format!("the next try of {}, which refuses the key or grant", name(probe.system)),
                    until: Some(probe.due(now).max(now)),
                }),
                None => a_person(format!("`tandem customer resume {id}` ({})", pause.reason)),
            };
        }
        if !is_connected {
            return a_person(format!("a grant of Constant Contact: `tandem customer link {id}`"));
        }
        if let Some(awaited) = outside.awaited {
            return Some(Self { what: hindered(awaited), until: Some(awaited.until) });
        }
        if record.brake.held.is_some() {
            return a_person(format!("a decision at the brake: `tandem work {id} accept brake`"));
        }
        if record.stage == Stage::Observing && record.import_started_at.is_none() {
            return a_person(format!("`tandem import {id} start`"));
        }
        None
    }
}

impl fmt::Display for WaitView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.until {
            Some(until) => write!(f, "{}, at {until}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

fn hindered(Awaited { system, hindrance, .. }: Awaited) -> String {
    match hindrance {
        Hindrance::Refused => {
            format!("the second try of {}, which refused the key or grant (B3)", name(system))
        }
        Hindrance::Unreachable => format!("a connection to {}, which cannot be reached (E4)", name(system)),
    }
}

/// The latest call of a customer that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastErrorView {
    /// When.
    pub at: Timestamp,
    /// To which system: `constant_contact` or `virtuous`.
    pub system: String,
    /// How.
    pub what: String,
}

impl LastErrorView {
    /// What this process knows of; else what a pause is for.
    #[must_use]
    pub fn of(record: &CustomerRecord, outside: &Outside) -> Option<Self> {
        let of = |at, system: System, what| Self { at, system: system.as_str().to_owned(), what };
        if let Some(error) = &outside.last_error {
            return Some(of(error.at, error.system, error.what.clone()));
        }
        let pause = record.pause.as_ref()?;
        Some(of(pause.since, pause.probe?.system, pause.reason.detail.to_string()))
    }
}

/// A system's name for people.
const fn name(system: System) -> &'static str {
    match system {
        System::ConstantContact => "Constant Contact",
        System::Virtuous => "Virtuous",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{CallError, Cause, PROBE_EVERY, Pause, Reason, Refused, Rule};

    #[test]
    fn b3_what_a_customer_waits_for_is_told_with_its_end() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
        let waits = |record: &CustomerRecord, connected, now| {
            WaitView::of(record, connected, &Outside::default(), now)
        };
        assert!(waits(&record, true, now).unwrap().what.contains("`tandem import hope start`"));
        assert!(waits(&record, false, now).unwrap().what.contains("`tandem customer link hope`"));
        record.stage = Stage::Live;
        assert_eq!(waits(&record, true, now), None);
        let reason = Reason::about(Rule::B3, Cause::Refused, "401");
        record.pause = Some(Pause::refused(System::Virtuous, Refused::Access, reason.clone(), now));
        let shown = waits(&record, true, now.plus(Duration::from_secs(60))).unwrap();
        assert!(shown.what.contains("Virtuous"), "{shown}");
        assert_eq!(shown.until, Some(now.plus(PROBE_EVERY)));
        let last = LastErrorView::of(&record, &Outside::default()).unwrap();
        assert_eq!((last.at, last.system.as_str(), last.what.as_str()), (now, "virtuous", "401"));
        record.pause = Some(Pause::by_operator(reason, now));
        let shown = waits(&record, true, now).unwrap();
        assert!(shown.what.contains("`tandem customer resume hope`") && shown.until.is_none(), "{shown}");
    }

    #[test]
    fn c4_an_import_waits_for_its_window_and_says_until_when() {
        let now = Timestamp::parse("2026-11-28T19:00:00Z").unwrap();
        let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
        record.stage = Stage::Importing;
        let file = std::path::Path::new("hope.toml");
        let settings = CustomerSettings::from_toml("", file, &crate::config::Environment::default()).unwrap();
        let wait = WaitView::of_import(&record, &settings, now).unwrap();
        assert_eq!(wait.until, Timestamp::parse("2026-11-29T02:00:00Z"));
        assert!(wait.what.contains("20:00-06:00 by the clocks of America/Chicago"), "{wait}");
        assert_eq!(WaitView::of_import(&record, &settings, now.plus(Duration::from_secs(8 * 3600))), None);
        record.import_paused = true;
        assert!(WaitView::of_import(&record, &settings, now).unwrap().what.contains("import hope resume"));
        record.stage = Stage::Live;
        assert_eq!(WaitView::of_import(&record, &settings, now), None);
    }

    #[test]
    fn b3_a_doubt_or_an_outage_is_waited_for() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
        record.stage = Stage::Live;
        let until = now.plus(Duration::from_secs(60));
        for (hindrance, words) in [(Hindrance::Refused, "second try"), (Hindrance::Unreachable, "reached")] {
            let awaited = Some(Awaited { system: System::ConstantContact, hindrance, until });
            let outside = Outside { awaited, last_error: None };
            let shown = WaitView::of(&record, true, &outside, now).unwrap();
            assert!(shown.what.contains(words) && shown.what.contains("Constant Contact"), "{shown}");
            assert_eq!(shown.until, Some(until));
        }
        let error = CallError { at: now, system: System::ConstantContact, what: "503".to_owned() };
        let outside = Outside { awaited: None, last_error: Some(error) };
        let last = LastErrorView::of(&record, &outside).unwrap();
        assert_eq!((last.system.as_str(), last.what.as_str()), ("constant_contact", "503"));
        assert_eq!(LastErrorView::of(&record, &Outside::default()), None);
    }
}
