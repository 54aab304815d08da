//! Connections that break and servers that fail, at random: the end is the same.

use serde_json::json;
use tandem::simulator::faults::{ErrorBody, Fault, FaultKind, System};

use crate::{
    full::is_full_run,
    world::{DAY, HOUR, MINUTE, Setup, World},
};

/// Seeds of a usual run; `SEED=n` runs one.
fn seeds() -> Vec<u64> {
    let given = std::env::var_os("SEED").and_then(|seed| seed.to_str()?.parse().ok());
    given.map_or_else(|| vec![301, 302, 303, 304], |seed| vec![seed])
}

fn kinds() -> Vec<FaultKind> {
    vec![
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Status { status: 500, body: ErrorBody::Html },
        FaultKind::Malformed,
    ]
}

/// Faults of all kinds, each so likely, on all calls of these methods.
fn add_faults(world: &World, system: System, methods: &[&str], probability: f64) {
    for method in methods {
        for kind in kinds() {
            let fault = Fault::once(system, kind);
            world.fault(Fault {
                method: Some((*method).to_owned()),
                path_prefix: match system {
                    // A refresh whose answer is lost has lost its token for good: that is another test's.
                    System::ConstantContact => "/v3".to_owned(),
                    System::Virtuous => String::new(),
                },
                remaining: None,
                probability,
                ..fault
            });
        }
    }
}

async fn through_faults(seed: u64, methods: &[&str], probability: f64) {
    println!("seed {seed}");
    let mut setup = Setup::new(120, seed);
    setup.lookup_after = "30m";
    let world = World::start(&setup).await;
    add_faults(&world, System::Virtuous, methods, probability);
    add_faults(&world, System::ConstantContact, &["GET", "PUT"], probability);
    world.until_settled("the first sync through faults", 3 * DAY).await;
    world.edit("cc/unsubscribe", &json!({"count": 10}));
    world.edit("cc/move-lists", &json!({"count": 15}));
    world.edit("cc/edit", &json!({"count": 10}));
    world.edit("cc/add", &json!({"count": 5}));
    world.edit("cc/delete", &json!({"count": 5}));
    world.pass(2 * MINUTE).await;
    world.until_settled("changes through faults", 3 * DAY).await;
    world.pass(HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn writes_that_fail_or_get_lost_are_not_done_twice() {
    if !is_full_run() {
        return;
    }
    for seed in seeds() {
        through_faults(seed, &["POST", "PUT", "DELETE"], 0.03).await;
    }
}

#[actix::test]
async fn so_do_readings() {
    if !is_full_run() {
        return;
    }
    for seed in seeds() {
        through_faults(seed + 100, &["GET", "POST", "PUT", "DELETE"], 0.05).await;
    }
}
