use std::time::Duration;

use super::*;
use crate::{
    domain::{Cause, Rule, State, Subject, Work},
    store::Commit,
    submitter::{kept::Kept, scripted::now},
    sync::plan::trap,
};

async fn planned_with_a_bug(kept: &Kept, bug: u32) -> Groups {
    let planner = Arc::new(Planner { stage: Stage::Live, ..Planner::default() });
    let due = kept.store.next_work(&Lane::ALL, &planner.rules, now(), 9).unwrap();
    trap::set(Some(kept.subject(bug).id));
    let mut groups = group_by_step(&planner, due, now());
    let settlements = std::mem::take(&mut groups.settled);
    kept.store.commit(Commit { settlements, ..Commit::default() }, planner, now()).await.unwrap();
    trap::set(None);
    groups
}

#[tokio::test]
async fn b4_a_bug_in_the_plan_of_one_person_stays_with_that_person_who_is_shown() {
    let kept = Kept::at(Stage::Live).await;
    let (ann, bob) = (kept.subscriber(1).await, kept.subscriber(2).await);
    let groups = planned_with_a_bug(&kept, 1).await;
    assert_eq!(groups.bugs, std::slice::from_ref(&ann));
    assert_eq!(groups.look_up.iter().map(|hand| hand.id()).collect::<Vec<_>>(), [&bob], "goes on");
    let subject = kept.subject(1);
    assert_eq!((subject.state, subject.reason.rule), (State::Review, Rule::B4));
    assert_eq!(subject.reason.cause, Cause::PlanFailed);
    let day = now().plus(Duration::from_secs(24 * 3600));
    assert_eq!(subject.work, Some(Work { lane: Lane::Verify, due: day }), "no loop");
    assert_eq!(kept.store.attention(State::Review, 9).unwrap().len(), 1, "shown");
    // Once it is mended the person goes on.
    let due = |subject: &mut Subject| subject.work = Some(Work { lane: Lane::Change, due: now() });
    kept.store.amend(ann.clone(), due).await.unwrap();
    let groups = planned_with_a_bug(&kept, 2).await;
    assert_eq!(groups.look_up.iter().map(|hand| hand.id()).collect::<Vec<_>>(), [&ann]);
    assert_eq!(kept.store.check_consistent().unwrap(), [""; 0]);
}

#[tokio::test]
async fn b4_p1_an_opt_out_that_a_bug_holds_up_stays_owed_and_is_tried_every_hour() {
    let kept = Kept::at(Stage::Live).await;
    let ann = kept.subscriber(1).await;
    let owed = |subject: &mut Subject| subject.opt_out_owed_since = Some(now());
    kept.store.amend(ann, owed).await.unwrap();
    planned_with_a_bug(&kept, 1).await;
    let (subject, hour) = (kept.subject(1), now().plus(Duration::from_secs(3600)));
    assert_eq!(subject.opt_out_owed_since, Some(now()));
    assert_eq!(subject.work, Some(Work { lane: Lane::Consent, due: hour }));
    assert_eq!(kept.store.oldest_owed().unwrap(), Some(now()));
}
