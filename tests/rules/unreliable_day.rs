//! E1 to E3 over a day of one customer, with every kind of edit, while reads lag by two seconds, one answer of a hundred lacks a part
//! and fields are shown in other forms: it ends as in the honest world, and costs hardly more.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tandem::simulator::{virtuous::form::Form, week};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, Setup, World},
};

/// Calls of the unreliable day for ten of the honest one.
const CALLS_OF_TEN_MAX: u64 = 13;
const SEED: u64 = 41;

fn setup(contacts: usize) -> Setup {
    Setup {
        cc: "bounces_every = \"1h\"\nsweep_every = \"6h\"\nlists_every = \"2 polls\"",
        poll_every: "15m",
        query_every: "15m",
        tags: vec![format!("CC: {}", week::NEW_NAME)],
        ..Setup::new(contacts, SEED)
    }
}

/// Both systems, by what concerns people and not by ids.
fn ending(world: &World) -> Vec<String> {
    let simulator = world.simulator();
    let account = simulator.constant_contact.account(HOPE).unwrap();
    let mut addresses = BTreeMap::new();
    let mut all = Vec::new();
    for subscriber in account.roster.iter() {
        let address = subscriber.email.as_ref().map(|email| email.address.to_lowercase());
        addresses.insert(subscriber.id.to_string(), address.clone());
        let mut lists: Vec<_> = subscriber.lists.iter().map(ToString::to_string).collect();
        lists.sort();
        let deleted = subscriber.deleted_at.is_some();
        let one = json!([address, subscriber.permission(), lists, deleted]);
        all.push(format!("Constant Contact: {one}"));
    }
    let organisation = simulator.virtuous.organisation(HOPE).unwrap();
    for contact in organisation.book.contacts() {
        let methods = contact.methods().map(|method| json!([method.value.to_lowercase(), method.opted_in]));
        let mut tags: Vec<_> = organisation.tag_names(&contact.tags).collect();
        tags.sort_unstable();
        let mut fields: Vec<_> =
            contact.custom_fields.iter().map(|held| (held.field, &*held.value)).collect();
        fields.sort_unstable();
        let references = contact.references.iter().map(|held| addresses.get(&*held.id));
        let (methods, references): (Vec<_>, Vec<_>) = (methods.collect(), references.collect());
        all.push(format!("Virtuous: {}", json!([methods, tags, fields, references])));
    }
    all.sort();
    all
}

fn calls(world: &World) -> u64 {
    world.cc_calls(HOPE) + world.organisation(|held| held.meter.total())
}

/// A day; gives how it ended and what it cost.
async fn day(contacts: usize, unreliable: &[(&str, Value)]) -> (Vec<String>, u64) {
    let world = World::synced(&setup(contacts)).await;
    world.pass(2 * HOUR).await;
    let (began, before) = (world.now(), calls(&world));
    for (control, how) in unreliable {
        world.control(control, how);
    }
    let played = week::play(&mut world.simulator(), HOPE, SEED, began).unwrap();
    world.rename(played.renamed_list);
    for hour in 1..=8 {
        world.pass(HOUR).await;
        world.edit("cc/edit", &json!({"count": 3, "seed": hour}));
        world.edit("cc/move-lists", &json!({"count": 2, "seed": hour}));
        world.edit("cc/unsubscribe", &json!({"count": 1, "seed": hour}));
        world.edit("cc/add", &json!({"count": 1, "seed": hour}));
        world.edit("virtuous/opt-out", &json!({"count": 1, "seed": hour}));
    }
    world.pass(DAY - world.now().since(began)).await;
    let (ending, cost) = (ending(&world), calls(&world) - before);
    assert!(world.app.stop().await, "did not stop in time");
    tokio::time::resume();
    (ending, cost)
}

#[actix::test]
async fn e1_e2_e3_an_unreliable_day_ends_as_the_honest_one_at_hardly_more_calls() {
    if !is_full_run() {
        return;
    }
    let contacts = 300;
    let (honest, honest_calls) = day(contacts, &[]).await;
    let lag = json!({"lag_ms": 2_000});
    let virtuous = json!({"lag_ms": 2_000, "gaps": {"seed": SEED, "per_mille": 10}, "forms": Form::ALL});
    let (found, calls) = day(contacts, &[("cc/unreliable", lag), ("virtuous/unreliable", virtuous)]).await;
    println!("{contacts} contacts: {calls} calls of the unreliable day, {honest_calls} of the honest one");
    let lacking: Vec<_> = honest.iter().filter(|one| !found.contains(one)).collect();
    let beyond: Vec<_> = found.iter().filter(|one| !honest.contains(one)).collect();
    assert!(honest == found, "lacking {lacking:#?}, beyond {beyond:#?}");
    assert!(
        calls * 10 <= honest_calls * CALLS_OF_TEN_MAX,
        "{calls} calls, {honest_calls} in the honest world"
    );
}
