//! Constant Contact's one confirmation email (P5) where something comes between.

use serde_json::json;
use tandem::{
    domain::{Cause, State},
    operator::Verb,
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
};

use crate::world::{Choice, DAY, HOUR, MINUTE, Setup, World};

const PATH: &str = "/v3/contacts/resubscribe";

/// Ann, and Bob who is unsubscribed; staff opted Ann in again, which is asked.
async fn asked() -> (World, String, String) {
    let world = World::start(&Setup { cc: "lists_every = \"1 polls\"", ..Setup::empty() }).await;
    let person = |name: &str| {
        let email = format!("{}@example.com", name.to_lowercase());
        world.subscribe(&json!({"email": email, "first_name": name, "last_name": "Lee"}), &["Newsletter"])
    };
    let (ann, bob) = (person("Ann"), person("Bob"));
    world.until_settled("both are created", DAY).await;
    world.pass(5 * MINUTE).await;
    for id in [&ann, &bob] {
        world.edit("cc/unsubscribe", &json!({"contact": id}));
    }
    world.pass(5 * MINUTE).await;
    world.until_settled("both are opted out", DAY).await;
    world.pass(5 * MINUTE).await;
    world.edit("virtuous/opt-in", &json!({"contact": ann}));
    let is_asked = |world: &World| world.state(&ann) == Some(State::Review);
    world.until("staff's opt-in is asked", HOUR, is_asked).await;
    (world, ann, bob)
}

async fn confirm(world: &World, id: &str) {
    let list = Some(Choice::List("Newsletter".to_owned()));
    world.decide(Verb::Confirm, id, list).await.unwrap();
}

fn sent(world: &World) -> u64 {
    world.cc_calls_of("PUT", "/contacts/resubscribe/{contact_id}")
}

async fn until_sent(world: &World, id: &str) {
    let is_sent =
        |world: &World| world.subject(id).is_some_and(|one| one.reason.cause == Cause::ConfirmationSent);
    world.until("it is sent", 2 * DAY, is_sent).await;
}

#[actix::test]
async fn w4_a_day_of_constant_contact_that_is_used_up_by_it_stops_nothing_towards_virtuous() {
    let (world, ann, bob) = asked().await;
    world.fault(Fault::once(System::ConstantContact, FaultKind::QuotaExceeded).on(PATH));
    confirm(&world, &ann).await;
    world.pass(MINUTE).await;
    assert_eq!(world.subject(&ann).unwrap().confirmation.unwrap().sent_at, None);
    // Bob is unsubscribed: a tag that staff put on goes, for which Constant Contact is not needed.
    world.edit("virtuous/tag", &json!({"contact": bob, "tag": "CC: Events"}));
    let tag_is_off = |world: &World| {
        let tags = world.tags(&world.referenced(&bob).unwrap());
        !tags.contains(&"CC: Events".to_owned())
    };
    world.until("the tag is off", HOUR, tag_is_off).await;
    until_sent(&world, &ann).await;
    assert_eq!(sent(&world), 1);
    world.finish_differing().await;
}

#[actix::test]
async fn p5_nobody_is_asked_to_confirm_what_staff_took_back() {
    let (world, ann, _) = asked().await;
    // The query has not seen it yet.
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    confirm(&world, &ann).await;
    world.pass(2 * HOUR).await;
    assert_eq!(sent(&world), 0);
    assert_eq!(world.state(&ann), Some(State::InSync), "out on both sides");
    world.finish().await;
}

#[actix::test]
async fn p5_a_conflict_of_the_moment_is_no_email() {
    let (world, ann, _) = asked().await;
    let kind = FaultKind::Status { status: 409, body: ErrorBody::Array };
    world.fault(Fault::once(System::ConstantContact, kind).on(PATH));
    confirm(&world, &ann).await;
    until_sent(&world, &ann).await;
    assert_eq!(sent(&world), 1, "the second time it went out");
    world.finish_differing().await;
}
