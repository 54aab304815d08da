//! P2: whom an opt-out reaches. The address gets the mail, wherever it is.

use serde_json::json;
use tandem::{
    domain::{Cause, State, Timestamp},
    operator::Verb,
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        virtuous::{model::NewContact, organisation::Organisation},
    },
    transport::Method,
};

use crate::{
    full::is_full_run,
    scene::{
        address, calm, cc_writes, donor, held, in_cc, individual, linked, named, named_with, opted_in, quick,
        settle, standing, until,
    },
    world::{Choice, DAY, HOPE, HOUR, MINUTE, Setup, World},
};

/// What staff do in Virtuous, which the controls by address cannot.
fn staff<T>(world: &World, edit: impl FnOnce(&mut Organisation, Timestamp) -> T) -> T {
    let now = world.now();
    edit(world.simulator().virtuous.organisation_mut(HOPE).unwrap(), now)
}

/// The ids of the contact's methods, in order.
fn methods(world: &World, contact: i64) -> Vec<i64> {
    held(world, contact).methods().map(|method| method.id).collect()
}

/// A contact of two people with these addresses.
fn two(world: &World, one: &str, other: &str) -> i64 {
    let individuals = vec![individual("Ann", one, true), individual("Bob", other, true)];
    world.staff_add(&NewContact { individuals, ..NewContact::default() })
}

/// (22): the address moved to the other individual of the linked contact.
#[actix::test]
async fn p2_an_opt_out_reaches_the_address_on_another_individual() {
    if !is_full_run() {
        return;
    }
    let world = World::start(&calm()).await;
    let home = two(&world, &address("Ann"), &address("Bob"));
    let ann = linked(&world, "Ann", &[]).await;
    let ids = methods(&world, home);
    staff(&world, |held, now| {
        held.staff_set_value(ids[0], "other@example.org", now);
        held.staff_set_value(ids[1], &address("Ann"), now);
    });
    world.pass(HOUR).await;
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "the opt-out").await;
    assert_eq!((opted_in(&world, "Ann"), world.opt_ins("other@example.org")), (vec![false], vec![true]));
    assert_eq!((world.calls_of(Method::Put, "/api/ContactMethod/{id}"), cc_writes(&world)), (1, 0));
    world.pass(DAY).await;
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    world.finish().await;
}

/// (23): a couple with one address: the opt-out goes to both, an opt-in to the linked individual's alone.
#[actix::test]
async fn p2_an_opt_out_reaches_both_of_a_couple_with_one_address() {
    let world = World::start(&calm()).await;
    two(&world, &address("Ann"), &address("Ann"));
    let ann = linked(&world, "Ann", &[]).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "the opt-out").await;
    assert_eq!(opted_in(&world, "Ann"), [false, false], "{}", world.describe());
    world.pass(HOUR).await;
    world.edit("cc/resubscribe", &json!({"contact": ann, "proof": "confirmed"}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(DAY).await;
    assert_eq!(opted_in(&world, "Ann"), [true, false], "{}", world.describe());
    assert_eq!((world.state(&ann), cc_writes(&world)), (Some(State::InSync), 0));
    // Once more, where the one is out already.
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "the second opt-out").await;
    assert_eq!((opted_in(&world, "Ann"), cc_writes(&world)), (vec![false, false], 0));
    world.finish().await;
}

/// P1: staff's opt-out of the address is one on whichever individual it is made.
#[actix::test]
async fn p1_staffs_opt_out_on_the_other_of_a_couple_is_told_and_set_on_both() {
    let world = World::start(&calm()).await;
    let home = two(&world, &address("Ann"), &address("Ann"));
    let ann = linked(&world, "Ann", &[]).await;
    let ids = methods(&world, home);
    staff(&world, |held, now| held.staff_set_opt_in(ids[1], false, now));
    world.until("Constant Contact is told", HOUR, |world| in_cc(world, &ann).is_unsubscribed()).await;
    settle(&world, "both agree").await;
    assert_eq!((opted_in(&world, "Ann"), cc_writes(&world)), (vec![false, false], 1));
    world.finish().await;
}

/// E1: an opt-out that stood on the other individual beside an agreed opt-in is no difference from what was shown.
#[actix::test]
async fn e1_an_opt_out_that_is_met_beside_an_agreed_opt_in_is_no_word_of_staff() {
    if !is_full_run() {
        return;
    }
    let world = World::start(&calm()).await;
    let individuals = vec![individual("Ann", &address("Ann"), true)];
    let home = world.staff_add(&NewContact { individuals, ..NewContact::default() });
    let ann = linked(&world, "Ann", &[]).await;
    let bob = individual("Bob", &address("Ann"), false);
    staff(&world, |held, now| held.staff_add_individual(home, &bob, now));
    world.pass(DAY).await;
    assert_eq!(standing(&world, &ann).map(|it| it.0), Some(State::InSync), "{}", world.describe());
    assert_eq!((opted_in(&world, "Ann"), cc_writes(&world)), (vec![true, false], 0));
    world.finish_differing().await;
}

/// P1: who is opted in again in Virtuous before Constant Contact was told is not unsubscribed there, whatever an older page showed.
#[actix::test]
async fn p1_the_method_is_read_again_before_constant_contact_is_told() {
    let world = World::start(&Setup { query_every: "6h", ..quick() }).await;
    let ann = linked(&world, "Ann", &[]).await;
    let down = FaultKind::Status { status: 503, body: ErrorBody::Object };
    let down = Fault { remaining: None, ..Fault::once(System::ConstantContact, down) };
    world.fault(down.on("/v3/contacts/"));
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    let waits = |world: &World| world.subject(&ann).unwrap().attempts > 0;
    world.until("the opt-out is seen, and cannot be told", DAY, waits).await;
    world.edit("virtuous/opt-in", &json!({"contact": ann}));
    world.simulator().constant_contact.faults.clear();
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), cc_writes(&world)), (vec![true], 0), "{}", world.describe());
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    world.finish().await;
}

/// Two contacts with the address: which one is the subscriber is a question (I2).
async fn ambiguous(world: &World) -> (String, [i64; 2]) {
    let contacts = [world.staff_add(&donor("Cid")), world.staff_add(&donor("Cid"))];
    let cid = world.subscribe(&named("Cid"), &[]);
    until(world, &cid, State::Review, Cause::SeveralHits).await;
    world.pass(5 * MINUTE).await;
    (cid, contacts)
}

fn owed_since(world: &World, id: &str) -> Option<Timestamp> {
    world.subject(id).unwrap().opt_out_owed_since
}

/// (24): an opt-out goes to every contact with the address, though none is linked.
#[actix::test]
async fn p2_an_opt_out_reaches_every_contact_with_the_address() {
    let world = World::start(&calm()).await;
    let (cid, _) = ambiguous(&world).await;
    world.edit("cc/unsubscribe", &json!({"contact": cid}));
    world.until("both are out", HOUR, |world| opted_in(world, "Cid") == [false, false]).await;
    world.pass(DAY).await;
    assert_eq!(
        (standing(&world, &cid), owed_since(&world, &cid)),
        (Some((State::Review, Cause::SeveralHits)), None)
    );
    assert_eq!((world.calls_of(Method::Put, "/api/ContactMethod/{id}"), cc_writes(&world)), (2, 0));
    // What Tandem wrote is no word of staff about the contact that turns out to be the subscriber (E5).
    world.edit("cc/resubscribe", &json!({"contact": cid, "proof": "confirmed"}));
    world.edit("cc/edit", &json!({"contact": cid, "first_name": "Cid"}));
    world.pass(HOUR).await;
    let contact = world.subject(&cid).unwrap().virtuous.contacts()[0].0;
    world.decide(Verb::Accept, &cid, Some(Choice::Contact(contact))).await.unwrap();
    world.pass(HOUR).await;
    assert_eq!((world.state(&cid), cc_writes(&world)), (Some(State::InSync), 0), "{}", world.describe());
    assert_eq!(opted_in(&world, "Cid"), [true, false]);
    world.finish_differing().await;
}

/// E1: a late reading of a contact that is not linked is no reason to write its opt-out once more.
#[actix::test]
async fn e1_a_late_reading_of_a_further_contact_has_nothing_written_again() {
    for lag_ms in [2_000, 20 * 60_000] {
        let world = World::start(&calm()).await;
        let (cid, contacts) = ambiguous(&world).await;
        world.control("virtuous/unreliable", &json!({"lag_ms": lag_ms, "query_lag_ms": lag_ms}));
        world.edit("cc/unsubscribe", &json!({"contact": cid}));
        world.until("both are out", HOUR, |world| opted_in(world, "Cid") == [false, false]).await;
        // Something else changes there, so that the contacts are read while they are late.
        for contact in contacts {
            let sam = individual("Sam", "sam@example.org", true);
            staff(&world, |held, now| held.staff_add_individual(contact, &sam, now));
        }
        world.pass(2 * HOUR).await;
        assert_eq!(world.calls_of(Method::Put, "/api/ContactMethod/{id}"), 2, "{}", world.describe());
        assert_eq!((opted_in(&world, "Cid"), owed_since(&world, &cid)), (vec![false, false], None));
        let late = world.subject(&cid).unwrap().unseen;
        assert!(late.iter().all(|unseen| unseen.next_look.is_none()), "{late:?}");
        world.finish_differing().await;
    }
}

/// (24): the review says whose opt-out waits and since when, and to drop it buries no opt-out.
#[actix::test]
async fn p2_an_opt_out_of_several_contacts_waits_in_sight_and_is_not_dropped() {
    let world = World::start(&calm()).await;
    let (cid, contacts) = ambiguous(&world).await;
    let down = FaultKind::Status { status: 503, body: ErrorBody::Object };
    let down = Fault { method: Some("PUT".to_owned()), ..Fault::once(System::Virtuous, down) };
    world.fault(Fault { remaining: None, ..down.on("/api/ContactMethod") });
    world.edit("cc/unsubscribe", &json!({"contact": cid}));
    world.until("the opt-out is owed", HOUR, |world| owed_since(world, &cid).is_some()).await;
    world.pass(HOUR).await;
    let since = owed_since(&world, &cid).expect("it is owed until it is written");
    let reason = world.work().await["reviews"][0]["reason"].to_string();
    let all = contacts.map(|contact| contact.to_string());
    let named = |text: &str| text.contains(&since.to_string()) && all.iter().all(|id| text.contains(id));
    assert!(named(&reason), "{reason}");
    let dropped = world.decide(Verb::Drop, &cid, None).await.unwrap();
    assert!(named(dropped["stays_opted_in"].as_str().unwrap()), "{dropped}");
    world.pass(HOUR).await;
    assert_eq!(owed_since(&world, &cid), Some(since), "{}", world.describe());
    assert_eq!((world.state(&cid), opted_in(&world, "Cid")), (Some(State::Excluded), vec![true, true]));
    world.simulator().virtuous.faults.clear();
    world.until("both are out", 7 * MINUTE, |world| opted_in(world, "Cid") == [false, false]).await;
    world.pass(MINUTE).await;
    assert_eq!((owed_since(&world, &cid), world.state(&cid)), (None, Some(State::Excluded)));
    world.finish_differing().await;
}

/// I2, P2: the contacts that were not chosen have the address still.
#[actix::test]
async fn p2_an_opt_out_reaches_the_contacts_that_were_not_chosen() {
    let world = World::start(&calm()).await;
    let (cid, contacts) = ambiguous(&world).await;
    world.decide(Verb::Accept, &cid, Some(Choice::Contact(contacts[1]))).await.unwrap();
    settle(&world, "linked").await;
    world.edit("cc/unsubscribe", &json!({"contact": cid}));
    world.until("both are out", HOUR, |world| opted_in(world, "Cid") == [false, false]).await;
    world.pass(HOUR).await;
    assert_eq!(
        (world.state(&cid), owed_since(&world, &cid)),
        (Some(State::InSync), None),
        "{}",
        world.describe()
    );
    world.finish_differing().await;
}

/// B1: opt-outs by a deletion alone wait at the brake, whatever they are linked to.
#[actix::test]
async fn b1_a_deletion_of_somebody_with_several_contacts_waits_at_the_brake() {
    let world = World::start(&Setup { more: "[brake]\nfloor = 0\nshare = 0.0\n", ..calm() }).await;
    let (cid, _) = ambiguous(&world).await;
    world.edit("cc/delete", &json!({"contact": cid}));
    world.until("the brake holds", 3 * HOUR, |world| world.record().brake.held.is_some()).await;
    assert_eq!(opted_in(&world, "Cid"), [true, true]);
    world.decide(Verb::Accept, "brake", None).await.unwrap();
    world.until("both are out", HOUR, |world| opted_in(world, "Cid") == [false, false]).await;
    world.finish_differing().await;
}

/// E2, P2: a method whose opt-in no reading has told is opted out all the same, and nothing else is concluded from it.
#[actix::test]
async fn e2_an_opt_out_reaches_a_method_whose_opt_in_was_never_told() {
    if !is_full_run() {
        return;
    }
    let world = World::start(&calm()).await;
    let gaps = |per_mille: u16| json!({"gaps": {"seed": 7, "per_mille": per_mille, "part": "opt_in"}});
    world.control("virtuous/unreliable", &gaps(1_000));
    world.staff_add(&donor("Ann"));
    let ann = world.subscribe(&named("Ann"), &[]);
    world.pass(HOUR).await;
    assert_eq!(world.subject(&ann).unwrap().virtuous.contacts().len(), 1, "{}", world.describe());
    assert_eq!((opted_in(&world, "Ann"), cc_writes(&world)), (vec![true], 0));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    world.pass(DAY).await;
    assert_eq!((owed_since(&world, &ann), cc_writes(&world)), (None, 0), "{}", world.describe());
    assert!(world.calls_of(Method::Put, "/api/ContactMethod/{id}") <= 2, "{}", world.describe());
    world.control("virtuous/unreliable", &gaps(0));
    world.pass(2 * DAY).await;
    assert_eq!((opted_in(&world, "Ann"), world.state(&ann)), (vec![false], Some(State::InSync)));
    world.finish().await;
}

/// E5: an opt-out that Tandem wrote to further contacts with the address is never staff's, whichever subscriber has the address later.
#[actix::test]
async fn e5_an_opt_out_of_further_contacts_is_not_told_for_the_next_subscriber_of_the_address() {
    let world = World::start(&calm()).await;
    let (first, contacts) = ambiguous(&world).await;
    world.edit("cc/delete", &json!({"contact": first}));
    world.until("both are out", DAY, |world| opted_in(world, "Cid") == [false, false]).await;
    let second = world.subscribe(&named_with("Cid", &long_ago()), &[]);
    until(&world, &second, State::Review, Cause::SeveralHits).await;
    world.decide(Verb::Accept, &second, Some(Choice::Contact(contacts[0]))).await.unwrap();
    world.pass(2 * DAY).await;
    assert_eq!(cc_writes(&world), 0, "{}", world.describe());
    assert!(!in_cc(&world, &second).is_unsubscribed(), "{}", world.describe());
    assert_eq!(standing(&world, &second).map(|(state, _)| state), Some(State::Review));
    world.finish_differing().await;
}

/// An opt-in that is older than whatever happens in these tests.
fn long_ago() -> serde_json::Value {
    json!({"permission": "implicit", "opt_in_source": "Account", "opt_in_date": "2025-01-01T00:00:00Z"})
}

/// E5: the same where the answer to the write was lost: the reading after it shows what was written.
#[actix::test]
async fn e5_an_opt_out_of_a_further_contact_whose_answer_was_lost_is_tandems_own() {
    let world = World::start(&calm()).await;
    let (first, contacts) = ambiguous(&world).await;
    world.decide(Verb::Accept, &first, Some(Choice::Contact(contacts[1]))).await.unwrap();
    settle(&world, "linked").await;
    let lost = Fault::once(System::Virtuous, FaultKind::DropAfter);
    let method = methods(&world, contacts[0])[0];
    world.fault(Fault { method: Some("PUT".to_owned()), ..lost }.on(&format!("/api/ContactMethod/{method}")));
    world.edit("cc/unsubscribe", &json!({"contact": first}));
    world.until("both are out", HOUR, |world| opted_in(world, "Cid") == [false, false]).await;
    world.pass(HOUR).await;
    let second = world.subscribe(&named_with("Cid", &long_ago()), &[]);
    until(&world, &second, State::Review, Cause::SeveralHits).await;
    world.decide(Verb::Accept, &second, Some(Choice::Contact(contacts[0]))).await.unwrap();
    world.pass(DAY).await;
    assert!(!in_cc(&world, &second).is_unsubscribed(), "{}", world.describe());
    assert_eq!(standing(&world, &second).map(|(state, _)| state), Some(State::Review));
    world.finish_differing().await;
}

/// E5, P1: an opt-out of Tandem's that a further contact does not take holds back no opt-out of staff on another contact.
#[actix::test]
async fn e5_p1_a_further_contact_that_takes_no_opt_out_holds_back_nobody_else() {
    let world = World::start(&calm()).await;
    let home = two(&world, &address("Ann"), &address("Bob"));
    let away = world.staff_add(&donor("Ann"));
    let bob = linked(&world, "Bob", &[]).await;
    let ann = world.subscribe(&named("Ann"), &[]);
    until(&world, &ann, State::Review, Cause::SeveralHits).await;
    world.pass(5 * MINUTE).await;
    world.decide(Verb::Accept, &ann, Some(Choice::Contact(home))).await.unwrap();
    settle(&world, "linked").await;
    let down = FaultKind::Status { status: 500, body: ErrorBody::Object };
    let down = Fault { method: Some("PUT".to_owned()), ..Fault::once(System::Virtuous, down) };
    let method = methods(&world, away)[0];
    world.fault(Fault { remaining: None, ..down.on(&format!("/api/ContactMethod/{method}")) });
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("one is out", HOUR, |world| opted_in(world, "Ann") == [false, true]).await;
    world.pass(10 * MINUTE).await;
    staff(&world, |held, now| held.staff_set_opt_in_by_email(&address("Bob"), false, now));
    world.until("staff's opt-out is told", 2 * HOUR, |world| in_cc(world, &bob).is_unsubscribed()).await;
    assert!(owed_since(&world, &ann).is_some(), "{}", world.describe());
    world.finish_differing().await;
}
