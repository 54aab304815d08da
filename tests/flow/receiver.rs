//! The receiver of hooks: one a customer, which the supervisor owns; its mailbox is the bound (W5), and nothing that the customer's
//! other actors do keeps it from taking hooks (B4).

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tandem::{
    actors::webhook::MAILBOX,
    config::CustomerSettings,
    domain::CustomerId,
    service::{IntakeError, Service},
    simulator::faults::{Fault, FaultKind, System},
    store::HintAbout,
};

use crate::world::{HOPE, HOUR, MINUTE, Setup, World};

fn hope() -> CustomerId {
    HOPE.parse().unwrap()
}

fn hint(number: usize) -> Vec<HintAbout> {
    vec![HintAbout::Email(format!("stranger{number}@example.org"))]
}

fn kept(world: &World) -> usize {
    let store = world.app.context(&hope()).unwrap().store;
    store.hints(world.now(), usize::MAX).unwrap().due.len()
}

#[actix::test]
async fn w5_what_arrives_together_is_kept_together_and_a_flood_is_told_to_wait() {
    let world = World::synced(&Setup::new(20, 421)).await;
    let groups = || world.app.deps.store.engine().metrics().snapshot().groups;
    let before = groups();
    let flood = (0..2 * MAILBOX).map(|number| world.app.hints(&hope(), hint(number)));
    let answers = join_all(flood).await;
    let count = |answer| answers.iter().filter(|it| **it == answer).count();
    assert_eq!((count(Ok(())), count(Err(IntakeError::Busy))), (MAILBOX, MAILBOX));
    assert_eq!(kept(&world), 1, "more than twenty are a wish for a poll");
    assert!(groups() - before <= 16, "{} groups for {MAILBOX} hints", groups() - before);
    assert_eq!(world.app.hints(&hope(), hint(0)).await, Ok(()), "there is room again");
    let many = (0..45_000).flat_map(hint).collect::<Vec<_>>();
    let beside = [world.app.hints(&hope(), hint(1)), world.app.hints(&hope(), many)];
    assert_eq!(join_all(beside).await, [Ok(()), Err(IntakeError::Busy)], "its items count, too");
    world.finish().await;
}

#[actix::test]
async fn b4_hints_are_kept_while_the_customer_restarts_is_paused_or_waits_after_a_panic() {
    let world = World::synced(&Setup::new(20, 422)).await;
    let take = async |number| assert_eq!(world.app.hints(&hope(), hint(number)).await, Ok(()), "{number}");
    // A turn is in the middle of a long call when settings change: the old generation is waited for.
    world.fault(Fault { remaining: None, ..Fault::once(System::ConstantContact, FaultKind::Latency(8_000)) });
    world.edit("cc/unsubscribe", &json!({"count": 2}));
    world.pass(MINUTE + MINUTE / 30).await;
    for number in 0..50 {
        let mut changed = CustomerSettings::clone(&world.app.customers.read().unwrap()[0]);
        changed.constant_contact.poll_every = (2 + u32::try_from(number).unwrap() % 2) * MINUTE;
        let (ran, ()) = tokio::join!(world.app.run(vec![changed]), take(number));
        ran.unwrap();
        world.pass(Duration::from_millis(700)).await;
    }
    world.simulator().constant_contact.faults.clear();
    world.control("virtuous/revoke-key", &json!({"key": "key-hope"}));
    world.edit("cc/unsubscribe", &json!({"count": 2}));
    world.until("the pause", HOUR, |world| world.record().pause.is_some()).await;
    take(51).await;
    world.control("virtuous/add-key", &json!({"account": HOPE, "key": "key-hope"}));
    crate::limits::resume(&world, HOPE).await;
    world.tripwire.arm("/v3/contacts");
    world.until("the panic", HOUR, |world| !world.tripwire.is_armed()).await;
    take(52).await;
    assert_eq!(
        world.app.hints(&"another".parse().unwrap(), hint(0)).await,
        Err(IntakeError::Unknown),
        "a customer of no settings is not waited for"
    );
    world.until_settled("what waited", HOUR).await;
    world.finish().await;
}
