//! V2, W1: what becomes visible later than its date says is found all the same, as far back as a reading reaches.

use std::time::Duration;

use serde_json::json;
use tandem::simulator::constant_contact::{ContactEdit, OptOut, Source};

use crate::{
    scene::{address, calm, in_cc, linked, opted_in, quick, settle},
    world::{HOPE, HOUR, MINUTE, Setup, World, uuid},
};

/// Shows an opt-out by staff now that they made so long ago.
fn staff_opted_out_before(world: &World, first: &str, ago: Duration) {
    let at = world.now().minus(ago);
    let mut simulator = world.simulator();
    let organisation = simulator.virtuous.organisation_mut(HOPE).unwrap();
    assert_eq!(organisation.staff_set_opt_in_by_email(&address(first), false, at), 1);
}

#[actix::test]
async fn v2_the_query_reaches_a_day_back_over_the_newest_change_that_it_saw() {
    // By the moment, so that no rounding to whole days reaches back instead.
    let world = World::start(&Setup { virtuous: json!({"exact_dates": true}), ..calm() }).await;
    let (ann, bob) = (linked(&world, "Ann", &[]).await, linked(&world, "Bob", &[]).await);
    world.pass(24 * HOUR).await;
    // Bob's change is seen at once, Ann's of the day before only now.
    world.edit("virtuous/note", &json!({"contact": bob, "reason": "called"}));
    world.edit("virtuous/tag", &json!({"contact": bob, "tag": "Board"}));
    world.pass(HOUR).await;
    let seen = world.record().virtuous_upto;
    assert!(seen > Some(world.now().minus(2 * HOUR)), "Bob's change was seen: {seen:?}");
    staff_opted_out_before(&world, "Ann", 23 * HOUR);
    world.until("Constant Contact is told", 2 * HOUR, |world| in_cc(world, &ann).is_unsubscribed()).await;
    settle(&world, "both agree").await;
    world.finish().await;
}

#[actix::test]
async fn w1_windows_overlap_so_that_what_shows_late_is_read() {
    // Nothing else would find it: no list, count or sweep is read meanwhile.
    let cc = "lists_every = \"30d\"\nbounces_every = \"30d\"\nsweep_every = \"90d\"";
    let world = World::start(&Setup { cc, poll_every: "5m", ..quick() }).await;
    let (ann, bob) = (linked(&world, "Ann", &[]).await, linked(&world, "Bob", &[]).await);
    world.pass(HOUR).await;
    let before = world.now().minus(12 * MINUTE);
    {
        let mut simulator = world.simulator();
        let cc = &mut simulator.constant_contact;
        cc.unsubscribe(HOPE, uuid(&ann), OptOut::by(Source::Contact), before).unwrap();
        let mut edit = ContactEdit::default();
        edit.profile.last_name = Some("Shown Late".into());
        cc.edit_contact(HOPE, uuid(&bob), edit, before).unwrap();
    }
    world.until("the opt-out is read", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    let is_read = |world: &World| world.subject(&bob).unwrap().cc.profile.last_name == "Shown Late";
    world.until("the change is read", HOUR, is_read).await;
    world.finish_differing().await;
}
