//! The dry run (B2): what would be written, how many calls and hours it would take. Only reads the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::{DeskError, Room, work::BrakeView};
use crate::{
    domain::{
        Cause, CustomerId, CustomerRules, Effect, IndividualId, Stage, State, Subject, Timestamp,
        VirtuousContactId, VirtuousView,
    },
    sync::{
        Household, Plan, Planner, Step,
        brake::{self, Run, Tally},
    },
};

/// Samples of each kind that are shown at most.
const SAMPLES_MAX: usize = 3;
/// Contacts of Virtuous that one call of the first reading gives at most (I2).
const SCAN_PAGE: u64 = 1000;

/// One subscriber of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The contact id in Constant Contact.
    pub id: String,
    /// What would be written.
    pub what: Vec<String>,
    /// By which rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

/// How many people one reason is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// The rule that decides.
    pub rule: String,
    /// What it found.
    pub reason: String,
    /// How many people.
    pub count: u64,
}

/// The whole plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlanView {
    /// Contacts to be created; those not yet looked up may turn out to be there, and are linked then.
    pub create: u64,
    /// People who are not looked up in Virtuous yet. They are planned as if Virtuous did not know them; who is there is linked.
    pub not_looked_up: u64,
    /// Linked people with anything to be written in Virtuous.
    pub update: u64,
    /// Opt-outs in Virtuous.
    pub opt_out: u64,
    /// Opt-ins in Virtuous.
    pub opt_in: u64,
    /// Tags to put on.
    pub tag: u64,
    /// Tags to take off.
    pub untag: u64,
    /// Notes to add.
    pub note: u64,
    /// People to whom Constant Contact changes.
    pub to_cc: u64,
    /// People who are held.
    pub held: u64,
    /// People for review.
    pub review: u64,
    /// People who are left out by rule.
    pub excluded: u64,
    /// Calls to Virtuous, roughly.
    pub calls_virtuous: u64,
    /// Calls to Constant Contact, roughly.
    pub calls_cc: u64,
    /// Hours within the limits of the settings.
    pub hours: f64,
    /// Some of the people.
    pub samples: Vec<Sample>,
    /// Why: everybody for whom something is to be done or who waits, by reason, the most frequent first.
    pub reasons: Vec<Because>,
    /// What the brake would stop: opt-outs after deletions and tags that go off, if they are too many (B1).
    pub brake: Option<BrakeView>,
    /// Tags that staff need to create in Virtuous (S4).
    pub missing_tags: Vec<String>,
}

/// Plans every subscriber as if the import were under way.
///
/// # Errors
/// [`DeskError::Unknown`]; when the store cannot be read.
pub fn plan(room: &Room, id: &CustomerId) -> Result<PlanView, DeskError> {
    let record = room.record(id)?;
    let mut planner = room.store.planner(&record, &room.rules(id))?;
    let now = room.now();
    // Before the first import all of Virtuous is read at once, which looks everybody up.
    let scan_comes = matches!(record.stage, Stage::Observing | Stage::Scanning);
    if !planner.stage.may_write() {
        planner.stage = Stage::Importing;
    }
    let mut view = PlanView { missing_tags: planner.mapping.missing_tags(), ..PlanView::default() };
    let (mut counted, mut braked) = (Counted::default(), Tally::default());
    let mut failed = None;
    room.store.each_subject(record.number, |subject| {
        match room.store.household(record.number, &subject, &planner.rules) {
            Ok(household) => {
                // The whole plan, with what waits at the brake.
                let household = Household { cleared: true, ..household };
                let plan = planner.plan(&subject, &household, now);
                let plan = with_what_follows(&planner, &subject, &household, plan, now);
                let (plan, looked_up) = beyond_look_up(&planner, subject.clone(), plan, now);
                view.count(&subject, &plan, looked_up, scan_comes, &mut counted);
                count_braked(&subject, &plan, &planner.rules, &mut braked);
            }
            Err(error) => failed = Some(error),
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    view.reasons = counted.reasons();
    let counts = room.store.counts(record.number)?;
    view.brake = BrakeView::of(&record).or_else(|| {
        let (waiting, linked) = (braked.count(), counts.linked);
        let run = Run { waiting, linked, passed: record.brake.done_lately(now), ..Run::default() };
        brake::exceeds(waiting + run.passed, linked, &planner.rules).then(|| BrakeView {
            reason: braked.reason(&run).to_string(),
            count: waiting,
            since: now.to_string(),
        })
    });
    if scan_comes {
        view.calls_virtuous += counts.subjects().div_ceil(SCAN_PAGE).max(1);
    }
    let settings = room.settings_of(id);
    let batch = settings.map_or(100, |settings| settings.import.batch_size.max(1) as u64);
    view.calls_virtuous += view.create.div_ceil(batch);
    let ceiling = settings.map_or(room.settings.virtuous.calls_per_hour, |settings| {
        settings.virtuous.ceiling(&room.settings.virtuous).min(settings.import.calls_per_hour)
    });
    view.hours = (view.calls_virtuous as f64 / ceiling.max(1) as f64 * 100.0).ceil() / 100.0;
    Ok(view)
}

/// Who is not looked up yet is planned as if Virtuous did not know them, so that the plan says more than "look up".
fn beyond_look_up(planner: &Planner, mut subject: Subject, plan: Plan, now: Timestamp) -> (Plan, bool) {
    if plan.step != Step::LookUp || subject.submission.is_some() {
        return (plan, true);
    }
    subject.virtuous = VirtuousView::Absent { since: now };
    (planner.plan(&subject, &Household::default(), now), false)
}

/// The old name of a renamed list goes once the new one is on (S3): a second step, which belongs to the plan.
fn with_what_follows(
    planner: &Planner,
    subject: &Subject,
    household: &Household,
    mut plan: Plan,
    now: Timestamp,
) -> Plan {
    let Step::Apply(planned) = &mut plan.step else { return plan };
    let names = planned.iter().filter_map(|planned| match &planned.effect {
        Effect::AddTag { name, .. } if planned.reason.cause == Cause::ListRenamed => Some(name.clone()),
        _ => None,
    });
    let names: Vec<String> = names.collect();
    let mut after = subject.clone();
    match &mut after.virtuous {
        VirtuousView::Linked(person) if !names.is_empty() => person.tags.extend(names),
        _ => return plan,
    }
    if let Step::Apply(next) = planner.plan(&after, household, now).step {
        let follows = next.into_iter().filter(|one| matches!(one.effect, Effect::RemoveTag { .. }));
        let follows: Vec<_> = follows.filter(|one| !planned.contains(one)).collect();
        planned.extend(follows);
    }
    plan
}

/// Counts who would wait at the brake (B1).
fn count_braked(subject: &Subject, plan: &Plan, rules: &CustomerRules, braked: &mut Tally) {
    let Step::Apply(planned) = &plan.step else { return };
    if let Some(first) = planned.iter().find(|planned| brake::is_braked(subject, planned, rules)) {
        braked.add(first.reason.to_string());
    }
}

/// What is counted beside the view's own numbers.
#[derive(Debug, Default)]
struct Counted {
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

    fn reasons(self) -> Vec<Because> {
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
    fn count(
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
                    what.push(planned.effect.name().to_owned());
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
            Effect::Unsubscribe { .. } | Effect::ChangeLists { .. } => (0, 2),
        }
    }
}

impl fmt::Display for PlanView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nothing was written; this is what would be:")?;
        let rows = [
            ("create", self.create),
            ("update", self.update),
            ("opt_out", self.opt_out),
            ("opt_in", self.opt_in),
            ("tag", self.tag),
            ("untag", self.untag),
            ("note", self.note),
            ("to_cc", self.to_cc),
            ("held", self.held),
            ("review", self.review),
            ("excluded", self.excluded),
            ("calls_virtuous", self.calls_virtuous),
            ("calls_cc", self.calls_cc),
        ];
        for (name, count) in rows {
            writeln!(f, "  {name:<16}{count:>9}")?;
        }
        writeln!(f, "  {:<16}{:>9.2}", "hours", self.hours)?;
        if self.not_looked_up > 0 {
            writeln!(
                f,
                "  {} are not looked up in Virtuous yet: who is there is linked, and not created",
                self.not_looked_up
            )?;
        }
        for tag in &self.missing_tags {
            writeln!(f, "  missing tag: {tag}")?;
        }
        if let Some(brake) = &self.brake {
            writeln!(f, "\nthe brake stops some of it: {}", brake.reason)?;
        }
        if !self.reasons.is_empty() {
            writeln!(f, "\nwhy")?;
        }
        for one in &self.reasons {
            writeln!(f, "  {:>9}  {:<3} {}", one.count, one.rule, one.reason)?;
        }
        if !self.samples.is_empty() {
            writeln!(f, "\nfor example")?;
        }
        self.samples.iter().try_for_each(|one| {
            writeln!(f, "  {}  {}: {} [{}]", one.id, one.what.join(", "), one.reason, one.rule)
        })
    }
}
