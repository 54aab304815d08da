//! The first sync of a whole account.

use serde_json::json;
use tandem::{
    domain::{Stage, State},
    operator::questions::import_start::ImportStart,
    simulator::generator::AccountSpec,
    transport::Method,
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

#[actix::test]
async fn ends_in_agreement_whatever_the_account() {
    for seed in 1..=if is_full_run() { 5 } else { 1 } {
        println!("seed {seed}");
        let world = World::synced(&Setup::new(150, seed)).await;
        let found = world.comparison();
        assert!(found.agreed > 60, "{found:?}");
        assert_eq!(found.submitted, 0, "{found:?}");
        world.finish().await;
    }
}

#[actix::test]
async fn a_created_contact_costs_a_twentieth_of_a_call() {
    let mut setup = Setup::new(600, 3);
    setup.accounts = vec![AccountSpec { in_virtuous_share: 0.0, ..AccountSpec::new(HOPE, 600, 3) }];
    setup.query_every = "10m";
    let world = World::synced(&setup).await;
    let (calls, created) = world.organisation(|held| {
        let created = held.book.contacts().iter().filter(|contact| !contact.references.is_empty()).count();
        // The reference data is read once a day, however many are created.
        let daily = |pattern: &str| pattern.ends_with("Types") || pattern.ends_with("CustomFields");
        let once = |pattern: &str| {
            daily(pattern)
                || ["/api/Organization/Current", "/api/Contact/QueryOptions", "/api/Tag"].contains(&pattern)
        };
        let calls: u64 = held.meter.calls().filter(|(_, pattern, _)| !once(pattern)).map(|call| call.2).sum();
        (calls, created)
    });
    println!("{created} created with {calls} calls");
    assert!(created > 300, "{created}");
    assert!(calls as f64 <= created as f64 * 0.05, "{calls} calls for {created} created contacts");
    world.finish().await;
}

#[actix::test]
async fn c4_nothing_is_written_before_the_import_is_started() {
    let world = World::start(&Setup { auto_start: false, ..Setup::new(120, 4) }).await;
    world.pass(HOUR).await;
    assert_eq!(world.writes(), 0);
    assert_eq!(world.record().stage, Stage::Observing);
    assert!(world.counts_of(HOPE).subjects() >= 120);
    // What happens meanwhile is observed, too.
    world.edit("cc/unsubscribe", &json!({"count": 5}));
    world.pass(HOUR).await;
    assert_eq!(world.writes(), 0);
    let began = world.now();
    world.ask(ImportStart { customer: HOPE.parse().unwrap(), yes: true }).await.unwrap();
    world.until_settled("the import that was started", 2 * HOUR).await;
    assert!(world.writes() > 0);
    // What was read of Virtuous two hours before is read again (I2).
    assert!(
        world.record().scan.is_some_and(|scan| scan.started_at >= Some(began)),
        "{:?}",
        world.record().scan
    );
    world.finish().await;
}

#[actix::test]
async fn v1_an_import_that_waits_for_a_person_becomes_a_review_and_then_is_done() {
    if !is_full_run() {
        return;
    }
    let mut setup = Setup::new(80, 5);
    setup.virtuous = json!({"import_waits_for_person": true});
    (setup.poll_every, setup.query_every, setup.lookup_after) = ("1h", "4h", "24h");
    let world = World::start(&setup).await;
    let sent = |world: &World| {
        let of = |pattern| world.calls_of(Method::Post, pattern);
        of("/api/Contact/Batch") + of("/api/Contact/Transaction")
    };
    world.until("rows are submitted", 6 * HOUR, |world| sent(world) > 0).await;
    world.pass(60 * HOUR).await;
    let waiting = world.count(State::Submitted);
    assert!(waiting > 10, "{}", world.describe());
    let batches = sent(&world);
    world.until("submissions become reviews", 20 * HOUR, |world| world.count(State::Submitted) == 0).await;
    assert!(world.count(State::Review) >= waiting, "{}", world.describe());
    world.pass(DAY).await;
    assert_eq!(sent(&world), batches, "sent again while it waits");
    world.control("virtuous/import", &json!({}));
    world.until_settled("a person has run the import", 2 * DAY).await;
    assert_eq!(world.comparison().submitted, 0);
    world.finish().await;
}

#[actix::test]
async fn c4_an_import_of_the_night_is_waited_for() {
    if !is_full_run() {
        return;
    }
    let setup = Setup { virtuous: json!({"import_every": null}), lookup_after: "24h", ..Setup::new(80, 5) };
    let world = World::start(&setup).await;
    let sent = |world: &World| world.calls_of(Method::Post, "/api/Contact/Batch");
    world.until("rows are submitted", HOUR, |world| sent(world) > 0).await;
    world.pass(HOUR).await;
    let (waiting, batches) = (world.count(State::Submitted), sent(&world));
    assert!(waiting > 10, "{}", world.describe());
    world.until_settled("the import of the night", DAY + HOUR).await;
    assert_eq!((world.count(State::Submitted), sent(&world)), (0, batches), "sent again while it waited");
    world.finish().await;
}

#[actix::test]
async fn a_large_account_with_changes_of_all_kinds() {
    // The full size takes minutes without optimisation.
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup { poll_every: "5m", query_every: "10m", ..Setup::new(26_475, 7) }).await;
    world.edit("cc/unsubscribe", &json!({"count": 200}));
    world.edit("cc/move-lists", &json!({"count": 300}));
    world.edit("cc/edit", &json!({"count": 100}));
    world.edit("cc/add", &json!({"count": 50}));
    world.pass(MINUTE).await;
    world.until_settled("the changes", 12 * HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn pages_whose_cursors_forget_what_was_asked_for_are_read_whole() {
    if !is_full_run() {
        return;
    }
    let constant_contact = json!({"cursor_carries_include": false});
    let world = World::synced(&Setup { constant_contact, ..Setup::new(1_100, 95) }).await;
    // Lists and fields of everybody arrived, also of those behind the first page.
    assert!(world.comparison().agreed > 500);
    world.finish().await;
}
