//! Whose an opt-out is that Tandem wrote for another subscriber, and until when (E5).

use super::*;
use crate::{
    domain::{ContactId, LinkedBy},
    sync::unseen,
};

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

/// A subscriber linked to a contact with one method: in or out, last changed at this second.
fn linked(opted_in: bool, changed: i64) -> Subject {
    let mut subject = Subject::new(ContactId::new("c-2"), at(0));
    subject.cc.email = Some("ann@example.org".to_owned());
    let method = EmailMethod {
        id: MethodId(7),
        kind: "Home Email".to_owned(),
        value: "ann@example.org".to_owned(),
        opted_in,
        primary: true,
        created_at: Some(at(-500)),
        modified_at: Some(at(changed)),
    };
    let shown = unseen::tests::person(&[], method);
    let person = Person { linked_by: LinkedBy::Email, has_reference: false, seen_at: at(900), ..shown };
    subject.virtuous = VirtuousView::Linked(Box::new(person));
    subject
}

/// Tandem wrote the opt-out at second 100, for an event at second 40.
fn household() -> Household {
    let own = OwnOptOut { method: MethodId(7), at: Some(at(40)), modified_at: Some(at(100)) };
    Household { own_opt_outs: vec![own], ..Household::default() }
}

#[test]
fn e5_tandems_own_opt_out_is_agreed_on_with_the_events_date() {
    let agreed = |subject: &Subject| super::agreed(subject, &household());
    let out = Some(AgreedConsent { opted_in: false, at: Some(at(40)) });
    assert_eq!(agreed(&linked(false, 100)), out);
    // Changed later, though no reading showed it in: of an unknown day.
    assert_eq!(agreed(&linked(false, 700)), Some(AgreedConsent { opted_in: false, at: None }));
    assert_eq!(agreed(&linked(true, 100)), None);
    assert_eq!(super::agreed(&linked(false, 100), &Household::default()), None);
}

#[test]
fn e5_p1_what_staff_opt_out_after_an_opt_in_was_agreed_on_is_theirs() {
    let after_opt_in = |changed| {
        let mut subject = linked(false, changed);
        subject.base.consent = Some(AgreedConsent { opted_in: true, at: None });
        agreed(&subject, &household()).is_some()
    };
    assert!(after_opt_in(100), "as Tandem left it");
    assert!(!after_opt_in(101), "changed since");
}

#[test]
fn e5_an_opt_out_is_history_once_a_reading_shows_the_method_in() {
    let subject = linked(false, 100);
    let person = |subject: &Subject| subject.virtuous.linked().cloned().unwrap();
    let ids = |person: &Person| went_in(&subject, person).collect::<Vec<_>>();
    assert_eq!(ids(&person(&linked(true, 500))), [MethodId(7)]);
    assert!(ids(&person(&subject)).is_empty());
}

#[test]
fn e5_only_what_constant_contact_would_be_told_waits_for_the_bounces() {
    let mut subject = linked(false, 100);
    let planned =
        |effect| crate::sync::Planned { effect, reason: Reason::new(Rule::P1, Cause::OptedOutInVirtuous) };
    let effects = || {
        let reference = crate::domain::Effect::AddReference { contact: VirtuousContactId(1) };
        let unsubscribe = crate::domain::Effect::Unsubscribe { reason: consent::OWN_OPT_OUT_REASON };
        Step::Apply(vec![planned(unsubscribe), planned(reference)])
    };
    let held = |subject: &Subject| {
        let mut plan = Plan::step(subject, effects(), Reason::new(Rule::P1, Cause::OptedOutInVirtuous));
        let doubt = doubt(subject, &Household::default(), true, at(0));
        doubt.into_iter().for_each(|doubt| hold_back(&mut plan, doubt, at(0)));
        let Step::Apply(planned) = &plan.step else { panic!("{:?}", plan.step) };
        (planned.len(), plan.held.len(), plan.due)
    };
    assert_eq!(held(&subject), (1, 1, Some((Lane::Consent, at(600)))));
    subject.base.consent = Some(AgreedConsent { opted_in: true, at: None });
    assert_eq!(held(&subject), (2, 0, None), "agreed in before: staff's");
}

#[test]
fn e5_whatever_was_agreed_an_opt_out_waits_for_anothers_write_to_the_address() {
    let unsure = Household { opt_out_unsure: Some(at(0)), ..Household::default() };
    let mut subject = linked(false, 100);
    let waits = Some((Cause::Unsure, ANSWER_WAIT));
    assert_eq!(doubt(&subject, &unsure, false, at(2_159)), waits);
    subject.base.consent = Some(AgreedConsent { opted_in: true, at: None });
    assert_eq!(doubt(&subject, &unsure, true, at(0)), waits);
    assert_eq!(doubt(&subject, &unsure, true, at(2_160)), None, "it is shown by now, or did not arrive");
    assert_eq!(doubt(&subject, &Household::default(), true, at(0)), None);
}

#[test]
fn e5_an_opt_out_is_under_way_until_it_is_agreed_on_and_no_further_contact_lacks_it() {
    let rules = CustomerRules::default();
    let mut subject = linked(true, 0);
    assert!(!is_under_way(&subject, &rules));
    subject.cc.permission = crate::domain::Permission::Unsubscribed;
    assert!(is_under_way(&subject, &rules));
    subject.base.consent = Some(AgreedConsent { opted_in: false, at: None });
    assert!(!is_under_way(&subject, &rules));
    subject.opt_out_owed_since = Some(at(0));
    assert!(is_under_way(&subject, &rules));
}

#[test]
fn e5_an_opt_out_whose_answer_was_lost_is_remembered_by_its_method() {
    let before = linked(true, 0);
    let mut after = before.clone();
    let VirtuousView::Linked(person) = linked(false, 100).virtuous else { unreachable!() };
    assert_eq!(claimed(&before, &after, &person), [], "nothing was claimed");
    after.base.consent = Some(AgreedConsent { opted_in: false, at: Some(at(40)) });
    let own = OwnOptOut { method: MethodId(7), at: Some(at(40)), modified_at: Some(at(100)) };
    assert_eq!(claimed(&before, &after, &person), [own]);
}

#[test]
fn e5_an_opt_out_is_on_its_way_to_the_contacts_that_lack_it() {
    let rules = CustomerRules::default();
    let is = |subject: &Subject, to: i64| is_on_its_way(subject, &[VirtuousContactId(to)], &rules);
    let mut subject = linked(true, 0);
    let VirtuousView::Linked(further) = subject.virtuous.clone() else { unreachable!() };
    let (own, contact) = (further.contact.0, VirtuousContactId(further.contact.0 + 1));
    subject.hits = vec![Person { contact, ..*further }];
    assert!(!is(&subject, own));
    subject.cc.permission = crate::domain::Permission::Unsubscribed;
    assert!(is(&subject, own) && is(&subject, own + 1) && !is(&subject, own + 2));
    // The linked one has it: only the further one does not.
    let hits = subject.hits.clone();
    subject = Subject { hits, cc: subject.cc, opt_out_owed_since: Some(at(0)), ..linked(false, 100) };
    subject.base.consent = Some(AgreedConsent { opted_in: false, at: None });
    assert!(!is(&subject, own) && is(&subject, own + 1));
    subject.virtuous = VirtuousView::LookAgain;
    assert!(is(&subject, own), "it may be any");
}
