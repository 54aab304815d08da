use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{plan, turn::turn};
use crate::{
    config::Secret,
    domain::{Stage, Timestamp},
    store::Subscription,
    submitter::{
        kept::Kept,
        scripted::{World, now},
    },
    turn::{Turn, TurnError},
};

const CREATE: &str = "POST /api/Webhook";
const LOOK: &str = "GET /api/Webhook/5";
const REPLACE: &str = "PUT /api/Webhook/5";
const END: &str = "DELETE /api/Webhook/5";
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn kept() -> Kept {
    let mut kept = Kept::at(Stage::Live).await;
    kept.settings.virtuous.manage_webhook = true;
    kept
}

/// A subscription that was made with this secret, and is to be looked at.
async fn made(secret: &str) -> Kept {
    let kept = kept().await;
    let known = Subscription {
        id: Some(5),
        token: "own".to_owned().into(),
        secret: secret.to_owned().into(),
        others: Vec::new(),
        url: "https://tandem.test/hooks/virtuous/hope/own".to_owned(),
        watched_at: None,
        active: true,
        refused: String::new(),
    };
    kept.store.save_subscription(known).await.unwrap();
    kept
}

async fn watched(kept: &Kept, world: &World) -> Result<Option<Turn>, TurnError> {
    let (view, committer) = (kept.view(), kept.committer());
    let stage = view.record.stage;
    let turned =
        world.with(async |reach: &_| turn(&view.wanted(), reach.virtuous, &committer, stage).await).await;
    world.is_played();
    turned
}

fn known(kept: &Kept) -> Subscription {
    kept.store.subscription().unwrap().unwrap()
}

fn due(kept: &Kept) -> Option<Timestamp> {
    let view = kept.view();
    plan::due(&view.wanted(), kept.store.subscription().unwrap().as_ref(), view.record.stage)
}

/// The secrets under which events are valid now.
fn secrets(kept: &Kept) -> Vec<String> {
    known(kept).secrets(now()).iter().map(|secret| secret.expose_secret().to_owned()).collect()
}

fn shown(url: &str) -> Value {
    json!({"id": 5, "payloadUrl": url, "active": true, "contactCreate": true, "contactUpdate": true})
}

fn own() -> Value {
    shown("https://tandem.test/hooks/virtuous/hope/own")
}

#[tokio::test]
async fn v2_it_is_made_and_looked_at_at_the_pace_of_the_query() {
    let mut kept = kept().await;
    kept.settings.virtuous.query_every = DAY;
    assert_eq!(due(&kept), Some(now()));
    let world = World::new().on(CREATE, 200, shown("https://tandem.test/hooks/virtuous/hope/t"));
    assert_eq!(watched(&kept, &world).await.unwrap(), Some(Turn::Progressed));
    let made = known(&kept);
    assert_eq!((made.id, made.active, made.watched_at), (Some(5), true, Some(now())));
    assert_eq!(world.body(0)["secret"], made.secret.expose_secret());
    assert_eq!(world.body(0)["payloadUrl"], made.url);
    assert_eq!(due(&kept), Some(now().plus(DAY)));
    assert_eq!(watched(&kept, &World::new()).await.unwrap(), None, "nothing is due");
}

#[tokio::test]
async fn v2_a_lost_answer_loses_no_secret() {
    let kept = kept().await;
    let lost = World::new().lost(CREATE);
    assert!(matches!(watched(&kept, &lost).await, Err(TurnError::Outside(_))));
    let before = known(&kept);
    assert_eq!((before.id, due(&kept)), (None, Some(now())), "durable before the call, and due again");
    let world = World::new().on(CREATE, 200, own());
    watched(&kept, &world).await.unwrap();
    assert_eq!(world.body(0), lost.body(0), "the same address and secret are asked for again");
    assert_eq!(known(&kept).secret.expose_secret(), before.secret.expose_secret());
}

#[tokio::test]
async fn v2_a_secret_that_virtuous_shows_is_valid_too() {
    let kept = kept().await;
    let mut answer = own();
    answer["secret"] = json!("shown");
    watched(&kept, &World::new().on(CREATE, 200, answer)).await.unwrap();
    assert_eq!(secrets(&kept)[1], "shown");
}

#[tokio::test]
async fn b3_a_refusal_is_noted_without_secrets_and_asked_again_tomorrow() {
    let mut kept = kept().await;
    kept.settings.virtuous.webhook_secret = Secret::new("hush-hush");
    let world = World::new().on(CREATE, 403, r#"{"message":"no right to use hush-hush here"}"#);
    assert_eq!(watched(&kept, &world).await.unwrap(), Some(Turn::Progressed), "no customer pauses for it");
    let refused = known(&kept);
    assert!(!refused.refused.is_empty() && !refused.refused.contains("hush"), "{}", refused.refused);
    assert_eq!((refused.id, due(&kept)), (None, Some(now().plus(DAY))));
    // Another secret in the settings is asked for at once.
    kept.settings.virtuous.webhook_secret = Secret::new("other");
    assert_eq!(due(&kept), Some(now()));
}

#[tokio::test]
async fn v2_a_changed_secret_is_exchanged_without_a_gap() {
    let mut kept = made("old").await;
    kept.settings.virtuous.webhook_secret = Secret::new("new");
    let lost = World::new().on(LOOK, 200, own()).lost(REPLACE);
    assert!(matches!(watched(&kept, &lost).await, Err(TurnError::Outside(_))));
    assert_eq!(secrets(&kept), ["old", "new"], "Virtuous may have taken it");
    let world = World::new().on(LOOK, 200, own()).on(REPLACE, 200, "");
    watched(&kept, &world).await.unwrap();
    assert_eq!(world.body(1)["secret"], "new");
    assert_eq!(secrets(&kept), ["new", "old"], "deliveries under the old one are repeated for hours");
    assert_eq!(known(&kept).others[0].1, Some(now().plus(DAY)));
}

#[tokio::test]
async fn v2_a_refused_secret_stays_valid_beside_the_known_one() {
    let mut kept = made("old").await;
    kept.settings.virtuous.webhook_secret = Secret::new("new");
    let world = World::new().on(LOOK, 200, own()).on(REPLACE, 400, "[]");
    watched(&kept, &world).await.unwrap();
    assert_eq!(secrets(&kept), ["old", "new"]);
    assert_eq!((known(&kept).id, due(&kept)), (Some(5), Some(now().plus(DAY))));
}

#[tokio::test]
async fn v2_it_is_put_right_where_it_is_off_or_leads_elsewhere() {
    for (key, value) in [("active", json!(false)), ("payloadUrl", json!("https://other.test/"))] {
        let (kept, mut found) = (made("old").await, own());
        found[key] = value;
        let world = World::new().on(LOOK, 200, found).on(REPLACE, 200, "");
        watched(&kept, &world).await.unwrap();
        assert_eq!(world.body(1)["payloadUrl"], own()["payloadUrl"], "{key}");
        assert_eq!(secrets(&kept), ["old"]);
    }
}

#[tokio::test]
async fn v2_what_is_as_wanted_is_only_looked_at() {
    let kept = made("old").await;
    let world = World::new().on(LOOK, 200, own());
    let before = kept.groups();
    watched(&kept, &world).await.unwrap();
    assert_eq!((world.asked().len(), kept.groups() - before), (1, 1));
    assert_eq!(known(&kept).watched_at, Some(now()));
}

#[tokio::test]
async fn v2_it_is_made_again_when_it_is_gone() {
    let gone_at_once = World::new().on(LOOK, 404, "").on(CREATE, 200, shown("x"));
    let gone_meanwhile =
        World::new().on(LOOK, 200, shown("x")).on(REPLACE, 404, "").on(CREATE, 200, shown("x"));
    for world in [gone_at_once, gone_meanwhile] {
        let kept = made("old").await;
        watched(&kept, &world).await.unwrap();
        assert_eq!((known(&kept).id, known(&kept).active), (Some(5), true));
        assert!(!secrets(&kept).contains(&"old".to_owned()), "a new one has secrets of its own");
    }
}

#[tokio::test]
async fn c4_none_is_made_before_the_import() {
    let kept = kept().await;
    kept.change(|record| record.stage = Stage::Observing).await;
    assert_eq!(due(&kept), None);
    assert_eq!(watched(&kept, &World::new()).await.unwrap(), None);
}

#[tokio::test]
async fn v2_without_manage_webhook_tandems_own_is_ended() {
    let mut kept = made("old").await;
    kept.settings.virtuous.manage_webhook = false;
    assert_eq!(due(&kept), Some(now()));
    watched(&kept, &World::new().on(LOOK, 200, own()).on(END, 200, "")).await.unwrap();
    assert_eq!((known(&kept).id, due(&kept)), (None, None));
}

#[tokio::test]
async fn v2_without_manage_webhook_what_staff_took_over_stays() {
    let mut kept = made("old").await;
    kept.settings.virtuous.manage_webhook = false;
    let elsewhere = World::new().on(LOOK, 200, shown("https://staff.test/"));
    watched(&kept, &elsewhere).await.unwrap();
    assert_eq!(known(&kept).id, None);

    let mut kept = made("old").await;
    kept.settings.virtuous.manage_webhook = false;
    kept.settings.virtuous.webhook_token = Secret::new("own");
    watched(&kept, &World::new().on(LOOK, 200, own())).await.unwrap();
    assert_eq!(known(&kept).id, None, "the settings give its token: staff lead it");
}

#[tokio::test]
async fn v2_without_manage_webhook_none_is_made() {
    let mut kept = kept().await;
    kept.settings.virtuous.manage_webhook = false;
    assert_eq!(due(&kept), None);
}
