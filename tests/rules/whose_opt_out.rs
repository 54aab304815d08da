//! E5, P1, P3: whose an opt-out is, and when it was.

use serde_json::json;
use tandem::transport::Method;

use crate::{
    scene::{donor, in_cc, linked, named_with, opted_in, quick, settle},
    world::{DAY, HOUR, Setup, World},
};

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
