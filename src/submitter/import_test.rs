use super::*;
use crate::domain::Scan;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn record(scan_done_at: Option<Timestamp>) -> CustomerRecord {
    let scan = Scan { started_at: Some(NOW), upto: None, skipped: 7, read: 7, done_at: scan_done_at };
    CustomerRecord { scan: Some(scan), ..CustomerRecord::new("hope".parse().unwrap(), 1, NOW) }
}

fn begun(mut record: CustomerRecord) -> CustomerRecord {
    Beginning::of(&record, NOW).note(&mut record, NOW);
    record
}

#[test]
fn i2_a_reading_of_an_hour_is_fresh_enough_to_begin_on() {
    let fresh = begun(record(Some(NOW.minus(READING_HOLDS))));
    assert_eq!((fresh.stage, fresh.scan.is_some()), (Stage::Importing, true));
    let old = begun(record(Some(NOW.minus(READING_HOLDS).minus(Duration::from_millis(1)))));
    assert_eq!((old.stage, old.scan), (Stage::Scanning, None), "all contacts are read anew");
}

#[test]
fn i2_a_reading_that_is_under_way_goes_on() {
    let begun = begun(record(None));
    assert_eq!((begun.stage, begun.scan.map(|scan| scan.read)), (Stage::Scanning, Some(7)));
}

#[test]
fn c4_the_moment_that_a_person_asked_for_the_import_stays() {
    let asked = NOW.minus(Duration::from_secs(60));
    let by_person = CustomerRecord { import_started_at: Some(asked), ..record(None) };
    assert_eq!(begun(by_person).import_started_at, Some(asked));
    assert_eq!(begun(record(None)).import_started_at, Some(NOW), "`import.auto_start`");
}

#[test]
fn c4_the_end_is_the_steady_state() {
    let mut record = record(None);
    end(&mut record, NOW);
    assert_eq!((record.stage, record.import_done_at), (Stage::Live, Some(NOW)));
}
