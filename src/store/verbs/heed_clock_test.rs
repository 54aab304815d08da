//! What a clock that was two days ahead leaves in the store.

use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    domain::{CcView, Observation, Permission, Stage, Work},
    store::{Mode, Options, Page, Store},
};

const DAYS: Duration = Duration::from_secs(2 * 86_400);

fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

async fn with(work: Work, owed_since: Timestamp) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    let store = Store::open(dir.path(), options).unwrap();
    let view = CcView { permission: Permission::Unsubscribed, seen_at: now(), ..CcView::default() };
    let page = Page::apart(vec![Observation::whole(ContactId::new("ann"), view, 1)]);
    store.of(1).observe(page, Arc::default(), Stage::Live, now()).await.unwrap();
    let change = move |subject: &mut crate::domain::Subject| {
        (subject.work, subject.opt_out_owed_since) = (Some(work), Some(owed_since));
    };
    store.of(1).amend(ContactId::new("ann"), change).await.unwrap();
    (dir, store)
}

#[tokio::test]
async fn w8_an_opt_out_that_was_put_off_by_a_clock_ahead_is_due_and_ages_from_now_on() {
    let ahead = now().plus(DAYS);
    for (lane, owed_since) in [(Lane::Consent, ahead), (Lane::Verify, now()), (Lane::Change, ahead)] {
        let (_dir, store) = with(Work { lane, due: ahead }, owed_since).await;
        let hope = store.of(1);
        assert_eq!(hope.heed_clock(now()).await.unwrap(), 1);
        assert_eq!(hope.next_due(&[lane]).unwrap().map(|due| due.at), Some(now()), "{lane:?}");
        assert_eq!(hope.oldest_owed().unwrap(), Some(now()));
        assert_eq!(hope.heed_clock(now()).await.unwrap(), 0, "once");
        assert!(hope.check_consistent().unwrap().is_empty());
        store.stop().unwrap();
    }
}

#[tokio::test]
async fn w8_a_wait_that_its_lane_knows_is_waited_for() {
    for lane in Lane::ALL {
        let work = Work { lane, due: now().plus(longest_wait(lane)) };
        let (_dir, store) = with(work, now()).await;
        let hope = store.of(1);
        assert_eq!(hope.heed_clock(now()).await.unwrap(), 0);
        assert_eq!(hope.next_due(&[lane]).unwrap().map(|due| due.at), Some(work.due), "{lane:?}");
        store.stop().unwrap();
    }
}
