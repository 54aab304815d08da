use serde_json::json;

use super::*;
use crate::{
    domain::Subject,
    submitter::scripted::{World, cc_contact, hand, linked, now, planned},
    sync::Step,
    virtuous::script::full_contact,
};

const READ: &str = "GET /v3/contacts/";
const IN_VIRTUOUS: &str = "GET /api/Contact/";
const JOIN: &str = "POST /v3/activities/add_list_memberships";
const LEAVE: &str = "POST /v3/activities/remove_list_memberships";

fn person(number: u32) -> Subject {
    linked(number, i64::from(number), "ann@example.com")
}

fn moves(world: &World, number: u32, membership: Membership) -> PlannedSubject {
    let effect = Effect::ChangeLists { membership, lists: vec![ListId::new("l1")] };
    hand(&world.planner, person(number), Step::Apply(vec![planned(effect)]))
}

fn read(world: World, number: u32) -> World {
    let subject = person(number);
    as_known(world, number).on(&format!("{READ}{}", subject.id), 200, cc_contact(&subject, "explicit"))
}

/// The contact in Virtuous is as the plan rests on.
fn as_known(world: World, number: u32) -> World {
    let contact = full_contact(i64::from(number), "ann@example.com");
    world.on(&format!("{IN_VIRTUOUS}{number}"), 200, contact)
}

fn fresh_tags(mut world: World) -> World {
    world.reference.read_at = Some(now());
    world
}

async fn changed(world: &World, hands: &[PlannedSubject]) -> Performed {
    let performed = world.with(async |reach: &_| change(reach, hands).await).await;
    world.is_played();
    performed
}

#[tokio::test]
async fn s5_subscribers_with_the_same_change_share_one_activity() {
    let world = read(read(read(fresh_tags(World::new()), 1), 2), 3)
        .on(JOIN, 201, r#"{"activity_id":"a1","state":"initialized"}"#)
        .on(LEAVE, 201, r#"{"activity_id":"a2","state":"initialized"}"#);
    let hands = [
        moves(&world, 1, Membership::Join),
        moves(&world, 2, Membership::Leave),
        moves(&world, 3, Membership::Join),
    ];
    let performed = changed(&world, &hands).await;
    let mut activities: Vec<_> = performed
        .settlements
        .iter()
        .map(|one| match one.findings.as_slice() {
            [Finding::ListsSent { flight, .. }] => flight.activity.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    activities.sort();
    assert_eq!(activities, ["a1", "a1", "a2"]);
    assert_eq!(performed.seen.answered.len(), 3);
}

#[tokio::test]
async fn s5_a_refused_activity_is_planned_anew() {
    let world = read(fresh_tags(World::new()), 1).on(JOIN, 400, "[]");
    let hands = [moves(&world, 1, Membership::Join)];
    let performed = changed(&world, &hands).await;
    let finding = &performed.settlements[0].findings[0];
    assert!(matches!(finding, Finding::Failed { refusal: Refusal::Transient { .. }, .. }), "{finding:?}");
}

#[tokio::test]
async fn s5_what_changed_meanwhile_is_merged_again() {
    let subject = person(1);
    let world = as_known(fresh_tags(World::new()), 1).on(READ, 200, cc_contact(&subject, "unsubscribed"));
    let hands = [moves(&world, 1, Membership::Join)];
    let performed = changed(&world, &hands).await;
    assert_eq!((performed.settlements[0].findings.len(), performed.seen.read.len()), (0, 1));
}

/// E1: a page of a query may be older than what a reading has shown already.
#[tokio::test]
async fn s5_a_contact_that_is_not_as_the_plan_saw_it_moves_no_lists() {
    let mut contact = full_contact(1, "ann@example.com");
    contact["tags"] = json!(["CC: News", "CC: Events"]);
    let world = fresh_tags(World::new()).on(IN_VIRTUOUS, 200, contact);
    let hands = [moves(&world, 1, Membership::Leave)];
    let performed = changed(&world, &hands).await;
    assert!(matches!(performed.settlements[0].findings.as_slice(), [Finding::Differs(_)]));
    let world = fresh_tags(World::new()).on(IN_VIRTUOUS, 503, "");
    let hands = [moves(&world, 1, Membership::Join)];
    let performed = changed(&world, &hands).await;
    let finding = &performed.settlements[0].findings[0];
    assert!(matches!(finding, Finding::Failed { refusal: Refusal::Transient { .. }, .. }), "{finding:?}");
}

#[tokio::test]
async fn s4_before_a_subscriber_leaves_a_list_the_tags_are_read() {
    let mut world = World::new().on("GET /api/Organization", 200, json!({"id": 1, "name": "Hope"}));
    for _ in 0..3 {
        world = world.on("GET /api/", 503, "");
    }
    let hands = [moves(&world, 1, Membership::Leave)];
    let performed = world.with(async |reach: &_| change(reach, &hands).await).await;
    let finding = &performed.settlements[0].findings[0];
    assert!(matches!(finding, Finding::Failed { refusal: Refusal::Transient { .. }, .. }), "{finding:?}");
    assert!(performed.stop.is_none(), "these wait, and nothing else does (B3)");
}
