//! Tandem's own subscription to the events of Virtuous: made when the import begins, watched, made again when it is gone.
//!
//! Without one nothing is missed for good: the query of changed contacts finds it later (V2). So no refusal here pauses a
//! customer.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    actors::{
        env::CustomerEnv,
        turn::{Turn, TurnError},
    },
    config::Secret,
    domain::{CustomerRecord, Lane, Stage, Timestamp},
    store::Subscription,
    virtuous::{VirtuousError, webhook::WebhookId},
};

/// It is looked at no more often than this.
const WATCH_EVERY_MIN: Duration = Duration::from_secs(300);
/// A refusal is for staff to lift: asked again once a day.
const REFUSED_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long the secret before this one stays valid: deliveries are repeated for hours.
const FORMER_FOR: Duration = Duration::from_secs(24 * 3600);

/// When the subscription is next looked at; `None` if it is not Tandem's to look at.
///
/// # Errors
/// When the store cannot be read.
pub fn due(env: &CustomerEnv, record: &CustomerRecord) -> Result<Option<Timestamp>, TurnError> {
    // Nothing is written before the import was asked for (C4).
    if !env.settings.virtuous.manage_webhook || !env.is_heard || record.stage == Stage::Observing {
        return Ok(None);
    }
    let Some(known) = env.store.subscription(env.number)? else { return Ok(Some(env.now())) };
    let wait = if known.refused.is_empty() {
        env.settings.virtuous.query_every.max(WATCH_EVERY_MIN)
    } else {
        REFUSED_FOR
    };
    let moved = known.url != url(env, &known) || !is_secret(env, &known);
    Ok(Some(match known.watched_at {
        Some(at) if !moved && at <= env.now() => at.plus(wait),
        _ => env.now(),
    }))
}

/// Makes, watches or mends the subscription if that is due.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn watch(env: &CustomerEnv, record: &CustomerRecord) -> Result<Option<Turn>, TurnError> {
    if due(env, record)?.is_none_or(|due| due > env.now()) {
        return Ok(None);
    }
    let known = env.store.subscription(env.number)?;
    let outcome = match known {
        None => create(env, fresh(env)?).await,
        Some(known) if known.id.is_none() => create(env, known).await,
        Some(known) => look(env, known).await,
    };
    outcome.map(|()| Some(Turn::Did))
}

/// A new one, with what the settings give, and fresh secrets for the rest.
fn fresh(env: &CustomerEnv) -> Result<Subscription, TurnError> {
    let set = &env.settings.virtuous;
    let given = |secret: &Secret| {
        let secret = if secret.is_empty() { Secret::random() } else { Some(secret.clone()) };
        let secret = secret.ok_or_else(|| TurnError::Outside("the machine has no randomness".to_owned()))?;
        Ok::<_, TurnError>(SecretString::from(secret.expose()))
    };
    let mut made = Subscription {
        id: None,
        token: given(&set.webhook_token)?,
        secret: given(&set.webhook_secret)?,
        others: Vec::new(),
        url: String::new(),
        watched_at: None,
        active: false,
        refused: String::new(),
    };
    made.url = url(env, &made);
    Ok(made)
}

/// Where events are to go, by the settings of now.
fn url(env: &CustomerEnv, known: &Subscription) -> String {
    let set = &env.settings.virtuous.webhook_token;
    let token = if set.is_empty() { known.token.expose_secret() } else { set.expose() };
    format!("{}/hooks/virtuous/{}/{token}", env.public_url, env.id)
}

/// Whether the settings give no other secret.
fn is_secret(env: &CustomerEnv, known: &Subscription) -> bool {
    let set = &env.settings.virtuous.webhook_secret;
    set.is_empty() || set.expose() == known.secret.expose_secret()
}

async fn create(env: &CustomerEnv, mut wanted: Subscription) -> Result<(), TurnError> {
    wanted.url = url(env, &wanted);
    // Durable before the call: a lost answer must not lose the secret of events that come.
    env.store.save_subscription(env.number, wanted.clone()).await?;
    let (url, secret) = (wanted.url.clone(), wanted.secret.clone());
    let made =
        env.virtuous.call(Lane::Change, |client| async move { client.create_webhook(&url, &secret).await });
    match made.await {
        Ok((made, shown)) => {
            let other = shown.filter(|shown| shown.expose_secret() != wanted.secret.expose_secret());
            wanted.others.extend(other.map(|shown| (shown, None)));
            tracing::info!(customer = %env.id, id = made.id.0, "subscribed to the events of Virtuous");
            let watched = Subscription {
                id: Some(made.id.0),
                active: true,
                watched_at: Some(env.now()),
                refused: String::new(),
                ..wanted
            };
            Ok(env.store.save_subscription(env.number, watched).await?)
        }
        Err(error) => refused(env, wanted, error).await,
    }
}

async fn look(env: &CustomerEnv, mut known: Subscription) -> Result<(), TurnError> {
    let id = WebhookId(known.id.unwrap_or_default());
    let read = env.virtuous.call(Lane::Change, |client| async move { client.webhook(id).await });
    let found = match read.await {
        Ok(Some(found)) => found,
        Ok(None) => {
            tracing::warn!(customer = %env.id, id = id.0, "the subscription to the events of Virtuous is gone: it is made again");
            return create(env, fresh(env)?).await;
        }
        Err(error) => return refused(env, known, error).await,
    };
    let now = env.now();
    known.others.retain(|(_, until)| until.is_none_or(|until| now < until));
    let wanted = url(env, &known);
    let same_secret = is_secret(env, &known);
    if !found.active || !found.about_contacts || found.payload_url != wanted || !same_secret {
        if !same_secret {
            let new = env.settings.virtuous.webhook_secret.expose().to_owned().into();
            let former = std::mem::replace(&mut known.secret, new);
            known.others.push((former, Some(now.plus(FORMER_FOR))));
        }
        known.url.clone_from(&wanted);
        // Both secrets are known before the first event under the new one can come.
        env.store.save_subscription(env.number, known.clone()).await?;
        let secret = known.secret.clone();
        let put = env
            .virtuous
            .call(Lane::Change, |client| async move { client.replace_webhook(id, &wanted, &secret).await });
        match put.await {
            Ok(()) => {
                tracing::warn!(customer = %env.id, id = id.0, "the subscription to the events of Virtuous was put right: off, or with another address or secret");
            }
            Err(VirtuousError::NotFound) => return create(env, fresh(env)?).await,
            Err(error) => return refused(env, known, error).await,
        }
    }
    let watched = Subscription { active: true, watched_at: Some(now), refused: String::new(), ..known };
    Ok(env.store.save_subscription(env.number, watched).await?)
}

/// What cannot be had: said once, and tried again tomorrow. The query finds what events would have told (V2).
async fn refused(env: &CustomerEnv, known: Subscription, error: VirtuousError) -> Result<(), TurnError> {
    let text = match error {
        VirtuousError::Forbidden { .. }
        | VirtuousError::NotFound
        | VirtuousError::Refused { .. }
        | VirtuousError::Conflict { .. }
        | VirtuousError::Odd { .. } => error.to_string(),
        error => return Err(env.virtuous.turn_error(error)),
    };
    if known.refused.is_empty() {
        tracing::warn!(customer = %env.id, error = text, "Virtuous refuses the subscription to its events: changes there are found by the query (virtuous.query_every) alone");
    }
    let watched = Subscription { active: false, watched_at: Some(env.now()), refused: text, ..known };
    Ok(env.store.save_subscription(env.number, watched).await?)
}
