use serde_json::json;

use super::refresh;
use crate::{
    domain::{Finding, VirtuousContactId},
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
async fn i3_the_subscriber_of_a_contact_that_is_gone_is_looked_for_by_reference_and_address() {
    const REFERENCE: &str = "GET /api/Contact/Constant%20Contact/";
    let gone = || World::new().on("GET /api/Contact/7", 404, "");
    let outcome = refreshed(&gone().on(REFERENCE, 200, full_contact(8, ANN))).await;
    let [Finding::Gone { contact, instead, .. }] = outcome.findings.as_slice() else { panic!("{outcome:?}") };
    let found: Vec<_> = instead.iter().map(|person| person.contact).collect();
    assert_eq!((*contact, found), (VirtuousContactId(7), vec![VirtuousContactId(8)]));
    // There after all.
    let outcome = refreshed(&gone().on(REFERENCE, 200, full_contact(7, ANN))).await;
    assert!(matches!(outcome.findings.as_slice(), [Finding::Found(_)]), "{outcome:?}");
}
