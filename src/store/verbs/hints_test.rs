//! What becomes of hints in the store.

use std::time::Duration;

use super::*;
use crate::store::Hints;
use crate::store::{CustomerNo, Mode, Options, Store};

const HOPE: CustomerNo = 1;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

#[tokio::test]
async fn w5_a_hint_that_comes_again_while_it_is_followed_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    let store = Store::open(dir.path(), options).unwrap();
    let hope = store.of(HOPE);
    let about = || vec![HintAbout::Contact("x".to_owned())];
    hope.keep_hints(about(), at(0)).await.unwrap();
    let first = hope.hints(at(0), 9).unwrap().due;
    // In the same millisecond, and again by a clock that was set back.
    for now in [at(0), at(-60)] {
        hope.keep_hints(about(), now).await.unwrap();
        hope.forget_hints(first.clone()).await.unwrap();
        assert_eq!(hope.hints(at(0), 9).unwrap().due.len(), 1);
    }
    let last = hope.hints(at(0), 9).unwrap().due;
    hope.forget_hints(last).await.unwrap();
    assert_eq!(hope.hints(at(0), 9).unwrap(), Hints::default());
    store.stop().unwrap();
}

#[tokio::test]
async fn b3_a_hint_that_is_put_off_waits_longer_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    let store = Store::open(dir.path(), options).unwrap();
    let hope = store.of(HOPE);
    hope.keep_hints(vec![HintAbout::Email("a@example.org".to_owned())], at(0)).await.unwrap();
    let mut now = at(0);
    let mut waits = Vec::new();
    for _ in 0..12 {
        let hint = hope.hints(now, 9).unwrap().due.remove(0);
        hope.put_off_hint(hint, now).await.unwrap();
        let hints = hope.hints(now, 9).unwrap();
        assert!(hints.due.is_empty());
        let next = hints.next.unwrap();
        waits.push(next.since(now).as_secs());
        now = next;
    }
    assert_eq!(waits, [5, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]);
    // The clock is set back by a day: that is no reason to wait for it.
    assert_eq!(hope.hints(now.minus(Duration::from_secs(86_400)), 9).unwrap().due.len(), 1);
    store.stop().unwrap();
}
