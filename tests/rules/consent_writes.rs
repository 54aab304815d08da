//! P1: what is looked at before an opt-out is written, what comes of it for others, and what it waits for.

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::{Cause, State},
    operator::questions::{customer_pause::CustomerPause, customer_resume::CustomerResume},
    simulator::{
        constant_contact::Proof,
        faults::{ErrorBody, Fault, FaultKind, System},
    },
};

use crate::{
    scene::{calm, cc_writes, donor, in_cc, linked, opted_in, quick, settle, standing},
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World, uuid},
};

/// Constant Contact is read again right before it is told, and compared: a newer consent there answers staff's opt-out (P3).
#[actix::test]
async fn p1_who_signed_up_again_since_the_last_poll_is_not_unsubscribed() {
    let world = World::start(&Setup { poll_every: "12h", query_every: "30m", ..quick() }).await;
    let ann = world.subscribe(&crate::scene::named("Ann"), &["Newsletter"]);
    world.until_settled("Ann is created", 2 * DAY).await;
    world.pass(HOUR).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world.pass(MINUTE).await;
    let now = world.now();
    world.simulator().constant_contact.resubscribe(HOPE, uuid(&ann), Proof::Confirmed, now).unwrap();
    world.until("her own word counts", 6 * HOUR, |world| opted_in(world, "Ann") == [true]).await;
    world.pass(DAY).await;
    assert_eq!((cc_writes(&world), opted_in(&world, "Ann")), (0, vec![true]), "{}", world.describe());
    assert!(!in_cc(&world, &ann).is_unsubscribed());
    world.finish().await;
}

/// An opt-out that Tandem wrote for one subscriber is no word of staff about the other subscriber of the same address.
#[actix::test]
async fn p1_an_opt_out_written_for_one_subscriber_is_not_told_for_the_other_of_the_address() {
    let world = World::start(&calm()).await;
    world.staff_add(&donor("Ann"));
    let (first, second) = (linked(&world, "Ann", &[]).await, linked(&world, "Ann", &[]).await);
    let contacts = [&first, &second].map(|id| world.subject(id).unwrap().virtuous.contacts());
    assert_eq!(contacts[0], contacts[1], "both are one person in Virtuous");
    world.edit("cc/unsubscribe", &json!({"contact": first}));
    world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    // Queries read the contact again, and show the opt-out to both.
    world.pass(DAY).await;
    assert_eq!(world.cc_calls_of("PUT", "/contacts/{contact_id}"), 0, "{}", world.describe());
    assert!(!in_cc(&world, &second).is_unsubscribed());
    assert_eq!(standing(&world, &second), Some((State::Review, Cause::UnprovedOptIn)));
    world.finish_differing().await;
}

/// After a pause everything is due at once: the opt-out is written before anything is read.
#[actix::test]
async fn p1_the_consent_lane_is_taken_before_everything_else_that_is_due() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let down = FaultKind::Status { status: 503, body: ErrorBody::Object };
    world.fault(Fault { remaining: None, ..Fault::once(System::Virtuous, down) });
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    let owed = |world: &World| world.subject(&ann).unwrap().opt_out_owed_since.is_some();
    world.until("the opt-out is owed", HOUR, owed).await;
    world.ask(CustomerPause { customer: HOPE.parse().unwrap() }).await.unwrap();
    world.pass(2 * HOUR).await;
    world.simulator().virtuous.faults.clear();
    assert_eq!(opted_in(&world, "Ann"), [true], "nothing is written while the customer is paused");
    // The query is due as well, and takes its time.
    let slow = Fault { remaining: None, ..Fault::once(System::Virtuous, FaultKind::Latency(20_000)) };
    world.fault(slow.on("/api/Contact/Query"));
    world.ask(CustomerResume { customer: HOPE.parse().unwrap() }).await.unwrap();
    world.pass(Duration::from_secs(10)).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "it waited for the query: {}", world.describe());
    world.simulator().virtuous.faults.clear();
    settle(&world, "all else follows").await;
    world.finish().await;
}
