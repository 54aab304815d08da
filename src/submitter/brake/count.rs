//! Whether the subjects that wait at the brake are counted, and what becomes of them (B1). Pure.

use std::time::Duration;

use crate::{
    domain::{Brake, Counts, CustomerRules, Lane, Stage, Timestamp},
    store::Release,
    sync::brake::{Decision, Run, decide},
};

/// How long a reading may keep subjects waiting: a reading that cannot end, as Constant Contact does not answer, must not hold
/// an opt-out for ever.
const READING_MAX: Duration = Duration::from_secs(3600);

/// What the record and the number of waiting subjects call for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A person let the subjects go on, and the process ended before all were back at work.
    Accepted,
    /// No subject waits any more, but the brake remembers a run.
    Over,
    /// No subject waits, or all that wait are counted.
    Still,
    /// Subjects wait to be counted.
    Counting,
}

impl Standing {
    /// How the brake stands with so many waiting subjects.
    #[must_use]
    pub fn of(brake: &Brake, waiting: u64) -> Self {
        if brake.accepted {
            return Self::Accepted;
        }
        if waiting == 0 {
            let remembers = brake.counting_since.is_some() || brake.held.is_some();
            return if remembers { Self::Over } else { Self::Still };
        }
        let is_counted = brake.held.as_ref().is_some_and(|held| held.count == waiting);
        if is_counted { Self::Still } else { Self::Counting }
    }
}

/// What is known when the waiting subjects are counted.
#[derive(Debug, Clone)]
pub struct Known {
    /// The counts.
    pub counts: Counts,
    /// Since when subjects wait to be counted.
    pub since: Timestamp,
    /// Whether no window is open and no hint waits: what was begun to be read is read.
    pub is_read: bool,
    /// Lanes in which work is due now.
    pub due: Vec<Lane>,
}

impl Known {
    /// What is known of the subjects that come together.
    #[must_use]
    pub fn run(&self, brake: &Brake, stage: Stage, now: Timestamp) -> Run {
        let drained = |lane: Lane| !self.due.contains(&lane);
        let is_read = now.since(self.since) >= READING_MAX || self.is_read;
        let opt_outs_known = is_read && drained(Lane::Consent);
        let changes_known = opt_outs_known && drained(Lane::Change);
        let all_known = changes_known && (stage != Stage::Importing || drained(Lane::Import));
        Run {
            waiting: self.counts.braked,
            passed: brake.done_lately(now),
            unsubscribed: brake.unsubscribed_lately(now),
            linked: self.counts.linked,
            opt_outs_known,
            changes_known,
            all_known,
        }
    }
}

/// What becomes of the subjects that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Others may come with them.
    Wait,
    /// A person decides: the brake is set, or its subjects are counted again.
    Hold,
    /// These go on.
    Release(Release),
}

impl Verdict {
    /// The verdict about a run. A brake that holds only counts again.
    #[must_use]
    pub fn of(brake: &Brake, run: &Run, rules: &CustomerRules) -> Self {
        if brake.held.is_some() {
            return if run.changes_known { Self::Hold } else { Self::Wait };
        }
        match decide(run, rules) {
            Decision::Wait => Self::Wait,
            Decision::Hold => Self::Hold,
            Decision::LetOptOutsGo => Self::Release(Release::OptOuts),
            Decision::LetAllGo => Self::Release(Release::All),
        }
    }
}

#[cfg(test)]
#[path = "count_test.rs"]
mod tests;
