use super::*;
use crate::{
    domain::{
        AgreedConsent, ContactId, EmailMethod, IndividualId, LinkedBy, MethodId, Permission, ReadBy, State,
        Submission, Written,
    },
    sync::{Household, Step, unseen},
};

const ANN: &str = "ann@x.org";

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

fn person(contact: i64, opted_in: bool) -> Person {
    let method = EmailMethod {
        id: MethodId(contact * 10),
        kind: "Home Email".to_owned(),
        value: ANN.to_owned(),
        opted_in,
        primary: true,
        created_at: Some(at(50)),
        modified_at: Some(at(50)),
    };
    Person {
        contact: VirtuousContactId(contact),
        individual: IndividualId(contact),
        linked_by: LinkedBy::Email,
        has_reference: false,
        seen_at: at(60),
        ..unseen::tests::person(&[], method)
    }
}

fn linked(permission: Permission, consent: Option<AgreedConsent>) -> Subject {
    let mut subject = Subject::new(ContactId::new("1"), at(0));
    subject.cc.email = Some(ANN.to_owned());
    subject.cc.profile.first_name = "Ann".to_owned();
    subject.cc.profile.last_name = "Lee".to_owned();
    subject.cc.permission = permission;
    subject.virtuous = VirtuousView::Linked(Box::new(person(1, true)));
    subject.base.email = Some(ANN.to_owned());
    subject.base.consent = consent;
    subject
}

fn planned(subject: &Subject) -> crate::sync::Plan {
    let planner = Planner { stage: crate::domain::Stage::Live, ..Planner::default() };
    planner.plan(subject, &Household::default(), at(70))
}

fn lost(subject: &mut Subject, instead: &[Person]) {
    gone(subject, VirtuousContactId(1), instead, &Planner::default(), at(60));
}

#[test]
fn i3_a_contact_that_is_gone_is_a_question_and_none_is_made_again() {
    let mut subject = linked(Permission::Explicit, Some(AgreedConsent { opted_in: true, at: None }));
    subject.submission = Some(Submission { sent_at: at(1), certain: true, creates: false });
    lost(&mut subject, &[]);
    let plan = planned(&subject);
    assert_eq!(
        (plan.state, plan.reason.cause, plan.step),
        (State::Review, Cause::VirtuousGone, Step::Nothing)
    );
    crate::sync::requeue::look_again_if_gone(&mut subject);
    assert_eq!(planned(&subject).step, Step::LookUp);
    // Another contact is no concern of it.
    let mut other = linked(Permission::Explicit, None);
    gone(&mut other, VirtuousContactId(9), &[], &Planner::default(), at(60));
    assert!(other.virtuous.linked().is_some() && other.gone_since.is_none());
}

#[test]
fn i3_an_opt_out_of_the_contact_in_its_place_is_not_staffs_answer_to_what_was_agreed_on() {
    let mut subject = linked(Permission::Explicit, Some(AgreedConsent { opted_in: true, at: None }));
    lost(&mut subject, &[person(2, false)]);
    assert_eq!(subject.virtuous.linked().map(|person| person.contact), Some(VirtuousContactId(2)));
    let plan = planned(&subject);
    assert!(!plan.unsubscribes(), "{plan:?}");
    assert!(plan.remarks.iter().any(|remark| remark.cause == Cause::Untouched), "{plan:?}");
}

#[test]
fn i3_p3_an_opt_out_that_was_agreed_on_goes_to_the_contact_in_its_place() {
    for permission in [Permission::Unsubscribed, Permission::Explicit] {
        let out = AgreedConsent { opted_in: false, at: Some(at(10)) };
        let mut subject = linked(permission, Some(out));
        lost(&mut subject, &[person(2, true)]);
        let plan = planned(&subject);
        assert!(plan.opts_out() && !plan.unsubscribes(), "{permission:?} {plan:?}");
    }
}

#[test]
fn i3_p1_staffs_opt_out_that_was_not_told_yet_goes_to_the_contact_in_its_place() {
    let mut subject = linked(Permission::Explicit, Some(AgreedConsent { opted_in: true, at: None }));
    subject.virtuous = VirtuousView::Linked(Box::new(person(1, false)));
    lost(&mut subject, &[person(2, true)]);
    let plan = planned(&subject);
    assert!(plan.opts_out() && !plan.unsubscribes(), "{plan:?}");
}

#[test]
fn i3_several_in_its_place_are_for_a_person() {
    let mut subject = linked(Permission::Explicit, None);
    lost(&mut subject, &[person(2, true), person(3, true)]);
    let plan = planned(&subject);
    assert_eq!((plan.state, plan.reason.cause), (State::Review, Cause::SeveralHits));
}

#[test]
fn e1_what_was_written_to_a_further_contact_is_still_looked_for_once_the_linked_one_is_gone() {
    let agreed = Some(AgreedConsent { opted_in: true, at: None });
    for others in [vec![], vec![person(3, false)]] {
        let mut subject = linked(Permission::Unsubscribed, agreed);
        subject.hits = vec![person(2, false)];
        for contact in [1, 2] {
            let method = MethodId(contact * 10);
            let facet = Written::OptIn { method, opted_in: false, modified_at: Some(at(50)), agreed };
            unseen::wrote(&mut subject, VirtuousContactId(contact), facet, at(55));
        }
        let mut late = person(2, true);
        unseen::show_written(&mut late, &subject, ReadBy::Id, at(60));
        assert!(!late.emails[0].opted_in, "as it was written");
        let instead: Vec<Person> = std::iter::once(late).chain(others).collect();
        lost(&mut subject, &instead);
        let [unseen] = subject.unseen.as_slice() else { panic!("{:?}", subject.unseen) };
        assert_eq!((unseen.contact, unseen.next_look), (VirtuousContactId(2), Some(at(120))));
        // What was agreed on before was agreed on with the contact that is gone.
        assert!(matches!(unseen.facet, Written::OptIn { agreed: None, .. }));
    }
}
