//! E5, N1, C4: a backup is the store, or a customer is read anew: the past is unknown, and nothing is done twice or undone.

use serde_json::json;
use tandem::{domain::State, operator::questions::rebuild::Rebuild, transport::Method};

use crate::{
    full::is_full_run,
    scene::{calm, donor, in_cc, linked, named, notes, opted_in, settle, tags},
    world::{DAY, HOPE, HOUR, Setup, World},
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

/// Four people with all that Tandem writes: a bounce, an opt-out by staff, a tag, a contact that it made.
struct People {
    ann: String,
    bob: String,
    cid: String,
    dan: String,
}

async fn known(world: &World) -> (String, String, String) {
    for first in ["Ann", "Bob", "Cid"] {
        world.staff_add(&donor(first));
    }
    world.pass(HOUR).await;
    (linked(world, "Ann", &[]).await, linked(world, "Bob", &[]).await, linked(world, "Cid", &[]).await)
}

async fn worked_on(world: &World, (ann, bob, cid): (String, String, String)) -> People {
    world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
    world.edit("virtuous/opt-out", &json!({"contact": bob}));
    world.edit("cc/delete", &json!({"contact": cid}));
    let dan = world.subscribe(&named("Dan"), &[]);
    world.pass(2 * DAY).await;
    check(world, &People { ann: ann.clone(), bob: bob.clone(), cid: cid.clone(), dan: dan.clone() });
    People { ann, bob, cid, dan }
}

/// How it has to be, before and after.
fn check(world: &World, people: &People) {
    let outs = ["Ann", "Bob", "Cid", "Dan"].map(|first| opted_in(world, first));
    assert_eq!(outs, [vec![false], vec![false], vec![false], vec![true]], "{}", world.describe());
    assert!(in_cc(world, &people.bob).is_unsubscribed() && !in_cc(world, &people.ann).is_unsubscribed());
    assert_eq!(
        (notes(world, &people.ann).len(), notes(world, &people.cid).len()),
        (1, 1),
        "{}",
        world.describe()
    );
    assert_eq!(world.state(&people.dan), Some(State::InSync), "{}", world.describe());
}

/// All that was done since the backup is found again: no note, tag or contact twice, no opt-out undone, none told as staff's.
#[actix::test]
async fn e5_n1_after_a_restore_nothing_is_doubled_and_no_opt_out_is_undone() {
    if !is_full_run() {
        return;
    }
    let setup = lasting();
    let world = World::start(&setup).await;
    let three = known(&world).await;
    let backup = world.back_up().await;
    let people = worked_on(&world, three).await;
    let before = writes(&world);
    let world = world.restored(&setup, &backup).await;
    world.pass(4 * DAY).await;
    check(&world, &people);
    assert_eq!(writes(&world), before, "nothing changed since: {}", world.describe());
    world.finish_differing().await;
}

/// A row that was sent after the backup, and waits for the night's import, is looked for before it is sent again.
#[actix::test]
async fn e5_c4_after_a_restore_a_row_on_its_way_is_not_sent_again() {
    if !is_full_run() {
        return;
    }
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

/// The same for a customer that is read anew: what is known goes, and all of it is found again.
#[actix::test]
async fn e5_i2_a_rebuild_links_everybody_anew_and_writes_nothing() {
    if !is_full_run() {
        return;
    }
    let setup = lasting();
    let world = World::start(&setup).await;
    let three = known(&world).await;
    let eve = linked(&world, "Eve", &["Newsletter"]).await;
    let people = worked_on(&world, three).await;
    let (before, tagged) = (writes(&world), tags(&world, &eve));
    world.ask(Rebuild { customer: HOPE.parse().unwrap() }).await.unwrap();
    assert!(world.subject(&eve).is_none());
    world.pass(2 * DAY).await;
    check(&world, &people);
    assert_eq!(
        (world.state(&eve), tags(&world, &eve)),
        (Some(State::InSync), tagged),
        "{}",
        world.describe()
    );
    assert_eq!(writes(&world), before, "{}", world.describe());
    world.finish_differing().await;
}
