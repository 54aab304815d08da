//! The subscription to the events of Virtuous while its settings change: no secret is lost, no refusal is argued with.

use std::time::Duration;

use serde_json::json;
use tandem::{
    config::{CustomerSettings, Secret},
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
    transport::Method,
};

use crate::{
    events::{subscriptions, told, with_ann},
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, World},
};

const MANY: u32 = 1_000;

fn settings(world: &World) -> CustomerSettings {
    CustomerSettings::clone(&world.app.context(&HOPE.parse().unwrap()).unwrap().settings)
}

async fn change(world: &World, change: impl FnOnce(&mut CustomerSettings)) {
    let mut changed = settings(world);
    change(&mut changed);
    world.app.run(vec![changed]).await.unwrap();
    world.pass(MINUTE).await;
}

/// Virtuous answers calls of the subscription by this method so, until the faults are cleared.
fn refuse(world: &World, method: &str, status: u16) {
    let kind = FaultKind::Status { status, body: ErrorBody::Message };
    let fault = Fault::once(System::Virtuous, kind);
    world.fault(Fault {
        method: Some(method.to_owned()),
        path_prefix: "/api/Webhook".to_owned(),
        remaining: Some(MANY),
        ..fault
    });
}

/// How often Virtuous refused.
fn refusals(world: &World) -> u32 {
    MANY - world.simulator().virtuous.faults.active()[0].remaining.unwrap()
}

fn clear_faults(world: &World) {
    world.simulator().virtuous.faults.clear();
}

fn secret(world: &World) -> String {
    world.organisation(|held| held.webhooks.subscriptions()[0].secret.clone())
}

/// Whether an event that Virtuous signs now is taken.
async fn is_heard(world: &World, contact: &str, tag: &str) -> Vec<u16> {
    world.edit("virtuous/tag", &json!({"contact": contact, "tag": tag}));
    let mut answers = Vec::new();
    for delivery in world.events_due() {
        answers.push(world.deliver(&delivery).await);
    }
    answers
}

#[actix::test]
async fn b3_a_changed_secret_that_virtuous_refuses_is_sent_once_a_day_and_the_former_stays_valid() {
    if !is_full_run() {
        return;
    }
    for method in ["PUT", "GET"] {
        let (world, ann) = with_ann(json!({}), "").await;
        let first = secret(&world);
        refuse(&world, method, 403);
        change(&world, |set| set.virtuous.webhook_secret = Secret::new("another secret of staff")).await;
        world.pass(12 * HOUR).await;
        assert_eq!(refusals(&world), 1, "{method}");
        world.pass(3 * DAY).await;
        assert!((3..=5).contains(&refusals(&world)), "{method}");
        assert_eq!(secret(&world), first);
        assert_eq!(is_heard(&world, &ann, "Board").await, [202], "{method}");
        // Staff lift it, and change the secret once more: that is sent at once.
        clear_faults(&world);
        change(&world, |set| set.virtuous.webhook_secret = Secret::new("the third secret of staff")).await;
        world.pass(HOUR).await;
        assert_eq!(secret(&world), "the third secret of staff", "{method}");
        assert_eq!(is_heard(&world, &ann, "Gala").await, [202], "{method}");
        world.pass(2 * DAY).await;
        assert_eq!(is_heard(&world, &ann, "Choir").await, [202], "{method}");
        world.edit("virtuous/opt-out", &json!({"contact": ann}));
        assert!(world.deliver_all().await > 0);
        told(world, 2 * MINUTE).await;
    }
}

#[actix::test]
async fn b3_a_refused_subscription_is_not_asked_for_again_because_the_settings_changed_once() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann(json!({}), "").await;
    let id = world.organisation(|held| held.webhooks.subscriptions()[0].id);
    world.simulator().virtuous.organisation_mut(HOPE).unwrap().webhooks.unsubscribe(id);
    refuse(&world, "POST", 400);
    world.pass(2 * DAY).await;
    assert!((1..=3).contains(&refusals(&world)), "{}", refusals(&world));
    let before = refusals(&world);
    change(&world, |set| set.virtuous.webhook_secret = Secret::new("another secret of staff")).await;
    world.pass(12 * HOUR).await;
    assert_eq!(refusals(&world) - before, 1);
    clear_faults(&world);
    world.pass(2 * DAY).await;
    assert_eq!((subscriptions(&world), secret(&world).as_str()), (1, "another secret of staff"));
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    assert!(world.deliver_all().await > 0);
    told(world, 2 * MINUTE).await;
}

#[actix::test]
async fn a_changed_secret_that_does_not_arrive_for_days_loses_no_event() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann(json!({}), "").await;
    let first = secret(&world);
    refuse(&world, "PUT", 503);
    change(&world, |set| set.virtuous.webhook_secret = Secret::new("another secret of staff")).await;
    for tag in ["Board", "Gala", "Choir"] {
        world.pass(DAY).await;
        assert_eq!(secret(&world), first);
        assert_eq!(is_heard(&world, &ann, tag).await, [202], "{tag}");
    }
    clear_faults(&world);
    world.pass(2 * HOUR).await;
    assert_eq!(secret(&world), "another secret of staff");
    assert_eq!(is_heard(&world, &ann, "Band").await, [202]);
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    assert!(world.deliver_all().await > 0);
    told(world, 2 * MINUTE).await;
}

#[actix::test]
async fn a_subscription_that_staff_take_over_is_ended_once_and_its_token_opens_nothing() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann(json!({}), "").await;
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": "Board"}));
    let late = world.events_due();
    change(&world, |set| set.virtuous.manage_webhook = false).await;
    assert_eq!(subscriptions(&world), 0);
    for delivery in &late {
        assert_eq!(world.deliver(delivery).await, 404);
    }
    let calls = |world: &World| world.calls_of(Method::Get, "/api/Webhook/{id}");
    let before = calls(&world);
    world.pass(2 * DAY).await;
    assert_eq!(calls(&world), before);
    // And back: it is made again.
    change(&world, |set| set.virtuous.manage_webhook = true).await;
    world.pass(Duration::from_secs(600)).await;
    assert_eq!(subscriptions(&world), 1);
    assert_eq!(is_heard(&world, &ann, "Gala").await, [202]);
    world.pass(3 * HOUR).await;
    world.finish().await;
}
