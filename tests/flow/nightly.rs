//! A customer without events, polled and queried once a day, ends where one with events ends (V2).

use std::collections::BTreeMap;

use serde_json::json;
use tandem::{domain::State, simulator::constant_contact::Contact};

use crate::world::{DAY, HOPE, HOUR, MINUTE, Setup, World};

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

/// The same history in every world: edits on both sides thrice, and enough time after them. The end, and how many
/// events were heard.
async fn play(setup: &Setup) -> (End, u64) {
    let world = World::start(setup).await;
    for _ in 0..40 {
        world.pass(HOUR).await;
        world.deliver_all().await;
    }
    world.until_settled("the first sync", 3 * DAY).await;
    let ids = in_step(&world);
    assert!(ids.len() > 21, "{}", world.describe());
    for ids in ids.chunks(7).take(3) {
        world.edit("virtuous/opt-out", &json!({"contact": ids[0]}));
        world.edit("virtuous/tag", &json!({"contact": ids[1], "tag": "CC: Events"}));
        world.edit("virtuous/untag", &json!({"contact": ids[2], "tag": "CC: Newsletter"}));
        world.edit("virtuous/tag", &json!({"contact": ids[3], "tag": "CC: Volunteers"}));
        world.edit("cc/unsubscribe", &json!({"contact": ids[4]}));
        world.edit("cc/move-lists", &json!({"contact": ids[5], "add": ["Events"]}));
        world.edit("cc/delete", &json!({"contact": ids[6]}));
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

#[actix::test]
async fn v2_without_events_once_a_day_the_end_is_the_same() {
    let cc = "lists_every = \"1 polls\"\nsweep_every = \"2d\"";
    let with = Setup { events: true, poll_every: "2h", query_every: "4h", cc, ..Setup::new(60, 61) };
    let without = Setup { events: false, poll_every: "24h", query_every: "24h", ..with.clone() };
    let ((loud, heard), (quiet, nothing)) = (play(&with).await, play(&without).await);
    assert!(heard > 10 && nothing == 0, "{heard} events against {nothing}");
    assert_eq!(loud, quiet);
}
