//! A machine whose clock is wrong for a while (W8).

use serde_json::json;
use tandem::simulator::faults::{ErrorBody, Fault, FaultKind, System};

use crate::{
    scene::{linked, opted_in, quick, settle},
    world::{DAY, HOUR, MINUTE, World},
};

#[actix::test]
async fn w8_an_opt_out_owed_while_the_clock_was_two_days_ahead_is_not_two_days_late() {
    let setup = quick();
    let world = World::start(&setup).await;
    let ann = linked(&world, "Ann", &[]).await;
    let bob = linked(&world, "Bob", &[]).await;
    let world = world.restarted_ahead(&setup, 2 * DAY).await;
    let kind = FaultKind::Status { status: 503, body: ErrorBody::Empty };
    world.fault(Fault { remaining: None, ..Fault::once(System::Virtuous, kind) });
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.edit("cc/erase", &json!({"contact": bob}));
    world.pass(2 * HOUR).await;
    assert_eq!(opted_in(&world, "Ann"), [true]);
    // The clock is right again; Virtuous still is not.
    let world = world.restarted(&setup).await;
    world.pass(5 * MINUTE).await;
    let owed = world.app.deps.store.of(world.record().number).oldest_owed().unwrap().unwrap();
    let age = world.now().since(owed);
    assert!(age >= 4 * MINUTE, "owed since {owed}: {age:?} at {}", world.now());
    world.simulator().virtuous.faults.clear();
    world.pass(8 * MINUTE).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "{}", world.describe());
    settle(&world, "all is in step").await;
    assert_eq!(world.subjects().iter().filter(|one| one.opt_out_owed_since.is_some()).count(), 0);
    world.finish().await;
}
