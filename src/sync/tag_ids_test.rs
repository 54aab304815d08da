use std::sync::Arc;

use super::*;
use crate::{
    domain::{CustomerRules, ListId, ReferenceData, Timestamp, reference_data::List},
    sync::unseen,
};

const NAME: &str = "CC: News";

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

/// The list and its tag of this id, as read at that time.
fn mapping(id: i64, read_at: i64) -> Mapping {
    let mut reference = ReferenceData::default();
    let list = List { name: "News".to_owned(), former_names: Vec::new(), deleted: false, members: None };
    reference.cc.lists.insert(ListId::new("l-1"), list);
    reference.virtuous.tags.insert(NAME.to_owned(), vec![TagId(id)]);
    reference.virtuous.read_at = Some(at(read_at));
    Mapping::new(&Arc::new(reference), &CustomerRules::default())
}

fn person(tags: &[&str], seen_at: i64) -> Person {
    let shown = unseen::tests::person(tags, unseen::tests::method(true, 0));
    Person { seen_at: at(seen_at), ..shown }
}

fn ids(before: &[i64], person: &Person, mapping: &Mapping) -> Vec<i64> {
    let before: Vec<_> = before.iter().map(|id| (NAME.to_owned(), TagId(*id))).collect();
    let segments = [(SegmentKey::List(ListId::new("l-1")), NAME.to_owned())];
    agreed(&before, &segments, person, mapping).into_iter().map(|(_, id)| id.0).collect()
}

#[test]
fn s5_the_id_of_a_tag_is_taken_over_from_a_reading_that_is_newer_than_the_names_of_tags() {
    let mapping = mapping(9, 100);
    assert_eq!(ids(&[], &person(&[NAME], 50), &mapping), [9]);
    assert_eq!(ids(&[7], &person(&[NAME], 50), &mapping), [7], "it may show the tag that was there before");
    assert_eq!(ids(&[7], &person(&[NAME], 100), &mapping), [9]);
    assert_eq!(ids(&[7], &person(&[], 100), &mapping), [7], "what was agreed on stays until the tag is on");
    assert_eq!(ids(&[], &person(&[], 100), &mapping), [0; 0]);
}

#[test]
fn s5_a_tag_made_anew_under_its_name_is_another_one() {
    let tag = |id: i64| mapping(id, 0).tags.into_values().next().unwrap();
    let known = vec![(NAME.to_owned(), TagId(7))];
    assert!(is_agreed(&known, &tag(7)) && is_agreed(&[], &tag(7)));
    assert!(!is_agreed(&known, &tag(9)));
    let mut written = known;
    put_on(&mut written, NAME, TagId(9));
    assert_eq!(written, [(NAME.to_owned(), TagId(9))]);
}
