//! P6: an address that another living subscriber has now is theirs alone.

use serde_json::json;
use tandem::domain::{Cause, State};

use crate::{
    scene::{
        address, calm, donor, in_cc, linked, named, named_with, notes, opted_in, settle, standing, until,
    },
    world::{DAY, HOUR, World},
};

/// A subscriber is deleted and joins anew at once: the deletion does not opt out the address, and its note does not say so.
#[actix::test]
async fn p6_d1_a_deletion_leaves_the_address_that_another_living_subscriber_has() {
    let world = World::start(&calm()).await;
    let first = linked(&world, "Ann", &[]).await;
    world.edit("cc/delete", &json!({"contact": first}));
    let second = world.subscribe(&named("Ann"), &[]);
    world.pass(2 * DAY).await;
    assert_eq!(opted_in(&world, "Ann"), [true], "{}", world.describe());
    let told = notes(&world, &first);
    assert!(matches!(&told[..], [note] if note.starts_with("Deleted in Constant Contact")), "{told:?}");
    assert!(!told[0].contains("opted out here"), "{told:?}");
    let states = [&first, &second].map(|id| world.state(id));
    assert_eq!(states, [Some(State::InSync); 2], "{}", world.describe());
    assert!(!in_cc(&world, &second).is_unsubscribed());
    world.finish().await;
}

/// The address is on a second contact by then: which one is the new subscriber's is for a person, and the deletion reaches neither.
#[actix::test]
async fn p6_a_deletion_leaves_the_address_on_every_contact() {
    let world = World::start(&calm()).await;
    let first = linked(&world, "Ann", &[]).await;
    world.staff_add(&donor("Ann"));
    world.edit("cc/delete", &json!({"contact": first}));
    let second = world.subscribe(&named("Ann"), &[]);
    world.pass(DAY).await;
    assert_eq!(opted_in(&world, "Ann"), [true, true], "{}", world.describe());
    assert_eq!(standing(&world, &second), Some((State::Review, Cause::SeveralHits)));
    // What the living one wants reaches all of them (P2).
    world.edit("cc/unsubscribe", &json!({"contact": second}));
    world.pass(HOUR).await;
    assert_eq!(opted_in(&world, "Ann"), [false, false], "{}", world.describe());
    world.finish_differing().await;
}

/// Opted out, deleted, and joined anew with proof: what the address shows then is no question about the former subscriber.
#[actix::test]
async fn p6_p5_an_opt_in_of_the_next_subscriber_is_no_evidence_about_the_one_before() {
    let world = World::start(&calm()).await;
    let first = linked(&world, "Ann", &[]).await;
    world.edit("cc/unsubscribe", &json!({"contact": first}));
    world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    world.edit("cc/delete", &json!({"contact": first}));
    world.pass(3 * DAY).await;
    let second = world.subscribe(&named_with("Ann", &json!({"permission": "explicit"})), &[]);
    settle(&world, "the new subscriber").await;
    world.pass(DAY).await;
    assert_eq!(opted_in(&world, "Ann"), [true], "{}", world.describe());
    let states = [&first, &second].map(|id| world.state(id));
    assert_eq!(states, [Some(State::InSync); 2], "{}", world.describe());
    world.finish().await;
}

/// Ann has another address, which cannot be written; Bob has hers now, on the same contact.
async fn handed_on() -> (World, String, String) {
    let world = World::start(&calm()).await;
    world.staff_add(&donor("Zoe"));
    let ann = linked(&world, "Ann", &[]).await;
    world.edit("cc/email", &json!({"contact": ann, "email": address("Zoe")}));
    until(&world, &ann, State::Review, Cause::EmailTaken).await;
    let bob = world.subscribe(&named("Ann"), &[]);
    settle(&world, "the next one has the address").await;
    assert_eq!(world.state(&bob), Some(State::InSync), "{}", world.describe());
    let contacts = [&ann, &bob].map(|id| world.subject(id).unwrap().virtuous.contacts());
    assert_eq!(contacts[0], contacts[1]);
    world.pass(HOUR).await;
    (world, ann, bob)
}

#[actix::test]
async fn p6_an_unsubscribe_reaches_no_former_address_that_another_living_subscriber_has() {
    let (world, ann, bob) = handed_on().await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(DAY).await;
    assert_eq!(opted_in(&world, "Ann"), [true], "{}", world.describe());
    assert!(!in_cc(&world, &bob).is_unsubscribed(), "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn p6_an_opt_out_of_the_address_says_nothing_about_the_subscriber_before() {
    let (world, ann, bob) = handed_on().await;
    world.edit("virtuous/opt-out", &json!({"contact": address("Ann")}));
    world.pass(DAY).await;
    assert!(in_cc(&world, &bob).is_unsubscribed(), "{}", world.describe());
    assert!(!in_cc(&world, &ann).is_unsubscribed(), "{}", world.describe());
    assert_eq!(standing(&world, &ann), Some((State::Review, Cause::EmailTaken)), "{}", world.describe());
    world.finish_differing().await;
}

/// What Tandem opts out for the next subscriber is agreed on for that subscriber alone.
#[actix::test]
async fn p6_an_unsubscribe_of_the_next_subscriber_is_not_agreed_on_for_the_one_before() {
    let (world, ann, bob) = handed_on().await;
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    let agreed = |id: &str| world.subject(id).unwrap().base.consent.map(|agreed| agreed.opted_in);
    assert_eq!((agreed(&ann), agreed(&bob)), (Some(true), Some(false)), "{}", world.describe());
    world.pass(DAY).await;
    assert_eq!(standing(&world, &ann), Some((State::Review, Cause::EmailTaken)), "{}", world.describe());
    assert!(!in_cc(&world, &ann).is_unsubscribed(), "{}", world.describe());
    world.finish_differing().await;
}

/// Ann has another address, which cannot be written, and is unsubscribed. Bob, who has a contact of his own, has her former address,
/// which is on her contact still.
async fn withheld() -> (World, String) {
    let world = World::start(&calm()).await;
    world.staff_add(&donor("Zoe"));
    let ann = linked(&world, "Ann", &[]).await;
    world.edit("cc/email", &json!({"contact": ann, "email": address("Zoe")}));
    until(&world, &ann, State::Review, Cause::EmailTaken).await;
    let bob = linked(&world, "Bob", &[]).await;
    world.edit("cc/email", &json!({"contact": bob, "email": address("Ann")}));
    until(&world, &bob, State::Review, Cause::EmailTaken).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(HOUR).await;
    assert_eq!(opted_in(&world, "Ann"), [true], "{}", world.describe());
    (world, bob)
}

#[actix::test]
async fn p6_p2_an_opt_out_is_withheld_no_longer_once_the_next_subscriber_is_out_too() {
    let (world, bob) = withheld().await;
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    world.pass(HOUR).await;
    assert_eq!(
        [opted_in(&world, "Ann"), opted_in(&world, "Bob")],
        [[false], [false]],
        "{}",
        world.describe()
    );
    world.finish_differing().await;
}

#[actix::test]
async fn p6_an_opt_out_is_withheld_no_longer_once_the_next_subscriber_leaves_the_address() {
    let (world, bob) = withheld().await;
    world.edit("cc/email", &json!({"contact": bob, "email": address("Rob")}));
    // An address that changes does not move the contact's date: another edit does.
    world.edit("cc/edit", &json!({"contact": bob, "first_name": "Rob"}));
    world.pass(HOUR).await;
    assert_eq!([opted_in(&world, "Ann"), opted_in(&world, "Rob")], [[false], [true]], "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn p6_an_opt_out_is_withheld_for_consent_alone() {
    let world = World::start(&calm()).await;
    let first = linked(&world, "Ann", &[]).await;
    world.edit("cc/delete", &json!({"contact": first}));
    world.subscribe(&named_with("Ann", &json!({"permission": "not_set"})), &[]);
    world.pass(2 * DAY).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "{}", world.describe());
    world.finish_differing().await;
}
