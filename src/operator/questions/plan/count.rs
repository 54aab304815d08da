//! Counts the steps of the plan: what is written, in how many calls, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::view::{Because, PlanView, Sample};
use crate::{
    domain::{Effect, IndividualId, Rule, State, Subject, VirtuousContactId},
    sync::{Plan, Planned, Step},
};

/// Samples of each kind that are shown at most.
const SAMPLES_MAX: usize = 3;

/// What is counted beside the view's own numbers.
#[derive(Debug, Default)]
pub(super) struct Counted {
    reasons: BTreeMap<(Rule, &'static str), u64>,
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

    /// Why, the most frequent first.
    pub(super) fn reasons(self) -> Vec<Because> {
        let because = |((rule, reason), count): ((Rule, &str), u64)| {
            let reason = reason.to_owned();
            Because { rule, reason, count }
        };
        let mut reasons: Vec<Because> = self.reasons.into_iter().map(because).collect();
        reasons.sort_by(|one, other| {
            let words = |because: &Because| (because.rule.as_str(), because.reason.clone());
            other.count.cmp(&one.count).then_with(|| words(one).cmp(&words(other)))
        });
        reasons
    }

    /// Counts each reason of a plan once.
    fn note_reasons(&mut self, plan: &Plan) {
        let mut causes: Vec<_> = match &plan.step {
            Step::Apply(planned) => planned.iter().map(|planned| &planned.reason).collect(),
            _ => vec![&plan.reason],
        };
        causes.sort_by_key(|reason| (reason.rule, reason.cause.text()));
        causes.dedup_by_key(|reason| (reason.rule, reason.cause.text()));
        for reason in causes {
            *self.reasons.entry((reason.rule, reason.cause.text())).or_default() += 1;
        }
    }
}

/// How far the plan of a subscriber is known, and what comes before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct LookUp {
    /// Whether the subscriber was looked up in Virtuous.
    pub(super) done: bool,
    /// Whether the first reading of Virtuous looks everybody up (I2).
    pub(super) by_scan: bool,
}

impl PlanView {
    /// Counts the plan of a subscriber.
    pub(super) fn count(&mut self, subject: &Subject, plan: &Plan, look_up: LookUp, counted: &mut Counted) {
        match plan.state {
            State::Held => self.held += 1,
            State::Review => self.review += 1,
            State::Excluded => self.excluded += 1,
            State::InSync | State::Pending | State::Submitted | State::Failed => {}
        }
        if !look_up.done {
            self.not_looked_up += 1;
            if !look_up.by_scan {
                // By reference, then by address (I2).
                self.calls_virtuous += 2;
            }
        }
        let mut what = self.step(subject, &plan.step, counted);
        if plan.state != State::InSync {
            counted.note_reasons(plan);
        }
        if what.is_empty() && matches!(plan.state, State::Held | State::Review | State::Excluded) {
            what.push(plan.state.to_string());
        }
        if !what.is_empty() && counted.wants(&what) {
            let (rule, reason) = (plan.reason.rule, plan.reason.to_string());
            self.samples.push(Sample { id: subject.id.clone(), what, rule, reason });
        }
    }

    /// Counts a step; gives the names of what is written.
    fn step(&mut self, subject: &Subject, step: &Step, counted: &mut Counted) -> Vec<String> {
        match step {
            Step::Nothing => Vec::new(),
            Step::LookUp | Step::Refresh => {
                self.calls_virtuous += 1;
                Vec::new()
            }
            Step::LookAtLists => {
                self.calls_cc += 1;
                Vec::new()
            }
            Step::Submit(_) if subject.virtuous.linked().is_some() => {
                self.update += 1;
                self.calls_virtuous += 1;
                vec!["profile".to_owned()]
            }
            Step::Submit(_) => {
                self.create += 1;
                // Once the contact is there its opt-in is read and set (C5).
                self.calls_virtuous += 2;
                vec!["create".to_owned()]
            }
            Step::Apply(planned) => self.effects(planned, counted),
        }
    }

    /// Counts effects; gives their names.
    fn effects(&mut self, planned: &[Planned], counted: &mut Counted) -> Vec<String> {
        let mut what = Vec::new();
        let (mut updates, mut to_cc) = (false, false);
        let leaves = planned.iter().any(|one| matches!(one.effect, Effect::Unsubscribe { .. }));
        for planned in planned {
            // An unsubscribed contact is on no list then, which is read before any tag is put on.
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
        what
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
