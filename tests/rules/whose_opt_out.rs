//! E5, P1, P3: whose an opt-out is, and when it was.

use serde_json::json;
use tandem::{
    domain::{Cause, State},
    operator::{Verb, questions::import_start::ImportStart},
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        virtuous::model::NewContact,
    },
    transport::Method,
};

use crate::{
    full::is_full_run,
    scene::{
        address, calm, contact, donor, in_cc, linked, named, named_with, notes, opted_in, quick, settle,
        standing,
    },
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

fn told_to_cc(world: &World) -> u64 {
    world.cc_calls_of("PUT", "/contacts/{contact_id}")
}

/// A grant that outlives the store it was kept in.
fn lasting_grant(setup: Setup) -> Setup {
    Setup { constant_contact: json!({"rotating_refresh_tokens": false}), ..setup }
}

/// Bounce reports cannot be read, until it is lifted.
fn reports_down() -> Fault {
    let down = FaultKind::Status { status: 503, body: ErrorBody::Object };
    let reports = Fault { remaining: None, ..Fault::once(System::ConstantContact, down) };
    reports.on("/v3/reports")
}

/// An opt-out whose answer still shows the old value counts as not written (E1); when a reading shows it, it is Tandem's own, and its
/// date is that of the event, not that of the write.
#[actix::test]
async fn p3_e5_an_opt_out_that_was_answered_with_the_old_value_has_the_events_date() {
    let world = World::start(&Setup { query_every: "2m", poll_every: "5m", ..quick() }).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.control("virtuous/unreliable", &json!({"method_answers_old": true}));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    world.pass(2 * HOUR).await;
    let subject = world.subject(&ann).unwrap();
    let agreed = subject.base.consent.unwrap();
    assert_eq!((agreed.opted_in, agreed.at), (false, subject.cc.opt_out_at), "{}", world.describe());
    assert!(world.calls_of(Method::Put, "/api/ContactMethod/{id}") <= 2);
    world.control("virtuous/unreliable", &json!({}));
    settle(&world, "an honest world again").await;
    world.finish().await;
}

/// (20): Virtuous' own unsubscribe link leaves the method's date as it was: the date proves nothing, and the opt-out is not undone.
#[actix::test]
async fn p3_an_opt_out_that_moves_no_date_is_not_undone_as_proved() {
    if !is_full_run() {
        return;
    }
    let world = World::start(&Setup { query_every: "2m", ..quick() }).await;
    world.staff_add(&donor("Ann"));
    world.pass(HOUR).await;
    let ann = world.subscribe(&named_with("Ann", &json!({"permission": "explicit"})), &[]);
    settle(&world, "Ann is linked").await;
    world.control("virtuous/unreliable", &json!({"link_leaves_dates": true}));
    world.edit("virtuous/unsubscribe-link", &json!({"contact": ann}));
    world.pass(DAY).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "{}", world.describe());
    assert!(in_cc(&world, &ann).is_unsubscribed(), "{}", world.describe());
    world.finish().await;
}

/// (18): one subscriber of the address is opted out and the other is in: the address stays out, with a question about the other.
#[actix::test]
async fn p2_p3_an_address_of_two_subscribers_stays_out_while_one_of_them_is_out() {
    let world = World::start(&calm()).await;
    world.staff_add(&donor("Ann"));
    let (first, second) = (linked(&world, "Ann", &[]).await, linked(&world, "Ann", &[]).await);
    world.edit("cc/unsubscribe", &json!({"contact": first}));
    world.until("the opt-out", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    let writes = world.calls_of(Method::Put, "/api/ContactMethod/{id}");
    // The second says again, with proof, that they want mail.
    world.pass(HOUR).await;
    world.edit("cc/resubscribe", &json!({"contact": second, "proof": "confirmed"}));
    world.edit("cc/edit", &json!({"contact": second, "first_name": "Ann"}));
    for _ in 0..48 {
        world.pass(30 * MINUTE).await;
        assert_eq!(opted_in(&world, "Ann"), [false], "{}", world.describe());
    }
    assert_eq!(world.calls_of(Method::Put, "/api/ContactMethod/{id}"), writes);
    assert_eq!(standing(&world, &second).map(|(state, _)| state), Some(State::Review));
    assert!(!in_cc(&world, &second).is_unsubscribed(), "{}", world.describe());
    world.finish_differing().await;
}

/// (17): Tandem opts the address out for a subscriber that is deleted; the person joins anew and is linked to the same contact after it:
/// the opt-out there is Tandem's own, and no word of staff.
#[actix::test]
async fn e5_an_opt_out_that_tandem_wrote_is_not_told_for_the_next_subscriber_of_the_address() {
    let world = World::start(&calm()).await;
    let first = linked(&world, "Ann", &[]).await;
    world.edit("cc/delete", &json!({"contact": first}));
    world.until("the opt-out", DAY, |world| opted_in(world, "Ann") == [false]).await;
    let second = world.subscribe(&named_with("Ann", &long_ago()), &[]);
    assert_ne!(first, second);
    world.pass(2 * DAY).await;
    assert_eq!(told_to_cc(&world), 0, "{}", world.describe());
    assert!(!in_cc(&world, &second).is_unsubscribed(), "{}", world.describe());
    // Whether the second's word is newer than the deletion is told by their dates alone (P3).
    let subject = world.subject(&second).unwrap();
    assert_eq!(subject.virtuous.contacts(), world.subject(&first).unwrap().virtuous.contacts());
    assert_eq!(standing(&world, &second), Some((State::Review, Cause::UnprovedOptIn)), "{subject:#?}");
    world.finish_differing().await;
}

/// An opt-in that is older than whatever happens in these tests.
fn long_ago() -> serde_json::Value {
    json!({"permission": "implicit", "opt_in_source": "Account", "opt_in_date": "2025-01-01T00:00:00Z"})
}

/// (17): the answer to Tandem's opt-out was lost, and the next subscriber of the address is looked up before the contact is read again:
/// nothing is told for it until the write is settled.
#[actix::test]
async fn e5_an_opt_out_whose_answer_was_lost_is_not_told_for_the_next_subscriber_of_the_address() {
    let world = World::start(&calm()).await;
    let first = linked(&world, "Ann", &[]).await;
    let lost = Fault::once(System::Virtuous, FaultKind::DropAfter);
    world.fault(Fault { method: Some("PUT".to_owned()), ..lost }.on("/api/ContactMethod"));
    world.edit("cc/unsubscribe", &json!({"contact": first}));
    let second = world.subscribe(&named_with("Ann", &long_ago()), &[]);
    world.until("the opt-out", DAY, |world| opted_in(world, "Ann") == [false]).await;
    world.pass(DAY).await;
    assert_eq!(told_to_cc(&world), 0, "{}", world.describe());
    assert!(!in_cc(&world, &second).is_unsubscribed(), "{}", world.describe());
    assert_eq!(
        standing(&world, &second),
        Some((State::Review, Cause::UnprovedOptIn)),
        "{}",
        world.describe()
    );
    world.finish_differing().await;
}

/// Ann, opted out by a bounce, which a note tells of; the grant outlives the store.
async fn bounced() -> (World, Setup, String) {
    let cc = "bounces_every = \"10m\"\nlists_every = \"1 polls\"";
    let setup = Setup { cc, ..lasting_grant(quick()) };
    let world = World::start(&setup).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), notes(&world, &ann).len()), (vec![false], 1));
    (world, setup, ann)
}

/// (25): the store was lost, and the bounce report cannot be read yet: the opt-out that Virtuous shows waits, as it is the bounce's.
#[actix::test]
async fn e5_an_opt_out_that_virtuous_had_first_waits_for_the_bounces() {
    let cc = "bounces_every = \"10m\"\nlists_every = \"1 polls\"";
    let setup = Setup { auto_start: false, ..Setup { cc, ..calm() } };
    let world = World::start(&setup).await;
    world.fault(reports_down());
    world.staff_add(&donor("Ann"));
    world.staff_add(&donor("Bob"));
    let (ann, bob) = (world.subscribe(&named("Ann"), &[]), world.subscribe(&named("Bob"), &[]));
    world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
    world.pass(HOUR).await;
    for first in ["Ann", "Bob"] {
        world.edit("virtuous/opt-out", &json!({"contact": address(first)}));
    }
    world.ask(ImportStart { customer: HOPE.parse().unwrap(), yes: true }).await.unwrap();
    world.pass(3 * HOUR).await;
    assert_eq!(told_to_cc(&world), 0, "{}", world.describe());
    assert_eq!(standing(&world, &ann), Some((State::Pending, Cause::BouncesUnread)));
    world.simulator().constant_contact.faults.clear();
    world.pass(3 * HOUR).await;
    assert!(!in_cc(&world, &ann).is_unsubscribed(), "{}", world.describe());
    assert!(in_cc(&world, &bob).is_unsubscribed(), "{}", world.describe());
    world.finish_differing().await;
}

/// An opt-out that Virtuous had first, and a newer proof: the bounce of the same minute is not read yet, and may be newer still. All else of
/// the person goes on meanwhile, and the opt-in as soon as the reports are read.
#[actix::test]
async fn p3_nobody_is_opted_in_by_proof_before_the_bounces_were_read_once() {
    let cc = "bounces_every = \"10m\"\nlists_every = \"1 polls\"";
    let setup = Setup { auto_start: false, ..Setup { cc, ..calm() } };
    let world = World::start(&setup).await;
    world.fault(reports_down());
    let staffs: Vec<i64> = ["Ann", "Bob"].map(|first| world.staff_add(&donor(first))).into();
    world.pass(HOUR).await;
    for first in ["Ann", "Bob"] {
        world.edit("virtuous/opt-out", &json!({"contact": address(first)}));
    }
    world.pass(HOUR).await;
    let proved = |first| named_with(first, &json!({"permission": "explicit"}));
    let (ann, bob) = (world.subscribe(&proved("Ann"), &[]), world.subscribe(&proved("Bob"), &[]));
    world.pass(MINUTE).await;
    world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
    world.ask(ImportStart { customer: HOPE.parse().unwrap(), yes: true }).await.unwrap();
    world.pass(3 * HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), opted_in(&world, "Bob")), (vec![false], vec![false]));
    assert_eq!(standing(&world, &bob), Some((State::Pending, Cause::BounceMayBeNewer)));
    let found = [&ann, &bob].map(|id| world.referenced(id).map(|contact| contact.id));
    assert_eq!(found.to_vec(), staffs.into_iter().map(Some).collect::<Vec<_>>(), "{}", world.describe());
    let shown = contact(&world, &bob).await.to_string();
    assert!(shown.contains("bounce reports were read once") && shown.contains("looked at again"), "{shown}");
    world.simulator().constant_contact.faults.clear();
    world.until("Bob is in", 2 * HOUR, |world| opted_in(world, "Bob") == [true]).await;
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), world.state(&bob)), (vec![false], Some(State::InSync)));
    assert_eq!(told_to_cc(&world), 0, "{}", world.describe());
    world.finish_differing().await;
}

/// The report may show a bounce before the poll shows its contact, which is asked for then: the bounce counts at its first sight, and
/// what the contact proves is older.
#[actix::test]
async fn p3_a_bounce_that_is_read_before_its_contact_counts_from_the_first_sight_of_it() {
    let cc = "bounces_every = \"2h\"\nlists_every = \"1 polls\"";
    let world = World::start(&Setup { poll_every: "1h", query_every: "1h", cc, ..Setup::empty() }).await;
    let days = |days: u32| world.now().minus(DAY * days);
    let mut staffs = donor("Ann");
    let method = &mut staffs.individuals[0].methods[0];
    (method.opted_in, method.modified) = (false, Some(days(200)));
    world.staff_add(&NewContact { created: Some(days(300)), ..staffs });
    let proved = json!({"permission": "explicit", "opt_in_date": days(100).to_string()});
    let ann = world.subscribe(&named_with("Ann", &proved), &[]);
    world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
    settle(&world, "all is known").await;
    let bounce = world.subject(&ann).unwrap().cc.bounce;
    assert_eq!((bounce.map(|bounce| bounce.code), opted_in(&world, "Ann")), (Some('B'), vec![false]));
    world.pass(4 * HOUR).await;
    let written = world.calls_of(Method::Put, "/api/ContactMethod/{id}");
    assert_eq!((written, notes(&world, &ann).len()), (0, 1), "{}", world.describe());
    world.finish().await;
}

/// One report that fails is a part of the first reading: it is tried again before anybody is opted in, and holds up nobody for good.
#[actix::test]
async fn p3_a_report_that_fails_at_first_is_awaited_and_one_that_always_fails_is_not() {
    let cc = "bounces_every = \"2h\"\nlists_every = \"1 polls\"";
    let world = World::start(&Setup { auto_start: false, ..Setup { cc, ..quick() } }).await;
    let ann = world.subscribe(&named("Ann"), &[]);
    world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
    world.fault(reports_down().on("/v3/reports/email_reports"));
    world.staff_add(&donor("Bob"));
    world.pass(MINUTE).await;
    world.edit("virtuous/opt-out", &json!({"contact": address("Bob")}));
    world.pass(MINUTE).await;
    let bob = world.subscribe(&named_with("Bob", &json!({"permission": "explicit"})), &[]);
    world.ask(ImportStart { customer: HOPE.parse().unwrap(), yes: true }).await.unwrap();
    let waits = |world: &World| standing(world, &bob) == Some((State::Pending, Cause::BounceMayBeNewer));
    world.until("Bob waits", HOUR, waits).await;
    world.until("Bob is in", HOUR, |world| opted_in(world, "Bob") == [true]).await;
    world.finish_differing().await;
}

/// (38): whole contacts tell no dates of methods. An opt-out that was there first is asked for its date once, and then goes by it.
#[actix::test]
async fn p3_an_undated_opt_out_that_was_there_first_is_asked_for_its_date_once() {
    let world = World::start(&Setup { query_every: "30m", ..quick() }).await;
    world.control("virtuous/unreliable", &json!({"methods_undated": true}));
    for first in ["Ann", "Bob"] {
        world.staff_add(&donor(first));
    }
    world.pass(HOUR).await;
    world.edit("virtuous/opt-out", &json!({"contact": address("Ann")}));
    world.pass(HOUR).await;
    let later = json!({"permission": "explicit"});
    let ann = world.subscribe(&named_with("Ann", &later), &[]);
    settle(&world, "her opt-in is the newer one").await;
    assert_eq!((opted_in(&world, "Ann"), world.state(&ann)), (vec![true], Some(State::InSync)));
    assert_eq!(world.calls_of(Method::Get, "/api/ContactMethod/{id}"), 1);
    // Without any proof, a person decides, and the method is not asked again.
    world.edit("virtuous/opt-out", &json!({"contact": address("Bob")}));
    world.pass(HOUR).await;
    let bob = world.subscribe(&named("Bob"), &[]);
    settle(&world, "his is a question").await;
    for _ in 0..4 {
        world.edit("virtuous/note", &json!({"contact": address("Bob"), "reason": "a call"}));
        world.pass(HOUR).await;
    }
    assert_eq!(standing(&world, &bob), Some((State::Review, Cause::UnprovedOptIn)), "{}", world.describe());
    assert_eq!(world.calls_of(Method::Get, "/api/ContactMethod/{id}"), 2);
    world.finish_differing().await;
}

/// (25): the store was lost, and the bounce report cannot be read for a while: the bounce's opt-out is not told as staff's, and its note
/// is not written twice.
#[actix::test]
async fn e5_n1_after_the_store_was_lost_a_bounce_is_told_nobody_and_noted_once() {
    let (world, setup, ann) = bounced().await;
    world.fault(reports_down());
    let world = world.restarted_without_store(&setup).await;
    world.pass(3 * HOUR).await;
    assert_eq!(told_to_cc(&world), 0, "{}", world.describe());
    assert!(world.subject(&ann).is_some(), "{}", world.describe());
    world.simulator().constant_contact.faults.clear();
    world.pass(3 * HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), notes(&world, &ann).len()), (vec![false], 1));
    assert_eq!(told_to_cc(&world), 0, "{}", world.describe());
    world.finish().await;
}

/// (25): after the store was lost, the opt-out of somebody that is deleted since is not told for the next subscriber of the address.
#[actix::test]
async fn e5_after_the_store_was_lost_the_notes_say_what_was_tandems() {
    let setup = lasting_grant(calm());
    let world = World::start(&setup).await;
    let first = linked(&world, "Ann", &[]).await;
    world.edit("cc/delete", &json!({"contact": first}));
    world.until("the opt-out", DAY, |world| opted_in(world, "Ann") == [false]).await;
    let second = world.subscribe(&named_with("Ann", &long_ago()), &[]);
    world.until("the note", DAY, |world| notes(world, &first).len() == 1).await;
    let world = world.restarted_without_store(&setup).await;
    world.pass(2 * DAY).await;
    assert_eq!(told_to_cc(&world), 0, "{}", world.describe());
    assert_eq!(notes(&world, &first).len(), 1);
    assert_eq!(world.state(&second), Some(State::Review), "{}", world.describe());
    // What Tandem opted out is opted in by a newer proof, or by staff in Virtuous, and by no answer to a review.
    let refused = world.decide(Verb::Accept, &second, None).await;
    world.pass(HOUR).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "{refused:?}");
    assert!(refused.is_err(), "{refused:?}");
    assert!(world.work().await["reviews"].to_string().contains("staff opt the address in"));
    world.edit("virtuous/opt-in", &json!({"contact": second}));
    world.pass(HOUR).await;
    assert_eq!((world.state(&second), told_to_cc(&world)), (Some(State::InSync), 0), "{}", world.describe());
    world.finish_differing().await;
}

/// E5: a note explains the opt-outs of its time. What was changed long after it may be staff's or another of Tandem's: a person decides.
#[actix::test]
async fn e5_after_the_store_was_lost_an_opt_out_long_after_the_note_is_for_a_person() {
    let (world, setup, ann) = bounced().await;
    world.edit("cc/resubscribe", &json!({"contact": ann, "proof": "confirmed"}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.until("opted in again", DAY, |world| opted_in(world, "Ann") == [true]).await;
    world.pass(HOUR).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    let world = world.restarted_without_store(&setup).await;
    world.pass(3 * HOUR).await;
    assert_eq!((told_to_cc(&world), world.state(&ann)), (0, Some(State::Review)), "{}", world.describe());
    world.decide(Verb::Accept, &ann, None).await.unwrap();
    world.pass(HOUR).await;
    assert_eq!(told_to_cc(&world), 1, "{}", world.describe());
    assert_eq!((world.state(&ann), opted_in(&world, "Ann")), (Some(State::InSync), vec![false]));
    world.finish().await;
}
