//! The day's calls as claimants share them.

use super::*;
use crate::{
    budget::DailyState,
    store::{Mode, Options, codec, engine::Changes, tables::keys::Key},
};

const DAY: i64 = 20_000;

fn open(dir: &std::path::Path, mode: Mode) -> Store {
    Store::open(dir, Options { mode, sync: false, ..Options::default() }).unwrap()
}

fn claim(day: i64, calls: u64) -> DailyClaim {
    DailyClaim { day, calls, limit: 100 }
}

async fn granted(store: &Store, day: i64, calls: u64) -> u64 {
    store.claim_calls("key".to_owned(), claim(day, calls)).await.unwrap().granted
}

#[tokio::test]
async fn w4_two_claimants_share_the_day_and_one_gets_the_last_block() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Mode::Threaded);
    let claimant = async || {
        let mut all = Vec::new();
        loop {
            match granted(&store, DAY, 30).await {
                0 => return all,
                calls => all.push(calls),
            }
        }
    };
    let (one, other) = tokio::join!(claimant(), claimant());
    let mut all = [one, other].concat();
    all.sort_unstable();
    assert_eq!(all, [10, 30, 30, 30], "the last block goes to one of them, cut to what is left");
    assert_eq!(store.ledger("key").unwrap(), DailyState { day: DAY, used: 100, ..DailyState::default() });
    store.stop().unwrap();
}

#[tokio::test]
async fn w4_the_day_turns_once_for_all_claimants() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Mode::Inline);
    assert_eq!(granted(&store, DAY, 100).await, 100);
    assert_eq!(granted(&store, DAY, 1).await, 0);
    assert_eq!(granted(&store, DAY + 1, 25).await, 25, "the day begins anew");
    // A claimant whose clock is seconds behind counts into the day that has begun: beginning yesterday anew would under-count.
    let grant = store.claim_calls("key".to_owned(), claim(DAY, 25)).await.unwrap();
    assert_eq!((grant.granted, grant.state.day, grant.state.used), (25, DAY + 1, 50));
    // What was claimed yesterday is not taken off today.
    store.give_back_calls("key".to_owned(), DAY, 20).await.unwrap();
    assert_eq!(store.ledger("key").unwrap().used, 50);
    store.give_back_calls("key".to_owned(), DAY + 1, 20).await.unwrap();
    assert_eq!(store.ledger("key").unwrap().used, 30);
    store.stop().unwrap();
}

#[tokio::test]
async fn w4_a_refusal_changes_no_count_and_a_claim_no_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Mode::Inline);
    let until = Timestamp::from_secs(1_800_000_000);
    granted(&store, DAY, 25).await;
    store.stop_calls("key".to_owned(), until).await.unwrap();
    let grant = store.claim_calls("key".to_owned(), claim(DAY, 25)).await.unwrap();
    let counted = DailyState { day: DAY, used: 50, stopped_until: Some(until), ..DailyState::default() };
    assert_eq!(grant.state, counted);
    assert_eq!(store.ledger("key").unwrap(), grant.state);
    store.stop().unwrap();
}

/// Bytes as the first release wrote them: day 20,000, 75 calls, refused until a moment.
#[tokio::test]
async fn w4_a_ledger_of_the_first_release_goes_on_counting() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Mode::Inline);
    let value = codec::encode(1, &(DAY, 75_u64, Some(1_800_000_000_000_i64))).unwrap();
    assert_eq!(
        data_encoding::HEXLOWER.encode(&value[crate::store::engine::frame::OVERHEAD..]),
        "fb409c4b01fd00a0b83046030000"
    );
    let put = move |_: &crate::store::engine::Reader<'_>| {
        let mut changes = Changes::new();
        changes.put(Key::ledger("key"), &value);
        Ok((changes, ()))
    };
    store.engine().submit(put).await.unwrap();
    let until = Some(Timestamp::from_millis(1_800_000_000_000));
    let counted = DailyState { day: DAY, used: 75, stopped_until: until, ..DailyState::default() };
    assert_eq!(store.ledger("key").unwrap(), counted);
    assert_eq!(granted(&store, DAY, 50).await, 25);
    store.stop().unwrap();
}
