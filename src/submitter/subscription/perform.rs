//! Makes the calls about the subscription: a value in, a value out; no store.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    access::VirtuousAccess,
    domain::Lane,
    store::Subscription,
    turn::TurnError,
    virtuous::{VirtuousError, webhook::WebhookId},
};

use super::{
    plan::{Call, FORMER_FOR},
    wanted::Wanted,
};

/// What came of a call.
#[derive(Debug)]
pub enum Came {
    /// The subscription as it is known now.
    Known(Subscription),
    /// Another call is needed first.
    Needs(Call),
}

/// Makes a call.
///
/// # Errors
/// [`TurnError`], by who acts on it. A refusal that stays is no error: it is noted on the subscription.
pub async fn perform(wanted: &Wanted<'_>, virtuous: &VirtuousAccess, call: Call) -> Result<Came, TurnError> {
    let performer = Performer { wanted, virtuous };
    match call {
        Call::Create(subscription) => performer.create(subscription).await,
        Call::Look(known) => performer.look(known).await,
        Call::Replace { known, secret } => performer.replace(known, secret).await,
        Call::End(known) => performer.end(known).await,
    }
}

struct Performer<'a> {
    wanted: &'a Wanted<'a>,
    virtuous: &'a VirtuousAccess,
}

impl Performer<'_> {
    async fn create(&self, mut made: Subscription) -> Result<Came, TurnError> {
        let (url, secret) = (made.url.clone(), made.secret.clone());
        let created = self
            .virtuous
            .call(Lane::Change, |client| async move { client.create_webhook(&url, &secret).await });
        match created.await {
            Ok((webhook, shown)) => {
                let other = shown.filter(|shown| shown.expose_secret() != made.secret.expose_secret());
                made.others.extend(other.map(|shown| (shown, None)));
                tracing::info!(customer = %self.wanted.customer, id = webhook.id.0, "subscribed to the events of Virtuous");
                made.id = Some(webhook.id.0);
                Ok(self.well(made))
            }
            Err(error) => self.refused(made, error),
        }
    }

    async fn look(&self, mut known: Subscription) -> Result<Came, TurnError> {
        let id = id(&known);
        let read = self.virtuous.call(Lane::Change, |client| async move { client.webhook(id).await });
        let found = match read.await {
            Ok(Some(found)) => found,
            Ok(None) => {
                tracing::warn!(customer = %self.wanted.customer, id = id.0, "the subscription to the events of Virtuous is gone: it is made again");
                return self.again();
            }
            Err(error) => return self.refused(known, error),
        };
        let now = self.wanted.now();
        known.others.retain(|(_, until)| until.is_none_or(|until| now < until));
        let has_secret = self.wanted.secret().is_none_or(|set| known.secret.expose_secret() == set);
        let has_url = found.payload_url == self.wanted.url(&known);
        if found.active && found.about_contacts && has_url && has_secret {
            return Ok(self.well(known));
        }
        Ok(Came::Needs(Call::replace(self.wanted, known)))
    }

    async fn replace(&self, mut known: Subscription, secret: SecretString) -> Result<Came, TurnError> {
        let (id, url, sent) = (id(&known), known.url.clone(), secret.clone());
        let put = self
            .virtuous
            .call(Lane::Change, |client| async move { client.replace_webhook(id, &url, &sent).await });
        match put.await {
            Ok(()) => {
                known.exchange(secret.expose_secret(), self.wanted.now().plus(FORMER_FOR));
                tracing::warn!(customer = %self.wanted.customer, id = id.0, "the subscription to the events of Virtuous was put right: off, or with another address or secret");
                Ok(self.well(known))
            }
            Err(VirtuousError::NotFound) => self.again(),
            Err(error) => self.refused(known, error),
        }
    }

    /// Ends the subscription that Tandem made before staff took this over, unless staff took over that very subscription: they lead
    /// it elsewhere, or the settings give its token.
    async fn end(&self, known: Subscription) -> Result<Came, TurnError> {
        let id = id(&known);
        let read = self.virtuous.call(Lane::Change, |client| async move { client.webhook(id).await });
        let ended = match read.await {
            Ok(Some(found)) if self.wanted.is_own(&known, &found.payload_url) => {
                self.virtuous
                    .call(Lane::Change, |client| async move { client.delete_webhook(id).await })
                    .await
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            return self.refused(known, error);
        }
        tracing::info!(customer = %self.wanted.customer, id = id.0, "Tandem's subscription to the events of Virtuous is ended: manage_webhook is off");
        Ok(Came::Known(Subscription {
            id: None,
            active: false,
            watched_at: None,
            refused: String::new(),
            ..known
        }))
    }

    /// The subscription is gone: a new one is made.
    fn again(&self) -> Result<Came, TurnError> {
        Ok(Came::Needs(Call::create(self.wanted, self.wanted.fresh()?)))
    }

    /// The subscription is there, and as wanted.
    fn well(&self, known: Subscription) -> Came {
        let watched_at = Some(self.wanted.now());
        Came::Known(Subscription { active: true, watched_at, refused: String::new(), ..known })
    }

    /// What cannot be had: said once, and tried again tomorrow, or when the settings change. The query finds what events would have
    /// told (V2).
    fn refused(&self, mut known: Subscription, error: VirtuousError) -> Result<Came, TurnError> {
        if !error.stays() {
            return Err(self.virtuous.turn_error(error));
        }
        let text = self.wanted.scrub(&known, &error.to_string());
        if known.refused.is_empty() {
            tracing::warn!(customer = %self.wanted.customer, error = text, "Virtuous refuses the subscription to its events, or a change of it: changes there are found by the query (virtuous.query_every) alone");
        }
        known.url = self.wanted.url(&known);
        if let Some(secret) = self.wanted.secret() {
            known.admit(secret);
        }
        let watched_at = Some(self.wanted.now());
        Ok(Came::Known(Subscription { active: false, watched_at, refused: text, ..known }))
    }
}

fn id(known: &Subscription) -> WebhookId {
    WebhookId(known.id.unwrap_or_default())
}
