//! B1 to B3, V1 and V2: brake, dry run, failures, confirmation.

use serde_json::json;
use tandem::{
    domain::{Cause, State},
    operator::Verb,
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
    transport::Method,
};

use crate::{
    scene::{
        calm, cc_writes, contacts, donor, in_cc, linked, named, named_with, opted_in, quick, settle, tags,
        until,
    },
    world::{DAY, HOUR, MINUTE, Setup, World},
};

/// Six people on a list, in a world whose brake lets no more than two through.
async fn six_with_a_tight_brake() -> (World, Vec<String>) {
    let more = "[brake]\nshare = 0.01\nfloor = 2\n";
    let world = World::start(&Setup { more, ..quick() }).await;
    let names = ["Ann", "Bob", "Cid", "Dee", "Eve", "Fay"];
    let ids = names.map(|first| world.subscribe(&named(first), &["Newsletter"])).to_vec();
    settle(&world, "all six").await;
    world.pass(3 * MINUTE).await;
    (world, ids)
}

async fn accept_brake(world: &World) {
    world.decide(Verb::Accept, "brake", None).await.unwrap();
}

#[actix::test]
async fn b1_many_tags_or_deletions_wait_for_a_person_and_an_unsubscribe_never() {
    let (world, ids) = six_with_a_tight_brake().await;
    world.control("cc/delete-list", &json!({"list": "Newsletter"}));
    world.until("the brake holds", HOUR, |world| world.record().brake.held.is_some()).await;
    world.edit("cc/unsubscribe", &json!({"contact": ids[0]}));
    world.pass(HOUR).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "a person's own unsubscribe goes through");
    for id in &ids[1..] {
        assert_eq!(tags(&world, id), ["CC: Newsletter"]);
    }
    assert_eq!(world.work().await["brake"]["count"].as_u64(), Some(5));
    accept_brake(&world).await;
    settle(&world, "accepted").await;
    assert!(ids.iter().all(|id| tags(&world, id).is_empty()));
    world.finish().await;
    let (world, ids) = six_with_a_tight_brake().await;
    for id in &ids[..4] {
        world.edit("cc/delete", &json!({"contact": id}));
    }
    world.until("the brake holds", HOUR, |world| world.record().brake.held.is_some()).await;
    world.pass(HOUR).await;
    for first in ["Ann", "Bob", "Cid", "Dee"] {
        assert_eq!(opted_in(&world, first), [true]);
    }
    accept_brake(&world).await;
    settle(&world, "accepted").await;
    for first in ["Ann", "Bob", "Cid", "Dee"] {
        assert_eq!(opted_in(&world, first), [false]);
    }
    world.finish().await;
}

#[actix::test]
async fn b1_opt_outs_of_virtuous_that_come_together_wait_beyond_the_mark() {
    let (world, ids) = six_with_a_tight_brake().await;
    for id in &ids[..5] {
        world.control("virtuous/opt-out", &json!({"contact": id}));
    }
    world.until("the brake holds", HOUR, |world| world.record().brake.held.is_some()).await;
    world.pass(HOUR).await;
    let told = |world: &World| ids.iter().filter(|id| in_cc(world, id).is_unsubscribed()).count();
    assert_eq!(told(&world), 2, "up to the mark they go at once; {}", world.describe());
    let brake = world.work().await["brake"].clone();
    assert_eq!(brake["count"].as_u64(), Some(3), "{brake}");
    let reason = brake["reason"].as_str().unwrap();
    assert!(reason.contains("2 more within the last day; 3: opted out in Virtuous by staff"), "{reason}");
    // Never braked: the person's own unsubscribe.
    world.edit("cc/unsubscribe", &json!({"contact": ids[5]}));
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Fay"), told(&world)), (vec![false], 3));
    accept_brake(&world).await;
    settle(&world, "accepted").await;
    assert_eq!(told(&world), 6);
    // A person decided, and the day's count begins anew.
    assert_eq!(world.record().brake.done_lately(world.now()), 0);
    world.finish().await;
}

#[actix::test]
async fn b2_the_dry_run_counts_what_is_then_done_and_writes_nothing() {
    let (world, ids) = six_with_a_tight_brake().await;
    world.control("cc/delete-list", &json!({"list": "Newsletter"}));
    world.until("the brake holds", HOUR, |world| world.record().brake.held.is_some()).await;
    let writes = world.writes();
    let planned = world.plan().await;
    assert_eq!(world.writes(), writes);
    assert_eq!((planned["update"].as_u64(), planned["untag"].as_u64()), (Some(6), Some(6)), "{planned}");
    assert!(
        !planned["samples"].as_array().unwrap().is_empty()
            && !planned["reasons"].as_array().unwrap().is_empty()
    );
    accept_brake(&world).await;
    settle(&world, "accepted").await;
    assert_eq!(world.writes() - writes, ids.len());
    assert_eq!(world.plan().await["update"].as_u64(), Some(0));
    world.finish().await;
}

#[actix::test]
async fn b3_one_persons_refusal_stops_nobody_and_is_a_dead_letter() {
    let world = World::start(&quick()).await;
    let (ann, bob) = (linked(&world, "Ann", &[]).await, linked(&world, "Bob", &[]).await);
    let refused = FaultKind::Status { status: 400, body: ErrorBody::Message };
    let refused = Fault { method: Some("POST".to_owned()), ..Fault::once(System::Virtuous, refused) };
    world.fault(Fault { remaining: Some(1), ..refused.on("/api/ContactTag") });
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    until(&world, &ann, State::Failed, Cause::Refused).await;
    world.edit("cc/move-lists", &json!({"contact": bob, "add": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": bob, "first_name": "Bob"}));
    world.pass(10 * MINUTE).await;
    assert_eq!(tags(&world, &bob), ["CC: Newsletter"]);
    let letters = world.work().await["dead_letters"].clone();
    assert_eq!(letters[0]["subject"], json!(ann), "{letters}");
    assert!(letters[0]["response"].as_str().unwrap().contains("400"), "{letters}");
    // A passing failure is tried again, by itself.
    let passing = FaultKind::Status { status: 500, body: ErrorBody::Html };
    world.fault(Fault { remaining: Some(3), ..Fault::once(System::Virtuous, passing) });
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    world.until("tried again", 2 * HOUR, |world| opted_in(world, "Bob") == [false]).await;
    world.finish_differing().await;
}

#[actix::test]
async fn v1_submitted_is_not_done_and_after_three_days_a_person_is_asked() {
    let virtuous = json!({"import_waits_for_person": true});
    let setup = Setup { virtuous, lookup_after: "24h", poll_every: "1h", query_every: "4h", ..quick() };
    let world = World::start(&setup).await;
    let ann = world.subscribe(&named("Ann"), &[]);
    world.until("sent", 6 * HOUR, |world| world.state(&ann) == Some(State::Submitted)).await;
    world.pass(60 * HOUR).await;
    assert_eq!(world.state(&ann), Some(State::Submitted));
    world.pass(20 * HOUR).await;
    until(&world, &ann, State::Review, Cause::WaitingInImports).await;
    world.control("virtuous/import", &json!({}));
    world.pass(DAY).await;
    assert_eq!((world.state(&ann), contacts(&world)), (Some(State::InSync), 1), "{}", world.describe());
    let sent = |pattern| world.calls_of(Method::Post, pattern);
    assert_eq!(sent("/api/Contact/Transaction") + sent("/api/Contact/Batch"), 1, "sent once");
    world.finish().await;
}

#[actix::test]
async fn v2_what_changed_in_virtuous_is_found_by_the_query() {
    let world = World::start(&Setup { query_every: "4h", ..calm() }).await;
    world.staff_add(&donor("Ann"));
    let ann = world.subscribe(&named_with("Ann", &json!({"permission": "explicit"})), &[]);
    world.pass(9 * HOUR).await;
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world.pass(5 * HOUR).await;
    assert!(in_cc(&world, &ann).is_unsubscribed(), "{}", world.describe());
    world.finish().await;
}

#[actix::test]
async fn v3_what_no_event_date_or_count_shows_is_found_by_the_next_whole_reading() {
    let silent = json!({"method_bumps_contact": false, "method_fires": false});
    let setup = Setup {
        virtuous: silent,
        reconcile_every: "4d",
        poll_every: "2h",
        query_every: "4h",
        cc: "sweep_every = \"90d\"",
        ..calm()
    };
    let world = World::start(&setup).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    // The query reaches a day back from the newest change that it saw.
    world.pass(2 * DAY).await;
    world.staff_add(&donor("Pat"));
    world.pass(9 * HOUR).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    let (writes, calls) = (world.writes(), cc_writes(&world));
    let known = world.subject(&bob);
    world.until("it is found", 8 * DAY, |world| in_cc(world, &ann).is_unsubscribed()).await;
    settle(&world, "and in step").await;
    let drift = world.record().reading.unwrap().virtuous.drift;
    assert_eq!((drift.consent, drift.segments), (1, 0), "the whole reading found it");
    // The opt-out, and the tag that goes with it. For the subscriber in step nothing is written on any side.
    assert_eq!((world.writes() - writes, cc_writes(&world) - calls), (2, 1));
    assert_eq!((tags(&world, &bob), world.subject(&bob)), (vec!["CC: Newsletter".to_owned()], known));
    world.finish().await;
}
