//! Generations of a customer's actors: one ends before the next begins, whatever ended it.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use tandem::{
    actors::ending::{LiveCount, Lives},
    config::CustomerSettings,
    domain::CustomerId,
    service::Service,
    simulator::faults::{Fault, FaultKind, System},
};

use crate::{
    limits::resume,
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

const CHILDREN: [&str; 3] = ["poller", "receiver", "submitter"];

fn alive(world: &World) -> LiveCount {
    world.app.live(&HOPE.parse().unwrap()).unwrap()
}

/// Every child lives, and none ever lived beside another one of its kind.
fn one_each(world: &World) {
    let once = Lives { now: 1, most: 1 };
    assert_eq!(alive(world).all(), CHILDREN.map(|name| (name, once)).into_iter().collect::<BTreeMap<_, _>>());
}

fn settings(world: &World) -> CustomerSettings {
    CustomerSettings::clone(&world.app.customers.read().unwrap()[0])
}

fn slow(system: System) -> Fault {
    Fault { remaining: None, ..Fault::once(system, FaultKind::Latency(8_000)) }
}

#[actix::test]
async fn settings_that_changed_run_once_the_turn_in_flight_is_over() {
    let world = World::synced(&Setup::new(60, 401)).await;
    one_each(&world);
    // Both are in the middle of a call when the settings change, and then change again.
    world.fault(slow(System::ConstantContact));
    world.fault(slow(System::Virtuous));
    world.edit("cc/unsubscribe", &json!({"count": 5}));
    world.pass(MINUTE + MINUTE / 30).await;
    for poll_every in [7 * MINUTE, 2 * HOUR] {
        let mut changed = settings(&world);
        changed.constant_contact.poll_every = poll_every;
        world.app.run(vec![changed]).await.unwrap();
    }
    world.pass(2 * MINUTE).await;
    one_each(&world);
    let runs = world.app.context(&HOPE.parse().unwrap()).unwrap();
    assert_eq!(runs.settings.constant_contact.poll_every, 2 * HOUR);
    world.until_settled("the opt-outs", HOUR).await;
    world.simulator().constant_contact.faults.clear();
    world.simulator().virtuous.faults.clear();
    // The old set would go on polling every minute.
    world.pass(5 * MINUTE).await;
    let calls = world.cc_calls(HOPE);
    world.pass(HOUR).await;
    assert!(world.cc_calls(HOPE) - calls <= 4, "{} calls", world.cc_calls(HOPE) - calls);
    one_each(&world);
    world.finish().await;
}

#[actix::test]
async fn b3_after_a_pause_nobody_works_twice() {
    let world = World::synced(&Setup::new(60, 402)).await;
    for _ in 0..3 {
        world.control("virtuous/revoke-key", &json!({"key": "key-hope"}));
        world.edit("cc/unsubscribe", &json!({"count": 3}));
        world.edit("cc/delete", &json!({"count": 2}));
        world.until("the pause", HOUR, |world| world.record().pause.is_some()).await;
        world.control("virtuous/add-key", &json!({"account": HOPE, "key": "key-hope"}));
        resume(&world, HOPE).await;
        world.until_settled("what waited", HOUR).await;
        one_each(&world);
    }
    world.finish().await;
}

#[actix::test]
async fn b3_a_panic_of_one_child_ends_both_and_starts_both() {
    let world = World::synced(&Setup::new(60, 403)).await;
    // The sibling is in the middle of its turn then.
    world.fault(slow(System::Virtuous));
    for path in ["/v3/contacts", "/api/Contact", "/v3/contacts"] {
        world.edit("cc/unsubscribe", &json!({"count": 3}));
        world.tripwire.arm(path);
        world.until("the panic", HOUR, |world| !world.tripwire.is_armed()).await;
        world.until_settled("after the panic", HOUR).await;
        one_each(&world);
    }
    world.finish().await;
}

#[actix::test]
async fn a_customer_whose_file_is_gone_ends_and_a_stop_waits_for_the_last_turn() {
    let world = World::synced(&Setup::new(60, 404)).await;
    let (gone, hope) = (alive(&world), HOPE.parse::<CustomerId>().unwrap());
    let again = settings(&world);
    world.fault(Fault { remaining: Some(3), ..slow(System::ConstantContact) });
    world.pass(MINUTE + MINUTE / 30).await;
    // The customers' folder of this world is empty.
    let told = world.app.apply().await.unwrap();
    assert!(told.iter().any(|line| line.starts_with("hope: stopped")), "{told:?}");
    assert!(gone.all().values().all(|lives| lives.now == 0), "{:?}", gone.all());
    assert!(world.app.context(&hope).is_none());
    world.app.run(vec![again]).await.unwrap();
    world.pass(Duration::from_secs(5)).await;
    one_each(&world);
    world.edit("cc/unsubscribe", &json!({"count": 3}));
    world.until_settled("goes on", HOUR).await;
    let last = alive(&world);
    world.fault(Fault {
        remaining: Some(1),
        ..Fault::once(System::ConstantContact, FaultKind::Latency(4_000))
    });
    world.pass(MINUTE).await;
    world.finish().await;
    assert!(last.all().values().all(|lives| *lives == Lives { now: 0, most: 1 }), "{:?}", last.all());
}
