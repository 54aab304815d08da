//! A whole reading of both sides, on demand and after a long pause: what no poll, event or query shows is found (V2).

use std::time::Duration;

use serde_json::{Value, json};
use tandem::{
    operator::questions::{
        customer_pause::CustomerPause, customer_resume::CustomerResume, customer_show::CustomerShow,
        reconcile::Reconcile,
    },
    simulator::virtuous::model::{NewContact, NewIndividual},
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

/// Changes of lists move no date, changes of methods and tags move no date and fire nothing; nothing slow runs by itself.
fn silent() -> Setup {
    Setup {
        poll_every: "1h",
        query_every: "1h",
        cc: "lists_every = \"30d\"\nsweep_every = \"90d\"\nbounces_every = \"90d\"",
        virtuous: json!({"method_bumps_contact": false, "tag_bumps_contact": false, "method_fires": false, "tag_fires": false}),
        constant_contact: json!({"list_moves_touch_updated_at": false}),
        ..Setup::new(60, 61)
    }
}

async fn show(world: &World) -> Value {
    world.ask(CustomerShow { customer: HOPE.parse().unwrap() }).await.unwrap()["reading"].clone()
}

/// Somebody who is in step, opted in, and carries this tag.
fn tagged(world: &World, tag: &str, at: usize) -> String {
    let subjects = world.subjects().into_iter().filter(|subject| {
        subject.base.consent.is_some_and(|consent| consent.opted_in)
            && subject.cc.permission.is_mailable()
            && subject.virtuous.linked().is_some_and(|person| person.tags.iter().any(|known| known == tag))
    });
    subjects.map(|subject| subject.id.to_string()).nth(at).unwrap()
}

/// Drift on both sides that nothing else shows.
async fn drifted(world: &World) -> (String, String) {
    // The query reaches a day back from the newest change that it saw: everybody who was just written is in it until then.
    world.pass(2 * DAY).await;
    world.staff_add(&NewContact {
        individuals: vec![NewIndividual { first_name: "Pat".to_owned(), ..NewIndividual::default() }],
        ..NewContact::default()
    });
    world.pass(2 * HOUR).await;
    let (ann, bob) = (tagged(world, "CC: Newsletter", 0), tagged(world, "CC: Newsletter", 3));
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world.edit("cc/move-lists", &json!({"contact": bob, "remove": ["Newsletter"]}));
    (ann, bob)
}

fn is_unsubscribed(world: &World, id: &str) -> bool {
    let simulator = world.simulator();
    let account = simulator.constant_contact.account(HOPE).unwrap();
    account.roster.get(crate::world::uuid(id)).unwrap().is_unsubscribed()
}

async fn until_read(world: &World) -> Value {
    let done = |world: &World| world.record().reading.is_some_and(|reading| reading.is_done());
    world.until("both sides are read", 3 * HOUR, done).await;
    show(world).await
}

fn has_newsletter(world: &World, id: &str) -> bool {
    world.tags(&world.referenced(id).unwrap()).contains(&"CC: Newsletter".to_owned())
}

#[actix::test]
async fn v2_a_whole_reading_on_demand_finds_what_nothing_else_shows() {
    if !is_full_run() {
        return;
    }
    let world = World::start(&silent()).await;
    let early = world.ask(Reconcile { customer: HOPE.parse().unwrap() }).await.unwrap_err();
    assert!(early.contains("first import"), "{early}");
    world.until_settled("the first sync", 6 * HOUR).await;
    let (ann, bob) = drifted(&world).await;
    world.pass(2 * DAY).await;
    assert!(!is_unsubscribed(&world, &ann) && has_newsletter(&world, &bob), "something else showed it");
    assert_eq!(show(&world).await, Value::Null);

    let asked = world.ask(Reconcile { customer: HOPE.parse().unwrap() }).await.unwrap();
    assert_eq!(asked["virtuous"]["done_at"], Value::Null, "{asked}");
    let read = until_read(&world).await;
    assert_eq!(
        (&read["virtuous"]["drift"]["consent"], &read["constant_contact"]["drift"]["segments"]),
        (&json!(1), &json!(1))
    );
    for (side, facet) in [("virtuous", "segments"), ("virtuous", "email"), ("constant_contact", "consent")] {
        assert_eq!(read[side]["drift"][facet], 0, "{read}");
    }
    world.until_settled("put right", 6 * HOUR).await;
    assert!(is_unsubscribed(&world, &ann) && !has_newsletter(&world, &bob));

    // Another one finds nothing, and nothing is written.
    world.pass(2 * HOUR).await;
    let writes = world.writes();
    world.ask(Reconcile { customer: HOPE.parse().unwrap() }).await.unwrap();
    let again = until_read(&world).await;
    let drift = |side: &str| {
        again[side]["drift"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((drift("virtuous"), drift("constant_contact"), world.writes()), (0, 0, writes), "{again}");
    world.finish().await;
}

#[actix::test]
async fn v2_after_a_long_pause_both_sides_are_read_whole() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&silent()).await;
    let pause = |long: Duration| {
        let world = &world;
        async move {
            world.ask(CustomerPause { customer: HOPE.parse().unwrap() }).await.unwrap();
            world.pass(long).await;
            world.ask(CustomerResume { customer: HOPE.parse().unwrap() }).await.unwrap();
        }
    };
    pause(10 * MINUTE).await;
    assert_eq!(show(&world).await, Value::Null, "a short one needs none");
    let (ann, bob) = drifted(&world).await;
    pause(5 * HOUR).await;
    until_read(&world).await;
    world.until_settled("put right", 6 * HOUR).await;
    assert!(is_unsubscribed(&world, &ann) && !has_newsletter(&world, &bob));
    world.finish().await;
}
