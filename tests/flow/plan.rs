//! B2: the dry run says what would come, and writes nothing.

use serde_json::{Value, json};
use tandem::desk::Ask;

use crate::world::{HOPE, HOUR, MINUTE, Setup, World};

fn number(plan: &Value, key: &str) -> u64 {
    plan[key].as_u64().unwrap_or_else(|| panic!("{key} in {plan}"))
}

#[actix::test]
async fn b2_before_the_import_everybody_is_planned_and_nothing_written() {
    let world = World::start(&Setup { auto_start: false, ..Setup::new(120, 4) }).await;
    world.pass(10 * MINUTE).await;
    let planned = world.plan().await;
    let people = world.counts_of(HOPE).subjects();
    let of = |key| number(&planned, key);
    assert_eq!(of("create") + of("held") + of("review") + of("excluded"), people, "{planned}");
    // Not even the reading of Virtuous has begun: its own calls are in the plan, and no call for each person.
    assert!(of("not_looked_up") > 0 && of("calls_virtuous") < 3 * people, "{planned}");
    assert!(planned["hours"].as_f64().unwrap() > 0.0);
    let counted: u64 = planned["reasons"].as_array().unwrap().iter().map(|one| number(one, "count")).sum();
    assert_eq!(counted, people, "{planned}");
    let samples = planned["samples"].as_array().unwrap();
    assert!(samples.iter().any(|sample| sample["what"] == json!(["create"])), "{planned}");
    assert!(samples.iter().any(|sample| sample["what"] == json!(["held"])), "{planned}");
    assert!(planned["missing_tags"].is_array() && planned["brake"].is_null());
    assert_eq!(world.writes(), 0);
    world.finish_differing().await;
}

#[actix::test]
async fn b2_the_plan_of_a_paused_customer_is_what_is_written_when_it_goes_on() {
    let world = World::synced(&Setup::new(300, 5)).await;
    assert_eq!(number(&world.plan().await, "update"), 0);
    world.edit("cc/delete", &json!({"count": 100}));
    world.edit("cc/unsubscribe", &json!({"count": 10}));
    world.until("the brake holds", HOUR, |world| world.record().brake.held.is_some()).await;
    let before = world.writes();
    let planned = world.plan().await;
    let held = world.record().brake.held.unwrap();
    assert_eq!(planned["brake"]["count"].as_u64(), Some(held.count), "{planned}");
    assert_eq!(number(&planned, "update"), held.count, "{planned}");
    assert!(number(&planned, "opt_out") > 0 && number(&planned, "untag") > 0 && number(&planned, "note") > 0);
    assert_eq!(world.writes(), before);
    world
        .ask(Ask::Decide(HOPE.parse().unwrap(), tandem::desk::WorkVerb::Accept, Some("brake".into()), None))
        .await
        .unwrap();
    world.until_settled("the deletions", 2 * HOUR).await;
    let planned = world.plan().await;
    assert_eq!((number(&planned, "update"), &planned["brake"]), (0, &Value::Null), "{planned}");
    world.finish().await;
}
