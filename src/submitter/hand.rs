//! A due subject with its plan: what one turn works on.

use crate::{
    domain::{ContactId, Effect, Finding, Intent, Lane, Settlement, Subject},
    store::DueSubject,
    sync::{Plan, Planned, Step, unseen},
};

/// A subject with its plan.
#[derive(Debug)]
pub struct PlannedSubject {
    /// The subject as taken.
    pub due: DueSubject,
    /// The plan for it.
    pub plan: Plan,
}

impl PlannedSubject {
    /// The subject.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        &self.due.subject
    }

    /// The subscriber's id.
    #[must_use]
    pub const fn id(&self) -> &ContactId {
        &self.due.subject.id
    }

    /// The effects that are planned, if the step is to write some.
    #[must_use]
    pub fn effects(&self) -> &[Planned] {
        match &self.plan.step {
            Step::Apply(planned) => planned,
            _ => &[],
        }
    }

    /// A settlement with these findings.
    #[must_use]
    pub fn settlement(&self, findings: Vec<Finding>) -> Settlement {
        let subject = self.subject();
        Settlement {
            id: subject.id.clone(),
            lane: self.due.lane,
            revision: subject.revision,
            unsure: self.due.is_write_unsure(),
            contact: subject.virtuous.linked().map(|person| person.contact),
            findings,
        }
    }

    /// The lane of the calls: an opt-out overtakes, in whatever lane it waited.
    #[must_use]
    pub fn lane(&self) -> Lane {
        if self.plan.opts_out() { Lane::Consent } else { self.due.lane }
    }

    /// The intent that has to be durable before the first call of this step, so that a kill leaves no double.
    #[must_use]
    pub fn intent(&self) -> Option<Intent> {
        match &self.plan.step {
            Step::Submit(_) => Some(Intent::Submission),
            Step::Apply(planned) => {
                let needs = |one: &Planned| match &one.effect {
                    Effect::SetFields { fields, .. } => unseen::awaits_other_values(self.subject(), fields),
                    effect => effect.kind().needs_intent(),
                };
                planned.iter().any(needs).then_some(Intent::Write)
            }
            _ => None,
        }
    }

    /// Whether the first effect takes several calls, so that one of them may have gone out before a limit stopped the next.
    #[must_use]
    pub fn may_be_half_done(&self) -> bool {
        let Some(Effect::SetOptIn { addresses, opted_in, .. }) =
            self.effects().first().map(|one| &one.effect)
        else {
            return false;
        };
        let linked = self.subject().virtuous.linked();
        let reached = linked.into_iter().flat_map(|person| person.reached(*opted_in));
        reached.filter(|method| method.is_at(addresses)).count() != 1
    }
}
