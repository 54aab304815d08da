//! Tandem's own subscription to the events of Virtuous: made when the import begins, watched, made again when it is gone.
//!
//! Without one nothing is missed for good: the query of changed contacts finds it later (V2). So no refusal here pauses a
//! customer.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    access::CustomerContext,
    config::Secret,
    domain::{CustomerRecord, Lane, Stage, Timestamp},
    store::Subscription,
    turn::{Turn, TurnError},
    virtuous::{VirtuousError, webhook::WebhookId},
};

/// It is looked at no more often than this.
const WATCH_EVERY_MIN: Duration = Duration::from_secs(300);
/// A refusal is for staff to lift: asked again once a day.
const REFUSED_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long the secret before this one stays valid: deliveries are repeated for hours.
const FORMER_FOR: Duration = Duration::from_secs(24 * 3600);

/// When the subscription is next looked at; `None` if there is none that is Tandem's to look at.
///
/// # Errors
/// When the store cannot be read.
pub fn due(env: &CustomerContext, record: &CustomerRecord) -> Result<Option<Timestamp>, TurnError> {
    // Nothing is written before the import was asked for (C4).
    if record.stage == Stage::Observing {
        return Ok(None);
    }
    let known = env.store.subscription()?;
    if !env.settings.virtuous.manage_webhook {
        // Staff's now: the one that Tandem made is ended.
        let ended = known.filter(|known| known.id.is_some());
        return Ok(ended.map(|known| if known.refused.is_empty() { env.now() } else { known.next(env) }));
    }
    if !env.is_heard {
        return Ok(None);
    }
    Ok(Some(known.map_or(env.now(), |known| if moved(env, &known) { env.now() } else { known.next(env) })))
}

impl Subscription {
    /// When it is looked at again, if nothing else calls for it.
    fn next(&self, env: &CustomerContext) -> Timestamp {
        let wait = if self.refused.is_empty() {
            env.settings.virtuous.query_every.max(WATCH_EVERY_MIN)
        } else {
            REFUSED_FOR
        };
        match self.watched_at {
            Some(at) if at <= env.now() => at.plus(wait),
            _ => env.now(),
        }
    }
}

/// Whether the settings ask for something that Virtuous was not asked for yet.
fn moved(env: &CustomerContext, known: &Subscription) -> bool {
    let is_asked = match secret_set(env) {
        None => true,
        // One that was refused was asked for; it is asked for again tomorrow.
        Some(secret) if !known.refused.is_empty() => known.knows(secret),
        Some(secret) => known.secret.expose_secret() == secret,
    };
    known.url != url(env, known) || !is_asked
}

/// Makes, watches, mends or ends the subscription if that is due.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn watch(env: &CustomerContext, record: &CustomerRecord) -> Result<Option<Turn>, TurnError> {
    if due(env, record)?.is_none_or(|due| due > env.now()) {
        return Ok(None);
    }
    let known = env.store.subscription()?;
    let outcome = match known {
        Some(known) if !env.settings.virtuous.manage_webhook => end(env, known).await,
        None => create(env, fresh(env)?).await,
        Some(known) if known.id.is_none() => create(env, known).await,
        Some(known) => look(env, known).await,
    };
    outcome.map(|()| Some(Turn::Progressed))
}

/// A new one, with what the settings give, and fresh secrets for the rest.
fn fresh(env: &CustomerContext) -> Result<Subscription, TurnError> {
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
fn url(env: &CustomerContext, known: &Subscription) -> String {
    let set = &env.settings.virtuous.webhook_token;
    let token = if set.is_empty() { known.token.expose_secret() } else { set.expose() };
    format!("{}/hooks/virtuous/{}/{token}", env.public_url, env.id)
}

/// The secret that the settings give, if they do.
fn secret_set(env: &CustomerContext) -> Option<&str> {
    let set = &env.settings.virtuous.webhook_secret;
    (!set.is_empty()).then(|| set.expose())
}

async fn create(env: &CustomerContext, mut wanted: Subscription) -> Result<(), TurnError> {
    wanted.url = url(env, &wanted);
    if let Some(secret) = secret_set(env) {
        wanted.exchange(secret, env.now().plus(FORMER_FOR));
    }
    // Durable before the call: a lost answer must not lose the secret of events that come.
    env.store.save_subscription(wanted.clone()).await?;
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
            Ok(env.store.save_subscription(watched).await?)
        }
        Err(error) => refused(env, wanted, error).await,
    }
}

async fn look(env: &CustomerContext, mut known: Subscription) -> Result<(), TurnError> {
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
    let secret = secret_set(env).unwrap_or(known.secret.expose_secret()).to_owned();
    let has_secret = known.secret.expose_secret() == secret;
    if !found.active || !found.about_contacts || found.payload_url != wanted || !has_secret {
        known.url.clone_from(&wanted);
        // Both secrets are valid before the first event under the new one can come; it is the subscription's once Virtuous
        // has taken it.
        known.admit(&secret);
        env.store.save_subscription(known.clone()).await?;
        let sent = SecretString::from(secret.as_str());
        let put = env
            .virtuous
            .call(Lane::Change, |client| async move { client.replace_webhook(id, &wanted, &sent).await });
        match put.await {
            Ok(()) => {
                known.exchange(&secret, now.plus(FORMER_FOR));
                tracing::warn!(customer = %env.id, id = id.0, "the subscription to the events of Virtuous was put right: off, or with another address or secret");
            }
            Err(VirtuousError::NotFound) => return create(env, fresh(env)?).await,
            Err(error) => return refused(env, known, error).await,
        }
    }
    let watched = Subscription { active: true, watched_at: Some(now), refused: String::new(), ..known };
    Ok(env.store.save_subscription(watched).await?)
}

/// Ends the one that Tandem made before staff took this over, unless they took over that one itself: they lead it elsewhere, or its
/// token is the one that the settings give.
async fn end(env: &CustomerContext, known: Subscription) -> Result<(), TurnError> {
    let id = WebhookId(known.id.unwrap_or_default());
    let own = format!("/hooks/virtuous/{}/{}", env.id, known.token.expose_secret());
    let is_set = env.settings.virtuous.webhook_token.expose() == known.token.expose_secret();
    let read = env.virtuous.call(Lane::Change, |client| async move { client.webhook(id).await });
    let ended = match read.await {
        Ok(Some(found)) if !is_set && found.payload_url.ends_with(&own) => {
            env.virtuous.call(Lane::Change, |client| async move { client.delete_webhook(id).await }).await
        }
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        return refused(env, known, error).await;
    }
    tracing::info!(customer = %env.id, id = id.0, "Tandem's subscription to the events of Virtuous is ended: manage_webhook is off");
    let ended = Subscription { id: None, active: false, watched_at: None, refused: String::new(), ..known };
    Ok(env.store.save_subscription(ended).await?)
}

/// What cannot be had: said once, and tried again tomorrow, or when the settings change. The query finds what events would have
/// told (V2).
async fn refused(
    env: &CustomerContext,
    mut known: Subscription,
    error: VirtuousError,
) -> Result<(), TurnError> {
    if !error.stays() {
        return Err(env.virtuous.turn_error(error));
    }
    let text = error.to_string();
    let set = [&env.settings.virtuous.webhook_token, &env.settings.virtuous.webhook_secret];
    let set = set.into_iter().filter(|secret| !secret.is_empty());
    let text = set.fold(known.scrub(&text), |text, secret| text.replace(secret.expose(), "***"));
    if known.refused.is_empty() {
        tracing::warn!(customer = %env.id, error = text, "Virtuous refuses the subscription to its events, or a change of it: changes there are found by the query (virtuous.query_every) alone");
    }
    known.url = url(env, &known);
    if let Some(secret) = secret_set(env) {
        known.admit(secret);
    }
    let watched = Subscription { active: false, watched_at: Some(env.now()), refused: text, ..known };
    Ok(env.store.save_subscription(watched).await?)
}
