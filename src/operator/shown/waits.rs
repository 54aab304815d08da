//! What a customer as a whole waits for.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{CustomerRecord, Stage, System, Timestamp};

/// What a customer waits for before anything goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitView {
    /// What.
    pub what: String,
    /// Until when, if it ends by itself.
    pub until: Option<Timestamp>,
}

impl WaitView {
    /// What stops the customer, or one side of it; `None` if nothing does.
    #[must_use]
    pub fn of(record: &CustomerRecord, is_connected: bool, now: Timestamp) -> Option<Self> {
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
    use crate::domain::{Cause, PROBE_EVERY, Pause, Reason, Refused, Rule};

    #[test]
    fn b3_what_a_customer_waits_for_is_told_with_its_end() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
        let waits = |record: &CustomerRecord, connected, now| WaitView::of(record, connected, now);
        assert!(waits(&record, true, now).unwrap().what.contains("`tandem import hope start`"));
        assert!(waits(&record, false, now).unwrap().what.contains("`tandem customer link hope`"));
        record.stage = Stage::Live;
        assert_eq!(waits(&record, true, now), None);
        let reason = Reason::about(Rule::B3, Cause::Refused, "401");
        record.pause = Some(Pause::refused(System::Virtuous, Refused::Access, reason.clone(), now));
        let shown = waits(&record, true, now.plus(Duration::from_secs(60))).unwrap();
        assert!(shown.what.contains("Virtuous"), "{shown}");
        assert_eq!(shown.until, Some(now.plus(PROBE_EVERY)));
        record.pause = Some(Pause::by_operator(reason, now));
        let shown = waits(&record, true, now).unwrap();
        assert!(shown.what.contains("`tandem customer resume hope`") && shown.until.is_none(), "{shown}");
    }
}
