use super::*;
use crate::domain::{CcView, ContactId, Permission, Profile};

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
