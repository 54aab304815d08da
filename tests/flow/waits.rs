//! What fails or is used up waits by itself: opt-outs and everybody else go on (P1, B3, W4).

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::{State, Stream, Timestamp},
    service::Service,
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
    store::HintAbout,
    sync::windows::Cursor,
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

fn lasting(system: System, status: u16, path: &str) -> Fault {
    let kind = FaultKind::Status { status, body: ErrorBody::Object };
    Fault { remaining: None, ..Fault::once(system, kind) }.on(path)
}

/// A subscriber who is linked and mailable on both sides.
async fn linked(world: &World, name: &str) -> String {
    let new = json!({"email": format!("{name}@example.com"), "first_name": name, "last_name": "Lee"});
    let id = world.subscribe(&new, &["Newsletter"]);
    world.pass(2 * MINUTE).await;
    world.until_settled("the new subscriber", 10 * HOUR).await;
    id
}

fn is_out(world: &World, name: &str) -> bool {
    world.opt_ins(&format!("{name}@example.com")) == [false]
}

fn cursor(world: &World, stream: Stream) -> Cursor {
    world.app.deps.store.of(world.record().number).cursor(stream).unwrap()
}

#[actix::test]
async fn p1_opt_outs_begin_with_the_first_reading_and_begin_again_if_they_were_lost() {
    let world = World::start(&Setup::new(60, 501)).await;
    world.until("the first reading", HOUR, |world| cursor(world, Stream::Changes).upto.is_some()).await;
    assert!(cursor(&world, Stream::OptOuts).upto.is_some(), "both in one group");
    world.until_settled("the first sync", 4 * HOUR).await;
    let id = linked(&world, "ann").await;
    // As an earlier version left it, when it was killed between its two writes.
    world.pass(30 * Duration::from_secs(1)).await;
    let store = &world.app.deps.store;
    store.of(world.record().number).set_cursor(Stream::OptOuts, Cursor::default()).await.unwrap();
    world.edit("cc/unsubscribe", &json!({"contact": id}));
    world.pass(3 * MINUTE).await;
    assert!(is_out(&world, "ann"), "{}", world.describe());
    world.until_settled("tags follow", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn b3_a_hint_that_cannot_be_followed_waits_while_polls_go_on() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup { poll_every: "10m", query_every: "1h", ..Setup::new(60, 502) }).await;
    let (bad, good) = (linked(&world, "bad").await, linked(&world, "good").await);
    world.fault(lasting(System::ConstantContact, 500, &format!("/v3/contacts/{bad}")));
    let hope = HOPE.parse().unwrap();
    world.app.hints(&hope, vec![HintAbout::Contact(bad.clone())]).await.unwrap();
    world.pass(MINUTE).await;
    world.edit("cc/unsubscribe", &json!({"contact": good}));
    world.pass(11 * MINUTE).await;
    assert!(is_out(&world, "good"), "{}", world.describe());
    // It waits, and is left to the polls in the end.
    let number = world.record().number;
    let waiting = world.app.deps.store.of(number).hints(world.now(), 10).unwrap();
    assert!(waiting.due.is_empty() && waiting.next.is_some(), "{waiting:?}");
    world.pass(2 * DAY).await;
    let store = &world.app.deps.store;
    let left = store.of(number).hints(Timestamp::FAR_FUTURE, 10).unwrap();
    assert!(left.due.is_empty(), "{left:?}");
    world.until_settled("tags follow", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn p1_opt_outs_wait_neither_for_reference_data_nor_for_the_query() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup { poll_every: "15m", query_every: "1h", ..Setup::new(60, 503) }).await;
    let id = linked(&world, "ann").await;
    world.fault(lasting(System::Virtuous, 403, "/api/Organization"));
    world.fault(lasting(System::Virtuous, 400, "/api/Contact/Query"));
    // The reference of yesterday is old by now, and the query is due.
    world.pass(25 * HOUR).await;
    assert!(world.record().pause.is_none());
    let moved = world.subject(&id).unwrap().cc.lists.len();
    world.edit("cc/unsubscribe", &json!({"contact": id}));
    world.pass(16 * MINUTE).await;
    assert!(is_out(&world, "ann"), "{}", world.describe());
    assert!(moved > 0);
    // Nor does anything else that has what it needs.
    world.until("the tags", HOUR, |world| world.state(&id) == Some(State::InSync)).await;
    world.simulator().virtuous.faults.clear();
    world.until_settled("reads again", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn w4_a_day_that_constant_contact_ends_does_not_stop_virtuous() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup { query_every: "10m", ..Setup::new(60, 504) }).await;
    let ann = linked(&world, "ann").await;
    world.pass(HOUR).await;
    // Bob is on his way into Virtuous when staff opt Ann out, and Constant Contact's day ends with that.
    let new = json!({"email": "bob@example.com", "first_name": "Bob", "last_name": "Moe"});
    let bob = world.subscribe(&new, &["Newsletter"]);
    world.until("Bob is sent", 10 * MINUTE, |world| world.state(&bob) == Some(State::Submitted)).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world.fault(Fault {
        remaining: Some(1),
        ..Fault::once(System::ConstantContact, FaultKind::QuotaExceeded)
    });
    world.until("Bob is settled", 2 * HOUR, |world| world.state(&bob) == Some(State::InSync)).await;
    let told = |world: &World| {
        let simulator = world.simulator();
        simulator
            .constant_contact
            .account(HOPE)
            .unwrap()
            .roster
            .by_email("ann@example.com")
            .unwrap()
            .is_unsubscribed()
    };
    assert!(!told(&world), "the day was to be over for that");
    world.until("Constant Contact is told the next day", DAY, told).await;
    world.until_settled("both agree", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn w4_the_reserve_of_the_day_is_for_opt_outs() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup { poll_every: "10m", query_every: "1h", ..Setup::new(60, 505) }).await;
    linked(&world, "ann").await;
    let calls = world.cc_calls(HOPE);
    world.finish().await;
    // The same again, with a day that has hardly more calls than were needed up to here.
    let setup =
        Setup { poll_every: "10m", query_every: "1h", cc_calls: (4, calls + 40), ..Setup::new(60, 505) };
    let world = World::synced(&setup).await;
    let id = linked(&world, "ann").await;
    let since = |world: &World| world.now().since(cursor(world, Stream::Changes).completed_at.unwrap());
    world.until("nothing is left but the reserve", 12 * HOUR, |world| since(world) > 12 * MINUTE).await;
    let before = world.cc_calls(HOPE);
    world.edit("cc/unsubscribe", &json!({"contact": id}));
    world.pass(11 * MINUTE).await;
    assert!(is_out(&world, "ann"), "{}", world.describe());
    // One call for each reading of the opt-outs, not one a minute.
    assert!(world.cc_calls(HOPE) - before <= 2, "{} calls", world.cc_calls(HOPE) - before);
    world.pass(DAY).await;
    world.until_settled("the next day", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn b3_a_grant_without_reports_stops_nothing_else() {
    if !is_full_run() {
        return;
    }
    let reports = ["/v3/reports/summary_reports", "/v3/emails", "/v3/reports/email_reports"];
    for path in reports {
        let setup = Setup { cc: "bounces_every = \"10m\"", ..Setup::new(60, 505) };
        let world = World::synced(&setup).await;
        let (ann, bob) = (linked(&world, "ann").await, linked(&world, "bob").await);
        world.fault(lasting(System::ConstantContact, 403, path));
        world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
        world.pass(HOUR).await;
        world.edit("cc/unsubscribe", &json!({"contact": bob}));
        world.pass(5 * MINUTE).await;
        assert!(world.record().pause.is_none() && is_out(&world, "bob"), "{path}: {}", world.describe());
        assert!(!is_out(&world, "ann"), "{path}");
        // Once it is allowed, what was missed is read.
        world.simulator().constant_contact.faults.clear();
        world.pass(HOUR).await;
        assert!(is_out(&world, "ann"), "{path}: {}", world.describe());
        world.until_settled("tags follow", HOUR).await;
        world.finish().await;
    }
}
