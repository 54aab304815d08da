//! What becomes of hints in the store.

use std::time::Duration;

use super::*;
use crate::store::Hints;
use crate::store::tables::hint_room::HINTS_KEPT_MAX;
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

/// A customer that is paused follows no hint: random ids filled the disk, and a full disk stops everybody.
#[tokio::test]
async fn w5_hints_that_a_customer_has_no_room_for_are_one_wish_for_a_poll() {
    const MAX: usize = HINTS_KEPT_MAX as usize;
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        Store::open(dir.path(), Options { mode: Mode::Inline, sync: false, ..Options::default() }).unwrap()
    };
    let about = |numbers: std::ops::Range<usize>| {
        numbers.map(|number| HintAbout::Contact(number.to_string())).collect::<Vec<_>>()
    };
    let kept = |hope: &CustomerStore| hope.hints(at(0), usize::MAX).unwrap().due;
    let store = open();
    let hope = store.of(HOPE);
    hope.keep_hints(about(0..MAX - 1), at(0)).await.unwrap();
    let twice = HintAbout::Email("a@example.org".to_owned());
    hope.keep_hints(vec![twice.clone(), twice.clone()], at(0)).await.unwrap();
    assert_eq!((kept(&hope).len(), hope.wish_for_a_poll().unwrap()), (MAX, None));
    // What is kept already comes again; the others are a wish.
    hope.keep_hints(about(MAX - 2..MAX + 500), at(0)).await.unwrap();
    assert_eq!(kept(&hope).len(), MAX + 1);
    assert!(hope.wish_for_a_poll().unwrap().is_some());
    store.stop().unwrap();
    drop((hope, store));
    // The room is counted anew by another process; Tandem's own wishes and other customers need none of it.
    let store = open();
    let hope = store.of(HOPE);
    hope.keep_hints(about(MAX..MAX + 500), at(0)).await.unwrap();
    hope.keep_hints(vec![HintAbout::Asked("own".to_owned())], at(0)).await.unwrap();
    assert_eq!(kept(&hope).len(), MAX + 2);
    store.of(HOPE + 1).keep_hints(about(0..9), at(0)).await.unwrap();
    assert_eq!(kept(&store.of(HOPE + 1)).len(), 9);
    // What is forgotten makes room.
    hope.forget_hints(kept(&hope).split_off(3)).await.unwrap();
    hope.keep_hints(about(MAX..MAX + 500), at(0)).await.unwrap();
    assert_eq!((kept(&hope).len(), hope.wish_for_a_poll().unwrap()), (503, None));
    store.stop().unwrap();
}
