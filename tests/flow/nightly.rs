//! A customer without events, polled and queried once a day, ends where one with events ends (V2).

use std::collections::BTreeMap;

use serde_json::json;
use tandem::{domain::State, simulator::constant_contact::Contact};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

/// What both systems say of everybody: consent and lists in Constant Contact; opt-ins and tags in Virtuous.
type End = BTreeMap<String, (String, Vec<String>, Vec<bool>, Vec<String>)>;

fn end(world: &World) -> End {
    let people: Vec<(String, String, String, Vec<String>)> = {
        let simulator = world.simulator();
        let account = simulator.constant_contact.account(HOPE).unwrap();
        let of = |contact: &Contact| {
            let email = contact.email.as_ref().unwrap();
            let named = contact.lists.iter().filter_map(|list| account.list(*list));
            let mut lists: Vec<String> = named.map(|list| list.name.to_string()).collect();
            lists.sort();
            let said = format!("{:?}, deleted: {}", email.permission, contact.deleted_at.is_some());
            (contact.id.to_string(), email.address.to_string(), said, lists)
        };
        account.roster.iter().filter(|contact| contact.email.is_some()).map(of).collect()
    };
    let one = |(id, address, said, lists): (String, String, String, Vec<String>)| {
        let mut tags = world.referenced(&id).map(|contact| world.tags(&contact)).unwrap_or_default();
        tags.sort();
        let opt_ins = world.opt_ins(&address);
        (id, (said, lists, opt_ins, tags))
    };
    people.into_iter().map(one).collect()
}

/// Subscribers who are in step and opted in.
fn in_step(world: &World) -> Vec<String> {
    let subjects = world.subjects().into_iter().filter(|subject| subject.state == State::InSync);
    let opted_in = subjects.filter(|subject| subject.base.consent.is_some_and(|consent| consent.opted_in));
    let mut ids: Vec<String> = opted_in.map(|subject| subject.id.to_string()).collect();
    ids.sort();
    ids
}

/// One of the things that staff, subscribers and the nonprofit do, at random.
fn edit(world: &World, id: &str, random: &mut fastrand::Rng) {
    let edit = |path: &str, more: (&str, serde_json::Value)| {
        let mut body = json!({"contact": id});
        body[more.0] = more.1;
        world.edit(path, &body);
    };
    let list = ["Newsletter", "Events", "Volunteers"][random.usize(..3)];
    let tag = json!(format!("CC: {list}"));
    match random.u8(..8) {
        0 => edit("virtuous/opt-out", ("count", json!(null))),
        1 | 2 => edit("virtuous/tag", ("tag", tag)),
        3 => edit("virtuous/untag", ("tag", tag)),
        4 => edit("cc/unsubscribe", ("count", json!(null))),
        5 => edit("cc/move-lists", ("add", json!([list]))),
        6 => edit("cc/move-lists", ("remove", json!([list]))),
        _ => edit("cc/delete", ("count", json!(null))),
    }
}

/// The same random history in every world: edits on both sides thrice, of other people each time, and enough time after them.
/// The end, and how many events were heard.
async fn play(setup: &Setup, seed: u64) -> (End, u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let world = World::start(setup).await;
    for _ in 0..40 {
        world.pass(HOUR).await;
        world.deliver_all().await;
    }
    world.until_settled("the first sync", 3 * DAY).await;
    let mut ids = in_step(&world);
    assert!(ids.len() >= 21, "{}", world.describe());
    random.shuffle(&mut ids);
    for ids in ids.chunks(7).take(3) {
        ids.iter().for_each(|id| edit(&world, id, &mut random));
        for _ in 0..20 {
            world.deliver_all().await;
            world.pass(10 * MINUTE).await;
        }
    }
    for _ in 0..3 {
        world.deliver_all().await;
        world.pass(DAY).await;
    }
    let heard = world.counted("tandem_events_total{customer=\"hope\",outcome=\"taken\"}");
    let end = end(&world);
    let writes = world.writes();
    world.pass(DAY).await;
    assert_eq!(world.writes(), writes, "writes go on");
    world.finish().await;
    (end, heard)
}

/// `SEED=n` plays another history.
#[actix::test]
async fn v2_without_events_once_a_day_the_end_is_the_same() {
    if !is_full_run() {
        return;
    }
    let given = std::env::var_os("SEED").and_then(|seed| seed.to_str()?.parse().ok());
    let seed: u64 = given.unwrap_or(61);
    println!("seed {seed}");
    let cc = "lists_every = \"1 polls\"\nsweep_every = \"2d\"";
    let with = Setup { events: true, poll_every: "2h", query_every: "4h", cc, ..Setup::new(60, seed) };
    let without = Setup { events: false, poll_every: "24h", query_every: "24h", ..with.clone() };
    let ((loud, heard), (quiet, nothing)) = (play(&with, seed).await, play(&without, seed).await);
    assert!(heard > 10 && nothing == 0, "{heard} events against {nothing}");
    assert_eq!(loud, quiet);
}
