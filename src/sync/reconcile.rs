//! When both sides are read whole by themselves (V3).

use std::time::Duration;

use crate::domain::{
    CustomerRecord, Timestamp, kept_time,
    reading::{APART_MAX, place_in},
};

/// A reading that is owed while another is under way is asked for again after this.
const LATER: Duration = Duration::from_secs(3600);

/// The query of changes that too many events ask for is made so often at most.
const QUERY_EVERY: Duration = Duration::from_secs(60);
/// A whole reading that too many events ask for is made so often at most.
const READ_AGAIN: Duration = Duration::from_secs(24 * 3600);

/// When the customer's next whole reading is due; `None` if that is not known yet, or was set by other settings or a wrong clock.
#[must_use]
pub fn due(record: &CustomerRecord, every: Duration, now: Timestamp) -> Option<Timestamp> {
    let turn = turn(record, every, now)?;
    Some(owed(record, now).map_or(turn, |owed| owed.min(turn)))
}

fn turn(record: &CustomerRecord, every: Duration, now: Timestamp) -> Option<Timestamp> {
    record.reconcile_at.filter(|at| *at <= now.plus(2 * every))
}

/// When the reading comes that is owed since a long pause (V2); a time further ahead than any turn is a wrong clock's, and now (W8).
fn owed(record: &CustomerRecord, now: Timestamp) -> Option<Timestamp> {
    record.reading_due.map(|at| kept_time::due(at, APART_MAX, now))
}

/// More events came than are kept. The query of the contacts that changed is due at once, unless it was just made; and since a change of
/// a tag or of an opt-in may move no date, both sides are read whole in an hour, at most once a day (V2, V3).
pub fn after_too_many_events(record: &mut CustomerRecord, now: Timestamp) {
    query_now(record, now);
    let lately = read_last(record).filter(|at| *at <= now).map(|at| at.plus(READ_AGAIN));
    let soonest = now.plus(LATER).max(lately.unwrap_or(now));
    record.reading_due = Some(record.reading_due.map_or(soonest, |due| due.min(soonest)));
}

/// Makes the query of the contacts that changed due at once, unless it was just made (V2).
pub fn query_now(record: &mut CustomerRecord, now: Timestamp) {
    let is_queried = record.virtuous_queried_at.is_some_and(|at| at <= now && now.since(at) < QUERY_EVERY);
    if !is_queried {
        record.virtuous_queried_at = None;
    }
}

/// Sets the next whole reading, and asks for one if it is due and none was made lately. Returns whether one was asked for.
pub fn look(record: &mut CustomerRecord, every: Duration, now: Timestamp) -> bool {
    if owed(record, now).is_some_and(|at| at <= now) {
        let is_asked = record.ask_for_reading(now);
        // What is under way began before.
        record.reading_due = (!is_asked).then(|| now.plus(LATER));
        return is_asked;
    }
    match turn(record, every, now) {
        Some(at) if at > now => false,
        Some(_) => {
            record.reconcile_at = Some(turn_after(record.number, every, now.plus(every / 2)));
            // A reading of a time to come is a wrong clock's (W8).
            let lately = |at: Timestamp| at <= now && now.since(at) < every / 2;
            !read_last(record).is_some_and(lately) && record.ask_for_reading(now)
        }
        None => {
            record.reconcile_at = Some(turn_after(record.number, every, now));
            false
        }
    }
}

/// When both sides were last to be read whole, for whatever reason.
fn read_last(record: &CustomerRecord) -> Option<Timestamp> {
    let first = record.scan.as_ref().and_then(|scan| scan.done_at);
    record.reading.map(|reading| reading.asked_at).max(first)
}

/// The customer's first turn after a time. Each customer has its own place in the interval, so that customers that were enrolled or
/// paused together are not read together.
fn turn_after(customer: u32, length: Duration, after: Timestamp) -> Timestamp {
    let every = i128::try_from(length.as_millis()).unwrap_or(i128::MAX).max(1);
    let place = i128::try_from(place_in(customer, length).as_millis()).unwrap_or(0);
    let since = (i128::from(after.as_millis()) - place).rem_euclid(every);
    let wait = u64::try_from(every - since).unwrap_or(u64::MAX);
    after.plus(Duration::from_millis(wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Stage, reading::WholeReading};

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const EVERY: Duration = Duration::from_secs(30 * 24 * 3600);
    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn live(number: u32) -> CustomerRecord {
        let mut record = CustomerRecord::new("hope".parse().unwrap(), number, NOW);
        record.stage = Stage::Live;
        record
    }

    #[test]
    fn v3_customers_that_begin_together_have_their_turns_apart() {
        let mut turns: Vec<i64> = (1..=300)
            .map(|number| {
                let mut record = live(number);
                assert!(!look(&mut record, EVERY, NOW), "none at once");
                record.reconcile_at.unwrap().as_secs() - NOW.as_secs()
            })
            .collect();
        turns.sort_unstable();
        assert!(*turns.last().unwrap() <= 30 * 86_400 && turns[0] >= 0);
        for hour in 0..720 {
            let within = turns.iter().filter(|at| **at / 3600 == hour).count();
            assert!(within <= 3, "{within} of 300 in one hour");
        }
    }

    #[test]
    fn v3_a_turn_that_is_due_asks_for_a_reading_once_and_comes_again() {
        let mut record = live(7);
        look(&mut record, EVERY, NOW);
        let at = record.reconcile_at.unwrap();
        assert_eq!(due(&record, EVERY, NOW), Some(at));
        assert!(!look(&mut record, EVERY, at.minus(Duration::from_secs(1))));
        assert!(look(&mut record, EVERY, at));
        assert_eq!(record.reading, Some(WholeReading::asked(at)));
        assert_eq!(record.reconcile_at, Some(at.plus(EVERY)));
        assert!(!look(&mut record, EVERY, at));
    }

    #[test]
    fn b3_a_reading_that_is_owed_since_a_pause_comes_in_its_turn_whenever_the_last_one_was() {
        let mut record = live(7);
        look(&mut record, EVERY, NOW);
        record.reconcile_at = Some(NOW.plus(EVERY / 2));
        let mut read = WholeReading::asked(NOW);
        record.reading = Some(read);
        record.reading_due = Some(NOW.plus(DAY));
        let at = NOW.plus(DAY);
        assert_eq!(due(&record, EVERY, NOW), Some(at));
        assert!(!look(&mut record, EVERY, NOW));
        assert!(!look(&mut record, EVERY, at), "one is under way, of before");
        assert_eq!(record.reading_due, Some(at.plus(LATER)), "and the turn does not come at once again");
        (read.constant_contact.done_at, read.virtuous.done_at) = (Some(at), Some(at));
        record.reading = Some(read);
        assert!(look(&mut record, EVERY, at.plus(LATER)));
        assert_eq!(record.reading_due, None);
        // A clock that was years ahead (W8).
        record.reading_due = Some(NOW.plus(100 * EVERY));
        assert_eq!(due(&record, EVERY, NOW), Some(NOW));
    }

    #[test]
    fn v3_what_was_read_whole_lately_is_not_read_again() {
        let mut record = live(7);
        record.reconcile_at = Some(NOW);
        record.reading = Some(WholeReading::asked(NOW.minus(DAY)));
        assert!(!look(&mut record, EVERY, NOW));
        assert!(record.reconcile_at.unwrap() >= NOW.plus(EVERY / 2));
        // A shorter interval counts from now on.
        assert_eq!(due(&record, DAY, NOW), None);
        assert!(!look(&mut record, DAY, NOW));
        assert!(record.reconcile_at.unwrap() <= NOW.plus(DAY));
    }
}
