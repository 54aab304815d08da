//! Counts the steps of the plan: what is written, in how many calls, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::view::{Because, PlanView, Sample};
use crate::{
    domain::{Effect, IndividualId, State, Subject, VirtuousContactId},
    sync::{Plan, Step},
};

/// Samples of each kind that are shown at most.
const SAMPLES_MAX: usize = 3;

/// What is counted beside the view's own numbers.
#[derive(Debug, Default)]
pub(super) struct Counted {
    reasons: BTreeMap<(String, &'static str), u64>,
    samples: BTreeMap<String, usize>,
    // What is planned for two subscribers of one contact is done once (I4).
    tags: BTreeSet<(VirtuousContactId, String)>,
    opt_ins: BTreeSet<(IndividualId, Vec<String>, bool)>,
}

impl Counted {
    /// Whether this was not planned for another subscriber already.
    fn is_first(&mut self, effect: &Effect) -> bool {
        match effect {
            Effect::AddTag { contact, name, .. } | Effect::RemoveTag { contact, name, .. } => {
                self.tags.insert((*contact, name.clone()))
            }
            Effect::SetOptIn { individual, addresses, opted_in, .. } => {
                self.opt_ins.insert((*individual, addresses.clone(), *opted_in))
            }
            _ => true,
        }
    }

    /// Whether one more sample of one of these kinds is wanted.
    fn wants(&mut self, kinds: &[String]) -> bool {
        let wanted = kinds.iter().any(|kind| self.samples.get(kind).is_none_or(|count| *count < SAMPLES_MAX));
        if wanted {
            kinds.iter().for_each(|kind| *self.samples.entry(kind.clone()).or_default() += 1);
        }
        wanted
    }

    pub(super) fn reasons(self) -> Vec<Because> {
        let because = |((rule, reason), count): ((String, &str), u64)| {
            let reason = reason.to_owned();
            Because { rule, reason, count }
        };
        let mut reasons: Vec<Because> = self.reasons.into_iter().map(because).collect();
        reasons.sort_by_key(|because| std::cmp::Reverse(because.count));
        reasons
    }
}

impl PlanView {
    pub(super) fn count(
        &mut self,
        subject: &Subject,
        plan: &Plan,
        looked_up: bool,
        scan_comes: bool,
        counted: &mut Counted,
    ) {
        match plan.state {
            State::Held => self.held += 1,
            State::Review => self.review += 1,
            State::Excluded => self.excluded += 1,
            State::InSync | State::Pending | State::Submitted | State::Failed => {}
        }
        let mut what = Vec::new();
        if !looked_up {
            self.not_looked_up += 1;
            if !scan_comes {
                // By reference, then by address (I2).
                self.calls_virtuous += 2;
            }
        }
        match &plan.step {
            Step::Nothing => {}
            Step::LookUp | Step::Refresh => self.calls_virtuous += 1,
            Step::LookAtLists => self.calls_cc += 1,
            Step::Submit(_) if subject.virtuous.linked().is_some() => {
                self.update += 1;
                self.calls_virtuous += 1;
                what.push("profile".to_owned());
            }
            Step::Submit(_) => {
                self.create += 1;
                // Once it is there its opt-in is read and set (C5).
                self.calls_virtuous += 2;
                what.push("create".to_owned());
            }
            Step::Apply(planned) => {
                let (mut updates, mut to_cc) = (false, false);
                let leaves = planned.iter().any(|one| matches!(one.effect, Effect::Unsubscribe { .. }));
                for planned in planned {
                    // Who is unsubscribed in Constant Contact is on no list then, which is read before any tag is put on.
                    let vain = leaves && matches!(planned.effect, Effect::AddTag { .. });
                    if vain || !counted.is_first(&planned.effect) {
                        continue;
                    }
                    let (virtuous, cc) = self.effect(&planned.effect);
                    self.calls_virtuous += virtuous;
                    self.calls_cc += cc;
                    updates |= virtuous > 0;
                    to_cc |= cc > 0;
                    what.push(planned.effect.kind().to_string());
                }
                self.update += u64::from(updates);
                self.to_cc += u64::from(to_cc);
            }
        }
        let by_effect: Vec<_> = match &plan.step {
            Step::Apply(planned) => planned.iter().map(|planned| &planned.reason).collect(),
            _ => vec![&plan.reason],
        };
        if plan.state != State::InSync {
            let mut causes: Vec<_> =
                by_effect.iter().map(|reason| (reason.rule.to_string(), reason.cause.text())).collect();
            causes.sort();
            causes.dedup();
            causes.into_iter().for_each(|cause| *counted.reasons.entry(cause).or_default() += 1);
        }
        if what.is_empty() && matches!(plan.state, State::Held | State::Review | State::Excluded) {
            what.push(plan.state.to_string());
        }
        if !what.is_empty() && counted.wants(&what) {
            let (rule, reason) = (plan.reason.rule.to_string(), plan.reason.to_string());
            self.samples.push(Sample { id: subject.id.to_string(), what, rule, reason });
        }
    }

    /// Counts an effect; gives its calls to Virtuous and to Constant Contact.
    fn effect(&mut self, effect: &Effect) -> (u64, u64) {
        match effect {
            Effect::SetOptIn { opted_in, .. } => {
                if *opted_in {
                    self.opt_in += 1
                } else {
                    self.opt_out += 1
                }
                (2, 0)
            }
            Effect::AddTag { .. } => {
                self.tag += 1;
                (1, 0)
            }
            Effect::RemoveTag { .. } => {
                self.untag += 1;
                (1, 0)
            }
            Effect::AddNote { .. } => {
                self.note += 1;
                (1, 0)
            }
            Effect::SetEmail { .. } | Effect::SetFields { .. } => (2, 0),
            Effect::AddReference { .. } => (1, 0),
            Effect::Unsubscribe { .. } | Effect::ChangeLists { .. } | Effect::SendConfirmation { .. } => {
                (0, 2)
            }
        }
    }
}
