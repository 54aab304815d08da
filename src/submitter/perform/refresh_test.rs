use serde_json::json;

use super::refresh;
use crate::{
    domain::{Finding, Refusal, VirtuousContactId},
    submitter::{
        performed::Outcome,
        scripted::{World, hand, linked},
    },
    sync::Step,
    virtuous::script::full_contact,
};

const ANN: &str = "ann@example.com";

async fn refreshed(world: &World) -> Outcome {
    let hand = hand(&world.planner, linked(1, 7, ANN), Step::Refresh);
    let outcome = world.with(async |reach: &_| refresh(reach, &hand).await).await.unwrap();
    world.is_played();
    outcome
}

#[tokio::test]
async fn i3_a_merge_is_followed_to_the_contact_that_is_left() {
    let mut gone = full_contact(7, ANN);
    gone["mergedIntoContactId"] = json!(8);
    let world =
        World::new().on("GET /api/Contact/7", 200, gone).on("GET /api/Contact/8", 200, full_contact(8, ANN));
    let outcome = refreshed(&world).await;
    let [Finding::Found(person)] = outcome.findings.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(person.contact, VirtuousContactId(8));
}

#[tokio::test]
async fn a_contact_that_is_gone_is_for_a_person_and_is_not_made_again() {
    let world = World::new().on("GET /api/Contact/7", 404, "");
    let outcome = refreshed(&world).await;
    let is_gone = |finding: &Finding| {
        matches!(finding, Finding::Failed { refusal: Refusal::Permanent { status: 404, .. }, .. })
    };
    assert!(matches!(outcome.findings.as_slice(), [finding] if is_gone(finding)), "{outcome:?}");
}
