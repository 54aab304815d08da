//! E1 to E5: what counts as evidence of anything.

use serde_json::{Value, json};
use tandem::{
    domain::State,
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
    transport::Method,
};

use crate::{
    full::is_full_run,
    scene::{linked, opted_in, quick, settle, tags},
    world::{DAY, HOUR, MINUTE, Setup, World},
};

/// A page of something between Tandem and an API, until it is lifted.
fn gateway(system: System, status: u16) -> Fault {
    let kind = FaultKind::Status { status, body: ErrorBody::Html };
    Fault { remaining: None, ..Fault::once(system, kind) }
}

fn lift(world: &World) {
    world.simulator().virtuous.faults.clear();
    world.simulator().constant_contact.faults.clear();
}

#[actix::test]
async fn e4_a_gateways_page_on_an_opt_out_is_no_dead_letter() {
    let world = World::start(&quick()).await;
    for status in [302, 400, 404, 405] {
        let first = format!("Ann{status}");
        let ann = linked(&world, &first, &[]).await;
        let page = gateway(System::Virtuous, status);
        world.fault(Fault { method: Some("PUT".to_owned()), ..page.on("/api/ContactMethod") });
        world.edit("cc/unsubscribe", &json!({"contact": ann}));
        world.pass(HOUR).await;
        assert_eq!(opted_in(&world, &first), [true], "{status}");
        assert_eq!(world.count(State::Failed), 0, "{status}: {}", world.describe());
        assert!(world.subject(&ann).unwrap().opt_out_owed_since.is_some(), "{status}");
        lift(&world);
        world.until("the opt-out is written", 7 * MINUTE, |world| opted_in(world, &first) == [false]).await;
    }
    world.finish().await;
}

#[actix::test]
async fn e4_a_gateways_404_deletes_nobody() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.fault(gateway(System::ConstantContact, 404).on("/v3/contacts"));
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world.pass(HOUR).await;
    let subject = world.subject(&ann).unwrap();
    assert_eq!((subject.cc.deletion, opted_in(&world, "Ann")), (None, vec![false]));
    lift(&world);
    world.edit("virtuous/opt-in", &json!({"contact": ann}));
    world.pass(HOUR).await;
    assert_eq!(world.subject(&ann).unwrap().cc.deletion, None);
    world.finish_differing().await;
}

#[actix::test]
async fn e4_a_gateways_refusal_pauses_nobody() {
    if !is_full_run() {
        return;
    }
    for (system, path, status) in [
        (System::ConstantContact, "/v3/contacts", 403),
        (System::ConstantContact, "/v3/contacts", 401),
        (System::ConstantContact, "/oauth2", 403),
        (System::Virtuous, "/api/", 403),
        (System::Virtuous, "/api/", 401),
    ] {
        let world = World::start(&quick()).await;
        let ann = linked(&world, "Ann", &[]).await;
        world.fault(gateway(system, status).on(path));
        world.pass(3 * HOUR).await;
        assert!(world.record().pause.is_none(), "{path} {status}: {:?}", world.record().pause);
        lift(&world);
        world.edit("cc/unsubscribe", &json!({"contact": ann}));
        settle(&world, "goes on by itself").await;
        assert_eq!(opted_in(&world, "Ann"), [false], "{path} {status}");
        world.finish().await;
    }
}

/// Changes how reliable the answers of Virtuous are.
fn unreliable(world: &World, how: &Value) {
    world.control("virtuous/unreliable", how);
}

/// A world whose events make Tandem read a contact right after each of its writes.
fn watched() -> Setup {
    Setup { query_every: "2m", ..quick() }
}

/// (1), (2): reads that lag behind Tandem's own tags move nobody in Constant Contact.
#[actix::test]
async fn e1_a_late_reading_of_a_tag_moves_nobody_in_constant_contact() {
    if !is_full_run() {
        return;
    }
    for lag_ms in [50, 2_000, 60_000, 20 * 60_000] {
        let world = World::start(&watched()).await;
        let ann = linked(&world, "Ann", &["Newsletter"]).await;
        unreliable(&world, &json!({"lag_ms": lag_ms}));
        world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"], "remove": ["Newsletter"]}));
        world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
        world.until("both tags", HOUR, |world| tags(world, &ann) == ["CC: Events"]).await;
        world.pass(3 * HOUR).await;
        assert_eq!(tags(&world, &ann), ["CC: Events"], "{lag_ms}: {}", world.describe());
        assert_eq!(world.cc_calls_of("POST", "/activities/add_list_memberships"), 0, "{lag_ms}");
        assert_eq!(world.cc_calls_of("POST", "/activities/remove_list_memberships"), 0, "{lag_ms}");
        assert!(world.calls_of(Method::Post, "/api/ContactTag") <= 4, "{lag_ms}");
        unreliable(&world, &json!({}));
        settle(&world, "an honest world again").await;
        world.finish().await;
    }
}

/// (3), (4): reads that lag behind an opt-in or opt-out are no person's wish.
#[actix::test]
async fn e1_a_late_reading_of_an_opt_in_unsubscribes_nobody_and_asks_nobody() {
    if !is_full_run() {
        return;
    }
    for lag_ms in [60, 90_000, 25 * 60_000] {
        let world = World::start(&watched()).await;
        let ann = linked(&world, "Ann", &[]).await;
        unreliable(&world, &json!({"lag_ms": lag_ms}));
        world.edit("cc/unsubscribe", &json!({"contact": ann}));
        world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
        for _ in 0..20 {
            world.pass(4 * MINUTE).await;
            assert_ne!(world.state(&ann), Some(State::Review), "{lag_ms}: {}", world.describe());
        }
        world.edit("cc/resubscribe", &json!({"contact": ann, "proof": "confirmed"}));
        world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
        world.until("opted in again", HOUR, |world| opted_in(world, "Ann") == [true]).await;
        world.pass(3 * HOUR).await;
        assert_eq!(world.cc_calls_of("PUT", "/contacts/{contact_id}"), 0, "{lag_ms}: {}", world.describe());
        unreliable(&world, &json!({}));
        settle(&world, "an honest world again").await;
        assert_eq!((opted_in(&world, "Ann"), world.state(&ann)), (vec![true], Some(State::InSync)));
        world.finish().await;
    }
}

/// (6), (7): parts that are left out of every answer mean nothing: nobody leaves a list, and an opt-out beside them arrives.
#[actix::test]
async fn e2_what_answers_leave_out_moves_nobody() {
    let world = World::start(&watched()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    for part in ["tags", "references", "fields", "individuals", "private"] {
        unreliable(&world, &json!({"gaps": {"per_mille": 1000, "part": part}}));
        world.edit("virtuous/note", &json!({"contact": ann, "reason": "a call"}));
        world.edit("cc/edit", &json!({"contact": ann, "first_name": part}));
        world.pass(HOUR).await;
        assert_eq!(world.cc_calls_of("POST", "/activities/remove_list_memberships"), 0, "{part}");
        assert_eq!(tags(&world, &ann), ["CC: Newsletter"], "{part}: {}", world.describe());
    }
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    unreliable(&world, &json!({}));
    settle(&world, "an honest world again").await;
    world.finish().await;
}

/// (10): a tag that Virtuous does not put on is not read as taken off by staff, and is tried at a slower and slower pace.
#[actix::test]
async fn e3_s4_a_tag_without_effect_leaves_no_list_and_is_tried_ever_more_slowly() {
    if !is_full_run() {
        return;
    }
    let world = World::start(&watched()).await;
    let ann = linked(&world, "Ann", &[]).await;
    unreliable(&world, &json!({"tags_without_effect": true}));
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(DAY).await;
    let tries = world.calls_of(Method::Post, "/api/ContactTag");
    assert!((1..=8).contains(&tries), "{tries} tries in a day");
    assert_eq!(world.cc_calls_of("POST", "/activities/remove_list_memberships"), 0);
    unreliable(&world, &json!({}));
    world.pass(DAY).await;
    assert_eq!(tags(&world, &ann), ["CC: Newsletter"], "{}", world.describe());
    world.finish().await;
}

/// (2), (10): a tag that Virtuous never put on, or never took off, is no doing of staff.
#[actix::test]
async fn s4_e1_a_tag_without_effect_is_not_read_as_staffs() {
    let world = World::start(&watched()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    unreliable(&world, &json!({"tags_without_effect": true}));
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"], "remove": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(2 * HOUR).await;
    assert_eq!(tags(&world, &ann), ["CC: Newsletter"]);
    assert_eq!(world.cc_calls_of("POST", "/activities/add_list_memberships"), 0, "{}", world.describe());
    assert_eq!(world.cc_calls_of("POST", "/activities/remove_list_memberships"), 0, "{}", world.describe());
    unreliable(&world, &json!({}));
    world.until("written after all", 2 * HOUR, |world| tags(world, &ann) == ["CC: Events"]).await;
    settle(&world, "an honest world again").await;
    world.finish().await;
}

/// (11): an opt-out whose answer still shows the old value was not written: tried again within six minutes, and nobody's doing.
#[actix::test]
async fn e1_an_opt_out_without_effect_is_not_done() {
    let world = World::start(&watched()).await;
    let ann = linked(&world, "Ann", &[]).await;
    unreliable(&world, &json!({"methods_without_effect": true}));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(2 * HOUR).await;
    let tries = world.calls_of(Method::Put, "/api/ContactMethod/{id}");
    assert!((10..=60).contains(&tries), "{tries} tries in two hours");
    assert!(world.subject(&ann).unwrap().opt_out_owed_since.is_some(), "{}", world.describe());
    assert_ne!(world.state(&ann), Some(State::Review));
    unreliable(&world, &json!({}));
    world.until("written", 7 * MINUTE, |world| opted_in(world, "Ann") == [false]).await;
    settle(&world, "an honest world again").await;
    world.finish().await;
}

/// (12): a conflict on a tag says nothing of whether the tag is on.
#[actix::test]
async fn s5_a_conflict_on_a_tag_is_read_and_not_believed() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let conflict = FaultKind::Status { status: 409, body: ErrorBody::Message };
    let conflict = Fault { method: Some("POST".to_owned()), ..Fault::once(System::Virtuous, conflict) };
    world.fault(Fault { remaining: Some(2), ..conflict.on("/api/ContactTag") });
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.until("the tag", HOUR, |world| tags(world, &ann) == ["CC: Newsletter"]).await;
    settle(&world, "the tag is agreed on").await;
    assert_eq!(world.cc_calls_of("POST", "/activities/remove_list_memberships"), 0);
    world.finish().await;
}

/// (16): a 403 speaks of the key: the opt-out is no dead letter, and goes once the permission group is put right.
#[actix::test]
async fn p1_an_opt_out_that_the_keys_permissions_refuse_goes_once_they_are_put_right() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let forbidden = FaultKind::Status { status: 403, body: ErrorBody::Message };
    let forbidden = Fault { remaining: None, ..Fault::once(System::Virtuous, forbidden) };
    world.fault(Fault { method: Some("PUT".to_owned()), ..forbidden.on("/api/ContactMethod") });
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(3 * HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), world.count(State::Failed)), (vec![true], 0));
    lift(&world);
    world.until("written", 7 * MINUTE, |world| opted_in(world, "Ann") == [false]).await;
    world.finish().await;
}

/// P1: an opt-out that is refused is shown as a dead letter, and tried again every hour all the same.
#[actix::test]
async fn p1_a_refused_opt_out_is_a_dead_letter_and_tried_again_every_hour() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let refused = FaultKind::Status { status: 400, body: ErrorBody::Message };
    let refused = Fault { remaining: None, ..Fault::once(System::Virtuous, refused) };
    world.fault(Fault { method: Some("PUT".to_owned()), ..refused.on("/api/ContactMethod") });
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(5 * HOUR).await;
    let tries = world.subject(&ann).unwrap().failure.unwrap().attempts;
    assert!((4..=7).contains(&tries), "{tries} tries in five hours");
    assert_eq!(world.state(&ann), Some(State::Failed));
    assert_eq!(world.work().await["dead_letters"][0]["subject"], json!(ann));
    assert!(world.subject(&ann).unwrap().opt_out_owed_since.is_some());
    lift(&world);
    world.until("written", 61 * MINUTE, |world| opted_in(world, "Ann") == [false]).await;
    settle(&world, "and in step").await;
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    world.finish().await;
}
