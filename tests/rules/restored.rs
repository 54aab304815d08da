//! E5, C4: a backup is the store: the past is unknown, and nothing is done twice.

use serde_json::json;
use tandem::{domain::State, transport::Method};

use crate::{
    scene::{calm, linked, named, opted_in, settle},
    world::{DAY, HOUR, Setup, World},
};

/// Calls that were written to either side.
fn writes(world: &World) -> u64 {
    let put = ["/api/ContactMethod/{id}", "/api/Contact/{id}"].map(|path| world.calls_of(Method::Put, path));
    let posted = [
        "/api/ContactNote",
        "/api/ContactTag",
        "/api/Contact/Transaction",
        "/api/Contact/Batch",
        "/api/ContactReference",
    ];
    let posted = posted.map(|path| world.calls_of(Method::Post, path));
    put.iter().chain(&posted).sum::<u64>() + world.cc_calls_of("PUT", "/contacts/{contact_id}")
}

/// A grant that outlives the store it was kept in.
fn lasting() -> Setup {
    Setup { constant_contact: json!({"rotating_refresh_tokens": false}), ..calm() }
}

/// A row that was sent after the backup, and waits for the night's import, is looked for before it is sent again.
#[actix::test]
async fn e5_c4_after_a_restore_a_row_on_its_way_is_not_sent_again() {
    let setup = lasting();
    let world = World::start(&setup).await;
    linked(&world, "Ann", &["Newsletter"]).await;
    let backup = world.back_up().await;
    let dan = world.subscribe(&named("Dan"), &[]);
    let is_sent = |world: &World| world.state(&dan) == Some(State::Submitted);
    world.until("the row is sent", HOUR, is_sent).await;
    let rows = writes(&world);
    let world = world.restored(&setup, &backup).await;
    world.pass(5 * DAY).await;
    assert_eq!(world.state(&dan), Some(State::InSync), "{}", world.describe());
    assert_eq!((opted_in(&world, "Dan"), writes(&world)), (vec![true], rows), "{}", world.describe());
    // Work goes on: a change is written.
    world.edit("cc/unsubscribe", &json!({"contact": dan}));
    settle(&world, "the opt-out").await;
    assert_eq!(opted_in(&world, "Dan"), [false]);
    world.finish().await;
}
