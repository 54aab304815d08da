//! The dry run (B2): what would be written, how many calls and hours it would take. Only reads the store.

mod count;
mod view;

pub use view::{Because, PlanView, Sample};

use count::Counted;

use super::{DeskError, Room, work::BrakeView};
use crate::{
    domain::{Cause, CustomerId, CustomerRules, Effect, Stage, Subject, Timestamp, VirtuousView},
    sync::{
        Household, Plan, Planner, Step,
        brake::{self, Run, Tally},
    },
};

/// Contacts of Virtuous that one call of the first reading gives at most (I2).
const SCAN_PAGE: u64 = 1000;

/// Plans every subscriber as if the import were under way.
///
/// # Errors
/// [`DeskError::Unknown`]; when the store cannot be read.
pub fn plan(room: &Room, id: &CustomerId) -> Result<PlanView, DeskError> {
    let record = room.record(id)?;
    let mut planner = room.store.of(record.number).planner(&record, &room.rules(id))?;
    let now = room.now();
    // Before the first import all of Virtuous is read at once, which looks everybody up.
    let scan_comes = matches!(record.stage, Stage::Observing | Stage::Scanning);
    if !planner.stage.may_write() {
        planner.stage = Stage::Importing;
    }
    let mut view = PlanView { missing_tags: planner.mapping.missing_tags(), ..PlanView::default() };
    let (mut counted, mut braked) = (Counted::default(), Tally::default());
    let mut failed = None;
    room.store.of(record.number).each_subject(|subject| {
        match room.store.of(record.number).household(&subject, &planner.rules) {
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
    let counts = room.store.of(record.number).counts()?;
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
