//! B4: what one value or one person does stays with it.

use serde_json::json;
use tandem::{
    domain::{Cause, Rule, State},
    simulator::constant_contact::FieldSeed,
    store::engine::Changes,
};

use crate::{
    scene::{contacts, linked, opted_in, quick, settle, tags},
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
