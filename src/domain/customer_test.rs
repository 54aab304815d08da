use std::time::Duration;

use super::*;
use crate::domain::{ApiPart, Cause, Reason, Refused, System};

const MINUTE: Duration = Duration::from_secs(60);
const READING: Refused = Refused::Reading(ApiPart::Contacts);

fn at(minutes: u32) -> Timestamp {
    Timestamp::from_secs(1_800_000_000).plus(MINUTE * minutes)
}

fn refused(system: System, of: Refused, minutes: u32) -> Pause {
    Pause::refused(system, of, Reason::about(Rule::B3, Cause::Refused, "no"), at(minutes))
}

fn record() -> CustomerRecord {
    CustomerRecord::new("hope".parse().unwrap(), 1, at(0))
}

#[test]
fn b3_a_pause_that_comes_back_within_an_hour_is_since_the_first_one() {
    let since = |system, of, minutes: u32| {
        let mut record = record();
        let first = refused(System::ConstantContact, READING, 0);
        record.begin_pause(first.clone());
        assert!(record.lift_pause(&first, 1, at(15)) && record.pause.is_none());
        record.begin_pause(refused(system, of, minutes));
        record.pause.unwrap().since
    };
    assert_eq!(since(System::ConstantContact, READING, 16), at(0));
    assert_eq!(since(System::ConstantContact, READING, 74), at(0));
    assert_eq!(since(System::ConstantContact, READING, 75), at(75), "an hour of calls that were taken");
    assert_eq!(since(System::ConstantContact, Refused::Access, 16), at(16));
    assert_eq!(since(System::Virtuous, READING, 16), at(16));
    assert_eq!(since(System::ConstantContact, READING, 14), at(14), "a clock that was set back (W8)");
    // A person ended it: whatever comes is new.
    let mut record = record();
    record.lifted = Lifted::of(&refused(System::Virtuous, Refused::Access, 0), at(15));
    record.begin_pause(Pause::by_operator(Reason::about(Rule::B3, Cause::Decided, ""), at(16)));
    record.end_pause(at(17));
    record.begin_pause(refused(System::Virtuous, Refused::Access, 18));
    assert_eq!(record.pause.unwrap().since, at(18));
}

#[test]
fn b3_only_the_pause_that_was_tried_is_lifted() {
    let mut record = record();
    let tried = refused(System::ConstantContact, Refused::Access, 0);
    // Its next try was planned meanwhile: it is the same.
    let planned =
        Pause { probe: refused(System::ConstantContact, Refused::Access, 15).probe, ..tried.clone() };
    record.begin_pause(planned);
    assert!(record.lift_pause(&tried, 1, at(16)));
    assert!(!record.lift_pause(&tried, 1, at(16)), "there is none");
    for other in [
        refused(System::Virtuous, Refused::Access, 0),
        refused(System::ConstantContact, READING, 0),
        refused(System::ConstantContact, Refused::Access, 1),
        Pause::by_operator(tried.reason.clone(), at(0)),
    ] {
        record.pause = Some(other.clone());
        assert!(!record.lift_pause(&tried, 1, at(16)));
        assert_eq!(record.pause, Some(other));
    }
}

#[test]
fn b3_pauses_that_end_together_have_their_whole_readings_in_turns() {
    let ended = |number: u32, customers: usize, minutes: u32| {
        let mut record = CustomerRecord::new("hope".parse().unwrap(), number, at(0));
        record.stage = Stage::Live;
        let pause = refused(System::ConstantContact, Refused::Access, 0);
        record.begin_pause(pause.clone());
        assert!(record.lift_pause(&pause, customers, at(minutes)));
        record
    };
    let mut turns: Vec<i64> = (1..=200)
        .map(|number| {
            let record = ended(number, 200, 90);
            assert_eq!(record.reading, None, "none at once");
            record.reading_due.unwrap().as_secs() - at(90).as_secs()
        })
        .collect();
    turns.sort_unstable();
    assert!(turns[199] <= 200 * 3600, "{turns:?}");
    for day in 0..9 {
        // A hundred calls each: a quarter of the day's 9,500.
        let within = turns.iter().filter(|at| **at / 86_400 == day).count();
        assert!(within <= 26, "{within} on day {day}");
    }
    assert!(ended(7, 1, 90).reading.is_some(), "alone it is read at once");
    let short = ended(7, 200, 30);
    assert_eq!((short.reading, short.reading_due), (None, None));
    // What was asked for meanwhile is not owed any more.
    let mut asked = ended(7, 200, 90);
    assert!(asked.ask_for_reading(at(91)) && asked.reading_due.is_none());
}

#[test]
fn e5_a_customer_that_is_read_anew_keeps_its_account_and_goes_on_with_its_import() {
    let (then, now) = (Timestamp::from_secs(1_700_000_000), Timestamp::from_secs(1_800_000_000));
    let mut record = CustomerRecord::new("hope".parse().unwrap(), 7, then);
    (record.stage, record.import_started_at) = (Stage::Live, Some(then));
    record.brake.unsubscribed = vec![(then, 3)];
    record.accounts.virtuous_key = Some("a1".to_owned());
    record.begin_anew_reading(now, true);
    record.begin_anew_reading(now, false);
    assert_eq!(record.anew, Some(Anew { since: now, is_dropped: false, is_past_unknown: true }));
    record.dropped(now);
    assert_eq!((record.stage, record.import_started_at), (Stage::Observing, Some(now)));
    assert_eq!((record.created_at, record.brake.unsubscribed.len()), (then, 1));
    assert_eq!(record.accounts.virtuous_key.as_deref(), Some("a1"));
    assert!(record.is_read_anew() && record.anew.unwrap().is_dropped);
    // One whose import was never asked for waits for that.
    let mut record = CustomerRecord::new("hope".parse().unwrap(), 7, then);
    record.begin_anew_reading(now, false);
    record.dropped(now);
    assert_eq!(record.import_started_at, None);
}
