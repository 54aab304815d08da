//! P2: whom an opt-out reaches. The address gets the mail, wherever it is.

use serde_json::json;
use tandem::{
    domain::State,
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        virtuous::{model::NewContact, organisation::Organisation},
    },
    transport::Method,
};

use crate::{
    scene::{address, cc_writes, held, in_cc, individual, linked, opted_in, quick, settle, standing},
    world::{DAY, HOPE, HOUR, Setup, World},
};

/// What staff do in Virtuous, which the controls by address cannot.
fn staff<T>(world: &World, edit: impl FnOnce(&mut Organisation, tandem::domain::Timestamp) -> T) -> T {
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
    let world = World::start(&quick()).await;
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
    let world = World::start(&quick()).await;
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
    let world = World::start(&quick()).await;
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
    let world = World::start(&quick()).await;
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
