//! B4 and W6: what one value or one person does stays with it, and nothing is in front of an opt-out.

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::{Cause, Rule, State},
    simulator::{
        constant_contact::FieldSeed,
        faults::{Fault, FaultKind, System},
    },
    store::engine::Changes,
    transport::Method,
};

use crate::{
    scene::{contacts, linked, named, opted_in, quick, settle, tags},
    world::{HOPE, HOUR, MINUTE, Setup, World, uuid},
};

/// Damages what is kept of a subscriber: half of it is gone.
fn damage(world: &World, id: &str) {
    let id = uuid(id);
    let damaged = world.app.deps.store.engine().submit_blocking(move |reader| {
        let mut changes = Changes::new();
        for entry in reader.range([], None) {
            let (key, value) = entry?;
            // After the customer's number comes the kind: 0x20 is a subject.
            if key[4] == 0x20 && key.ends_with(&id.0.to_be_bytes()) {
                changes.put(&key, &value[..value.len() / 2]);
            }
        }
        let damaged = changes.len();
        Ok((changes, damaged))
    });
    assert_eq!(damaged.unwrap(), 1);
}

#[actix::test]
async fn b4_a_record_that_cannot_be_read_concerns_that_person_who_is_read_anew() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "Ann is opted out").await;
    let (writes, made) = (world.writes(), contacts(&world));
    damage(&world, &ann);
    // An opt-out of somebody else is not held up, and the damaged record is met by the next reading of all.
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    world.until("Bob is opted out", HOUR, |world| opted_in(world, "Bob") == [false]).await;
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Anne"}));
    settle(&world, "Ann is read anew").await;
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    assert_eq!((opted_in(&world, "Ann"), contacts(&world)), (vec![false], made), "nothing is doubled");
    assert_eq!(world.writes() - writes, 1 + 1, "Bob's opt-out and his tag, and nothing for Ann");
    let subject = world.subject(&ann).unwrap();
    let timeline = world.app.deps.store.of(world.record().number).timeline(&subject).unwrap();
    let told = timeline.iter().find(|event| event.reason.cause == Cause::SetAside).unwrap();
    assert_eq!(told.reason.rule, Rule::B4);
    assert!(world.record().pause.is_none());
    assert_eq!(world.app.deps.store.of(world.record().number).check_consistent().unwrap(), [""; 0]);
    world.finish().await;
}

#[actix::test]
async fn b4_a_large_book_and_a_large_person_are_kept_like_any_other() {
    let tags_of_staff = (0..1_000).map(|number| format!("a tag of staff, number {number:04}")).collect();
    let world = World::start(&Setup { tags: tags_of_staff, ..quick() }).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let values: Vec<_> = (0..10)
        .map(|number| {
            let (label, now) = (format!("Long text {number}"), world.now());
            let field = FieldSeed { label, kind: "text_area".to_owned(), choices: Vec::new() };
            let id = world.simulator().constant_contact.add_custom_field(HOPE, &field, now).unwrap();
            json!({"custom_field_id": id, "value": "é".repeat(3_000)})
        })
        .collect();
    world.edit("cc/edit", &json!({"contact": ann, "fields": {"custom_fields": values}}));
    settle(&world, "sixty thousand bytes of one person").await;
    world.edit("cc/move-lists", &json!({"contact": ann, "remove": ["Newsletter"]}));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    settle(&world, "the list").await;
    assert!(tags(&world, &ann).is_empty());
    world.pass(3 * MINUTE).await;
    let world = world.restarted(&quick()).await;
    assert_eq!(world.state(&ann), Some(State::InSync));
    let kept = world.subject(&ann).unwrap();
    assert!(format!("{:?}", kept.cc).len() > 60_000, "the whole person is kept");
    world.finish_differing().await;
}

/// Every call to Virtuous takes two seconds.
fn slow(world: &World) {
    world.fault(Fault { remaining: None, ..Fault::once(System::Virtuous, FaultKind::Latency(2_000)) });
}

/// Waits in steps that are short beside what is under way.
async fn soon(world: &World, what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..36_000 {
        if is_so() {
            return;
        }
        world.pass(Duration::from_millis(100)).await;
    }
    panic!("{what}: not within an hour\n{}", world.describe());
}

/// How long an opt-out waits from its capture to its write.
async fn waits(world: &World, id: &str, first: &str) -> Duration {
    let mut captured = None;
    for _ in 0..6_000 {
        let owed = world.subject(id).is_some_and(|subject| subject.opt_out_owed_since.is_some());
        if owed && captured.is_none() {
            captured = Some(world.now());
        }
        if opted_in(world, first) == [false] {
            return world.now().since(captured.unwrap_or(world.now()));
        }
        world.pass(Duration::from_millis(100)).await;
    }
    panic!("never opted out\n{}", world.describe());
}

#[actix::test]
async fn w6_an_opt_out_goes_next_whatever_is_under_way() {
    let rows = Setup { import: "batch_size = 1\n", poll_every: "10s", ..quick() };
    let world = World::start(&rows).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    slow(&world);
    // Rows one by one.
    let subscribe = |number| world.subscribe(&named(&format!("Person{number}")), &["Newsletter"]);
    let many: Vec<String> = (0..150).map(subscribe).collect();
    soon(&world, "rows are under way", || world.calls_of(Method::Post, "/api/Contact/Transaction") > 5).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    let waited = waits(&world, &ann, "Ann").await;
    assert!(
        waited < Duration::from_secs(10),
        "a call, a reading and the write, and no look-up or row: {waited:?}"
    );
    settle(&world, "all are imported").await;
    // A batch of tags: everybody joins a second list.
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    for id in &many {
        world.edit("cc/move-lists", &json!({"contact": id, "add": ["Events"]}));
    }
    soon(&world, "tags are under way", || world.calls_of(Method::Post, "/api/ContactTag") > 5).await;
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    let waited = waits(&world, &bob, "Bob").await;
    assert!(waited < Duration::from_secs(10), "behind tags: {waited:?}");
    settle(&world, "all have their tags").await;
    world.finish().await;
}

/// Other hosts hang, and the places for ordinary calls are taken: a turn that waited for one looked at no opt-out for a minute.
#[actix::test]
async fn w6_a_call_that_finds_no_place_stands_before_no_opt_out() {
    let world = World::start(&Setup { poll_every: "10s", ..quick() }).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    world.tripwire.crowd().await;
    world.edit("cc/move-lists", &json!({"contact": bob, "add": ["Events"]}));
    // The next poll of changes waits for a place by now.
    world.pass(Duration::from_secs(11)).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    let began = world.now();
    soon(&world, "Ann is out", || opted_in(&world, "Ann") == [false]).await;
    let waited = world.now().since(began);
    assert!(waited < Duration::from_secs(30), "a poll, and no minute for a place: {waited:?}");
    let lists = world.subject(&bob).unwrap().cc.lists.len();
    assert_eq!(lists, 1, "a poll of changes found no place");
    world.finish_differing().await;
}
