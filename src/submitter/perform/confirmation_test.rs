use super::*;
use crate::{
    domain::{Refusal, Subject},
    submitter::scripted::{World, cc_contact, hand, linked},
    sync::Step,
};

const READ: &str = "GET /v3/contacts/";
const ASK: &str = "PUT /v3/contacts/resubscribe/";

fn ann() -> Subject {
    linked(1, 7, "ann@example.com")
}

fn read(world: World) -> World {
    world.on(READ, 200, cc_contact(&ann(), "explicit"))
}

async fn tried(world: World) -> Tried<Sent> {
    let hand = hand(&world.planner, ann(), Step::Nothing);
    let lists = [ListId::new("l1")];
    let tried = world.with(async |reach: &_| send(reach, &hand, Lane::Consent, &lists).await).await;
    world.is_played();
    tried
}

#[tokio::test]
async fn p5_the_email_is_asked_for_once() {
    assert_eq!(tried(read(World::new()).on(ASK, 200, "{}")).await.outcome, Ok(Sent::Taken));
}

#[tokio::test]
async fn p5_a_second_conflict_means_that_it_was_sent_before() {
    let once = read(read(World::new()).on(ASK, 409, "[]")).on(ASK, 200, "{}");
    assert_eq!(tried(once).await.outcome, Ok(Sent::Taken));
    let twice = read(read(World::new()).on(ASK, 409, "[]")).on(ASK, 409, "[]");
    assert_eq!(tried(twice).await.outcome, Ok(Sent::Before));
}

#[tokio::test]
async fn p5_what_changed_or_is_gone_is_not_asked() {
    let changed = World::new().on(READ, 200, cc_contact(&ann(), "unsubscribed"));
    let Tried { seen, outcome } = tried(changed).await;
    assert_eq!((outcome, seen.read.len()), (Ok(Sent::Changed), 1));
    let gone = read(World::new()).on(ASK, 404, "{}");
    let Tried { seen, outcome } = tried(gone).await;
    assert_eq!((outcome, seen.missing.len()), (Ok(Sent::Changed), 1));
    let failed = tried(read(World::new()).on(ASK, 500, "")).await;
    assert!(matches!(failed.outcome, Err(Refusal::Transient { .. })));
}
