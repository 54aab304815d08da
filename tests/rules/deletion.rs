//! D1 to D3 and N1: who is gone, and what is said about it.

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::State,
    simulator::{
        faults::{Fault, FaultKind, System},
        virtuous::model::NewContact,
    },
    transport::Method,
};

use crate::{
    full::is_full_run,
    scene::{address, calm, cc_writes, donor, linked, named, notes, opted_in, quick, settle, tags},
    world::{DAY, HOUR, MINUTE, Setup, World},
};

#[actix::test]
async fn d1_a_deletion_opts_out_leaves_a_note_and_the_contact_stays() {
    let world = World::start(&quick()).await;
    let contact = NewContact { tags: vec!["Major Donor".to_owned()], ..donor("Ann") };
    let contact = world.staff_add(&contact);
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    world.edit("cc/delete", &json!({"contact": ann}));
    settle(&world, "the deletion").await;
    world.until("the note", HOUR, |world| !notes(world, &ann).is_empty()).await;
    assert_eq!((opted_in(&world, "Ann"), tags(&world, &ann)), (vec![false], vec!["Major Donor".to_owned()]));
    let note = notes(&world, &ann).remove(0);
    assert!(note.contains("2026-11-20") || note.contains("November 20, 2026"), "{note}");
    let held = crate::scene::held(&world, contact);
    assert!(!held.archived && held.merged_into.is_none());
    assert_eq!(world.calls_of(Method::Delete, "/api/Contact/{id}"), 0);
    assert_eq!(cc_writes(&world), 0);
    world.finish().await;
}

#[actix::test]
async fn d2_an_incomplete_sweep_deletes_nobody_and_a_complete_one_does() {
    if !is_full_run() {
        return;
    }
    let cc = "sweep_every = \"6h\"\nlists_every = \"1d\"";
    let setup = Setup { cc, poll_every: "1h", query_every: "1h", ..Setup::new(560, 92) };
    let world = World::synced(&setup).await;
    let gus = world.subscribe(&named("Gus"), &[]);
    world.pass(62 * MINUTE).await;
    world.until_settled("Gus is created", 4 * HOUR).await;
    world.control("cc/erase", &json!({"contact": gus}));
    // Every second page meets an account that has changed since the first.
    let slow = FaultKind::Latency(400_000);
    let slow = Fault { remaining: Some(24), ..Fault::once(System::ConstantContact, slow) };
    world.fault(slow.on("/v3/contacts"));
    for round in 0..70 {
        world.pass(Duration::from_secs(300)).await;
        world.edit("cc/delete", &json!({"count": 1, "seed": round}));
        world.edit("cc/add", &json!({"count": 1}));
        if world.simulator().constant_contact.faults.active().is_empty() {
            break;
        }
        assert_eq!(opted_in(&world, "Gus"), [true], "by an incomplete sweep, in round {round}");
    }
    world.pass(13 * HOUR).await;
    world.until_settled("the account at rest", DAY).await;
    assert_eq!((opted_in(&world, "Gus"), notes(&world, &gus).len()), (vec![false], 1));
    world.finish().await;
}

#[actix::test]
async fn d3_who_is_back_is_mailed_again_only_with_proof() {
    let world = World::start(&calm()).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.edit("cc/delete", &json!({"contact": ann}));
    world.pass(HOUR).await;
    settle(&world, "deleted").await;
    assert_eq!(opted_in(&world, "Ann"), [false]);
    world.pass(5 * MINUTE).await;
    world.edit("cc/revive", &json!({"contact": ann}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), world.state(&ann)), (vec![false], Some(State::Review)));
    // The day of the deletion is all that is known of its date: proof has to come from a later one.
    world.pass(DAY).await;
    world.edit("cc/resubscribe", &json!({"contact": ann, "proof": "confirmed"}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), world.state(&ann)), (vec![true], Some(State::InSync)));
    world.finish().await;
}

/// No contact could be opted out while the deletion stood: it stands for the contact that is found later, as an unsubscribe would.
#[actix::test]
async fn d3_a_deletion_that_no_contact_could_be_told_of_stands_for_the_contact_found_later() {
    let world = World::start(&calm()).await;
    world.staff_add(&donor("Zoe"));
    let nameless = json!({"email": address("Ann"), "permission": "explicit"});
    let ann = world.subscribe(&nameless, &[]);
    settle(&world, "held without a name").await;
    world.edit("cc/delete", &json!({"contact": ann}));
    world.pass(HOUR).await;
    settle(&world, "deleted").await;
    assert!(world.subject(&ann).unwrap().virtuous.contacts().is_empty(), "{}", world.describe());
    world.edit("cc/revive", &json!({"contact": ann}));
    world.edit("cc/email", &json!({"contact": ann, "email": address("Zoe")}));
    world.pass(2 * HOUR).await;
    let found = (opted_in(&world, "Zoe"), world.state(&ann));
    assert_eq!(found, (vec![false], Some(State::Review)), "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn n1_a_note_whose_answer_was_lost_is_written_once() {
    let world = World::start(&calm()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let lost =
        Fault { method: Some("POST".to_owned()), ..Fault::once(System::Virtuous, FaultKind::DropAfter) };
    world.fault(Fault { remaining: Some(1), ..lost.on("/api/ContactNote") });
    world.edit("cc/delete", &json!({"contact": ann}));
    settle(&world, "the deletion").await;
    world.pass(DAY).await;
    assert!(world.simulator().virtuous.faults.active().is_empty(), "the answer was lost");
    assert_eq!(notes(&world, &ann).len(), 1);
    assert_eq!(world.calls_of(Method::Post, "/api/ContactNote"), 1, "searched for instead");
    // The same fact again is no second note, another one is.
    world.edit("cc/revive", &json!({"contact": ann}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(HOUR).await;
    world.edit("cc/delete", &json!({"contact": ann}));
    settle(&world, "deleted again").await;
    world.pass(HOUR).await;
    assert_eq!(notes(&world, &ann).len(), 2);
    world.finish().await;
}
