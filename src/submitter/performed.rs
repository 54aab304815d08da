//! What performing brought: values that one place commits.

use crate::{
    domain::{
        Action, ContactId, Finding, Observation, Refusal, Settlement, System, Timestamp, ToldJoin,
        VirtuousContact, VirtuousReferenceData,
    },
    store::{MissingInCc, Unsent},
    turn::{TurnError, turn_error},
};

use super::hand::PlannedSubject;

/// What was read beside the findings; applied before them (I3, S5).
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    /// Contacts of Constant Contact that answered, and when: an earlier 404 says nothing any more (D1).
    pub answered: Vec<(ContactId, Timestamp)>,
    /// Contacts of Constant Contact that are not as the plan saw them.
    pub read: Vec<Observation>,
    /// Contacts of Constant Contact that answered 404.
    pub missing: Vec<MissingInCc>,
    /// Contacts of Virtuous of a merge: those that went, and those that are left (I3).
    pub merged: Vec<VirtuousContact>,
    /// Contacts of Virtuous whose new tags are Tandem's own, as their origin cannot be told (S2).
    pub own_tags: Vec<VirtuousContact>,
    /// Joins of tags, in the order in which answers told them (S1).
    pub joins: Vec<ToldJoin>,
    /// Whether Virtuous refused a row because a name is missing (C3).
    pub partial_names_refused: bool,
    /// Reference data of Virtuous that were read (S4).
    pub reference: Option<Box<VirtuousReferenceData>>,
}

impl Seen {
    /// Adds what else was seen.
    pub fn add(&mut self, other: Self) {
        self.answered.extend(other.answered);
        self.read.extend(other.read);
        self.missing.extend(other.missing);
        self.merged.extend(other.merged);
        self.own_tags.extend(other.own_tags);
        self.joins.extend(other.joins);
        self.partial_names_refused |= other.partial_names_refused;
        self.reference = other.reference.or(self.reference.take());
    }
}

/// What a subject's step brought.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    /// Findings, in order.
    pub findings: Vec<Finding>,
    /// What was read beside them.
    pub seen: Seen,
}

impl Outcome {
    /// Findings alone.
    #[must_use]
    pub fn of(findings: Vec<Finding>) -> Self {
        Self { findings, seen: Seen::default() }
    }

    /// A call failed.
    #[must_use]
    pub fn failed(action: Action, refusal: Refusal) -> Self {
        Self::of(vec![Finding::Failed { action, refusal }])
    }

    fn is_empty(&self) -> bool {
        self.findings.is_empty() && self.seen.missing.is_empty()
    }
}

/// Whether another call may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// Another call may begin.
    Runs,
    /// The process stops, or the generation ends: a subject for which nothing was done was not begun.
    Stops,
}

/// What a turn's performers bring home.
#[derive(Debug, Default)]
pub struct Performed {
    /// Findings by subject.
    pub settlements: Vec<Settlement>,
    /// What was read beside them.
    pub seen: Seen,
    /// Subjects whose intents go.
    pub unsent: Vec<Unsent>,
    /// Why the turn ends: a limit of Virtuous, or a refused key or grant.
    pub stop: Option<TurnError>,
}

impl Performed {
    /// Sorts outcomes: what concerns the customer as a whole ends the turn, and a subject for which nothing was done stays due
    /// as it is.
    #[must_use]
    pub fn of(outcomes: Vec<(&PlannedSubject, Outcome)>, process: Process) -> Self {
        let mut performed = Self::default();
        for (hand, mut outcome) in outcomes {
            if let Some(at) = outcome.findings.iter().position(concerns_customer)
                && let Finding::Failed { refusal, .. } = outcome.findings.swap_remove(at)
            {
                outcome.findings.truncate(at);
                performed.stop_by(turn_error(refusal));
            }
            let is_undone = outcome.is_empty() && (process == Process::Stops || performed.stop.is_some());
            performed.seen.add(outcome.seen);
            if is_undone {
                performed.unsent.extend(unsent(hand));
            } else {
                performed.settlements.push(hand.settlement(outcome.findings));
            }
        }
        performed
    }

    /// None of these was begun.
    #[must_use]
    pub fn not_begun(hands: &[PlannedSubject]) -> Self {
        Self { unsent: hands.iter().filter_map(unsent).collect(), ..Self::default() }
    }

    /// Adds what came after.
    pub fn add(&mut self, other: Self) {
        self.settlements.extend(other.settlements);
        self.seen.add(other.seen);
        self.unsent.extend(other.unsent);
        if let Some(stop) = other.stop {
            self.stop_by(stop);
        }
    }

    /// A refused key outweighs a full hour: it does not pass by waiting.
    fn stop_by(&mut self, stop: TurnError) {
        if self.stop.is_none() || matches!(stop, TurnError::Pause(_) | TurnError::Refused { .. }) {
            self.stop = Some(stop);
        }
    }
}

/// Whether a finding concerns the customer as a whole. A limit or an outage of Constant Contact is none of Virtuous: that
/// write alone waits, on the subject (W4, E4).
#[must_use]
pub const fn concerns_customer(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::Failed {
            refusal: Refusal::NotNow { system: System::Virtuous, .. }
                | Refusal::Unreachable { system: System::Virtuous, .. }
                | Refusal::Unauthorized { .. },
            ..
        }
    )
}

/// The subject as one whose calls were not sent; `None` if a first call may have gone out, or no intent was made durable.
fn unsent(hand: &PlannedSubject) -> Option<Unsent> {
    let is_sure = hand.intent().is_some() && !hand.may_be_half_done();
    is_sure.then(|| Unsent { id: hand.id().clone(), before: hand.due.unsure })
}

#[cfg(test)]
#[path = "performed_test.rs"]
mod tests;
