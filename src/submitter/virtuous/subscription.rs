//! Tandem's own subscription to the events of Virtuous: made when the import begins, watched, made again when it is gone.
//!
//! Without one nothing is missed for good: the query of changed contacts finds it later (V2). So no refusal here pauses a
//! customer.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    config::{CustomerVirtuous, Secret},
    domain::{Lane, Stage, Timestamp},
    store::Subscription,
    turn::{Turn, TurnError},
    virtuous::{VirtuousError, webhook::WebhookId},
};

use super::VirtuousSide;

/// It is looked at no more often than this.
const WATCH_EVERY_MIN: Duration = Duration::from_secs(300);
/// A refusal is for staff to lift: asked again once a day.
const REFUSED_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long the secret before this one stays valid: deliveries are repeated for hours.
const FORMER_FOR: Duration = Duration::from_secs(24 * 3600);

/// Keeps Tandem's subscription as the settings want it.
#[derive(Clone, Copy)]
pub struct Watcher<'a> {
    /// The store, and the way to Virtuous.
    pub side: VirtuousSide<'a>,
    /// The settings.
    pub settings: &'a CustomerVirtuous,
    /// How the outside reaches this process.
    pub public_url: &'a str,
    /// Whether Virtuous would deliver there.
    pub is_heard: bool,
}

impl Watcher<'_> {
    /// When the subscription is next looked at; `None` if there is none that is Tandem's to look at.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn due(&self, stage: Stage) -> Result<Option<Timestamp>, TurnError> {
        // Nothing is written before the import was asked for (C4).
        if stage == Stage::Observing {
            return Ok(None);
        }
        let known = self.side.store.subscription()?;
        if !self.settings.manage_webhook {
            // Staff keep their own: Tandem's subscription is ended.
            let ended = known.filter(|known| known.id.is_some());
            return Ok(
                ended.map(|known| if known.refused.is_empty() { self.side.now() } else { self.next(&known) })
            );
        }
        if !self.is_heard {
            return Ok(None);
        }
        Ok(Some(known.map_or(self.side.now(), |known| {
            if self.moved(&known) { self.side.now() } else { self.next(&known) }
        })))
    }

    /// Whether the settings ask for something that Virtuous was not asked for yet.
    fn moved(&self, known: &Subscription) -> bool {
        let is_asked = match self.secret_set() {
            None => true,
            // A refused secret was asked for; it is asked for again tomorrow.
            Some(secret) if !known.refused.is_empty() => known.knows(secret),
            Some(secret) => known.secret.expose_secret() == secret,
        };
        known.url != self.url(known) || !is_asked
    }

    /// When it is looked at again, if nothing else calls for it.
    fn next(&self, known: &Subscription) -> Timestamp {
        let (now, query_every) = (self.side.now(), self.settings.query_every);
        let wait = if known.refused.is_empty() { query_every.max(WATCH_EVERY_MIN) } else { REFUSED_FOR };
        match known.watched_at {
            Some(at) if at <= now => at.plus(wait),
            _ => now,
        }
    }

    /// Makes, watches, mends or ends the subscription if that is due.
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it.
    pub async fn watch(&self, stage: Stage) -> Result<Option<Turn>, TurnError> {
        if self.due(stage)?.is_none_or(|due| due > self.side.now()) {
            return Ok(None);
        }
        let known = self.side.store.subscription()?;
        let outcome = match known {
            Some(known) if !self.settings.manage_webhook => self.end(known).await,
            None => self.create(self.fresh()?).await,
            Some(known) if known.id.is_none() => self.create(known).await,
            Some(known) => self.look(known).await,
        };
        outcome.map(|()| Some(Turn::Progressed))
    }

    /// A new one, with what the settings give, and fresh secrets for the rest.
    fn fresh(&self) -> Result<Subscription, TurnError> {
        let set = &self.settings;
        let given = |secret: &Secret| {
            let secret = if secret.is_empty() { Secret::random() } else { Some(secret.clone()) };
            let secret =
                secret.ok_or_else(|| TurnError::Outside("the machine has no randomness".to_owned()))?;
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
        made.url = self.url(&made);
        Ok(made)
    }

    /// Where events are to go, by the settings of now.
    fn url(&self, known: &Subscription) -> String {
        let set = &self.settings.webhook_token;
        let token = if set.is_empty() { known.token.expose_secret() } else { set.expose() };
        format!("{}/hooks/virtuous/{}/{token}", self.public_url, self.side.customer)
    }

    /// The secret that the settings give, if they do.
    fn secret_set(&self) -> Option<&str> {
        let set = &self.settings.webhook_secret;
        (!set.is_empty()).then(|| set.expose())
    }

    async fn create(&self, mut wanted: Subscription) -> Result<(), TurnError> {
        wanted.url = self.url(&wanted);
        if let Some(secret) = self.secret_set() {
            wanted.exchange(secret, self.side.now().plus(FORMER_FOR));
        }
        // Durable before the call: a lost answer must not lose the secret of events that come.
        self.side.store.save_subscription(wanted.clone()).await?;
        let (url, secret) = (wanted.url.clone(), wanted.secret.clone());
        let made = self
            .side
            .virtuous
            .call(Lane::Change, |client| async move { client.create_webhook(&url, &secret).await });
        match made.await {
            Ok((made, shown)) => {
                let other = shown.filter(|shown| shown.expose_secret() != wanted.secret.expose_secret());
                wanted.others.extend(other.map(|shown| (shown, None)));
                tracing::info!(customer = %self.side.customer, id = made.id.0, "subscribed to the events of Virtuous");
                let watched = Subscription {
                    id: Some(made.id.0),
                    active: true,
                    watched_at: Some(self.side.now()),
                    refused: String::new(),
                    ..wanted
                };
                Ok(self.side.store.save_subscription(watched).await?)
            }
            Err(error) => self.refused(wanted, error).await,
        }
    }

    async fn look(&self, mut known: Subscription) -> Result<(), TurnError> {
        let id = WebhookId(known.id.unwrap_or_default());
        let read = self.side.virtuous.call(Lane::Change, |client| async move { client.webhook(id).await });
        let found = match read.await {
            Ok(Some(found)) => found,
            Ok(None) => {
                tracing::warn!(customer = %self.side.customer, id = id.0, "the subscription to the events of Virtuous is gone: it is made again");
                return self.create(self.fresh()?).await;
            }
            Err(error) => return self.refused(known, error).await,
        };
        let now = self.side.now();
        known.others.retain(|(_, until)| until.is_none_or(|until| now < until));
        let wanted = self.url(&known);
        let secret = self.secret_set().unwrap_or(known.secret.expose_secret()).to_owned();
        let has_secret = known.secret.expose_secret() == secret;
        if !found.active || !found.about_contacts || found.payload_url != wanted || !has_secret {
            known.url.clone_from(&wanted);
            // Both secrets are valid before the first event under the new one can come; it is the subscription's once Virtuous
            // has taken it.
            known.admit(&secret);
            self.side.store.save_subscription(known.clone()).await?;
            let sent = SecretString::from(secret.as_str());
            let put = self
                .side
                .virtuous
                .call(Lane::Change, |client| async move { client.replace_webhook(id, &wanted, &sent).await });
            match put.await {
                Ok(()) => {
                    known.exchange(&secret, now.plus(FORMER_FOR));
                    tracing::warn!(customer = %self.side.customer, id = id.0, "the subscription to the events of Virtuous was put right: off, or with another address or secret");
                }
                Err(VirtuousError::NotFound) => return self.create(self.fresh()?).await,
                Err(error) => return self.refused(known, error).await,
            }
        }
        let watched = Subscription { active: true, watched_at: Some(now), refused: String::new(), ..known };
        Ok(self.side.store.save_subscription(watched).await?)
    }

    /// Ends the subscription that Tandem made before staff took this over, unless staff took over that very subscription: they lead
    /// it elsewhere, or the settings give its token.
    async fn end(&self, known: Subscription) -> Result<(), TurnError> {
        let id = WebhookId(known.id.unwrap_or_default());
        let own = format!("/hooks/virtuous/{}/{}", self.side.customer, known.token.expose_secret());
        let is_set = self.settings.webhook_token.expose() == known.token.expose_secret();
        let read = self.side.virtuous.call(Lane::Change, |client| async move { client.webhook(id).await });
        let ended = match read.await {
            Ok(Some(found)) if !is_set && found.payload_url.ends_with(&own) => {
                self.side
                    .virtuous
                    .call(Lane::Change, |client| async move { client.delete_webhook(id).await })
                    .await
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            return self.refused(known, error).await;
        }
        tracing::info!(customer = %self.side.customer, id = id.0, "Tandem's subscription to the events of Virtuous is ended: manage_webhook is off");
        let ended =
            Subscription { id: None, active: false, watched_at: None, refused: String::new(), ..known };
        Ok(self.side.store.save_subscription(ended).await?)
    }

    /// What cannot be had: said once, and tried again tomorrow, or when the settings change. The query finds what events would have
    /// told (V2).
    async fn refused(&self, mut known: Subscription, error: VirtuousError) -> Result<(), TurnError> {
        if !error.stays() {
            return Err(self.side.virtuous.turn_error(error));
        }
        let text = error.to_string();
        let set = [&self.settings.webhook_token, &self.settings.webhook_secret];
        let set = set.into_iter().filter(|secret| !secret.is_empty());
        let text = set.fold(known.scrub(&text), |text, secret| text.replace(secret.expose(), "***"));
        if known.refused.is_empty() {
            tracing::warn!(customer = %self.side.customer, error = text, "Virtuous refuses the subscription to its events, or a change of it: changes there are found by the query (virtuous.query_every) alone");
        }
        known.url = self.url(&known);
        if let Some(secret) = self.secret_set() {
            known.admit(secret);
        }
        let watched =
            Subscription { active: false, watched_at: Some(self.side.now()), refused: text, ..known };
        Ok(self.side.store.save_subscription(watched).await?)
    }
}
