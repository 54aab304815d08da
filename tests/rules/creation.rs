//! C1 to C5: who gets a contact in Virtuous.

use serde_json::json;
use tandem::{
    domain::{Cause, State},
    operator::questions::import_start::ImportStart,
    transport::Method,
};

use crate::{
    scene::{
        calm, cc_writes, contacts, donor, in_cc, linked, named, named_with, opted_in, quick, settle,
        standing, until,
    },
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

#[actix::test]
async fn c1_only_mailable_people_on_a_selected_list_are_created() {
    let more = "[mapping]\nonly_lists = [\"Newsletter\"]\n";
    let world = World::start(&Setup { more, ..quick() }).await;
    let ann = world.subscribe(&named("Ann"), &["Newsletter"]);
    let bob = world.subscribe(&named("Bob"), &["Press"]);
    let eve = world.subscribe(&named_with("Eve", &json!({"permission": "unsubscribed"})), &[]);
    world.pass(HOUR).await;
    assert!(world.referenced(&ann).is_some(), "{}", world.describe());
    assert_eq!(standing(&world, &bob), Some((State::Excluded, Cause::NotOnSelectedList)));
    assert_eq!(standing(&world, &eve), Some((State::Excluded, Cause::UnsubscribedInCc)));
    assert_eq!(contacts(&world), 1);
    world.edit("cc/move-lists", &json!({"contact": bob, "add": ["Newsletter"]}));
    world.pass(HOUR).await;
    assert!(world.referenced(&bob).is_some(), "{}", world.describe());
    assert_eq!(contacts(&world), 2);
    world.finish_differing().await;
}

#[actix::test]
async fn c2_who_has_not_confirmed_waits_and_who_is_known_still_gets_the_opt_out() {
    let world = World::start(&quick()).await;
    let of = |first: &str, permission: &str| {
        world.subscribe(&named_with(first, &json!({"permission": permission})), &[])
    };
    let waits = of("Bea", "pending_confirmation");
    let hold = [of("Cid", "not_set"), of("Dan", "temp_hold")];
    let nobody = world.subscribe(&json!({"first_name": "Gus", "last_name": "Poe"}), &[]);
    world.staff_add(&donor("Hal"));
    of("Hal", "unsubscribed");
    settle(&world, "everybody is placed").await;
    assert_eq!(standing(&world, &waits), Some((State::Held, Cause::PendingConfirmation)));
    for id in &hold {
        assert_eq!(standing(&world, id), Some((State::Held, Cause::PermissionOnHold)));
    }
    assert_eq!(standing(&world, &nobody), Some((State::Excluded, Cause::NoAddress)));
    assert_eq!((opted_in(&world, "Hal"), contacts(&world)), (vec![false], 1));
    world.edit("cc/permission", &json!({"contact": waits, "permission": "explicit"}));
    world.edit("cc/edit", &json!({"contact": waits, "first_name": "Bea"}));
    settle(&world, "confirmed").await;
    assert!(world.referenced(&waits).is_some());
    world.finish().await;
}

#[actix::test]
async fn c3_without_a_name_held_or_created_with_the_placeholder() {
    let new = json!({"email": "fay@example.com"});
    let world = World::start(&quick()).await;
    let fay = world.subscribe(&new, &[]);
    until(&world, &fay, State::Held, Cause::NoName).await;
    assert_eq!(contacts(&world), 0);
    world.edit("cc/edit", &json!({"contact": fay, "first_name": "Fay"}));
    settle(&world, "now there is a name").await;
    assert!(world.referenced(&fay).is_some());
    world.finish().await;
    let more = "[mapping]\nnameless = { first = \"A\", last = \"Friend\" }\n";
    let world = World::start(&Setup { more, ..quick() }).await;
    let fay = world.subscribe(&new, &[]);
    until(&world, &fay, State::InSync, Cause::Agreed).await;
    let person = world.referenced(&fay).unwrap().individuals.remove(0);
    assert_eq!((&*person.first_name, &*person.last_name), ("A", "Friend"));
    world.finish_differing().await;
}

#[actix::test]
async fn c4_nothing_before_the_start_and_one_submission_a_person() {
    let virtuous = json!({"import_every": 3600});
    let world = World::start(&Setup { auto_start: false, virtuous, ..quick() }).await;
    let ann = world.subscribe(&named("Ann"), &[]);
    world.pass(HOUR).await;
    assert_eq!((world.writes(), world.subjects().len()), (0, 1), "observed only");
    world.ask(ImportStart { customer: HOPE.parse().unwrap(), yes: true }).await.unwrap();
    world.until("sent", HOUR, |world| world.state(&ann) == Some(State::Submitted)).await;
    // Edits meanwhile are no second submission, and are not lost.
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(5 * MINUTE).await;
    settle(&world, "imported").await;
    let sent = |pattern| world.calls_of(Method::Post, pattern);
    assert_eq!(sent("/api/Contact/Transaction") + sent("/api/Contact/Batch"), 1);
    assert_eq!(contacts(&world), 1);
    world.finish().await;
}

#[actix::test]
async fn c5_the_opt_in_of_an_import_is_nobodys_wish() {
    for said in [false, true] {
        let virtuous = json!({"import_opt_in_default": said});
        let world = World::start(&Setup { virtuous, ..quick() }).await;
        let ann = linked(&world, "Ann", &["Newsletter"]).await;
        assert_eq!(opted_in(&world, "Ann"), [true], "the import said {said}");
        world.pass(HOUR).await;
        assert_eq!((cc_writes(&world), world.state(&ann)), (0, Some(State::InSync)));
        // Who unsubscribes while the import has not run is out when it has.
        let bob = world.subscribe(&named("Bob"), &[]);
        world.until("sent", HOUR, |world| world.state(&bob) == Some(State::Submitted)).await;
        world.edit("cc/unsubscribe", &json!({"contact": bob}));
        settle(&world, "the import").await;
        assert_eq!(opted_in(&world, "Bob"), [false], "the import said {said}");
        world.finish().await;
    }
}

/// (19): the import makes the contact opted out, and staff opt out the contact hours later, before Tandem reads it: theirs (P1).
#[actix::test]
async fn c5_p1_an_opt_out_of_staff_before_the_first_reading_is_theirs() {
    let virtuous = json!({"import_opt_in_default": false});
    let setup = Setup { virtuous, query_every: "12h", lookup_after: "12h", ..calm() };
    let world = World::start(&setup).await;
    let (ann, bob) = (world.subscribe(&named("Ann"), &[]), world.subscribe(&named("Bob"), &[]));
    for id in [&ann, &bob] {
        world.until("sent", HOUR, |world| world.state(id) == Some(State::Submitted)).await;
    }
    world.control("virtuous/import", &json!({}));
    world.pass(HOUR).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world.pass(24 * HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), opted_in(&world, "Bob")), (vec![false], vec![true]));
    assert!(in_cc(&world, &ann).is_unsubscribed(), "{}", world.describe());
    assert!(!in_cc(&world, &bob).is_unsubscribed(), "{}", world.describe());
    world.finish_differing().await;
}
