use std::time::Duration;

use super::*;
use crate::{
    domain::{
        ContactId, EffectKind, Finding, Gaps, LinkedBy, MethodId, Permission, ReadBy, Refusal, Settlement,
        Stage, VirtuousView, Written,
    },
    sync::{settle, unseen},
};

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000).plus(Duration::from_secs(secs))
}

fn planner() -> Planner {
    Planner { stage: Stage::Live, ..Planner::default() }
}

/// A contact of this id with the address, opted in or out.
fn contact(id: i64, opted_in: bool) -> Person {
    let mut person = unseen::tests::person(&[], unseen::tests::method(opted_in, 0));
    (person.contact, person.emails[0].id, person.seen_at) = (VirtuousContactId(id), MethodId(id), at(0));
    (person.has_reference, person.linked_by) = (false, LinkedBy::Email);
    person
}

/// The same, of which no reading tells the part with the address.
fn untold(id: i64, readings: u8, seen_at: u64) -> Person {
    let gaps = Gaps { untold: Parts::METHODS, unknown: Parts::METHODS, readings };
    Person { gaps, emails: Vec::new(), seen_at: at(seen_at), ..contact(id, true) }
}

/// A subscriber that is unsubscribed, and may be any of these contacts.
fn unsubscribed(people: Vec<Person>) -> Subject {
    let mut subject = Subject::new(ContactId::new("c-1"), at(0));
    subject.cc.email = Some(people[0].emails[0].value.clone());
    subject.cc.permission = Permission::Unsubscribed;
    subject.cc.opt_out_at = Some(at(0));
    subject.virtuous = VirtuousView::Candidates(people);
    subject
}

fn plan(subject: &Subject, now: u64) -> Plan {
    planner().plan(subject, &Household::default(), at(now))
}

fn settled(subject: &mut Subject, findings: Vec<Finding>, now: u64) -> Plan {
    let (id, revision) = (subject.id.clone(), subject.revision);
    let settlement = Settlement { id, lane: Lane::Consent, revision, unsure: false, contact: None, findings };
    settle::settle(subject, &settlement, &planner(), &Household::default(), at(now)).plan
}

#[test]
fn e2_a_further_contact_that_is_not_told_is_read_again_and_named() {
    let planned = |readings, now| {
        let subject = unsubscribed(vec![contact(7, false), untold(8, readings, 0)]);
        let plan = plan(&subject, now);
        assert!(plan.reason.detail.contains("contact 8"), "{}", plan.reason);
        assert_eq!(plan.state, State::Review);
        (plan.step, plan.due.map(|(_, due)| due))
    };
    let look = || Step::ReadHits(vec![VirtuousContactId(8)]);
    assert_eq!(planned(1, 0), (Step::Nothing, Some(at(60))));
    assert_eq!(planned(1, 60), (look(), None));
    assert_eq!(planned(2, 60), (Step::Nothing, Some(at(300))));
    assert_eq!(planned(3, 1_800), (look(), None));
    assert_eq!(planned(6, 999_999), (Step::Nothing, None));
    // Without an opt-out nothing is to reach it.
    let mut active = unsubscribed(vec![contact(7, true), untold(8, 1, 0)]);
    active.cc.permission = Permission::Explicit;
    assert_eq!((plan(&active, 60).step, plan(&active, 60).due), (Step::Nothing, None));
}

#[test]
fn e2_beside_a_linked_contact_it_is_a_review_after_three_readings() {
    let planned = |readings| {
        let mut subject = unsubscribed(vec![contact(7, false)]);
        subject.virtuous =
            VirtuousView::Linked(Box::new(Person { has_reference: true, ..contact(7, false) }));
        subject.hits = vec![untold(8, readings, 0)];
        let plan = plan(&subject, 0);
        assert_eq!((plan.reason.rule, plan.reason.cause), (Rule::E2, Cause::NotTold));
        assert!(plan.reason.detail.contains("contact 8"), "{}", plan.reason);
        plan.state
    };
    assert_eq!([planned(1), planned(2), planned(3)], [State::Pending, State::Pending, State::Review]);
}

#[test]
fn p2_more_contacts_than_are_read_are_told_of() {
    let mut subject = unsubscribed(vec![contact(7, false), contact(8, false)]);
    assert_eq!(plan(&subject, 0).reason.detail, "");
    subject.more_hits = true;
    assert!(plan(&subject, 0).reason.detail.contains("more contacts have the address than the 2"));
}

#[test]
fn e1_the_opt_out_of_a_further_contact_is_looked_for_after_1_5_and_30_minutes() {
    let mut subject = unsubscribed(vec![contact(7, true), contact(8, false)]);
    let Step::Apply(planned) = plan(&subject, 0).step else { panic!("an opt-out") };
    let Planned { effect, reason } = planned[0].clone();
    let done = Finding::Done { effect, person: Some(contact(7, false)), reason, call: "PUT".to_owned() };
    settled(&mut subject, vec![done], 0);
    let [written] = subject.unseen.as_slice() else { panic!("{:?}", subject.unseen) };
    assert_eq!(written.contact, VirtuousContactId(7));
    assert!(matches!(written.facet, Written::OptIn { method: MethodId(7), opted_in: false, .. }));
    // Each reading shows the value from before.
    let mut steps = Vec::new();
    for now in [10, 70, 370, 2_170] {
        let mut late = contact(7, true);
        unseen::show_written(&mut late, &subject, ReadBy::Id, at(now));
        let plan = settled(&mut subject, vec![Finding::HitSeen(late)], now);
        steps.push((plan.step, plan.due.map(|(_, due)| due)));
    }
    let due = |secs| (Step::Nothing, Some(at(secs)));
    assert_eq!(steps[..3], [due(70), due(370), due(2_170)]);
    // What is not shown then was without effect, and is written again.
    assert!(matches!(steps[3].0, Step::Apply(_)), "{:?}", steps[3]);
    assert!(subject.unseen.is_empty());
    assert_eq!(plan(&subject, 2_170).state, State::Review);
}

#[test]
fn e1_a_late_reading_in_a_new_look_up_is_a_look_too() {
    let mut subject = unsubscribed(vec![contact(7, true), contact(8, false)]);
    let Step::Apply(planned) = plan(&subject, 0).step else { panic!("an opt-out") };
    let Planned { effect, reason } = planned[0].clone();
    let done = Finding::Done { effect, person: Some(contact(7, false)), reason, call: "PUT".to_owned() };
    settled(&mut subject, vec![done], 0);
    // A third contact with the address has all of them looked up anew.
    let mut late = contact(7, true);
    unseen::show_written(&mut late, &subject, ReadBy::Id, at(10));
    let several =
        Finding::FoundSeveral { people: vec![late, contact(8, false), contact(9, false)], more: false };
    let plan = settled(&mut subject, vec![several], 10);
    assert_eq!((plan.step, plan.due), (Step::Nothing, Some((Lane::Verify, at(70)))));
    assert!(subject.further().iter().all(|person| person.late.is_empty()));
}

#[test]
fn p2_what_was_told_of_more_contacts_ends_with_the_look_up_that_finds_no_more() {
    let looked_up = |subject: &Subject, finding: Finding| {
        let mut subject = subject.clone();
        subject.more_hits = true;
        settled(&mut subject, vec![finding], 0);
        subject.more_hits
    };
    let mut unlinked = unsubscribed(vec![contact(7, false)]);
    unlinked.virtuous = VirtuousView::LookAgain;
    let several = |more| Finding::FoundSeveral { people: vec![contact(7, false), contact(8, false)], more };
    assert_eq!([true, false].map(|more| looked_up(&unlinked, several(more))), [true, false]);
    assert!(!looked_up(&unlinked, Finding::Found(contact(7, false))));
    assert!(!looked_up(&unlinked, Finding::NotFound));
    let mut linked = unlinked.clone();
    linked.virtuous = VirtuousView::Linked(Box::new(contact(7, false)));
    linked.hits = vec![contact(8, false)];
    let gone = |instead: &[i64], more| {
        let instead = instead.iter().map(|id| contact(*id, false)).collect();
        Finding::Gone { contact: VirtuousContactId(7), instead, more }
    };
    assert!(looked_up(&linked, gone(&[8, 9], true)));
    assert!(!looked_up(&linked, gone(&[8, 9], false)));
    assert!(!looked_up(&linked, gone(&[8], false)) && !looked_up(&linked, gone(&[], false)));
    // Beside the contact that a person chose, no reading of that contact tells of others.
    assert!(looked_up(&linked, Finding::Found(contact(7, false))));
}

/// Tags, fields and notes never came where a further contact refused its opt-out each hour.
#[test]
fn p1_an_opt_out_that_is_refused_keeps_nothing_else_back_for_ever() {
    let mut subject = unsubscribed(vec![contact(7, false)]);
    subject.virtuous = VirtuousView::Linked(Box::new(contact(7, false)));
    subject.hits = vec![contact(8, true)];
    let kinds = |subject: &Subject, now| {
        let mut plan = plan(subject, now);
        plan.put_opt_outs_first(subject);
        plan.owed().map(|planned| planned.effect.kind()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&subject, 0), [EffectKind::OptOut], "alone while it has not failed");
    let refusal = Refusal::Permanent { status: 403, text: String::new() };
    settled(&mut subject, vec![Finding::Failed { action: EffectKind::OptOut.into(), refusal }], 0);
    let hourly = kinds(&subject, 3_600);
    assert_eq!(hourly[0], EffectKind::OptOut);
    assert!(hourly.contains(&EffectKind::AddReference), "{hourly:?}");
}
