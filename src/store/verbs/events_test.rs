//! What becomes of events in the store.

use super::*;
use crate::store::{CustomerNo, Mode, Options, Store};
use crate::{
    domain::{ContactEvent, VirtuousContactId},
    store::{
        EventsDue, EventsKept,
        verbs::keep_events::{EVENTS_KEPT_MAX, EVENTS_OF_A_DELIVERY_MAX},
    },
};

const HOPE: CustomerNo = 1;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

fn event(contact: i64, content: u64, modified: Option<i64>) -> ContactEvent {
    let content = (content > 0).then_some(content);
    ContactEvent { contact: VirtuousContactId(contact), content, modified_at: modified.map(at), told: None }
}

fn store(dir: &std::path::Path) -> Store {
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    Store::open(dir, options).unwrap()
}

#[tokio::test]
async fn v1_doubles_and_older_events_are_known_and_cause_no_reading() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let hope = store.of(HOPE);
    let keep = |events: Vec<ContactEvent>| hope.keep_events(events, None, at(20));
    let kept = |taken, doubled, stale| EventsKept { taken, doubled, stale, known: 0 };
    assert_eq!(keep(vec![event(7, 1, Some(10)), event(8, 2, None)]).await.unwrap(), kept(2, 0, 0));
    let due = hope.events(at(20), 99).unwrap().due;
    hope.forget_events(due).await.unwrap();
    assert_eq!(keep(vec![event(7, 1, Some(10)), event(7, 3, Some(9))]).await.unwrap(), kept(0, 1, 1));
    assert_eq!(hope.events(at(20), 99).unwrap(), EventsDue::default());
    // The same moment with other content is another change; so is what has no date.
    assert_eq!(keep(vec![event(7, 4, Some(10)), event(7, 5, None)]).await.unwrap(), kept(2, 0, 0));
    assert_eq!(hope.events(at(20), 99).unwrap().due.len(), 1, "one reading");
    // What cannot be told from another is always read.
    assert_eq!(keep(vec![event(6, 0, Some(10)), event(6, 0, Some(10))]).await.unwrap(), kept(2, 0, 0));
    // Within one delivery, too; and the newest date stays known.
    let twice = vec![event(9, 1, Some(5)), event(9, 1, Some(5)), event(9, 2, Some(4))];
    assert_eq!(keep(twice).await.unwrap(), kept(1, 1, 1));
    assert_eq!(keep(vec![event(7, 6, Some(9))]).await.unwrap(), kept(0, 0, 1));
    store.stop().unwrap();
}

/// If such a date counted, a forged event could have a contact passed over for years.
#[tokio::test]
async fn v1_a_date_that_is_still_to_come_silences_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let hope = store.of(HOPE);
    hope.keep_events(vec![event(7, 1, Some(1_000_000))], None, at(10)).await.unwrap();
    assert_eq!(hope.keep_events(vec![event(7, 2, Some(20))], None, at(30)).await.unwrap().taken, 1);
    // What was before that reading is answered by it all the same.
    assert_eq!(hope.keep_events(vec![event(7, 3, Some(9))], None, at(31)).await.unwrap().stale, 1);
    store.stop().unwrap();
}

#[tokio::test]
async fn v1_an_event_that_comes_while_another_is_followed_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let hope = store.of(HOPE);
    hope.keep_events(vec![event(7, 1, None)], None, at(0)).await.unwrap();
    let followed = hope.events(at(0), 99).unwrap().due;
    hope.keep_events(vec![event(7, 2, None)], None, at(-60)).await.unwrap();
    hope.not_in_query(followed.clone()).await.unwrap();
    hope.put_off_events(followed.clone(), at(1)).await.unwrap();
    hope.forget_events(followed).await.unwrap();
    let left = hope.events(at(1), 99).unwrap().due;
    assert_eq!(left.len(), 1);
    assert!(!left[0].queried);
    store.stop().unwrap();
}

#[tokio::test]
async fn b3_a_contact_that_cannot_be_read_is_put_off_and_old_events_are_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let hope = store.of(HOPE);
    hope.keep_events(vec![event(7, 1, None)], None, at(0)).await.unwrap();
    let due = hope.events(at(0), 99).unwrap().due;
    hope.put_off_events(due, at(40)).await.unwrap();
    let waiting = hope.events(at(41), 99).unwrap();
    assert_eq!((waiting.due.len(), waiting.next), (0, Some(at(80))));
    assert_eq!(hope.events(at(80), 99).unwrap().due.len(), 1);
    // Known for a month, then not.
    hope.forget_old_events(at(0).plus(KNOWN_FOR)).await.unwrap();
    assert_eq!(hope.keep_events(vec![event(7, 1, None)], None, at(1)).await.unwrap().doubled, 1);
    hope.forget_old_events(at(1).plus(KNOWN_FOR)).await.unwrap();
    assert_eq!(hope.keep_events(vec![event(7, 1, None)], None, at(2)).await.unwrap().taken, 1);
    store.stop().unwrap();
}

/// One delivery with a valid token queued 215,090 readings, 143 hours of calls.
#[tokio::test]
async fn w5_a_flood_of_events_is_bounded_and_the_rest_is_one_query_and_one_whole_reading() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let number = store.enrol("hope".parse().unwrap(), at(0)).await.unwrap().number;
    let hope = store.of(number);
    hope.update_customer(|record| record.virtuous_queried_at = Some(at(0))).await.unwrap();
    let deliver = async |from: usize, contacts: usize, now: Timestamp| {
        let events = (from..from + contacts).map(|id| event(id as i64 + 1, 0, None)).collect();
        hope.keep_events(events, None, now).await.unwrap().taken
    };
    let record = || store.customer(&"hope".parse().unwrap()).unwrap().unwrap();
    assert_eq!(deliver(0, EVENTS_OF_A_DELIVERY_MAX, at(100)).await, 5_000);
    assert_eq!((record().virtuous_queried_at, record().reading_due), (Some(at(0)), None));
    assert_eq!(deliver(5_000, EVENTS_OF_A_DELIVERY_MAX + 1, at(100)).await, 5_000);
    assert_eq!(record().virtuous_queried_at, None, "the query is due");
    let reading = record().reading_due.unwrap();
    assert!(reading > at(100) && reading <= at(100 + 86_400), "and all is read whole soon");
    assert_eq!(deliver(20_000, 1_000, at(200)).await, 0, "no room for more");
    let waiting = hope.events(at(200), usize::MAX).unwrap().due.len();
    assert_eq!(waiting, EVENTS_KEPT_MAX);
    assert_eq!(deliver(0, 1_000, at(300)).await, 1_000, "who waits already is named again");
    // A query that was just made is not made again at once.
    hope.update_customer(|record| record.virtuous_queried_at = Some(at(390))).await.unwrap();
    deliver(50_000, 6_000, at(400)).await;
    assert_eq!(record().virtuous_queried_at, Some(at(390)));
    assert_eq!(record().reading_due, Some(reading));
    store.stop().unwrap();
}
