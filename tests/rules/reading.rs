//! W1 to W5: what is read, when, and how it is known to be whole.

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::{State, Stream},
    service::Service,
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
    store::HintAbout,
    sync::windows::Cursor,
};

use crate::{
    scene::{calm, linked, named, opted_in, quick, settle, tags},
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

const SECOND: Duration = Duration::from_secs(1);

fn cc(kind: FaultKind) -> Fault {
    Fault::once(System::ConstantContact, kind)
}

fn cursor(world: &World, stream: Stream) -> Cursor {
    world.app.deps.store.of(world.record().number).cursor(stream).unwrap()
}

#[actix::test]
async fn w1_the_cursor_moves_only_with_a_page_that_is_kept() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let before = [Stream::Changes, Stream::OptOuts].map(|stream| cursor(&world, stream).upto);
    assert!(before.iter().all(Option::is_some));
    let down = FaultKind::Status { status: 500, body: ErrorBody::Empty };
    world.fault(Fault { remaining: None, ..cc(down).on("/v3/contacts") });
    world.pass(MINUTE).await;
    let still = [Stream::Changes, Stream::OptOuts].map(|stream| cursor(&world, stream).upto);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.subscribe(&named("Bob"), &[]);
    world.pass(3 * HOUR).await;
    assert_eq!([Stream::Changes, Stream::OptOuts].map(|stream| cursor(&world, stream).upto), still);
    world.simulator().constant_contact.faults.clear();
    world.pass(HOUR).await;
    settle(&world, "read again").await;
    assert_eq!((opted_in(&world, "Ann"), opted_in(&world, "Bob")), (vec![false], vec![true]));
    assert!(cursor(&world, Stream::Changes).upto > still[0]);
    world.finish().await;
}

#[actix::test]
async fn w2_who_moves_while_pages_are_read_is_not_lost() {
    let world = World::start(&Setup::new(560, 71)).await;
    // Pages come slowly, and those on them change or go meanwhile.
    world.fault(Fault { remaining: Some(6), ..cc(FaultKind::Latency(10_000)).on("/v3/contacts") });
    for round in 0..4 {
        world.pass(7 * SECOND).await;
        world.edit("cc/delete", &json!({"count": 15, "seed": round}));
        world.edit("cc/edit", &json!({"count": 15, "seed": round}));
        world.edit("cc/add", &json!({"count": 10}));
    }
    world.until_settled("the account that moved", 6 * HOUR).await;
    let everybody: Vec<String> = {
        let simulator = world.simulator();
        let account = simulator.constant_contact.account(HOPE).unwrap();
        account.roster.iter().map(|contact| contact.id.to_string()).collect()
    };
    assert!(everybody.iter().all(|id| world.subject(id).is_some()), "somebody was never seen");
    world.finish().await;
}

#[actix::test]
async fn w3_a_count_that_moved_has_the_reading_that_explains_it() {
    let world = World::start(&quick()).await;
    let (ann, bob) = (linked(&world, "Ann", &[]).await, linked(&world, "Bob", &[]).await);
    // A move of lists moves no date of the record; the list's count tells.
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Newsletter"]}));
    world.pass(20 * MINUTE).await;
    assert_eq!(tags(&world, &ann), ["CC: Newsletter"], "{}", world.describe());
    // Nor does a re-subscribe; the account's count does.
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    settle(&world, "opted out").await;
    world.pass(10 * MINUTE).await;
    world.edit("cc/resubscribe", &json!({"contact": bob, "proof": "confirmed"}));
    world.pass(2 * HOUR).await;
    assert_eq!(opted_in(&world, "Bob"), [true], "{}", world.describe());
    world.finish().await;
}

#[actix::test]
async fn w4_throttled_waits_and_a_used_up_day_ends_at_midnight_utc() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.fault(Fault { remaining: Some(3), ..cc(FaultKind::Throttled) });
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("waits and goes on", 10 * MINUTE, |world| opted_in(world, "Ann") == [false]).await;
    let bob = linked(&world, "Bob", &[]).await;
    world.fault(cc(FaultKind::QuotaExceeded));
    world.pass(2 * MINUTE).await;
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    let calls = world.cc_calls(HOPE);
    world.pass(world.now().next_utc_midnight().since(world.now()) - MINUTE).await;
    assert_eq!((world.cc_calls(HOPE), opted_in(&world, "Bob")), (calls, vec![true]));
    world.pass(5 * MINUTE).await;
    assert_eq!(opted_in(&world, "Bob"), [false], "{}", world.describe());
    world.finish().await;
}

#[actix::test]
async fn w5_a_hint_has_the_contact_read_at_once_and_proves_nothing() {
    let world = World::start(&Setup { poll_every: "6h", ..calm() }).await;
    let ann = world.subscribe(&named("Ann"), &[]);
    let hope = HOPE.parse().unwrap();
    world.pass(13 * HOUR).await;
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    let calls = |world: &World| world.cc_calls(HOPE);
    let (before, writes) = (calls(&world), world.writes());
    world.app.hints(&hope, vec![HintAbout::Contact(ann.clone())]).await.unwrap();
    world.pass(5 * SECOND).await;
    assert_eq!((calls(&world) - before, world.writes()), (1, writes), "a hint that lies");
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.app.hints(&hope, vec![HintAbout::Contact(ann.clone())]).await.unwrap();
    world.pass(5 * SECOND).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "{}", world.describe());
    // Nobody known: one poll a minute at most, and no search.
    let polls = |world: &World| world.cc_calls_of("GET", "/contacts");
    let before = polls(&world);
    for number in 0..10 {
        let about = HintAbout::Email(format!("nobody{number}@example.com"));
        world.app.hints(&hope, vec![about]).await.unwrap();
        world.pass(3 * SECOND).await;
    }
    let made = polls(&world) - before;
    assert!((2..=4).contains(&made), "{made} calls");
    world.pass(7 * HOUR).await;
    world.finish().await;
}
