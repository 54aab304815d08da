//! Two subscribers on one contact of Virtuous (I4): what is written for one is nobody's word about the other.

use serde_json::json;
use tandem::{
    domain::State,
    simulator::{
        faults::{Fault, FaultKind, System},
        virtuous::model::{NewContact, NewIndividual, NewMethod},
    },
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, Setup, World, uuid},
};

fn quick() -> Setup {
    Setup { poll_every: "10m", query_every: "10m", cc: "lists_every = \"1 polls\"", ..Setup::empty() }
}

fn individual(addresses: &[&str]) -> NewIndividual {
    NewIndividual {
        first_name: "Ann".into(),
        last_name: "Lee".into(),
        methods: addresses.iter().map(|address| NewMethod::email(address, true)).collect(),
        ..NewIndividual::default()
    }
}

async fn linked(world: &World, addresses: &[&str], lists: &[&str]) -> Vec<String> {
    let subscribe = |email: &&str| {
        world.subscribe(&json!({"email": email, "first_name": "Ann", "last_name": "Lee"}), lists)
    };
    let ids = addresses.iter().map(subscribe).collect();
    world.until_settled("everybody is linked", DAY).await;
    world.pass(HOUR).await;
    ids
}

fn is_on(world: &World, id: &str, list: &str) -> bool {
    let simulator = world.simulator();
    let account = simulator.constant_contact.account(HOPE).unwrap();
    let contact = account.roster.get(uuid(id)).unwrap();
    contact.lists.iter().filter_map(|list| account.list(*list)).any(|held| &*held.name == list)
}

/// One person with two addresses, a subscriber each: both unsubscribe, the second before the first.
#[actix::test]
async fn p1_i4_an_opt_out_of_one_address_does_not_answer_for_the_other() {
    let world = World::start(&Setup { poll_every: "30m", ..quick() }).await;
    let (one, other) = ("ann@example.com", "ann@work.example.org");
    world.staff_add(&NewContact { individuals: vec![individual(&[one, other])], ..NewContact::default() });
    let ids = linked(&world, &[one, other], &["Newsletter"]).await;
    let (first, second) = if ids[0] < ids[1] { (0, 1) } else { (1, 0) };
    world.edit("cc/unsubscribe", &json!({"contact": ids[second]}));
    world.pass(std::time::Duration::from_secs(300)).await;
    world.edit("cc/unsubscribe", &json!({"contact": ids[first]}));
    world.pass(2 * HOUR).await;
    assert_eq!(
        (world.opt_ins(one), world.opt_ins(other)),
        (vec![false], vec![false]),
        "{}",
        world.describe()
    );
    assert_eq!(world.count(State::Review), 0, "{}", world.describe());
    world.finish().await;
}

async fn couple() -> (World, String, String) {
    let world = World::start(&quick()).await;
    let (ann, bob) = ("ann@example.com", "bob@example.com");
    let individuals = vec![individual(&[ann]), individual(&[bob])];
    world.staff_add(&NewContact { individuals, ..NewContact::default() });
    let ids = linked(&world, &[ann, bob], &["Newsletter"]).await;
    (world, ids[0].clone(), ids[1].clone())
}

/// S5: the one leaves, then the other; who comes back later stays.
#[actix::test]
async fn i4_s5_who_joins_again_after_the_tag_went_is_not_taken_off() {
    let (world, ann, bob) = couple().await;
    for id in [&bob, &ann] {
        world.edit("cc/move-lists", &json!({"contact": id, "remove": ["Newsletter"]}));
        world.pass(3 * HOUR).await;
    }
    assert!(world.tags(&world.referenced(&ann).unwrap()).is_empty(), "{}", world.describe());
    world.edit("cc/move-lists", &json!({"contact": bob, "add": ["Newsletter"]}));
    world.pass(3 * HOUR).await;
    assert!(is_on(&world, &bob, "Newsletter"), "taken off again: {}", world.describe());
    assert!(!is_on(&world, &ann, "Newsletter"));
    world.finish().await;
}

/// S5, B1: a tag that waits at the brake to be taken off for one of them is no wish of staff for the other.
#[actix::test]
async fn i4_s5_a_tag_that_waits_at_the_brake_joins_nobody() {
    if !is_full_run() {
        return;
    }
    let world = World::start(&Setup { more: "[brake]\nfloor = 0\nshare = 0.0\n", ..quick() }).await;
    let (ann, bob) = ("ann@example.com", "bob@example.com");
    let individuals = vec![individual(&[ann]), individual(&[bob])];
    world.staff_add(&NewContact { individuals, ..NewContact::default() });
    let ids = linked(&world, &[ann, bob], &[]).await;
    for (on, off) in [(0, 1), (1, 0)] {
        world.edit("cc/move-lists", &json!({"contact": ids[on], "add": ["Events"]}));
        world.pass(2 * HOUR).await;
        world.edit("cc/move-lists", &json!({"contact": ids[on], "remove": ["Events"]}));
        world.until("the brake holds", 2 * HOUR, |world| world.record().brake.held.is_some()).await;
        world.edit("cc/edit", &json!({"contact": ids[off], "last_name": format!("Poe{on}")}));
        world.edit("virtuous/note", &json!({"contact": ids[off], "reason": "called"}));
        world.edit("virtuous/tag", &json!({"contact": ids[off], "tag": "Board"}));
        world.pass(3 * HOUR).await;
        assert!(!is_on(&world, &ids[off], "Events"), "{}", world.describe());
        let number = world.record().number;
        world.app.deps.store.of(number).update_customer(|record| record.brake.accepted = true).await.unwrap();
        world.nudge(HOPE);
        world.pass(2 * HOUR).await;
        assert!(!is_on(&world, &ids[off], "Events") && !is_on(&world, &ids[on], "Events"));
    }
    world.finish().await;
}

/// S2, S5: a tag was put on and its answer lost; then the person left the list. That is Tandem's tag, not staff's.
#[actix::test]
async fn s2_s5_a_tag_whose_answer_was_lost_is_not_staffs() {
    let world = World::start(&quick()).await;
    let ids = linked(&world, &["ann@example.com"], &[]).await;
    world.fault(Fault {
        method: Some("POST".to_owned()),
        path_prefix: "/api/ContactTag".to_owned(),
        ..Fault::once(System::Virtuous, FaultKind::DropAfter)
    });
    world.edit("cc/move-lists", &json!({"contact": ids[0], "add": ["Events"]}));
    let tags = |world: &World| world.tags(&world.referenced(&ids[0]).unwrap());
    world.until("the tag is on", 2 * HOUR, |world| tags(world).len() == 1).await;
    world.edit("cc/move-lists", &json!({"contact": ids[0], "remove": ["Events"]}));
    world.pass(4 * HOUR).await;
    assert!(!is_on(&world, &ids[0], "Events"), "{}", world.describe());
    assert!(tags(&world).is_empty(), "{}", world.describe());
    world.finish().await;
}
