use std::sync::Arc;

use super::*;
use crate::{
    domain::{CustomerRules, ListId, ReferenceData, Timestamp, VirtuousReferenceData, reference_data::List},
    sync::unseen,
};

const NAME: &str = "CC: News";

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

/// The list and its tag of this id, which stands under its name since then; 0 for always.
fn mapping(id: i64, since: i64) -> Mapping {
    let mut reference = ReferenceData::default();
    let list = List { name: "News".to_owned(), former_names: Vec::new(), deleted: false, members: None };
    reference.cc.lists.insert(ListId::new("l-1"), list);
    reference.virtuous.tags.insert(NAME.to_owned(), vec![TagId(id)]);
    if since > 0 {
        reference.virtuous.tags_since.insert(TagId(id), at(since));
    }
    Mapping::new(&Arc::new(reference), &CustomerRules::default())
}

fn person(tags: &[&str], seen_at: i64) -> Person {
    let shown = unseen::tests::person(tags, unseen::tests::method(true, 0));
    Person { seen_at: at(seen_at), ..shown }
}

/// The ids that are agreed on after a reading, beside a tag of that id that was agreed on before.
fn ids(before: Option<i64>, person: &Person, mapping: &Mapping) -> Vec<i64> {
    let segments = vec![(SegmentKey::List(ListId::new("l-1")), NAME.to_owned())];
    let tag_ids = before.map(|id| (NAME.to_owned(), TagId(id))).into_iter().collect();
    let before = Base { segments: segments.clone(), tag_ids, ..Base::default() };
    agreed(&before, &segments, person, mapping).into_iter().map(|(_, id)| id.0).collect()
}

#[test]
fn s5_the_id_of_a_tag_is_taken_over_from_a_reading_that_is_newer_than_the_tag() {
    let (mapping, late) = (mapping(9, 100), 100 + 35 * 60);
    assert_eq!(
        ids(None, &person(&[NAME], 50), &mapping),
        [0; 0],
        "it may show the tag that was there before"
    );
    assert_eq!(ids(Some(7), &person(&[NAME], 50), &mapping), [7]);
    assert_eq!(ids(Some(7), &person(&[NAME], late - 1), &mapping), [7], "it may be late (E1)");
    assert_eq!(ids(Some(7), &person(&[NAME], late), &mapping), [9]);
    assert_eq!(ids(None, &person(&[NAME], late), &mapping), [9]);
    assert_eq!(
        ids(Some(7), &person(&[], late), &mapping),
        [7],
        "what was agreed on stays until the tag is on"
    );
    assert_eq!(ids(None, &person(&[], late), &mapping), [0; 0]);
    let first = agreed(
        &Base::default(),
        &[(SegmentKey::List(ListId::new("l-1")), NAME.to_owned())],
        &person(&[NAME], 100),
        &mapping,
    );
    assert_eq!(first, [(NAME.to_owned(), TagId(9))], "there was none before");
}

#[test]
fn s5_a_tag_made_anew_under_its_name_is_another_one() {
    let tag = |id: i64, since: i64| mapping(id, since).tags.into_values().next().unwrap();
    let known = vec![(NAME.to_owned(), TagId(7))];
    assert!(is_agreed(&known, &tag(7, 0)) && is_agreed(&known, &tag(7, 100)));
    assert!(!is_agreed(&known, &tag(9, 0)));
    // Stored before ids were kept: what was there then is what was agreed on.
    assert!(is_agreed(&[], &tag(7, 0)) && !is_agreed(&[], &tag(7, 100)));
    let mut written = known;
    put_on(&mut written, NAME, TagId(9));
    assert_eq!(written, [(NAME.to_owned(), TagId(9))]);
}

#[test]
fn s5_a_tag_that_was_not_there_at_an_earlier_reading_is_known_since_then() {
    let read = |id: i64, read_at: i64| VirtuousReferenceData {
        tags: [(NAME.to_owned(), vec![TagId(id)])].into(),
        read_at: Some(at(read_at)),
        ..VirtuousReferenceData::default()
    };
    let followed = |mut next: VirtuousReferenceData, known: &VirtuousReferenceData| {
        next.follow(known);
        next
    };
    let first = followed(read(7, 10), &VirtuousReferenceData::default());
    let anew = followed(read(9, 20), &first);
    let again = followed(read(9, 30), &anew);
    let back = followed(read(7, 40), &again);
    let since = [first, anew, again, back].map(|read| read.tags_since.into_iter().collect::<Vec<_>>());
    let of = |id, secs| vec![(TagId(id), at(secs))];
    assert_eq!(since, [Vec::new(), of(9, 20), of(9, 20), of(7, 40)]);
}

#[test]
fn s5_the_first_tag_under_a_name_replaces_none_and_one_after_it_does() {
    let read = |ids: &[i64], read_at: i64| VirtuousReferenceData {
        tags: ids.iter().map(|id| (NAME.to_owned(), vec![TagId(*id)])).collect(),
        read_at: Some(at(read_at)),
        ..VirtuousReferenceData::default()
    };
    let followed = |mut next: VirtuousReferenceData, known: &VirtuousReferenceData| {
        next.follow(known);
        next
    };
    let none = followed(read(&[], 10), &VirtuousReferenceData::default());
    let first = followed(read(&[7], 20), &none);
    assert!(first.tags_since.is_empty(), "an import made it: it is the one that was agreed on");
    // It goes, and comes back as another one: between the two, the name is known to have had one.
    let gone = followed(read(&[], 30), &first);
    assert_eq!(gone.tag(NAME), TagLookup::Missing);
    assert_eq!(gone.tag_name("cc: news"), "cc: news");
    let anew = followed(read(&[9], 50), &followed(read(&[], 40), &gone));
    assert_eq!(anew.tags_since, [(TagId(9), at(50))].into());
}
