use std::time::Duration;

use super::*;
use crate::{
    domain::Stage,
    submitter::{kept::Kept, scripted::now},
    sync::windows::Cursor,
};

async fn looked(kept: &Kept, at: Timestamp) -> Option<Turn> {
    let rules = CustomerRules { brake_floor: 2, brake_share: 0.0, ..CustomerRules::default() };
    turn(&kept.committer(), &kept.record(), &rules, at).await.unwrap()
}

fn waiting(kept: &Kept) -> u64 {
    kept.store.counts().unwrap().braked
}

#[tokio::test]
async fn b1_few_subjects_go_back_to_work_and_the_run_is_over() {
    let kept = Kept::at(Stage::Live).await;
    kept.at_brake(0..2).await;
    assert_eq!(looked(&kept, now()).await, Some(Turn::Progressed));
    let brake = kept.record().brake;
    assert_eq!((waiting(&kept), brake.counting_since, brake.held), (0, None, None));
    assert_eq!(kept.record().brake.done_lately(now()), 2, "they count towards the day's run");
}

#[tokio::test]
async fn b1_many_subjects_hold_the_brake_and_are_counted_again_when_more_come() {
    let kept = Kept::at(Stage::Live).await;
    kept.at_brake(0..3).await;
    assert_eq!(looked(&kept, now()).await, None);
    let held = kept.record().brake.held.unwrap();
    assert_eq!((waiting(&kept), held.count, held.since), (3, 3, now()));
    let before = kept.groups();
    assert_eq!(looked(&kept, now()).await, None);
    assert_eq!(kept.groups(), before, "nothing is written while nothing changes");
    kept.at_brake(3..5).await;
    let later = now().plus(Duration::from_secs(60));
    assert_eq!(looked(&kept, later).await, None);
    let again = kept.record().brake.held.unwrap();
    assert_eq!((again.count, again.since), (5, held.since));
}

#[tokio::test]
async fn b1_an_open_window_keeps_subjects_waiting_for_an_hour_at_most() {
    let kept = Kept::at(Stage::Live).await;
    let cursor = Cursor { open: Some(Cursor::default().window(now())), ..Cursor::default() };
    kept.store.set_cursor(Stream::OptOuts, cursor).await.unwrap();
    kept.at_brake(0..2).await;
    assert_eq!(looked(&kept, now()).await, None);
    let counting = kept.record().brake;
    assert_eq!((waiting(&kept), counting.counting_since, counting.held), (2, Some(now()), None));
    let later = now().plus(Duration::from_secs(3600));
    assert_eq!(looked(&kept, later).await, Some(Turn::Progressed));
    assert_eq!(waiting(&kept), 0);
}

#[tokio::test]
async fn b1_due_work_keeps_subjects_waiting() {
    let kept = Kept::at(Stage::Live).await;
    kept.at_brake(0..2).await;
    kept.subscriber(9).await;
    assert_eq!(looked(&kept, now()).await, None);
    assert_eq!(waiting(&kept), 2);
}

#[tokio::test]
async fn b1_what_a_person_accepted_goes_on_after_a_kill() {
    let kept = Kept::at(Stage::Live).await;
    kept.at_brake(0..3).await;
    kept.change(|record| record.brake.accepted = true).await;
    assert_eq!(looked(&kept, now()).await, Some(Turn::Progressed));
    let brake = kept.record().brake;
    assert_eq!((waiting(&kept), brake.accepted), (0, false));
    assert_eq!(brake.done_lately(now()), 0, "a person decided: the day's run begins anew");
}

#[tokio::test]
async fn b1_a_run_without_subjects_is_over() {
    let kept = Kept::at(Stage::Live).await;
    kept.change(|record| record.brake.counting_since = Some(now())).await;
    assert_eq!(looked(&kept, now()).await, None);
    assert_eq!(kept.record().brake.counting_since, None);
}
