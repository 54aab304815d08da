use super::*;
use crate::domain::{
    ContactId, Gaps, IndividualId, LinkedBy, ListId, Person, ReferenceData, VirtuousContactId, VirtuousView,
    reference_data::List,
};

fn unsubscribed() -> Subject {
    let mut subject = Subject::new(ContactId::new("c-1"), Timestamp::from_millis(1));
    subject.cc.email = Some("ann@example.org".to_owned());
    subject.cc.permission = Permission::Unsubscribed;
    subject
}

fn question() -> Reason {
    Reason::new(Rule::P5, Cause::StaffOptIn)
}

#[test]
fn p5_nothing_is_sent_that_nobody_asked_for() {
    assert_eq!(answer(&unsubscribed(), question()), Answer::Ask(question()));
}

#[test]
fn p5_it_is_sent_once_for_the_subject_as_it_was_asked_for() {
    let mut subject = unsubscribed();
    let lists = vec![ListId::new("l-1")];
    subject.confirmation =
        Some(Confirmation { lists: lists.clone(), revision: subject.revision, sent_at: None });
    let Answer::Send(planned) = answer(&subject, question()) else { panic!("not sent") };
    assert_eq!(planned.effect, Effect::SendConfirmation { lists });
    let mut changed = subject.clone();
    changed.revision += 1;
    assert_eq!(answer(&changed, question()), Answer::Ask(question()), "the person changed meanwhile");

    sent(&mut subject, Timestamp::from_millis(1_800_000_000_000));
    assert!(
        matches!(answer(&subject, question()), Answer::Wait(reason) if reason.cause == Cause::ConfirmationSent)
    );
    assert_eq!(may_be_sent(&subject), Err(NotSendable::SentBefore));
    subject.revision += 1;
    let Answer::Ask(asked) = answer(&subject, question()) else { panic!("not asked again") };
    assert!(asked.cause == Cause::StaffOptIn && asked.detail.contains("went out on 2027"), "{asked}");
}

#[test]
fn p5_who_complained_or_is_out_for_another_reason_is_not_sent_one() {
    let with = |change: fn(&mut Subject)| {
        let mut subject = unsubscribed();
        change(&mut subject);
        may_be_sent(&subject)
    };
    assert_eq!(with(|_| ()), Ok(()));
    let spam = with(|subject| subject.cc.opt_out_reason = Some("Spam complaint".to_owned()));
    assert_eq!(spam, Err(NotSendable::Complained));
    let active = with(|subject| subject.cc.permission = Permission::Explicit);
    assert_eq!(active, Err(NotSendable::NotUnsubscribed));
    assert_eq!(with(|subject| subject.cc.email = None), Err(NotSendable::NotUnsubscribed));
}

#[test]
fn p5_i4_what_another_of_the_household_is_on_is_not_joined_by_confirming() {
    let mut reference = ReferenceData::default();
    for (id, name) in [("a", "Alpha"), ("b", "Beta"), ("c", "Gamma")] {
        let list = List { name: name.to_owned(), ..List::default() };
        reference.cc.lists.insert(ListId::new(id), list);
    }
    let rules = CustomerRules::default();
    let mut subject = unsubscribed();
    subject.cc.lists = vec![ListId::new("c")];
    subject.virtuous = VirtuousView::Linked(Box::new(Person {
        contact: VirtuousContactId(1),
        individual: IndividualId(2),
        linked_by: LinkedBy::Reference,
        gaps: Gaps::default(),
        has_reference: true,
        emails: Vec::new(),
        tags: ["CC: Alpha", "CC: Beta"].map(str::to_owned).to_vec(),
        fields: Vec::new(),
        archived: false,
        private: false,
        merged_into: None,
        seen_at: Timestamp::EPOCH,
        late: Vec::new(),
        others: Vec::new(),
    }));
    let of = |household: &Household| -> Vec<String> {
        let lists = lists_of(&subject, &Mapping::new(&reference, &rules), household, &rules);
        lists.iter().map(ToString::to_string).collect()
    };
    assert_eq!(of(&Household::default()), ["a", "b", "c"]);
    let segments = [SegmentKey::List(ListId::new("a")), SegmentKey::List(ListId::new("c"))].into();
    assert_eq!(of(&Household { segments, ..Household::default() }), ["b", "c"], "c is their own");
    let owned = ["CC: Beta".to_owned()].into();
    assert_eq!(of(&Household { owned, ..Household::default() }), ["a", "c"]);
}
