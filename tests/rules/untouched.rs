//! P7: an opt-out that a method has had since it was made is nobody's.

use serde_json::json;
use tandem::{
    domain::{Cause, State},
    operator::questions::work::ShowWork,
    simulator::virtuous::model::NewContact,
};

use crate::{
    full::is_full_run,
    scene::{address, calm, cc_writes, in_cc, individual, named, opted_in, settle, standing},
    world::{DAY, HOPE, HOUR, Setup, World},
};

const PEOPLE: [&str; 3] = ["Ann", "Bea", "Cid"];

/// An organisation that has its people opted out from the beginning, and an account where they are active.
async fn met(more: &'static str) -> (World, Vec<String>) {
    let world = World::start(&Setup { more, ..calm() }).await;
    for first in PEOPLE {
        let individuals = vec![individual(first, &address(first), false)];
        world.staff_add(&NewContact { individuals, ..NewContact::default() });
    }
    // They were there long before.
    world.pass(HOUR).await;
    let ids = PEOPLE.map(|first| world.subscribe(&named(first), &["Newsletter"])).to_vec();
    world.pass(DAY).await;
    (world, ids)
}

fn is_unsubscribed(world: &World, id: &str) -> bool {
    in_cc(world, id).is_unsubscribed()
}

#[actix::test]
async fn p7_untouched_opt_outs_are_asked_about_once_and_move_nobody() {
    let (world, ids) = met("").await;
    for (id, first) in ids.iter().zip(PEOPLE) {
        assert_eq!(standing(&world, id), Some((State::Review, Cause::Untouched)), "{}", world.describe());
        assert_eq!((opted_in(&world, first), is_unsubscribed(&world, id)), (vec![false], false));
    }
    assert_eq!(cc_writes(&world), 0);
    let work = world.ask(ShowWork { customer: HOPE.parse().unwrap() }).await.unwrap();
    let [question] = work["reviews"].as_array().unwrap().as_slice() else { panic!("{work}") };
    assert_eq!((&question["rule"], &question["id"]), (&json!("P7"), &json!("untouched")));
    assert!(question["reason"].as_str().unwrap().contains("3 people"), "{question}");
    // What staff change is theirs (P1).
    for control in ["virtuous/opt-in", "virtuous/opt-out"] {
        world.edit(control, &json!({"contact": ids[0]}));
        world.pass(HOUR).await;
    }
    assert_eq!(PEOPLE.map(|first| opted_in(&world, first)), [[false], [false], [false]]);
    let told: Vec<bool> = ids.iter().map(|id| is_unsubscribed(&world, id)).collect();
    assert_eq!(told, [true, false, false], "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn p7_the_customer_may_say_what_untouched_opt_outs_mean() {
    if !is_full_run() {
        return;
    }
    for (more, told) in
        [("[consent]\nuntouched = \"leave\"\n", false), ("[consent]\nuntouched = \"opt_out\"\n", true)]
    {
        let (world, ids) = met(more).await;
        settle(&world, "nothing is asked").await;
        for (id, first) in ids.iter().zip(PEOPLE) {
            assert_eq!(world.state(id), Some(State::InSync), "{more}{}", world.describe());
            assert_eq!((opted_in(&world, first), is_unsubscribed(&world, id)), (vec![false], told), "{more}");
        }
        world.finish_differing().await;
    }
}
