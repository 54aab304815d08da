//! What users of others' syncs complain about, as it would happen to Tandem. Number and name are those of the table in
//! `docs/ARCHITECTURE.md`, where complaints that other tests answer stand, too.

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::{Cause, State, Stream},
    operator::questions::{customer_list::CustomerList, customer_show::CustomerShow},
    transport::Method,
};

use crate::{
    scene::{
        address, calm, cc_writes, contact, contacts, donor, in_cc, linked, named, named_with, opted_in,
        opted_in_by_staff, quick, settle, standing, tags,
    },
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

#[actix::test]
async fn complaint_02_an_unsubscribe_leaves_a_sign_in_the_crm() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "unsubscribed").await;
    assert_eq!((opted_in(&world, "Ann"), tags(&world, &ann)), (vec![false], Vec::new()));
    let shown = contact(&world, &ann).await;
    assert!(shown["timeline"].to_string().contains("P1"), "{shown}");
    world.finish().await;
}

#[actix::test]
async fn complaint_04_the_flag_and_the_membership_are_two_things() {
    // Here Constant Contact keeps the lists of those who unsubscribe.
    let constant_contact = json!({"unsubscribe_strips_lists": false});
    let world = World::start(&Setup { constant_contact, ..quick() }).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.edit("cc/move-lists", &json!({"contact": bob, "remove": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": bob, "first_name": "Bob"}));
    settle(&world, "one of each").await;
    assert_eq!(
        (opted_in(&world, "Ann"), tags(&world, &ann)),
        (vec![false], vec!["CC: Newsletter".to_owned()])
    );
    assert_eq!((opted_in(&world, "Bob"), tags(&world, &bob)), (vec![true], Vec::new()));
    world.finish().await;
}

#[actix::test]
async fn complaint_05_one_list_left_unsubscribes_from_nothing() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter", "Events"]).await;
    world.edit("cc/move-lists", &json!({"contact": ann, "remove": ["Events"]}));
    settle(&world, "left").await;
    world.pass(HOUR).await;
    assert_eq!(
        (opted_in(&world, "Ann"), tags(&world, &ann)),
        (vec![true], vec!["CC: Newsletter".to_owned()])
    );
    world.edit("cc/move-lists", &json!({"contact": ann, "remove": ["Newsletter"]}));
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), tags(&world, &ann)), (vec![true], Vec::new()));
    assert!(!in_cc(&world, &ann).is_unsubscribed() && cc_writes(&world) == 0);
    world.finish().await;
}

#[actix::test]
async fn complaint_08_new_subscribers_are_not_flipped_back() {
    // Imports opt everybody out here, which is read as news, again and again, by a sync that takes it for a wish.
    let virtuous = json!({"import_opt_in_default": false, "import_flips_opt_in": true});
    let world = World::start(&Setup { virtuous, ..quick() }).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let writes = world.writes();
    world.pass(50 * MINUTE).await;
    assert_eq!((world.writes(), opted_in(&world, "Ann")), (writes, vec![true]));
    assert!(!in_cc(&world, &ann).is_unsubscribed());
    world.finish().await;
}

#[actix::test]
async fn complaint_09_an_opt_out_that_was_pushed_can_be_undone_by_the_person() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world.until("Constant Contact is told", HOUR, |world| in_cc(world, &ann).is_unsubscribed()).await;
    world.pass(10 * MINUTE).await;
    world.edit("cc/resubscribe", &json!({"contact": ann, "proof": "confirmed"}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(HOUR).await;
    assert_eq!(opted_in(&world, "Ann"), [true], "{}", world.describe());
    assert!(!in_cc(&world, &ann).is_unsubscribed());
    let writes = world.writes();
    world.pass(50 * MINUTE).await;
    assert_eq!(world.writes(), writes, "and stays so");
    world.finish().await;
}

#[actix::test]
async fn complaint_11_who_unsubscribed_her_is_on_record() {
    let world = World::start(&quick()).await;
    let (ann, bob) = (linked(&world, "Ann", &[]).await, linked(&world, "Bob", &[]).await);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.edit("virtuous/opt-out", &json!({"contact": bob}));
    world.until("Constant Contact is told", HOUR, |world| in_cc(world, &bob).is_unsubscribed()).await;
    settle(&world, "both").await;
    let timeline = |shown: serde_json::Value| shown["timeline"].to_string();
    let (ann, bob) = (contact(&world, &ann).await, contact(&world, &bob).await);
    let (by_cc, by_staff) = (Cause::UnsubscribedInCc.text(), Cause::OptedOutInVirtuous.text());
    let (ann, bob) = (timeline(ann), timeline(bob));
    assert!(ann.contains(by_cc) && !ann.contains(by_staff), "{ann}");
    assert!(bob.contains(by_staff), "{bob}");
    world.finish().await;
}

#[actix::test]
async fn complaint_13_an_address_changed_in_the_crm_makes_no_second_subscriber() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let before = world.simulator().constant_contact.account(HOPE).unwrap().roster.len();
    let home = world.referenced(&ann).unwrap().id;
    world.edit("virtuous/email", &json!({"contact": ann, "email": "ann@elsewhere.example.org"}));
    world.pass(6 * HOUR).await;
    assert_eq!(world.simulator().constant_contact.account(HOPE).unwrap().roster.len(), before);
    assert_eq!(world.referenced(&ann).map(|held| held.id), Some(home), "the link holds");
    assert_eq!(contacts(&world), 1, "and nobody was created");
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(HOUR).await;
    assert_eq!(tags(&world, &ann), ["CC: Events", "CC: Newsletter"], "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn complaint_14_long_endings_of_domains_are_addresses() {
    let world = World::start(&quick()).await;
    let new = named_with("Ann", &json!({"email": "ann@hope.foundation"}));
    let ann = world.subscribe(&new, &["Newsletter"]);
    settle(&world, "created").await;
    assert_eq!((world.state(&ann), world.opt_ins("ann@hope.foundation")), (Some(State::InSync), vec![true]));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "opted out").await;
    assert_eq!(world.opt_ins("ann@hope.foundation"), [false]);
    world.finish().await;
}

#[actix::test]
async fn complaint_18_who_was_archived_in_the_crm_does_not_come_back() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    world.edit("virtuous/archive", &json!({"contact": ann}));
    world.pass(HOUR).await;
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
    world.pass(6 * HOUR).await;
    assert_eq!(contacts(&world), 1);
    let held = world.referenced(&ann).unwrap();
    assert!(held.archived && world.tags(&held) == ["CC: Newsletter"], "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn complaint_24_changes_within_the_second_of_the_checkpoint_are_seen() {
    let world = World::start(&quick()).await;
    let mut ids = Vec::new();
    for number in 0..24 {
        ids.push(linked_quietly(&world, number));
    }
    settle(&world, "all").await;
    world.pass(5 * MINUTE).await;
    // Somebody leaves at every quarter of every second around several polls.
    for id in &ids {
        for _ in 0..4 {
            world.pass(Duration::from_millis(1_250)).await;
        }
        world.edit("cc/unsubscribe", &json!({"contact": id}));
    }
    world.pass(2 * MINUTE).await;
    for number in 0..24 {
        assert_eq!(opted_in(&world, &format!("P{number}")), [false], "{number}: {}", world.describe());
    }
    world.until_settled("tags follow", HOUR).await;
    world.finish().await;
}

/// A subscriber who is not waited for.
fn linked_quietly(world: &World, number: u32) -> String {
    world.subscribe(&named(&format!("P{number}")), &["Newsletter"])
}

#[actix::test]
async fn complaint_27_many_unsubscribes_at_once_all_arrive() {
    let world = World::synced(&Setup::new(300, 27)).await;
    let gone = world.edit("cc/unsubscribe", &json!({"count": 150}));
    world.pass(10 * MINUTE).await;
    world.until_settled("all of them", 2 * HOUR).await;
    assert!(world.record().brake.held.is_none(), "a person's own unsubscribe is not braked");
    let owed = gone.iter().filter(|id| world.subject(id).is_some_and(|it| it.opt_out_owed_since.is_some()));
    assert_eq!((gone.len(), owed.count()), (150, 0));
    world.finish().await;
}

#[actix::test]
async fn complaint_28_what_others_change_by_api_is_seen() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann, "by": "Account"}));
    settle(&world, "by another integration").await;
    assert_eq!(opted_in(&world, "Ann"), [false]);
    world.finish().await;
}

#[actix::test]
async fn complaint_29_a_move_of_lists_that_touches_no_date_is_seen() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let before = in_cc(&world, &ann).updated_at;
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Press"], "remove": ["Newsletter"]}));
    assert_eq!(in_cc(&world, &ann).updated_at, before);
    world.pass(30 * MINUTE).await;
    assert_eq!(tags(&world, &ann), ["CC: Press"], "{}", world.describe());
    world.finish().await;
}

#[actix::test]
async fn complaint_31_a_new_start_keeps_its_checkpoints() {
    let setup = calm();
    let world = World::start(&setup).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let upto = |world: &World| {
        let of = |stream| world.app.deps.store.of(world.record().number).cursor(stream).unwrap().upto;
        [Stream::Changes, Stream::OptOuts].map(of)
    };
    let (before, writes) = (upto(&world), world.writes());
    assert!(before.iter().all(Option::is_some));
    let world = world.restarted(&setup).await;
    assert!(upto(&world) >= before, "a checkpoint went back");
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "after the new start").await;
    // The opt-out and the tag that goes with it, and nothing again that was done before.
    assert_eq!((opted_in(&world, "Ann"), world.writes() - writes), (vec![false], 2));
    world.finish().await;
}

#[actix::test]
async fn complaint_34_a_selected_list_that_is_deleted_breaks_no_answer() {
    let more = "[mapping]\nonly_lists = [\"Press\", \"Events\"]\n";
    let world = World::start(&Setup { more, ..quick() }).await;
    let ann = world.subscribe(&named("Ann"), &["Press"]);
    world.pass(HOUR).await;
    assert!(world.referenced(&ann).is_some());
    world.control("cc/delete-list", &json!({"list": "Press"}));
    world.pass(HOUR).await;
    assert_eq!(
        (tags(&world, &ann), opted_in(&world, "Ann")),
        (Vec::new(), vec![true]),
        "{}",
        world.describe()
    );
    assert!(contact(&world, &ann).await["state"].is_string());
    assert!(world.plan().await["update"].is_u64() && world.work().await["states"].is_object());
    let bob = world.subscribe(&named("Bob"), &["Events"]);
    world.pass(HOUR).await;
    assert!(world.referenced(&bob).is_some(), "the other list goes on");
    world.finish_differing().await;
}

#[actix::test]
async fn complaint_35_names_that_differ_in_case_only_stay_two_lists() {
    let world = World::start(&calm()).await;
    world.control("cc/add-list", &json!({"name": "newsletter"}));
    world.pass(DAY + HOUR).await;
    world.staff_add(&donor("Ann"));
    world.staff_add(&donor("Bob"));
    let ann = world.subscribe(&named("Ann"), &["newsletter"]);
    let bob = world.subscribe(&named("Bob"), &["Newsletter"]);
    world.pass(2 * HOUR).await;
    // Nobody makes a tag that differs in case only, and nobody gets the tag of the other list: staff are told.
    assert_eq!(tags(&world, &bob), ["CC: Newsletter"], "{}", world.describe());
    assert_eq!(standing(&world, &ann), Some((State::Held, Cause::TagMissing)));
    assert_eq!(tags(&world, &ann), Vec::<String>::new());
    assert_eq!(world.work().await["missing_tags"], json!(["CC: newsletter"]));
    let writes = world.writes();
    world.pass(6 * HOUR).await;
    assert_eq!(world.writes(), writes);
    world.finish_differing().await;
}

#[actix::test]
async fn complaint_40_everybody_who_is_not_in_step_has_a_rule_and_a_reason() {
    let world = World::start(&quick()).await;
    let pending = json!({"permission": "pending_confirmation"});
    let ids = [
        world.subscribe(&named_with("Bea", &pending), &[]),
        world.subscribe(&json!({"email": "fay@example.com"}), &[]),
        world.subscribe(&json!({"first_name": "Gus"}), &[]),
        world.subscribe(&named_with("Eve", &json!({"permission": "unsubscribed"})), &[]),
    ];
    settle(&world, "all are placed").await;
    for id in &ids {
        let shown = contact(&world, id).await;
        assert_ne!(shown["state"], "in_sync", "{shown}");
        for key in ["rule", "reason", "next"] {
            assert!(!shown[key].as_str().unwrap().is_empty(), "{key} in {shown}");
        }
        assert_eq!(shown["rule"].as_str().unwrap().len(), 2, "{shown}");
    }
    // By address, too, however it is written.
    let shown = contact(&world, &address("Bea").to_uppercase()).await;
    assert_eq!(shown["id"], json!(ids[0]));
    world.finish().await;
}

#[actix::test]
async fn complaint_41_nothing_changed_and_every_count_stays() {
    let world = World::synced(&Setup { poll_every: "15m", query_every: "1h", ..Setup::new(60, 41) }).await;
    let (counts, planned, writes) = (world.counts_of(HOPE).states, world.plan().await, world.writes());
    world.pass(DAY).await;
    assert_eq!((world.counts_of(HOPE).states, world.writes()), (counts, writes));
    let again = world.plan().await;
    for key in ["create", "update", "opt_out", "opt_in", "tag", "untag", "held", "review", "excluded"] {
        assert_eq!(again[key], planned[key], "{key}");
    }
    world.finish().await;
}

#[actix::test]
async fn complaint_42_what_differs_is_shown_for_one_person_and_for_all() {
    let world = World::start(&quick()).await;
    let ann = opted_in_by_staff(&world, "Ann").await;
    let shown = contact(&world, &ann).await;
    let facets: Vec<&str> =
        shown["differences"].as_array().unwrap().iter().filter_map(|one| one["facet"].as_str()).collect();
    assert_eq!(facets, ["consent"], "{shown}");
    assert!(!shown["rows"].as_array().unwrap().is_empty());
    assert_eq!(world.plan().await["review"].as_u64(), Some(1));
    assert_eq!(world.work().await["reviews"][0]["id"], json!(ann));
    world.finish_differing().await;
}

#[actix::test]
async fn complaint_43_a_customer_who_stands_still_is_named_with_the_reason() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.control("virtuous/revoke-key", &json!({"key": "key-hope"}));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("paused", HOUR, |world| world.record().pause.is_some()).await;
    let customers = world.ask(CustomerList {}).await.unwrap().to_string();
    assert!(customers.contains(HOPE) && customers.contains("paused"), "{customers}");
    let one = world.ask(CustomerShow { customer: HOPE.parse().unwrap() }).await.unwrap();
    assert!(one["pause"]["reason"].as_str().unwrap().contains("virtuous refuses the key"), "{one}");
    assert_eq!(world.calls_of(Method::Delete, "/api/Contact/{id}"), 0);
    assert_eq!(standing(&world, &ann).map(|found| found.0), Some(State::Pending));
    world.finish_differing().await;
}
