//! Counts the steps of the plan: what is written, in how many calls, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::view::{Because, PlanView, Sample};
use crate::{
    domain::{Effect, EffectKind, IndividualId, Rule, State, Subject, VirtuousContactId},
    sync::{
        Plan, Planned, Step,
        cost::{self, Calls},
    },
};

/// Samples of each kind that are shown at most.
const SAMPLES_MAX: usize = 5;

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
                self.spend(cost::LOOK_UP);
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
        self.spend(cost::of_step(step, subject));
        match step {
            Step::Nothing | Step::LookUp | Step::Refresh | Step::ReadHits(_) | Step::LookAtLists => {
                Vec::new()
            }
            Step::Submit(_) if subject.virtuous.linked().is_some() => {
                self.update += 1;
                vec!["profile".to_owned()]
            }
            Step::Submit(_) => {
                self.create += 1;
                vec!["create".to_owned()]
            }
            Step::Apply(planned) => self.effects(planned, counted),
        }
    }

    /// Counts effects; gives their names.
    fn effects(&mut self, planned: &[Planned], counted: &mut Counted) -> Vec<String> {
        let mut what = Vec::new();
        let (mut updates, mut to_cc) = (false, false);
        let leaves = planned.iter().any(|one| one.effect.kind() == EffectKind::Unsubscribe);
        for planned in planned {
            let kind = planned.effect.kind();
            // An unsubscribed contact is on no list then, which is read before any tag is put on.
            let vain = leaves && kind == EffectKind::AddTag;
            if vain || !counted.is_first(&planned.effect) {
                continue;
            }
            let calls = cost::of_effect(kind);
            self.spend(calls);
            self.count_kind(kind);
            updates |= calls.virtuous > 0;
            to_cc |= calls.constant_contact > 0;
            what.push(kind.to_string());
        }
        self.update += u64::from(updates);
        self.to_cc += u64::from(to_cc);
        what
    }

    const fn spend(&mut self, calls: Calls) {
        self.calls_virtuous += calls.virtuous;
        self.calls_cc += calls.constant_contact;
    }

    const fn count_kind(&mut self, kind: EffectKind) {
        match kind {
            EffectKind::OptIn => self.opt_in += 1,
            EffectKind::OptOut => self.opt_out += 1,
            EffectKind::AddTag => self.tag += 1,
            EffectKind::RemoveTag => self.untag += 1,
            EffectKind::AddNote => self.note += 1,
            EffectKind::SetEmail
            | EffectKind::SetFields
            | EffectKind::AddReference
            | EffectKind::Unsubscribe
            | EffectKind::ChangeLists
            | EffectKind::SendConfirmation => {}
        }
    }
}
