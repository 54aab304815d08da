use super::*;
use crate::{
    domain::{ContactId, IndividualId, ListId, ReadBy, Reason, Rule, SegmentKey, VirtuousView},
    sync::unseen::tests::{self, at},
};

/// The contact with these tags and its one address, opted in or out.
fn person(tags: &[&str], opted_in: bool) -> Person {
    tests::person(tags, tests::method(opted_in, 0))
}

fn linked(id: &str, person: Person) -> Subject {
    let mut subject = Subject::new(ContactId::new(id), at(0));
    subject.cc.email = Some("ann@example.org".to_owned());
    subject.virtuous = VirtuousView::Linked(Box::new(person));
    subject
}

fn done(effect: Effect) -> Finding {
    let reason = Reason::new(Rule::S1, crate::domain::Cause::OnList);
    Finding::Done { effect, person: None, reason, call: "POST".into() }
}

#[test]
fn e1_i4_a_late_reading_is_no_wish_of_the_others_of_the_household() {
    let segment = SegmentKey::List(ListId::new("l-1"));
    let name = || "CC: Events".to_owned();
    let mut ann = linked("ann", person(&["CC: Events"], true));
    let written = Written::Tag { segment: segment.clone(), name: name(), on: true };
    unseen::wrote(&mut ann, VirtuousContactId(1), written, at(0));
    let mut bob = linked("bob", person(&[], true));
    bob.base.segments = vec![(segment.clone(), name())];
    let effect =
        Effect::AddTag { contact: VirtuousContactId(1), tag: crate::domain::TagId(3), name: name(), segment };
    SharedWrites::of(&ann, &[done(effect)]).unwrap().show(&mut bob, &[], at(0));
    let mut late = person(&[], true);
    unseen::show_written(&mut late, &bob, ReadBy::Id, at(1));
    assert_eq!(late.tags, ["CC: Events"], "Bob is planned by what was written for Ann");
}

#[test]
fn e1_e5_a_late_reading_of_an_opt_out_is_no_opt_in_of_the_others() {
    let mut ann = linked("ann", person(&[], false));
    ann.base.consent = Some(AgreedConsent { opted_in: false, at: Some(at(-5)) });
    let written =
        Written::OptIn { method: MethodId(5), opted_in: false, modified_at: Some(at(0)), agreed: None };
    unseen::wrote(&mut ann, VirtuousContactId(1), written, at(0));
    let mut bob = linked("bob", person(&[], true));
    bob.base.consent = Some(AgreedConsent { opted_in: true, at: None });
    let (contact, individual) = (VirtuousContactId(1), IndividualId(2));
    let effect = Effect::SetOptIn { contact, individual, addresses: Vec::new(), opted_in: false };
    SharedWrites::of(&ann, &[done(effect)]).unwrap().show(&mut bob, &[], at(0));
    let mut late = person(&[], true);
    unseen::show_written(&mut late, &bob, ReadBy::Id, at(1));
    assert!(!late.emails[0].opted_in);
    // Without effect, what Bob agreed on stands again.
    for minutes in [1, 2, 7, 37] {
        let mut late = person(&[], true);
        unseen::show_written(&mut late, &bob, ReadBy::Id, at(minutes));
        unseen::heed(&mut bob, &late, at(minutes));
    }
    assert_eq!(bob.base.consent, Some(AgreedConsent { opted_in: true, at: None }));
}

#[test]
fn e1_i4_the_newer_write_counts_for_everybody_of_the_household() {
    let segment = SegmentKey::List(ListId::new("l-1"));
    let written = |on| Written::Tag { segment: segment.clone(), name: "CC: Events".to_owned(), on };
    let (mut ann, mut bob) = (linked("ann", person(&[], true)), linked("bob", person(&["CC: Events"], true)));
    unseen::wrote(&mut bob, VirtuousContactId(1), written(true), at(0));
    unseen::wrote(&mut ann, VirtuousContactId(1), written(false), at(1));
    let effect = Effect::RemoveTag {
        contact: VirtuousContactId(1),
        name: "CC: Events".to_owned(),
        segment: segment.clone(),
    };
    SharedWrites::of(&ann, &[done(effect)]).unwrap().show(&mut bob, &[], at(1));
    let mut shown = person(&[], true);
    unseen::show_written(&mut shown, &bob, ReadBy::Id, at(2));
    assert!(shown.tags.is_empty(), "Bob puts the tag on again where he is on the list");
}
