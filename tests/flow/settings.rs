//! Settings that change while the service runs.

use serde_json::json;
use tandem::config::{BounceAction, CustomerSettings, Secret};

use crate::{
    full::is_full_run,
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

async fn apply(world: &World, change: impl FnOnce(&mut CustomerSettings)) {
    let mut settings = CustomerSettings::clone(&world.app.customers.read().unwrap()[0]);
    change(&mut settings);
    world.app.run(vec![settings]).await.unwrap();
}

#[actix::test]
async fn b3_a_new_key_to_virtuous_ends_the_pause_that_the_old_one_brought() {
    let world = World::synced(&Setup::new(60, 501)).await;
    world.control("virtuous/revoke-key", &json!({"key": "key-hope"}));
    world.edit("cc/unsubscribe", &json!({"count": 3}));
    world.until("the pause", HOUR, |world| world.record().pause.is_some()).await;
    // The same file again is no reason to try.
    apply(&world, |_| {}).await;
    assert!(world.record().pause.is_some());
    world.control("virtuous/add-key", &json!({"account": HOPE, "key": "key-new"}));
    apply(&world, |settings| settings.virtuous.api_key = Secret::new("key-new")).await;
    assert!(world.record().pause.is_none());
    world.until_settled("what waited", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn p4_a_choice_that_changes_counts_for_what_was_seen_before() {
    if !is_full_run() {
        return;
    }
    let cc = "bounces_every = \"10m\"";
    let more = "[consent]\nhard_bounce = \"ignore\"\n";
    let world = World::synced(&Setup { cc, more, ..Setup::new(60, 502) }).await;
    let new = json!({"email": "bea@example.com", "first_name": "Bea", "last_name": "Lee"});
    let bea = world.subscribe(&new, &["Newsletter"]);
    world.pass(HOUR).await;
    world.control("cc/add-campaign", &json!({"name": "Spring appeal"}));
    world.edit("cc/bounce", &json!({"contact": bea, "code": "B"}));
    world.pass(HOUR).await;
    assert_eq!(world.opt_ins("bea@example.com"), [true]);
    apply(&world, |settings| settings.consent.hard_bounce = BounceAction::OptOut).await;
    world.pass(10 * MINUTE).await;
    assert_eq!(world.opt_ins("bea@example.com"), [false], "{}", world.describe());
    world.until_settled("everybody by the new choice", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn w3_a_resubscribe_around_a_restart_of_the_actors_is_seen_by_the_counts() {
    if !is_full_run() {
        return;
    }
    let cc = "lists_every = \"1 polls\"\nsweep_every = \"30d\"";
    let world = World::synced(&Setup { cc, ..Setup::new(60, 503) }).await;
    let new = json!({"email": "bea@example.com", "first_name": "Bea", "last_name": "Lee"});
    let bea = world.subscribe(&new, &["Newsletter"]);
    world.pass(HOUR).await;
    world.edit("cc/unsubscribe", &json!({"contact": bea}));
    world.pass(HOUR).await;
    world.until_settled("the opt-out", HOUR).await;
    assert_eq!(world.opt_ins("bea@example.com"), [false]);
    // The actors begin anew, and know the counts of before all the same.
    let counted = world.app.deps.store.of(world.record().number).baselines().unwrap();
    assert!(counted.account.is_some());
    apply(&world, |settings| settings.constant_contact.poll_every = 2 * MINUTE).await;
    world.edit("cc/resubscribe", &json!({"contact": bea, "proof": "confirmed"}));
    world.pass(HOUR).await;
    assert_eq!(world.opt_ins("bea@example.com"), [true], "{}", world.describe());
    world.until_settled("the re-subscribe", HOUR).await;
    world.finish().await;
}
