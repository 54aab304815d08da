//! E4: a host that cannot be reached costs nobody anything but time.

use std::time::Duration;

use serde_json::json;
use tandem::domain::State;

use crate::{
    scene::{linked, opted_in, quick, settle, tags},
    world::{HOUR, MINUTE, Setup, World},
};

/// The most that the ledger claims ahead of use.
const BLOCK: u64 = 25;

/// Calls of the day that the ledger has counted.
fn counted(world: &World) -> u64 {
    let deps = &world.app.deps;
    deps.store.ledger(&deps.settings.constant_contact.ledger_key()).unwrap().used
}

#[actix::test]
async fn e4_ten_hours_without_a_network_wear_out_nothing_and_are_counted_on_no_day() {
    let setup = Setup { start: "2026-11-20T02:00:00Z", cc_calls: (1_000, 10_000), ..quick() };
    let world = World::start(&setup).await;
    let ann = linked(&world, "Ann", &[]).await;
    let bob = linked(&world, "Bob", &[]).await;
    // Ordinary work and an opt-out wait for Virtuous.
    world.tripwire.unplug(Some("/virtuous"));
    world.edit("cc/move-lists", &json!({"contact": bob, "add": ["Newsletter"]}));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(5 * MINUTE).await;
    assert!(world.subject(&ann).unwrap().opt_out_owed_since.is_some(), "{}", world.describe());
    let before = counted(&world);
    world.tripwire.unplug(Some("http://"));
    world.pass(10 * HOUR).await;
    assert!(counted(&world) <= before + BLOCK, "{} after {before}", counted(&world));
    assert_eq!(world.count(State::Failed), 0, "{}", world.describe());
    for id in [&ann, &bob] {
        let subject = world.subject(id).unwrap();
        assert_eq!((subject.attempts, subject.failure), (0, None), "{}", world.describe());
    }
    assert!(world.record().pause.is_none());
    world.tripwire.unplug(None);
    world.until("the opt-out", 2 * MINUTE, |world| opted_in(world, "Ann") == [false]).await;
    world.until("the tag", 5 * MINUTE, |world| tags(world, &bob) == ["CC: Newsletter"]).await;
    world.pass(Duration::from_secs(1)).await;
    settle(&world, "all goes on").await;
    world.finish().await;
}
