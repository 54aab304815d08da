use super::*;
use crate::{
    domain::{
        AgreedConsent, CcView, ContactId, CustomerRules, Effect, EmailMethod, Finding, Gaps, IndividualId,
        Lane, LinkedBy, MethodId, Observation, Permission, Person, Profile, Settlement, Stage, State,
        Subject, Timestamp, UnansweredOptOut, VirtuousContactId, VirtuousView,
    },
    sync::{capture, settle},
};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

fn first_seen(seen: Timestamp) -> Subject {
    let mut subject = Subject::new(ContactId::new("11111111-1111-4111-8111-111111111111"), seen);
    subject.cc = CcView {
        seen_at: seen,
        email: Some("ann@example.com".to_owned()),
        permission: Permission::Explicit,
        profile: Profile { first_name: "Ann".to_owned(), last_name: "Lee".to_owned(), ..Profile::default() },
        ..CcView::default()
    };
    subject
}

#[test]
fn i2_who_was_first_seen_after_the_reading_of_virtuous_began_is_looked_up() {
    let planner = Planner { stage: Stage::Importing, scanned_at: Some(at(0)), ..Planner::default() };
    let step = |seen| planner.plan(&first_seen(seen), &Household::default(), at(1_000)).step;
    assert!(matches!(step(at(-1)), Step::Submit(_)));
    assert!(matches!(step(at(0)), Step::Submit(_)));
    assert_eq!(step(at(1)), Step::LookUp);
}

/// Somebody linked with these addresses, each opted in or out, the opt-outs without a date.
fn linked(methods: &[(&str, bool)]) -> Subject {
    let mut subject = first_seen(at(0));
    let method = |(id, (value, opted_in)): (i64, &(&str, bool))| EmailMethod {
        id: MethodId(id),
        kind: "Home Email".to_owned(),
        value: (*value).to_owned(),
        opted_in: *opted_in,
        primary: id == 1,
        created_at: Some(at(0)),
        modified_at: None,
    };
    subject.virtuous = VirtuousView::Linked(Box::new(Person {
        contact: VirtuousContactId(1),
        individual: IndividualId(1),
        linked_by: LinkedBy::Reference,
        gaps: Gaps::default(),
        has_reference: true,
        emails: (1..).zip(methods).map(method).collect(),
        tags: Vec::new(),
        fields: Vec::new(),
        archived: false,
        private: false,
        merged_into: None,
        seen_at: at(0),
        late: Vec::new(),
        others: Vec::new(),
    }));
    subject
}

/// Constant Contact shows this address, with proof of consent or without; what that makes of consent.
fn shows(subject: &mut Subject, email: Option<&str>, proof: Option<Timestamp>, planner: &Planner) -> State {
    let seen = Timestamp::from_millis(subject.cc.seen_at.as_millis() + 1_000);
    let mut view =
        CcView { seen_at: seen, email: email.map(str::to_owned), opt_in_at: proof, ..subject.cc.clone() };
    view.permission = if proof.is_some() { Permission::Explicit } else { Permission::Implicit };
    let observation = Observation::whole(subject.id.clone(), view, seen.as_millis().unsigned_abs());
    capture::observe_cc(subject, observation, &planner.rules, planner.stage, seen);
    settle::replan(subject, Lane::Change, planner, &Household::default(), seen).plan.state
}

#[test]
fn p6_every_address_counts_that_was_there_since_consent_was_agreed_on() {
    let rules = CustomerRules { two_way: false, ..CustomerRules::default() };
    let planner = Planner { stage: Stage::Live, rules, ..Planner::default() };
    let mut subject =
        linked(&[("ann@example.com", false), ("lee@example.com", false), ("new@example.com", true)]);
    subject.base.email = Some("ann@example.com".to_owned());
    if let VirtuousView::Linked(person) = &mut subject.virtuous {
        person.emails[0].modified_at = Some(at(0));
    }
    assert_eq!(shows(&mut subject, Some("lee@example.com"), None, &planner), State::Review);
    assert!(subject.base.former.is_empty(), "agreed on as the former address");
    // The proof is newer than the first opt-out, and the second has no date.
    for email in [None, Some("new@example.com")] {
        assert_eq!(shows(&mut subject, email, Some(at(1_000)), &planner), State::Review, "{email:?}");
        assert_eq!(subject.base.former, ["lee@example.com"]);
    }
    // Once all of them are in, that is agreed on, and only the present address counts.
    let VirtuousView::Linked(person) = &mut subject.virtuous else { unreachable!() };
    let mut all_in = (**person).clone();
    all_in.emails.iter_mut().for_each(|method| method.opted_in = true);
    capture::observe_virtuous(&mut subject, all_in, &planner.rules, planner.stage, at(9_000));
    assert_eq!(shows(&mut subject, Some("new@example.com"), Some(at(1_000)), &planner), State::InSync);
    assert_eq!((subject.base.email.as_deref(), subject.base.former.len()), (Some("new@example.com"), 0));
}

#[test]
fn p6_the_address_that_was_there_last_makes_way_for_the_new_one() {
    let planner = Planner { stage: Stage::Live, ..Planner::default() };
    let mut subject = linked(&[("ann@example.com", false), ("lee@example.com", false)]);
    subject.base.email = Some("ann@example.com".to_owned());
    shows(&mut subject, Some("lee@example.com"), None, &planner);
    let seen = Timestamp::from_millis(subject.cc.seen_at.as_millis() + 1_000);
    shows(&mut subject, Some("new@example.com"), None, &planner);
    let plan = planner.plan(&subject, &Household::default(), seen);
    let Step::Apply(planned) = plan.step else { panic!("{:?}", plan.reason) };
    let sets = |one: &Planned| matches!(&one.effect, Effect::SetEmail { method: MethodId(2), to, .. } if to == "new@example.com");
    assert!(planned.iter().any(sets), "{planned:?}");
}

#[test]
fn p3_an_opt_out_without_a_date_counts_beside_one_that_was_taken_back() {
    let planner = Planner { stage: Stage::Live, ..Planner::default() };
    let mut subject = linked(&[("ann@example.com", true)]);
    subject.base.email = Some("ann@example.com".to_owned());
    subject.unanswered = Some(UnansweredOptOut { at: Some(at(0)), by_deletion: true });
    subject.cc.permission = Permission::Unsubscribed;
    let Step::Apply(mut planned) = planner.plan(&subject, &Household::default(), at(1)).step else {
        panic!()
    };
    let Planned { effect, reason } = planned.remove(0);
    assert!(matches!(effect, Effect::SetOptIn { opted_in: false, .. }), "{effect:?}");
    let mut person = subject.virtuous.linked().unwrap().clone();
    person.emails[0].opted_in = false;
    let settlement = Settlement {
        id: subject.id.clone(),
        lane: Lane::Consent,
        revision: subject.revision,
        unsure: false,
        contact: None,
        findings: vec![Finding::Done { effect, person: Some(person), reason, call: String::new() }],
    };
    settle::settle(&mut subject, &settlement, &planner, &Household::default(), at(1));
    // The opt-out has no date, so that no proof is surely newer (P3).
    assert_eq!(subject.base.consent, Some(AgreedConsent { opted_in: false, at: None }));
}

#[test]
fn b3_p1_another_effects_refusal_stops_no_opt_out() {
    let planner = Planner { stage: Stage::Live, scanned_at: Some(at(0)), ..Planner::default() };
    let mut subject = linked(&[("ann@example.com", true)]);
    let plan = |subject: &Subject| planner.plan(subject, &Household::default(), at(1_000));
    let response = "400".to_owned();
    let failure =
        crate::domain::Failure { effect: "remove_tag".to_owned(), attempts: 1, response, at: at(0) };
    subject.failure = Some(failure);
    assert_eq!((plan(&subject).step, plan(&subject).state), (Step::Nothing, State::Failed));
    subject.cc.permission = Permission::Unsubscribed;
    let planned = plan(&subject);
    let Step::Apply(effects) = &planned.step else { panic!("{planned:?}") };
    assert!(effects.iter().all(|one| one.effect.kind().opts_out()));
}

#[test]
fn e5_p3_a_newer_opt_out_ends_what_a_note_told_of_the_one_before() {
    let planner = Planner { stage: Stage::Live, ..Planner::default() };
    let stands = |opted_out_at: Timestamp| {
        let mut subject = linked(&[("ann@example.com", false)]);
        subject.base.email = Some("ann@example.com".to_owned());
        subject.base.consent = Some(AgreedConsent { opted_in: false, at: Some(at(0)) });
        subject.own_note = true;
        subject.cc.permission = Permission::Unsubscribed;
        subject.cc.opt_out_at = Some(opted_out_at);
        settle::replan(&mut subject, Lane::Change, &planner, &Household::default(), at(9_000));
        assert_eq!(subject.base.consent.and_then(|base| base.at), Some(opted_out_at.max(at(0))));
        subject.own_note
    };
    assert!(stands(at(-5_000)), "the note tells of it");
    assert!(!stands(at(5_000)), "an unsubscribe after the note");
}
