//! The dry run (B2): what would be written, how many calls and hours it would take. Only reads the store.

mod count;
pub mod kept;
mod named;
mod view;

use schemars::JsonSchema;
use serde::Deserialize;

pub use named::names;
pub use view::{Because, Incomplete, PlanView, Sample};

use count::{Counted, LookUp};
use kept::{Basis, Braked, Finished};

use crate::{
    domain::{
        Cause, CustomerId, CustomerRecord, CustomerRules, Effect, EffectKind, Stage, Subject, Timestamp,
        VirtuousView,
    },
    operator::{OperatorContext, OperatorError, Outcome, Question, shown::brake::BrakeView},
    sync::{
        Household, Plan, Planned, Planner, Step,
        brake::{self, Run},
    },
    transport::Method,
};

/// Contacts of Virtuous that one call of the first reading gives at most (I2).
const SCAN_PAGE: u64 = 1000;

/// Plans every subscriber as if the import were under way.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanCustomer {
    /// The customer.
    pub customer: CustomerId,
}

impl Question for PlanCustomer {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/customers/{customer}/plan";
    const COMMAND: &'static str = "plan {customer}";
    const SUMMARY: &'static str = "Dry run: what would be written";
    type View = PlanView;

    async fn answer(&self, context: &OperatorContext) -> Result<PlanView, OperatorError> {
        let id = &self.customer;
        let record = context.record(id)?;
        if let Some(why) = not_yet(context, &record)? {
            return Ok(PlanView { not_yet: Some(why), ..PlanView::default() });
        }
        // Before the first import all of Virtuous is read at once, which looks everybody up.
        let by_scan = matches!(record.stage, Stage::Observing | Stage::Scanning);
        let (mut view, braked) = planned(context, &record, by_scan).await?;
        let counts = context.deps.store.of(record.number).counts()?;
        let brake = || would_hold(context, &record, braked, counts.linked);
        view.brake = BrakeView::of(&record).or_else(brake);
        if by_scan {
            view.calls_virtuous += counts.subjects().div_ceil(SCAN_PAGE).max(1);
        }
        let (settings, virtuous) = (context.settings_of(id), &context.deps.settings.virtuous);
        let batch = settings.map_or(100, |settings| settings.import.batch_size.max(1) as u64);
        view.calls_virtuous += view.create.div_ceil(batch);
        let ceiling = settings.map_or(virtuous.calls_per_hour, |settings| {
            settings.virtuous.ceiling(virtuous).min(settings.import.calls_per_hour)
        });
        view.hours = (view.calls_virtuous as f64 / ceiling.max(1) as f64 * 100.0).ceil() / 100.0;
        Ok(view)
    }

    fn outcome(view: &PlanView) -> Outcome {
        let incomplete = view.incomplete.as_ref();
        let needs_person = incomplete.is_some_and(|incomplete| incomplete.needs_person);
        match Outcome::of_brake(needs_person || view.brake.is_some() || view.not_yet.is_some()) {
            Outcome::Done if incomplete.is_some() => Outcome::Failed,
            outcome => outcome,
        }
    }
}

/// Why there is nothing to plan: nothing was ever read, and nothing can be.
fn not_yet(context: &OperatorContext, record: &CustomerRecord) -> Result<Option<String>, OperatorError> {
    let (store, id) = (context.deps.store.of(record.number), &record.id);
    let is_empty = store.counts()?.subjects() == 0;
    let why = || format!("\"{id}\" is not connected to Constant Contact: `tandem customer link {id}`");
    Ok((is_empty && store.token()?.is_none()).then(why))
}

/// The plan of everybody: the kept one, or the plan that was made while this asker waited, else a new one. An asker that goes away meanwhile
/// leaves its plan to the others.
async fn planned(
    context: &OperatorContext,
    record: &CustomerRecord,
    by_scan: bool,
) -> Result<(PlanView, Braked), OperatorError> {
    let basis = Basis {
        number: record.number,
        import_started_at: record.import_started_at,
        planner: context.deps.store.of(record.number).planner(record, &context.rules(&record.id))?,
        brake: record.brake.clone(),
    };
    let asked_at = context.now();
    let mut slot = context.plans.turn(record.number).await;
    if let Some(known) = kept::finished(&slot, &basis, asked_at, context.now()) {
        return Ok((known.view, known.braked));
    }
    let (apart, of) = (context.clone(), record.clone());
    let plan = move || {
        let begun_at = apart.now();
        let (view, braked) = plan_all(&apart, &of, basis.planner.clone(), by_scan)?;
        let planned = (view.clone(), braked.clone());
        *slot = Some(Finished { basis, view, braked, begun_at, ended_at: apart.now() });
        Ok(planned)
    };
    context.deps.store.apart(plan).await
}

/// Plans and counts every subscriber; beside the counts, what would wait at the brake (B1).
fn plan_all(
    context: &OperatorContext,
    record: &CustomerRecord,
    mut planner: Planner,
    by_scan: bool,
) -> Result<(PlanView, Braked), OperatorError> {
    let (store, now) = (&context.deps.store, context.now());
    if !planner.stage.may_write() {
        planner.stage = Stage::Importing;
    }
    let mut view = PlanView { missing_tags: planner.mapping.missing_tags(), ..PlanView::default() };
    let (mut counted, mut braked) = (Counted::default(), Braked::default());
    let mut failed = None;
    store.of(record.number).each_subject(|subject| {
        match store.of(record.number).household(&subject, &planner.rules) {
            Ok(household) => {
                // The whole plan, with what waits at the brake.
                let household = Household { cleared: true, ..household };
                let plan = planner.plan(&subject, &household, now);
                let plan = with_what_follows(&planner, &subject, &household, plan, now);
                let (plan, done) = beyond_look_up(&planner, subject.clone(), plan, now);
                view.count(&subject, &plan, LookUp { done, by_scan }, &mut counted);
                count_braked(&subject, &plan, &planner.rules, &mut braked);
            }
            Err(error) => failed = Some(error),
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    view.reasons = counted.reasons();
    Ok((view, braked))
}

/// The brake as it would hold, if it would (B1).
fn would_hold(
    context: &OperatorContext,
    record: &CustomerRecord,
    braked: Braked,
    linked: u64,
) -> Option<BrakeView> {
    let (now, rules) = (context.now(), context.rules(&record.id));
    let unsubscribed = record.brake.unsubscribed_lately(now);
    let Braked { waiting: mut tally, unsubscribes } = braked;
    // Up to the mark these go at once.
    let beyond = unsubscribes.saturating_sub(brake::left(unsubscribed, linked, &rules));
    (0..beyond).for_each(|_| tally.add(Cause::OptedOutInVirtuous.text()));
    let (waiting, passed) = (tally.count(), record.brake.done_lately(now));
    let unsubscribed = unsubscribed + (unsubscribes - beyond);
    let run = Run { waiting, linked, passed, unsubscribed, ..Run::default() };
    let run = Run { passed: run.counted(&rules), ..run };
    brake::exceeds(waiting + run.passed, linked, &rules).then(|| BrakeView {
        reason: tally.reason(&run).to_string(),
        count: waiting,
        since: now,
    })
}

/// Plans a subscriber that is not looked up yet as if Virtuous did not know it, so that the plan says more than "look up".
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

/// Counts a subscriber that would wait at the brake (B1).
fn count_braked(subject: &Subject, plan: &Plan, rules: &CustomerRules, braked: &mut Braked) {
    let Step::Apply(planned) = &plan.step else { return };
    let unsubscribes = |planned: &Planned| planned.effect.kind() == EffectKind::Unsubscribe;
    let mut held = planned.iter().filter(|planned| brake::is_braked(subject, planned, rules));
    match held.find(|planned| !unsubscribes(planned)) {
        Some(first) => braked.waiting.add(first.reason.to_string()),
        None => braked.unsubscribes += u64::from(planned.iter().any(unsubscribes)),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::poll_immediate;

    use super::*;
    use crate::{domain::Permission, operator::tests::Place};

    #[tokio::test]
    async fn b2_the_dry_run_counts_what_the_import_would_do() {
        let place = Place::new().await;
        place
            .subscriber("1", |view| {
                view.permission = Permission::Explicit;
                (view.profile.first_name, view.profile.last_name) = ("Ann".into(), "Lee".into());
            })
            .await;
        place.subscriber("2", |view| view.permission = Permission::Unsubscribed).await;
        place.ambiguous("3").await;
        let plan = PlanCustomer { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert_eq!((plan.create, plan.review, plan.not_looked_up), (1, 1, 2));
        assert!(plan.calls_virtuous >= 3 && plan.hours > 0.0, "{plan:?}");
        assert!(plan.samples.iter().any(|sample| sample.what == ["create"]), "{plan:?}");
        assert_eq!((PlanCustomer::outcome(&plan), &plan.brake), (Outcome::Done, &None));
        let text = plan.to_string();
        assert!(
            text.starts_with("nothing was written") && text.contains("create                  1"),
            "{text}"
        );
        assert_eq!(place.record().import_started_at, None);
    }

    #[tokio::test]
    async fn b4_everybody_is_planned_once_for_all_who_ask_meanwhile() {
        let place = Place::new().await;
        place.subscriber("1", |_| {}).await;
        let ask = || async { PlanCustomer { customer: place.hope() }.answer(&place.context).await.unwrap() };
        assert_eq!(ask().await.not_looked_up, 1);
        place.subscriber("2", |_| {}).await;
        assert_eq!(ask().await.not_looked_up, 2, "what took no time is planned anew");
        // While somebody plans, two others ask.
        let mut slot = place.context.plans.turn(place.record().number).await;
        let (mut one, mut other) = (Box::pin(ask()), Box::pin(ask()));
        assert!(poll_immediate(&mut one).await.is_none() && poll_immediate(&mut other).await.is_none());
        slot.as_mut().unwrap().view.create = 77;
        let begun_at = slot.as_ref().unwrap().ended_at;
        place.later();
        (slot.as_mut().unwrap().begun_at, slot.as_mut().unwrap().ended_at) = (begun_at, place.context.now());
        drop(slot);
        assert_eq!((one.await.create, other.await.create), (77, 77));
        assert_eq!(ask().await.create, 77, "it took a minute, and is kept for one");
        place.change(|record| record.stage = Stage::Importing).await;
        assert_ne!(ask().await.create, 77, "the customer changed");
    }

    #[tokio::test]
    async fn b2_a_customer_that_was_never_connected_has_no_plan_and_needs_a_person() {
        let place = Place::new().await;
        let plan = PlanCustomer { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert_eq!(PlanCustomer::outcome(&plan), Outcome::NeedsPerson);
        assert!(plan.to_string().contains("no plan yet: \"hope\" is not connected"), "{plan}");
    }

    #[test]
    fn b2_half_a_plan_says_so_and_is_no_success() {
        let of = |needs_person| {
            let incomplete = Some(Incomplete { why: "the network is down".to_owned(), needs_person });
            PlanView { incomplete, ..PlanView::default() }
        };
        assert_eq!(PlanCustomer::outcome(&of(false)), Outcome::Failed);
        assert_eq!(PlanCustomer::outcome(&of(true)), Outcome::NeedsPerson);
        assert!(
            of(true).to_string().starts_with("incomplete, a part of the people only: the network is down")
        );
        let json = serde_json::to_value(of(true)).unwrap();
        assert_eq!(json["incomplete"]["needs_person"], true);
        assert_eq!(serde_json::to_value(PlanView::default()).unwrap().get("incomplete"), None);
    }

    #[tokio::test]
    async fn b1_a_plan_at_the_brake_needs_a_person() {
        let place = Place::new().await;
        place.subscriber("1", |_| {}).await;
        place.hold_brake(3000).await;
        let plan = PlanCustomer { customer: place.hope() }.answer(&place.context).await.unwrap();
        assert_eq!(PlanCustomer::outcome(&plan), Outcome::NeedsPerson);
        assert!(plan.to_string().contains("the brake stops some of it"), "{plan}");
    }
}
