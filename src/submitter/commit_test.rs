use super::*;
use crate::{
    domain::{Cause, ContactId, Reason, Rule, Subject, TagId},
    submitter::{kept::Kept, scripted::now},
};

/// A subscriber that waits for a tag.
async fn waiting(kept: &Kept) -> ContactId {
    let id = kept.subscriber(1).await;
    let wait = |subject: &mut Subject| {
        (subject.state, subject.work) = (State::Held, None);
        subject.reason = Reason::new(Rule::S4, Cause::TagMissing);
    };
    kept.store.amend(id.clone(), wait).await.unwrap();
    id
}

async fn read(kept: &Kept, tags: &[(&str, i64)]) {
    let tags = tags.iter().map(|(name, id)| ((*name).to_owned(), vec![TagId(*id)])).collect();
    let read = VirtuousReferenceData { tags, read_at: Some(now()), ..VirtuousReferenceData::default() };
    kept.committer().reference_data(read, kept.record().stage, now()).await.unwrap();
}

fn is_at_work(kept: &Kept, id: &ContactId) -> bool {
    kept.store.subject(id).unwrap().unwrap().work.is_some()
}

#[tokio::test]
async fn s4_a_subscriber_that_waits_for_a_tag_goes_back_to_work_when_the_tags_changed() {
    let kept = Kept::at(Stage::Live).await;
    read(&kept, &[("CC: News", 65)]).await;
    let id = waiting(&kept).await;
    read(&kept, &[("CC: News", 65)]).await;
    assert!(!is_at_work(&kept, &id), "the same tags");
    read(&kept, &[("CC: News", 65), ("CC: Events", 80)]).await;
    assert!(is_at_work(&kept, &id));
    assert_eq!(kept.store.reference_data().unwrap().virtuous.tags.len(), 2);
}

#[tokio::test]
async fn c4_before_the_import_no_subscriber_goes_back_to_work_for_a_tag() {
    let kept = Kept::at(Stage::Observing).await;
    let id = waiting(&kept).await;
    read(&kept, &[("CC: News", 65)]).await;
    assert!(!is_at_work(&kept, &id));
}

#[tokio::test]
async fn b1_the_mark_that_asks_for_planning_again_goes_unless_a_newer_one_stands() {
    let kept = Kept::at(Stage::Live).await;
    let (asked, newer) = (now(), now().plus(std::time::Duration::from_secs(1)));
    kept.change(move |record| record.replan_since = Some(newer)).await;
    kept.committer().replan(Lane::Change, asked, now()).await.unwrap();
    assert_eq!(kept.record().replan_since, Some(newer), "the mapping changed meanwhile");
    kept.committer().replan(Lane::Change, newer, now()).await.unwrap();
    assert_eq!(kept.record().replan_since, None);
}
