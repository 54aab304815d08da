use super::*;
use crate::{
    domain::{Refusal, Subject},
    submitter::scripted::{World, cc_contact, hand, linked},
    sync::Step,
};

const READ: &str = "GET /v3/contacts/";
const WRITE: &str = "PUT /v3/contacts/";

fn ann() -> Subject {
    linked(1, 7, "ann@example.com")
}

async fn tried(world: &World) -> Tried<Unsubscribed> {
    let hand = hand(&world.planner, ann(), Step::Nothing);
    let tried = world
        .with(async |reach: &_| {
            unsubscribe(reach, &hand, Lane::Consent, "Opted out in Virtuous", async || true).await
        })
        .await;
    world.is_played();
    tried
}

#[tokio::test]
async fn p1_a_contact_that_is_as_planned_is_unsubscribed() {
    let world = World::new().on(READ, 200, cc_contact(&ann(), "explicit")).on(
        WRITE,
        200,
        cc_contact(&ann(), "unsubscribed"),
    );
    let Tried { seen, outcome } = tried(&world).await;
    assert_eq!(
        (outcome, seen.answered, seen.read),
        (Ok(Unsubscribed::Done), vec![(ann().id, crate::access::scripted::now())], vec![])
    );
    assert_eq!(world.body(1)["email_address"]["permission_to_send"], "unsubscribed");
}

#[tokio::test]
async fn p1_what_changed_meanwhile_is_kept_and_nothing_is_written() {
    let world = World::new().on(READ, 200, cc_contact(&ann(), "unsubscribed"));
    let Tried { seen, outcome } = tried(&world).await;
    assert_eq!(outcome, Ok(Unsubscribed::Changed));
    assert_eq!(seen.read.iter().map(|one| &one.id).collect::<Vec<_>>(), [&ann().id]);
}

#[tokio::test]
async fn d1_a_deleted_contact_is_not_revived() {
    let mut deleted = cc_contact(&ann(), "explicit");
    deleted["deleted_at"] = "2026-11-20T10:00:00Z".into();
    let Tried { seen, outcome } = tried(&World::new().on(READ, 200, deleted)).await;
    assert_eq!((outcome, seen.read.len()), (Ok(Unsubscribed::Changed), 1));
    for world in [
        World::new().on(READ, 404, "{}"),
        World::new().on(READ, 200, cc_contact(&ann(), "explicit")).on(WRITE, 404, "{}"),
    ] {
        let Tried { seen, outcome } = tried(&world).await;
        assert_eq!(outcome, Ok(Unsubscribed::Changed));
        assert_eq!(seen.missing.iter().map(|one| &one.id).collect::<Vec<_>>(), [&ann().id]);
    }
}

#[tokio::test]
async fn e2_an_answer_without_the_permission_is_no_change_and_nothing_is_written_on_it() {
    let mut untold = cc_contact(&ann(), "explicit");
    untold["email_address"].as_object_mut().unwrap().remove("permission_to_send");
    let Tried { seen, outcome } = tried(&World::new().on(READ, 200, untold)).await;
    assert!(matches!(outcome, Err(Refusal::Transient { .. })), "{outcome:?}");
    assert!(seen.read.is_empty());
}
