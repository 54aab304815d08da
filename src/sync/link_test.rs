//! What a reading that leaves parts out makes of a person (E2).

use super::*;
use crate::domain::{
    ContactId, IndividualId, ListId, MethodId, SegmentKey, ShownMethod, Told, VirtuousContactId, VirtuousView,
};

const OWN: &str = "ann@example.org";
const SPOUSE: &str = "ben@example.org";

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

fn method(id: i64, value: &str, opted_in: Option<bool>) -> ShownMethod {
    ShownMethod {
        id: MethodId(id),
        kind: Some("Home Email".to_owned()),
        value: value.to_owned(),
        opted_in,
        primary: Some(true),
        created_at: Some(at(0)),
        modified_at: Some(at(0)),
    }
}

fn individual(id: i64, method: ShownMethod) -> Individual {
    Individual {
        id: IndividualId(id),
        primary: id == 1,
        emails: Told::whole(vec![method]),
        fields: Told::whole(Vec::new()),
    }
}

/// A couple, told whole.
pub fn couple() -> VirtuousContact {
    VirtuousContact {
        id: VirtuousContactId(7),
        merged_into: None,
        archived: None,
        private: Some(false),
        references: Told::whole(vec![("Constant Contact".to_owned(), "c-1".to_owned())]),
        tags: Told::whole(vec!["CC: News".to_owned(), "Board".to_owned()]),
        fields: Told::whole(vec![("Program".to_owned(), "Arts".to_owned())]),
        individuals: vec![
            individual(1, method(10, OWN, Some(true))),
            individual(2, method(20, SPOUSE, Some(true))),
        ]
        .into(),
        modified_at: None,
    }
}

fn subject() -> Subject {
    let mut subject = Subject::new(ContactId::new("c-1"), at(0));
    subject.cc.email = Some(OWN.to_owned());
    subject
}

fn read(contact: &VirtuousContact, subject: &Subject) -> Option<Person> {
    let fields = BTreeSet::from(["Program".to_owned()]);
    person_of(contact, subject, &CustomerRules::default(), &fields, at(100))
}

/// The subject, linked by a reading that told all.
fn linked() -> (Subject, Person) {
    let mut subject = subject();
    let person = read(&couple(), &subject).unwrap();
    subject.virtuous = VirtuousView::Linked(Box::new(person.clone()));
    (subject, person)
}

/// Leaves out parts of the contact of one person.
fn gap(edit: impl FnOnce(&mut VirtuousContact)) -> VirtuousContact {
    let mut contact = couple();
    edit(&mut contact);
    contact
}

fn first(contact: &mut VirtuousContact, change: impl FnOnce(&mut Individual)) {
    let mut people = contact.individuals.to_vec();
    change(&mut people[0]);
    contact.individuals = people.into();
}

#[test]
fn e2_what_is_not_told_stays_as_it_is_known() {
    let (subject, person) = linked();
    assert_eq!(person.gaps, Gaps::default());
    let gaps = [
        (Parts::TAGS, gap(|contact| contact.tags = Told::default())),
        (Parts::TAGS, gap(|contact| contact.tags = Told::partly(Vec::new()))),
        (Parts::FIELDS, gap(|contact| contact.fields = Told::default())),
        (Parts::REFERENCES, gap(|contact| contact.references = Told::default())),
        (Parts::METHODS, gap(|contact| first(contact, |one| one.emails = Told::default()))),
        (Parts::METHODS, gap(|contact| first(contact, |one| one.emails = method_untold()))),
    ];
    for (part, contact) in gaps {
        let filled = read(&contact, &subject).unwrap();
        let gaps = Gaps { untold: part, unknown: Parts::NONE, readings: 1 };
        assert_eq!(
            filled,
            Person { gaps, linked_by: filled.linked_by, ..person.clone() },
            "{}",
            part.names()
        );
    }
    let filled = read(&gap(|contact| contact.individuals = Told::default()), &subject).unwrap();
    assert_eq!((filled.individual, &filled.emails), (person.individual, &person.emails));
}

#[test]
fn e2_i3_private_counts_as_untold_by_the_first_readings_alone() {
    let untold = gap(|contact| contact.private = None);
    let (mut subject, _) = linked();
    assert_eq!(read(&untold, &subject).unwrap().gaps, Gaps::default(), "a reading told it before");
    subject.virtuous = VirtuousView::Unknown;
    let unknown = [0; 4].map(|_| {
        let person = read(&untold, &subject).unwrap();
        let is_unknown = person.gaps.unknown.has(Parts::STANDING);
        subject.virtuous = VirtuousView::Linked(Box::new(person));
        is_unknown
    });
    assert_eq!(unknown, [true, true, false, false]);
}

fn method_untold() -> Told<ShownMethod> {
    Told::whole(vec![method(10, OWN, None)])
}

#[test]
fn e2_the_spouses_gap_keeps_nothing_of_the_subscriber_back() {
    let (subject, _) = linked();
    let contact = gap(|contact| {
        contact.individuals =
            vec![individual(1, method(10, OWN, Some(false))), individual(2, method(20, SPOUSE, None))].into();
    });
    let person = read(&contact, &subject).unwrap();
    assert_eq!((person.gaps, person.emails[0].opted_in), (Gaps::default(), false));
}

#[test]
fn e2_what_is_told_beside_a_gap_counts() {
    let (subject, _) = linked();
    let contact = gap(|contact| contact.tags = Told::partly(vec!["CC: Gala".to_owned()]));
    assert_eq!(read(&contact, &subject).unwrap().tags, ["CC: Gala", "CC: News"]);
    let contact =
        gap(|contact| first(contact, |one| one.emails = Told::partly(vec![method(11, OWN, Some(false))])));
    let emails = read(&contact, &subject).unwrap().emails;
    let shown: Vec<_> = emails.iter().map(|method| (method.id.0, method.opted_in)).collect();
    assert_eq!(shown, [(10, true), (11, false)]);
}

#[test]
fn e2_what_no_reading_told_is_unknown_until_one_does() {
    let mut subject = subject();
    let contact = gap(|contact| {
        contact.tags = Told::default();
        first(contact, |one| one.emails = method_untold());
    });
    let unknown = read(&contact, &subject).unwrap();
    assert!(unknown.gaps.unknown.has(Parts::TAGS) && unknown.gaps.unknown.has(Parts::METHODS));
    assert!(unknown.emails.is_empty() && unknown.tags.is_empty());
    subject.virtuous = VirtuousView::Linked(Box::new(unknown));
    let still = read(&contact, &subject).unwrap();
    assert!(still.gaps.unknown.has(Parts::TAGS) && still.gaps.readings == 2);
    assert_eq!(read(&couple(), &subject).unwrap().gaps, Gaps::default());
}

#[test]
fn e2_an_individual_that_is_not_told_is_no_other_one() {
    let contact = gap(|contact| {
        contact.individuals = Told::partly(vec![individual(2, method(20, SPOUSE, Some(true)))])
    });
    assert_eq!(read(&contact, &subject()), None);
    assert!(contact.may_hide_subscriber());
    let (subject, person) = linked();
    assert_eq!(read(&contact, &subject).unwrap().individual, person.individual);
}

#[test]
fn e2_methods_in_another_order_are_the_same_reading() {
    let (subject, _) = linked();
    let both = [method(10, OWN, Some(true)), method(11, SPOUSE, Some(true))];
    let of = |methods: Vec<ShownMethod>| {
        read(&gap(|contact| first(contact, |one| one.emails = methods.into())), &subject).unwrap()
    };
    assert_eq!(of(both.to_vec()), of(both.iter().rev().cloned().collect()));
}

#[test]
fn e2_tags_that_are_told_late_are_no_choice_of_staff() {
    let mut subject = subject();
    let late = read(&couple(), &subject).unwrap();
    let unknown = read(&gap(|contact| contact.tags = Told::default()), &subject).unwrap();
    let list = SegmentKey::List(ListId::new("l-1"));
    let mut mapping = crate::sync::Mapping::default();
    mapping.by_name.insert("CC: News".to_owned(), list.clone());
    subject.virtuous = VirtuousView::Linked(Box::new(unknown));
    crate::sync::segments::own_first_told_tags(&mut subject, &late, &mapping);
    assert_eq!(subject.base.segments, [(list, "CC: News".to_owned())]);
}

/// The person of the couple as read at this time, with these gaps.
pub fn linked_at(seen_at: Timestamp, gaps: Gaps) -> Person {
    Person { seen_at, gaps, ..linked().1 }
}
