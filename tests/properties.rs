//! Properties of the pure core: whatever a subscriber looks like, the merge ends, agrees with itself, never raises consent
//! without proof, and touches nothing that is not its own.
//!
//! `TANDEM_CASES` sets the number of cases of each property, `TANDEM_SEED` repeats a run. A failure prints its smallest case
//! and the seed; the case is kept in `tests/properties.proptest-regressions`.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "properties/brake.rs"]
mod brake;
#[path = "properties/decisions.rs"]
mod decisions;
#[path = "properties/generate.rs"]
mod generate;
#[path = "properties/sweep.rs"]
mod sweep;
#[path = "properties/windows.rs"]
mod windows;
#[path = "properties/world.rs"]
mod world;

use std::{collections::BTreeSet, sync::LazyLock, time::Duration};

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{FileFailurePersistence, RngSeed},
};
use tandem::{
    domain::{
        Actor, CcView, Effect, EmailMethod, Lane, Membership, Permission, Person, Rule, SegmentKey, Stage,
        State, Subject, Timestamp, email_key, reference_data::TagLookup,
    },
    sync::{
        Household, Plan, Planned, Planner, Step, capture,
        consent::{CcConsent, OWN_OPT_OUT_REASON, cc_consent},
        link, retry, segments, settle,
        windows::{Cursor, OVERLAP, PageFacts, Progress},
    },
};

use generate::{Case, NOW, at, case, cc_view, contact, household, planner};
use world::{World, observation, person_in};

/// Turns in which effects may be written until both sides agree.
const ROUNDS: usize = 4;
/// Turns of any kind: looking up, submitting and confirming come before.
const TURNS: usize = 10;

/// Cases of a full run (`TANDEM_FULL=1`, as `.ci/run` sets it), and of a plain one.
const CASES: u32 = 2_000;
const PLAIN_CASES: u32 = 500;

#[expect(clippy::disallowed_methods, reason = "a test reads its own settings")]
fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// The seed of this run, which is printed when it fails.
static SEED: LazyLock<u64> = LazyLock::new(|| setting("TANDEM_SEED").unwrap_or_else(|| fastrand::u64(..)));

fn config() -> ProptestConfig {
    println!("TANDEM_SEED={}", *SEED);
    let persistence = FileFailurePersistence::Direct("tests/properties.proptest-regressions");
    let usual = if std::env::var_os("TANDEM_FULL").is_some() { CASES } else { PLAIN_CASES };
    ProptestConfig {
        cases: setting("TANDEM_CASES").unwrap_or(usual),
        rng_seed: RngSeed::Fixed(*SEED),
        failure_persistence: Some(Box::new(persistence)),
        ..ProptestConfig::default()
    }
}

fn planned(plan: &Plan) -> &[Planned] {
    match &plan.step {
        Step::Apply(planned) => planned,
        _ => &[],
    }
}

fn replan(subject: &mut Subject, planner: &Planner, household: &Household, now: Timestamp) -> Plan {
    settle::replan(subject, Lane::Change, planner, household, now).plan
}

/// Turns until nothing is left to do; returns the plans that were carried out.
fn run(
    world: &mut World,
    subject: &mut Subject,
    planner: &Planner,
    household: &Household,
) -> Result<Vec<Plan>, TestCaseError> {
    let mut plans: Vec<Plan> = Vec::new();
    for _ in 0..TURNS {
        let plan = world.turn(subject, planner, household);
        if plan.step == Step::Nothing {
            let rounds = plans.iter().filter(|plan| !planned(plan).is_empty()).count();
            prop_assert!(rounds <= ROUNDS, "{rounds} rounds: {plans:#?}");
            return Ok(plans);
        }
        owned(subject, planner, &plan)?;
        plans.push(plan);
    }
    Err(TestCaseError::fail(format!("does not come to an end: {plans:#?}")))
}

/// Ownership and C1 to C3: what a plan may name. `subject` is the one that the plan was made for, or a later one.
fn owned(subject: &Subject, planner: &Planner, plan: &Plan) -> Result<(), TestCaseError> {
    let (rules, mapping) = (&planner.rules, &planner.mapping);
    if let Step::Submit(row) = &plan.step {
        prop_assert!(!row.email.is_empty() || plan.reason.rule == Rule::F2);
        prop_assert!(row.tags.iter().all(|tag| mapping.by_name.contains_key(tag)));
    }
    for Planned { effect, reason } in planned(plan) {
        match effect {
            Effect::SetOptIn { .. } | Effect::SetEmail { .. } | Effect::AddReference { .. } => {}
            Effect::AddTag { name, segment, tag, .. } => {
                let mapped = &mapping.tags[segment];
                prop_assert!(rules.may_own_tag(name));
                prop_assert_eq!((&mapped.name, mapped.lookup), (name, TagLookup::One(*tag)));
            }
            Effect::RemoveTag { name, .. } => prop_assert!(rules.may_own_tag(name), "{name}"),
            Effect::SetFields { fields, .. } => {
                let names = mapping.field_names();
                prop_assert!(!fields.is_empty() && fields.iter().all(|(name, ..)| names.contains(name)));
                let distinct: BTreeSet<_> = fields.iter().map(|(name, ..)| name).collect();
                prop_assert_eq!(distinct.len(), fields.len(), "one field, two values");
            }
            Effect::AddNote { note, .. } => {
                prop_assert_eq!(reason.rule, Rule::N1);
                prop_assert!(note.text.ends_with(']') && !note.key.is_empty());
            }
            Effect::Unsubscribe { .. } => prop_assert!(rules.two_way && subject.cc.deletion.is_none()),
            // P5: only where an operator asked for it, and it was not sent yet.
            Effect::SendConfirmation { .. } => {
                prop_assert!(subject.confirmation.as_ref().is_some_and(|asked| asked.sent_at.is_none()));
                prop_assert_eq!(subject.cc.permission, Permission::Unsubscribed);
            }
            // S5: only lists that are mapped, of somebody who is neither unsubscribed nor deleted, and only the difference.
            // Every effect is named here, so that a new one must be decided: nothing that deletes may be added but the join
            // of a tag.
            Effect::ChangeLists { lists, .. } => {
                prop_assert_eq!(reason.rule, Rule::S5);
                prop_assert!(rules.two_way && subject.cc.deletion.is_none() && !lists.is_empty());
                prop_assert_ne!(subject.cc.permission, Permission::Unsubscribed);
                for list in lists {
                    prop_assert!(mapping.tags.contains_key(&SegmentKey::List(list.clone())));
                }
            }
        }
    }
    Ok(())
}

/// What a plan for exactly this subject may name.
fn owned_exactly(subject: &Subject, planner: &Planner, plan: &Plan) -> Result<(), TestCaseError> {
    owned(subject, planner, plan)?;
    let cc = &subject.cc;
    if let Step::Submit(row) = &plan.step
        && subject.virtuous.linked().is_none()
    {
        prop_assert!(cc.permission.is_mailable() && cc.deletion.is_none() && cc.email.is_some());
        prop_assert!(!(row.first_name.is_empty() && row.last_name.is_empty()), "C3");
        let selected = planner.mapping.selected.as_ref();
        prop_assert!(selected.is_none_or(|selected| cc.lists.iter().any(|list| selected.contains(list))));
        let out = matches!(cc_consent(cc, &planner.rules), CcConsent::Out { .. });
        prop_assert!(!out, "C2");
    }
    if planned(plan).is_empty() {
        return Ok(());
    }
    let person = person_in(subject).unwrap();
    let base = &subject.base;
    let addresses: BTreeSet<String> =
        cc.email_key().into_iter().chain(base.email.clone()).chain(base.former.clone()).collect();
    for Planned { effect, .. } in planned(plan) {
        match effect {
            Effect::SetOptIn { contact, individual, addresses: named, opted_in } => {
                prop_assert_eq!((*contact, *individual), (person.contact, person.individual));
                prop_assert!(named.iter().all(|address| addresses.contains(address)));
                let is_to_write = |method: &EmailMethod| method.opted_in != *opted_in;
                let on = |key: &String| {
                    person
                        .reached(*opted_in)
                        .any(|method| email_key(&method.value) == *key && is_to_write(method))
                };
                prop_assert!(named.iter().any(on), "nothing to write");
            }
            Effect::SetEmail { method, to, .. } => {
                let known = person.emails.iter().find(|known| known.id == *method).unwrap();
                let value = email_key(&known.value);
                prop_assert!(base.email.as_ref() == Some(&value) || base.former.contains(&value));
                prop_assert_eq!(Some(to), cc.email.as_ref());
            }
            Effect::AddTag { name, segment, .. } => {
                prop_assert!(!person.tags.contains(name));
                prop_assert!(segments::memberships(cc, &planner.rules).contains(segment));
            }
            Effect::RemoveTag { name, .. } => {
                prop_assert!(person.tags.contains(name));
                let agreed = base.segments.iter().any(|(_, tag)| tag == name);
                prop_assert!(agreed || planner.mapping.by_name.contains_key(name), "{name} is staff's");
                let meant = segments::memberships(cc, &planner.rules);
                let names: Vec<_> = meant.iter().filter_map(|key| planner.mapping.tags.get(key)).collect();
                prop_assert!(names.iter().all(|tag| tag.name != *name), "{name} is meant");
            }
            Effect::AddNote { note, .. } => prop_assert!(!base.notes.contains(&note.key)),
            Effect::Unsubscribe { .. } => prop_assert_ne!(cc.permission, Permission::Unsubscribed),
            Effect::AddReference { .. }
            | Effect::SetFields { .. }
            | Effect::ChangeLists { .. }
            | Effect::SendConfirmation { .. } => {}
        }
        if person.is_restricted() {
            let opts_out =
                matches!(effect, Effect::SetOptIn { opted_in: false, .. } | Effect::Unsubscribe { .. });
            prop_assert!(opts_out, "I3: {effect:?}");
        }
    }
    Ok(())
}

/// The date of an opt-in that is evidence, in the words of P3, written apart from the code that it checks.
fn proof(cc: &CcView) -> Option<Timestamp> {
    let by_person = cc.permission == Permission::Implicit && cc.opt_in_source == Actor::Contact;
    (cc.permission == Permission::Explicit || by_person).then_some(cc.opt_in_at).flatten()
}

/// Opt-outs that Tandem was shown: the date of the event, if it has one, and whether staff made it in Virtuous.
#[derive(Debug, Default)]
struct OptOuts(Vec<(Option<Timestamp>, bool)>);

impl OptOuts {
    fn of_cc(&mut self, cc: &CcView, planner: &Planner) {
        if cc.permission == Permission::Unsubscribed {
            self.0.push((cc.opt_out_at, false));
        } else if let CcConsent::Out { at, .. } = cc_consent(cc, &planner.rules) {
            self.0.push((at, false));
        }
        self.0.extend(cc.deletion.map(|deletion| (Some(deletion.at), false)));
    }

    /// Whether the plan raises consent only with proof newer than all of them (P3), or right after the import (C5).
    fn allow(&self, subject: &Subject, plan: &Plan) -> Result<(), TestCaseError> {
        let raises = |one: &&Planned| matches!(one.effect, Effect::SetOptIn { opted_in: true, .. });
        let Some(raise) = planned(plan).iter().find(raises) else { return Ok(()) };
        let Effect::SetOptIn { addresses, .. } = &raise.effect else { unreachable!() };
        if raise.reason.rule == Rule::C5 {
            let sent_at = subject.fresh_since.unwrap();
            let methods: Vec<_> = person_in(subject).unwrap().emails.iter().collect();
            let named = methods.iter().filter(|method| addresses.contains(&email_key(&method.value)));
            for method in named {
                prop_assert!(method.created_at.is_none_or(|made| made.as_secs() >= sent_at.as_secs()));
            }
            prop_assert!(subject.cc.permission.is_mailable() && subject.cc.deletion.is_none());
            prop_assert!(subject.base.consent.is_none_or(|base| base.opted_in));
            return Ok(());
        }
        let proof = proof(&subject.cc);
        prop_assert!(proof.is_some(), "raised without proof: {:?}", raise.reason);
        for (out, _) in &self.0 {
            let newer = out.is_some_and(|out| proof.unwrap().as_secs() > out.as_secs());
            prop_assert!(newer, "raised by a proof of {proof:?} after an opt-out of {out:?}");
        }
        Ok(())
    }
}

/// What may happen to a subscriber between two turns.
#[derive(Debug, Clone)]
enum Happens {
    /// The contact in Constant Contact now looks like this.
    InCc(Box<CcView>),
    /// Staff set the opt-in of every method with the subscriber's address.
    Staff { opted_in: bool, at: Option<Timestamp> },
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        cc_view().prop_map(|view| Happens::InCc(Box::new(view))),
        (any::<bool>(), proptest::option::weighted(0.8, generate::time()))
            .prop_map(|(opted_in, at)| Happens::Staff { opted_in, at }),
    ]
}

proptest! {
    #![proptest_config(config())]

    /// Totality: every subject has a plan with a reason, whatever state and stage it is in.
    #[test]
    fn every_subject_plans(
        case in case(),
        stage in select(vec![Stage::Observing, Stage::Scanning, Stage::Importing, Stage::Live]),
        empty_email in any::<bool>(),
        submitted in proptest::option::of((generate::time(), any::<bool>(), any::<bool>())),
        failed in proptest::bool::weighted(0.1),
        now in 0..2_000_000i64,
    ) {
        let mut subject = case.subject();
        if empty_email {
            subject.cc.email = Some(String::new());
        }
        subject.submission = submitted
            .map(|(sent_at, certain, creates)| tandem::domain::Submission { sent_at, certain, creates });
        subject.failure = failed.then(|| tandem::domain::Failure {
            effect: "add_tag".into(), attempts: 1, response: "400".into(), at: at(0),
        });
        let planner = Planner { stage, ..case.planner.clone() };
        let plan = planner.plan(&subject, &case.household, at(now));
        prop_assert!(!plan.reason.to_string().is_empty() && Rule::ALL.contains(&plan.reason.rule));
        prop_assert!(planned(&plan).iter().all(|one| !one.reason.to_string().is_empty()));
        prop_assert!(plan.state != State::InSync || plan.step == Step::Nothing);
        for one in planned(&plan) {
            if let Effect::ChangeLists { membership, lists } = &one.effect {
                prop_assert!(lists.iter().all(|list| subject.cc.lists.contains(list) == (*membership == Membership::Leave)), "S5: the difference");
            }
        }
        prop_assert!(!matches!(&plan.step, Step::Apply(planned) if planned.is_empty()));
        if !stage.may_write() {
            prop_assert!(!matches!(plan.state, State::InSync | State::Submitted) || submitted.is_some());
        }
        settle::replan(&mut subject, Lane::Change, &planner, &case.household, at(now));
    }

    /// Convergence: after at most four rounds of effects nothing is left to write, both sides say the same, and every note
    /// was written once (N1).
    #[test]
    fn effects_come_to_an_end(case in case(), import_opts_in in any::<bool>()) {
        let mut subject = case.subject();
        let mut world = World::new(&case.cc, case.contact.iter().cloned().collect(), import_opts_in);
        let plans = run(&mut world, &mut subject, &case.planner, &case.household)?;
        let last = case.planner.plan(&subject, &case.household, world.now());
        prop_assert_eq!(&last.step, &Step::Nothing);
        prop_assert_ne!(last.state, State::Pending);
        let distinct: BTreeSet<_> = world.notes.iter().collect();
        prop_assert_eq!(distinct.len(), world.notes.len(), "N1: {:?}", world.notes);
        if let Some(person) = subject.virtuous.linked() && last.state == State::InSync {
            agrees(&subject, person, &case)?;
        }
        let deleted_tags = plans.iter().flat_map(planned).filter(|one| matches!(one.effect, Effect::RemoveTag { .. }));
        prop_assert!(deleted_tags.count() <= 9);
    }

    /// Idempotence: the same reading again changes nothing, and the same plan comes again.
    #[test]
    fn the_same_again_changes_nothing(case in case()) {
        let mut subject = case.subject();
        let (planner, household) = (&case.planner, &case.household);
        let first = replan(&mut subject, planner, household, at(NOW));
        let again = replan(&mut subject, planner, household, at(NOW));
        prop_assert_eq!((&first.step, first.state, &first.reason), (&again.step, again.state, &again.reason));
        let mut world = World::new(&case.cc, case.contact.iter().cloned().collect(), true);
        let before = subject.clone();
        world.read_again(&mut subject, planner);
        prop_assert_eq!(before.revision, subject.revision);
        prop_assert_eq!(before.work, subject.work);
        let third = planner.plan(&subject, household, at(NOW));
        prop_assert_eq!((&first.step, first.state), (&third.step, third.state));
    }

    /// A step that fails for the moment is planned again, whole (B3).
    #[test]
    fn a_failed_step_is_planned_again(case in case()) {
        let mut subject = case.subject();
        let (planner, household) = (&case.planner, &case.household);
        let first = planner.plan(&subject, household, at(NOW));
        if let Some(one) = planned(&first).first() {
            let refusal = tandem::domain::Refusal::Transient { text: "503".into(), after: None, may_have_arrived: false };
            let findings = vec![tandem::domain::Finding::Failed { action: one.effect.kind().into(), refusal }];
            let (id, lane) = (subject.id.clone(), Lane::Change);
            let settlement = tandem::domain::Settlement { id, lane, revision: subject.revision, unsure: false, contact: None, findings };
            settle::settle(&mut subject, &settlement, planner, household, at(NOW));
            prop_assert!(subject.work.is_some());
        }
        let again = planner.plan(&subject, household, at(NOW));
        prop_assert_eq!(&first.step, &again.step);
    }

    /// Ownership: a plan names nothing that is not the subscriber's or Tandem's own, and creates by C1 to C3 only.
    #[test]
    fn a_plan_names_only_its_own(case in case()) {
        let subject = case.subject();
        let plan = case.planner.plan(&subject, &case.household, at(NOW));
        owned_exactly(&subject, &case.planner, &plan)?;
    }

    /// Opt-outs are monotone: without proof that is newer than every opt-out that Tandem was shown, consent never rises.
    #[test]
    fn an_opt_out_falls_only_to_newer_proof(
        planner in planner(),
        first in cc_view(),
        there in proptest::option::weighted(0.8, contact()),
        history in vec(happens(), 0..6),
        import_opts_in in any::<bool>(),
    ) {
        let case = Case {
            planner, household: Household::default(), cc: CcView { bounce: None, ..first }, contact: there,
            base: tandem::domain::Base::default(), fresh_since: None,
        };
        let planner = &case.planner;
        let mut subject = case.subject();
        let mut world = World::new(&case.cc, case.contact.iter().cloned().collect(), import_opts_in);
        let mut outs = OptOuts::default();
        let turns = |world: &mut World, subject: &mut Subject, outs: &OptOuts| -> Result<(), TestCaseError> {
            for _ in 0..TURNS {
                let plan = planner.plan(subject, &case.household, world.now());
                outs.allow(subject, &plan)?;
                owned_exactly(subject, planner, &plan)?;
                if plan.step == Step::Nothing {
                    return Ok(());
                }
                world.turn(subject, planner, &case.household);
            }
            Err(TestCaseError::fail("does not come to an end"))
        };
        outs.of_cc(&case.cc, planner);
        let settled = |subject: &mut Subject, outs: &mut OptOuts, now| {
            replan(subject, planner, &case.household, now);
            // Both sides agreed on an opt-in since: what was before has had its answer.
            if subject.base.consent.is_some_and(|base| base.opted_in) {
                outs.0.clear();
            }
        };
        turns(&mut world, &mut subject, &outs)?;
        settled(&mut subject, &mut outs, world.now());
        for event in history {
            world.tick();
            match event {
                Happens::InCc(view) => {
                    // Tandem's own unsubscribe in Constant Contact is no event.
                    world.cc = CcView { bounce: None, ..*view };
                    let own = world.cc.opt_out_reason.as_deref() == Some(OWN_OPT_OUT_REASON);
                    if !(own && subject.base.consent.is_some_and(|base| !base.opted_in)) {
                        outs.of_cc(&world.cc, planner);
                    }
                }
                Happens::Staff { opted_in, at } => {
                    let Some(person) = person_in(&subject).cloned() else { continue };
                    let Some(key) = subject.cc.email_key() else { continue };
                    let known: Vec<_> = person.methods_of(&key).map(|method| method.id).collect();
                    let mut moved = false;
                    for method in world.methods(person.contact, person.individual) {
                        if known.contains(&method.id) && method.opted_in != Some(opted_in) {
                            method.opted_in = Some(opted_in);
                            method.modified_at = at;
                            moved = true;
                        }
                    }
                    if moved && !opted_in {
                        outs.0.push((at, true));
                    }
                    // Where nobody else opted out, staff's own opt-in answers their opt-outs before it.
                    if moved && opted_in && outs.0.iter().all(|(_, by_staff)| *by_staff) {
                        outs.0.clear();
                    }
                }
            }
            world.read_again(&mut subject, planner);
            turns(&mut world, &mut subject, &outs)?;
            settled(&mut subject, &mut outs, world.now());
        }
    }

    /// Readings of Constant Contact may arrive in any order: the newest counts.
    #[test]
    fn the_order_of_readings_does_not_matter(
        views in vec(cc_view(), 1..5).prop_flat_map(|views| {
            let order: Vec<usize> = (0..views.len()).collect();
            (Just(views), Just(order).prop_shuffle())
        }),
        planner in planner(),
    ) {
        let (views, order) = views;
        let observe = |order: &mut dyn Iterator<Item = usize>| {
            let mut subject = Subject::new(generate::id(), at(0));
            for place in order {
                let mut reading = observation(&views[place]);
                reading.view.seen_at = at(i64::try_from(place).unwrap());
                capture::observe_cc(&mut subject, reading, &planner.rules, planner.stage, at(NOW));
            }
            subject
        };
        let straight = observe(&mut (0..views.len()));
        let shuffled = observe(&mut order.into_iter());
        prop_assert_eq!(&straight.cc, &shuffled.cc);
        prop_assert_eq!(straight.fingerprint, shuffled.fingerprint);
        let plan = |subject: &Subject| planner.plan(subject, &Household::default(), at(NOW));
        prop_assert_eq!(plan(&straight).base, plan(&shuffled).base);
    }

    /// Readings of both systems, interleaved in any order, end in the same plan.
    #[test]
    fn readings_of_both_systems_interleave(
        case in case(),
        later in cc_view(),
        theirs in contact(),
        turns in Just(vec![0u8, 0, 1, 1]).prop_shuffle(),
        other in Just(vec![0u8, 0, 1, 1]).prop_shuffle(),
    ) {
        let Some(before) = case.contact.clone() else { return Ok(()) };
        // Whether a contact was there to be told of a deletion that is undone since hangs on the order (D3).
        let deleted = case.cc.deletion.is_some() && case.cc.permission != Permission::Unsubscribed;
        if deleted && later.deletion.is_none() {
            return Ok(());
        }
        // One person, found by reference: who is meant does not hang on the address.
        let alone = |mut contact: tandem::domain::VirtuousContact| {
            contact.individuals.truncate(1);
            contact.references = vec![("Constant Contact".to_owned(), generate::ID.to_owned())].into();
            contact
        };
        let readings = [alone(before), alone(theirs)];
        let views = [case.cc.clone(), later];
        let planner = &case.planner;
        let end = |turns: &[u8]| {
            // The first reading of Constant Contact is what makes a subject at all.
            let mut subject = Case { contact: None, ..case.clone() }.subject();
            subject.cc.bounce = None;
            subject.base = case.base.clone();
            let (mut cc, mut virtuous) = (0, 0);
            for turn in turns {
                if *turn == 0 {
                    let mut reading = observation(&views[cc]);
                    cc += 1;
                    reading.view.seen_at = at(NOW + i64::try_from(cc).unwrap());
                    capture::observe_cc(&mut subject, reading, &planner.rules, planner.stage, at(NOW));
                } else {
                    let wanted = planner.mapping.field_names();
                    let person = link::person_of(&readings[virtuous], &subject, &planner.rules, &wanted, at(NOW));
                    virtuous += 1;
                    let person = person.unwrap();
                    capture::observe_virtuous(&mut subject, person, &planner.rules, planner.stage, at(NOW));
                }
            }
            planner.plan(&subject, &case.household, at(NOW))
        };
        prop_assert_eq!(end(&turns), end(&other));
    }

    /// W1, W2: the cursor never moves before the last page, never back; every moment lies in a completed window; a window
    /// that stays short comes to an end.
    #[test]
    fn windows_cover_all_time(
        start in proptest::option::of(0..1_000_000i64),
        polls in vec((1..200_000i64, 1..5u32, any::<bool>(), any::<bool>()), 1..6),
    ) {
        let mut cursor = Cursor { upto: start.map(at), ..Cursor::default() };
        let mut now = at(start.unwrap_or(0));
        // How far all time is covered by completed windows without a gap.
        let mut covered = start.map(at);
        for (later, pages, short, restarts) in polls {
            now = now.plus(Duration::from_secs(later.unsigned_abs()));
            // Pages since the cursor moved last, and how often it moved.
            let (mut read, mut moves) = (0, 0);
            loop {
                let before = cursor.upto;
                let window = cursor.window(now);
                prop_assert!(window.to <= now);
                prop_assert!(window.from.is_none_or(|from| from < window.to));
                if restarts && read == 1 && window.next.is_some() {
                    let attempt = window.attempt;
                    cursor.restart(window);
                    prop_assert_eq!(cursor.upto, before);
                    let open = cursor.open.as_ref().unwrap();
                    prop_assert!(open.attempt == attempt + 1 && open.next.is_none());
                    read += 1;
                    continue;
                }
                // What makes windows short does not last for ever.
                let short = short && moves < 20;
                let last = window.pages + 1 >= pages;
                let (from, to) = (window.from, window.to);
                let next = (!last).then_some("/v3/contacts?cursor=x");
                let facts = PageFacts { next, distinct: 10, count: Some(if short { 11 } else { 10 }) };
                let progress = cursor.page(window, &facts, now);
                read += 1;
                prop_assert!(read <= 100 * pages, "a short window has to come to an end");
                prop_assert_eq!(progress == Progress::More, !last);
                if matches!(progress, Progress::Complete | Progress::Part) {
                    prop_assert!(cursor.open.is_none());
                    prop_assert_eq!(cursor.upto, Some(before.map_or(to, |before| before.max(to))));
                    // The window joins what was covered, with the overlap.
                    match (covered, from) {
                        (Some(covered), Some(from)) => {
                            prop_assert!(from <= covered.minus(OVERLAP));
                        }
                        (Some(_), None) | (None, None) => {}
                        (None, Some(from)) => prop_assert!(false, "begins at {from} and not at the beginning"),
                    }
                    covered = Some(covered.map_or(to, |covered| covered.max(to)));
                    (read, moves) = (0, moves + 1);
                    // A half leaves the rest to the next window.
                    if to >= Timestamp::from_secs(now.as_secs()) {
                        break;
                    }
                } else {
                    prop_assert_eq!(cursor.upto, before, "only a last page moves the cursor");
                }
            }
            prop_assert_eq!(cursor.upto, covered);
        }
    }

    /// B3: waits grow up to their cap, jitter included, and an opt-out waits minutes, not hours.
    #[test]
    fn retry_waits_grow_and_are_bounded(attempts in 1..200u32, id in "[a-f0-9]{1,12}", consent in any::<bool>()) {
        let id = tandem::domain::ContactId::new(&id);
        let wait = retry::wait_after(attempts, &id, consent);
        let cap = Duration::from_secs(if consent { 5 * 60 } else { 60 * 60 });
        prop_assert!(wait >= Duration::from_secs(2) && wait <= cap.mul_f64(1.2));
        let next = retry::wait_after(attempts + 1, &id, consent);
        // Doubling outgrows a jitter of a fifth, until the cap is reached.
        prop_assert!(next > wait || wait >= cap.min(next));
        prop_assert_eq!(wait, retry::wait_after(attempts, &id, consent));
        prop_assert!(!retry::gives_up(attempts, true));
        prop_assert!(retry::gives_up(attempts, false) == (attempts >= retry::ATTEMPTS_MAX));
    }
}

/// Both sides say the same of everything that is synced.
fn agrees(subject: &Subject, person: &Person, case: &Case) -> Result<(), TestCaseError> {
    let (rules, mapping) = (&case.planner.rules, &case.planner.mapping);
    prop_assert!(person.has_reference);
    let key = subject.cc.email_key();
    if let Some(key) = &key {
        prop_assert!(person.methods_of(key).next().is_some(), "P6");
    }
    let methods = || key.iter().flat_map(|key| person.methods_of(key));
    match cc_consent(&subject.cc, rules) {
        CcConsent::Out { .. } => prop_assert!(methods().all(|method| !method.opted_in), "P1"),
        CcConsent::Active { .. } if rules.two_way => {
            prop_assert!(methods().all(|method| method.opted_in), "P1, P3");
        }
        CcConsent::Active { .. } | CcConsent::Silent => {}
    }
    // S5: another of the household joins the list of a tag that staff put on.
    let by_staff = || case.planner.rules.two_way && !case.household.joins;
    let wanted = segments::memberships(&subject.cc, rules);
    for tag in wanted.iter().filter_map(|segment| mapping.tags.get(segment)) {
        prop_assert!(person.tags.contains(&tag.name), "S1: {}", tag.name);
    }
    for name in &person.tags {
        if !mapping.by_name.contains_key(name) {
            continue;
        }
        let named = |key: &&_| mapping.tags.get(*key).is_some_and(|tag| tag.name == *name);
        let meant = wanted.iter().chain(&case.household.segments).any(|key| named(&key));
        prop_assert!(meant || by_staff(), "S1: {name} is on");
    }
    Ok(())
}

/// A quiet word about what the household generator is for: the others of a household keep a tag on (I4).
#[test]
fn i4_a_tag_stays_while_another_of_the_household_is_on_the_list() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    for _ in 0..50 {
        let household = household().new_tree(&mut runner).unwrap().current();
        let mut case = case().new_tree(&mut runner).unwrap().current();
        case.household = household;
        let subject = case.subject();
        let plan = case.planner.plan(&subject, &case.household, at(NOW));
        for Planned { effect, .. } in planned(&plan) {
            if let Effect::RemoveTag { segment, .. } = effect {
                assert!(!case.household.segments.contains(segment));
            }
        }
    }
}
