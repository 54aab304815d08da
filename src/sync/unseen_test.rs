use super::*;
use crate::domain::{
    AgreedConsent, ContactId, EmailMethod, Gaps, IndividualId, LinkedBy, ListId, MethodId, SegmentKey,
    VirtuousView,
};

pub fn at(minutes: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + 60 * minutes)
}

pub fn method(opted_in: bool, modified: i64) -> EmailMethod {
    EmailMethod {
        id: MethodId(5),
        kind: "Home Email".to_owned(),
        value: "ann@example.org".to_owned(),
        opted_in,
        primary: true,
        created_at: None,
        modified_at: Some(at(modified)),
    }
}

pub fn person(tags: &[&str], method: EmailMethod) -> Person {
    Person {
        contact: VirtuousContactId(1),
        individual: IndividualId(2),
        linked_by: LinkedBy::Reference,
        gaps: Gaps::default(),
        has_reference: true,
        emails: vec![method],
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        fields: vec![("Level".to_owned(), "1,234".to_owned())],
        archived: false,
        private: false,
        merged_into: None,
        seen_at: at(0),
        late: Vec::new(),
        others: Vec::new(),
    }
}

/// A subject linked to a person, with one write that nothing shows yet.
fn having_written(facet: Written) -> Subject {
    let mut subject = Subject::new(ContactId::new("c-1"), at(0));
    subject.virtuous = VirtuousView::Linked(Box::new(person(&[], method(true, 0))));
    wrote(&mut subject, VirtuousContactId(1), facet, at(0));
    subject
}

fn news(on: bool) -> Written {
    Written::Tag { segment: SegmentKey::List(ListId::new("l-1")), name: "CC: News".to_owned(), on }
}

/// A reading of the contact itself; gives what is planned by.
fn read(subject: &mut Subject, shown: Person, minutes: i64) -> Person {
    read_by(ReadBy::Id, subject, shown, minutes)
}

fn read_by(by: ReadBy, subject: &mut Subject, mut shown: Person, minutes: i64) -> Person {
    show_written(&mut shown, subject, by, at(minutes));
    heed(subject, &shown, at(minutes));
    shown
}

#[test]
fn e1_a_late_reading_is_nobodys_wish_and_is_read_again_after_1_5_and_30_minutes() {
    let mut subject = having_written(news(true));
    subject.base.segments = vec![(SegmentKey::List(ListId::new("l-1")), "CC: News".to_owned())];
    assert_eq!(next_look(&subject), None, "as long as nothing contradicts it, nothing is read");
    for (minutes, next) in [(10, 11), (11, 16), (16, 46)] {
        let planned_by = read(&mut subject, person(&[], method(true, 0)), minutes);
        assert_eq!(planned_by.tags, ["CC: News"], "{minutes}");
        assert_eq!(next_look(&subject), Some(at(next)), "{minutes}");
        // A reading in between is no look.
        read(&mut subject, person(&[], method(true, 0)), minutes);
        assert_eq!(next_look(&subject), Some(at(next)), "{minutes}");
    }
    // The tag never went on: Tandem puts it on again, and no list is left for it (S4).
    assert!(read(&mut subject, person(&[], method(true, 0)), 46).tags.is_empty());
    assert_eq!((subject.base.segments.len(), subject.unseen.len()), (0, 0));
}

#[test]
fn e1_what_a_reading_has_shown_is_agreed_and_a_later_difference_is_somebody_elses() {
    for (on, without, with) in [(true, vec![], vec!["CC: News"]), (false, vec!["CC: News"], vec![])] {
        let mut subject = having_written(news(on));
        assert_eq!(read(&mut subject, person(&with, method(true, 0)), 1).tags, with);
        assert_eq!(read(&mut subject, person(&without, method(true, 0)), 2).tags, without, "by staff");
        assert_eq!((next_look(&subject), subject.unseen.len()), (None, 0));
    }
}

/// A query of changed contacts lags behind the contact itself: the membership was removed as if staff had taken the tag off.
#[test]
fn e1_a_page_that_lags_behind_what_was_shown_is_nobodys_wish_and_has_the_contact_asked_for() {
    let mut subject = having_written(news(true));
    read(&mut subject, person(&["CC: News"], method(true, 0)), 1);
    for (minutes, look) in [(2, 2), (3, 4), (5, 7), (9, 13)] {
        let lagging = read_by(ReadBy::Page, &mut subject, person(&[], method(true, 0)), minutes);
        assert_eq!(lagging.tags, ["CC: News"], "{minutes}");
        assert_eq!(next_look(&subject), Some(at(look)), "{minutes}");
        assert_eq!(read(&mut subject, person(&["CC: News"], method(true, 0)), minutes).tags, ["CC: News"]);
        assert_eq!(next_look(&subject), None, "the contact itself shows it");
    }
    let mut by_staff = subject.clone();
    read_by(ReadBy::Page, &mut by_staff, person(&[], method(true, 0)), 20);
    assert!(
        read(&mut by_staff, person(&[], method(true, 0)), 20).tags.is_empty(),
        "the contact itself says so"
    );
    assert_eq!(by_staff.unseen.len(), 0);
    assert!(
        read_by(ReadBy::Page, &mut subject, person(&[], method(true, 0)), 36).tags.is_empty(),
        "none lags so long"
    );
    assert_eq!(subject.unseen.len(), 0);
}

/// An event shows the write at once, and the contact itself is asked of a copy that is seconds behind.
#[test]
fn e1_a_reading_that_lags_behind_an_event_is_nobodys_wish_but_an_event_is_never_behind() {
    let mut subject = having_written(news(true));
    let tell = |subject: &mut Subject, tags: &[&str]| {
        let before = subject.unseen.clone();
        let told = read_by(ReadBy::Event, subject, person(tags, method(true, 0)), 1);
        shown_by_event(subject, &before);
        told.tags
    };
    assert_eq!(tell(&mut subject, &["CC: News"]), ["CC: News"]);
    assert_eq!(next_look(&subject), None, "an event costs no call");
    for (minutes, look) in [(2, 2), (2, 3), (3, 5)] {
        assert_eq!(read(&mut subject, person(&[], method(true, 0)), minutes).tags, ["CC: News"], "{minutes}");
        assert_eq!(next_look(&subject), Some(at(look)));
    }
    let mut later = subject.clone();
    assert!(read(&mut later, person(&[], method(true, 0)), 5).tags.is_empty(), "it lags by seconds");
    // What is not told shows nothing, and ends no memory (E2).
    let untold = Person {
        gaps: Gaps { untold: Parts::TAGS, ..Gaps::default() },
        ..person(&["CC: News"], method(true, 0))
    };
    read(&mut subject, untold, 3);
    assert_eq!(subject.unseen[0].sight, Sight::Event);
    // Staff took it off, and an event says so: the next reading is believed.
    let told = person(&[], method(true, 0));
    assert!(heed_event(&mut subject, &told) && !heed_event(&mut subject, &told));
    assert!(read(&mut subject, told, 4).tags.is_empty());
}

#[test]
fn e1_of_a_write_that_was_shown_nothing_is_awaited_and_it_makes_room_first() {
    let mut subject = having_written(news(true));
    let untold = Person {
        gaps: Gaps { untold: Parts::TAGS, ..Gaps::default() },
        ..person(&["CC: News"], method(true, 0))
    };
    read(&mut subject, person(&["CC: News"], method(true, 0)), 1);
    read_by(ReadBy::Page, &mut subject, untold, 2);
    assert_eq!((next_look(&subject), subject.unseen.len()), (None, 1), "a gap contradicts nothing (E2)");
    let field =
        |name: i64| Written::Field { name: name.to_string(), before: String::new(), value: "1".to_owned() };
    (0..64).for_each(|name| wrote(&mut subject, VirtuousContactId(1), field(name), at(2)));
    assert_eq!(subject.unseen.len(), 64);
    assert!(subject.unseen.iter().all(|unseen| unseen.sight == Sight::Awaited));
}

#[test]
fn e1_a_tag_that_still_shows_after_it_was_taken_off_joins_nobody() {
    let mut subject = having_written(news(false));
    for minutes in [1, 2, 7, 37] {
        let late = read(&mut subject, person(&["CC: News"], method(true, 0)), minutes);
        assert_eq!(late.tags.is_empty(), minutes < 37, "{minutes}");
    }
    // It is Tandem's tag still, and no wish of staff (S2, S5).
    assert_eq!(subject.base.segments.len(), 1);
}

#[test]
fn e1_a_methods_date_tells_a_late_reading_from_somebody_elses_doing() {
    let agreed = Some(AgreedConsent { opted_in: true, at: Some(at(-9)) });
    let out = || Written::OptIn { method: MethodId(5), opted_in: false, modified_at: Some(at(0)), agreed };
    // The same date, or an older one, is stale.
    for modified in [-1, 0] {
        let mut subject = having_written(out());
        assert!(!read(&mut subject, person(&[], method(true, modified)), 1).emails[0].opted_in);
    }
    let mut subject = having_written(out());
    assert!(read(&mut subject, person(&[], method(true, 1)), 1).emails[0].opted_in, "by staff");
    assert_eq!(subject.unseen.len(), 0);
    // What was agreed on before stands again once all looks are taken: the opt-out is written again.
    let mut subject = having_written(out());
    subject.base.consent = Some(AgreedConsent { opted_in: false, at: None });
    for minutes in [1, 2, 7, 37] {
        read(&mut subject, person(&[], method(true, 0)), minutes);
    }
    assert_eq!(subject.base.consent, agreed);
}

#[test]
fn e3_a_field_in_another_form_is_agreed_in_that_form() {
    let field = |before: &str, value: &str| {
        let [name, before, value] = ["Level", before, value].map(str::to_owned);
        Written::Field { name, before, value }
    };
    let mut subject = having_written(field("7", "1234"));
    read(&mut subject, person(&[], method(true, 0)), 1);
    let [form] = subject.forms.as_slice() else { panic!("{:?}", subject.forms) };
    assert_eq!((&*form.sent, &*form.shown), ("1234", "1,234"));
    // The value from before is no form of the new one.
    let mut subject = having_written(field("1,234", "99"));
    assert_eq!(read(&mut subject, person(&[], method(true, 0)), 1).fields[0].1, "99");
    assert!(subject.forms.is_empty());
}

#[test]
fn e3_a_form_ends_once_the_wish_was_another_one_and_none_is_found_beside_a_write_in_doubt() {
    let [name, value] = ["Level", "1234"].map(str::to_owned);
    let mut subject = having_written(Written::Field { name, before: String::new(), value });
    let field = |value: &str| ("Level".to_owned(), value.to_owned(), FieldHolder::Contact);
    assert!(
        awaits_other_values(&subject, &[field("99")]) && !awaits_other_values(&subject, &[field("1234")])
    );
    let mut in_doubt = subject.clone();
    doubt_fields(&mut in_doubt);
    read(&mut in_doubt, person(&[], method(true, 0)), 1);
    assert!(in_doubt.forms.is_empty());
    read(&mut subject, person(&[], method(true, 0)), 1);
    for (agreed, forms) in [("1234", 1), ("99", 0)] {
        subject.base.fields = vec![("Level".to_owned(), agreed.to_owned())];
        end_forms(&mut subject);
        assert_eq!(subject.forms.len(), forms, "{agreed}");
    }
}

#[test]
fn w8_a_look_far_ahead_is_taken_now() {
    let mut subject = having_written(news(true));
    read(&mut subject, person(&[], method(true, 0)), 60 * 48);
    read(&mut subject, person(&[], method(true, 0)), 1);
    assert_eq!(next_look(&subject), Some(at(6)));
}

/// The person may have used the unsubscribe link meanwhile, or the write had no effect: nothing tells which (P3).
#[test]
fn e1_p3_an_opt_in_that_no_look_shows_is_agreed_by_nobody() {
    let agreed = Some(AgreedConsent { opted_in: false, at: Some(at(-9)) });
    let written = Written::OptIn { method: MethodId(5), opted_in: true, modified_at: Some(at(0)), agreed };
    let mut subject = having_written(written);
    subject.base.consent = Some(AgreedConsent { opted_in: true, at: Some(at(-1)) });
    for minutes in [1, 2, 7, 37] {
        read(&mut subject, person(&[], method(false, 0)), minutes);
    }
    assert_eq!(subject.base.consent, Some(AgreedConsent { opted_in: false, at: None }));
}

#[test]
fn e1_e2_what_is_never_told_is_looked_for_three_times_and_stays_as_it_was_written() {
    let mut subject = having_written(news(true));
    let untold = || {
        let gaps = Gaps { untold: Parts::TAGS, ..Gaps::default() };
        Person { gaps, ..person(&[], method(true, 0)) }
    };
    for (minutes, next) in [(1, Some(2)), (2, Some(7)), (7, Some(37)), (37, None), (99, None)] {
        assert_eq!(read(&mut subject, untold(), minutes).tags, ["CC: News"], "{minutes}");
        assert_eq!(next_look(&subject), next.map(at), "{minutes}");
    }
}

#[test]
fn e1_p6_an_address_that_shows_late_is_as_written_and_without_effect_it_is_written_again() {
    let [before, value] = ["ann@example.org", "ann@example.net"].map(str::to_owned);
    let facet =
        Written::Email { method: MethodId(5), before, value: value.clone(), modified_at: Some(at(1)) };
    let mut subject = having_written(facet);
    subject.base.email = Some(value.clone());
    for minutes in [0, 1, 6] {
        let shown = read(&mut subject, person(&[], method(true, 0)), minutes);
        assert_eq!((&shown.emails[0].value, shown.emails[0].modified_at), (&value, Some(at(1))), "{minutes}");
    }
    // Somebody else wrote the old address back since.
    let shown = read(&mut subject.clone(), person(&[], method(true, 2)), 7);
    assert_eq!(shown.emails[0].value, "ann@example.org");
    let shown = read(&mut subject, person(&[], method(true, 0)), 36);
    assert_eq!(shown.emails[0].value, "ann@example.org");
    assert_eq!((subject.base.email.as_deref(), subject.unseen.len()), (Some("ann@example.org"), 0));
}

#[test]
fn e1_opt_outs_of_200_further_contacts_take_no_place_from_each_other_or_from_the_linked_contact() {
    let opt_out =
        |id| Written::OptIn { method: MethodId(id), opted_in: false, modified_at: None, agreed: None };
    let mut subject = having_written(news(true));
    let hit = |id| Person { contact: VirtuousContactId(id), ..person(&[], method(true, 0)) };
    subject.hits = (101..=300).map(hit).collect();
    for id in 101..=300 {
        wrote(&mut subject, VirtuousContactId(id), opt_out(id), at(0));
    }
    assert_eq!(subject.unseen.len(), 201);
    // What was written to contacts that are no concern of the subscriber any more makes room first.
    subject.hits.clear();
    wrote(&mut subject, VirtuousContactId(1), opt_out(5), at(0));
    assert_eq!(subject.unseen.iter().map(|unseen| unseen.contact.0).collect::<Vec<_>>(), [1, 1]);
    // Of one contact the oldest gives way.
    (0..100).for_each(|id| wrote(&mut subject, VirtuousContactId(1), opt_out(id), at(0)));
    assert_eq!(subject.unseen.len(), 64);
}

/// Staff's edit was taken for the form in which the write is shown, and was never put right again.
#[test]
fn e1_f1_a_third_value_after_the_write_was_shown_is_no_form_of_it() {
    let [name, before, value] = ["Level", "7", "1,234"].map(str::to_owned);
    let mut subject = having_written(Written::Field { name, before, value });
    read(&mut subject, person(&[], method(true, 0)), 1);
    assert_eq!((subject.unseen.len(), subject.forms.len()), (1, 0));
    let mut by_staff = person(&[], method(true, 0));
    by_staff.fields[0].1 = "Green".to_owned();
    assert_eq!(read(&mut subject, by_staff.clone(), 2), by_staff);
    assert_eq!((subject.unseen.len(), subject.forms.len()), (0, 0));
}

#[test]
fn e1_w6_a_page_that_shows_an_opt_out_after_tandems_opt_in_has_the_contact_read_first() {
    let written =
        |opted_in| Written::OptIn { method: MethodId(5), opted_in, modified_at: Some(at(0)), agreed: None };
    for opted_in in [true, false] {
        let mut subject = having_written(written(opted_in));
        read(&mut subject, person(&[], method(opted_in, 0)), 1);
        assert!(!looks_for_opt_out(&subject));
        read_by(ReadBy::Page, &mut subject, person(&[], method(!opted_in, 0)), 2);
        assert_eq!((next_look(&subject), looks_for_opt_out(&subject)), (Some(at(2)), opted_in));
    }
}

#[test]
fn e1_looks_after_lagging_readings_end_when_none_lags_any_more() {
    let mut subject = having_written(news(true));
    read(&mut subject, person(&["CC: News"], method(true, 0)), 1);
    for minutes in [20, 20, 21, 23, 27, 35] {
        read_by(ReadBy::Page, &mut subject, person(&[], method(true, 0)), minutes);
        assert!(next_look(&subject).is_some_and(|look| look <= at(36)), "{minutes}");
    }
}
