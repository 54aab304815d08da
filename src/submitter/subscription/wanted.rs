//! What the settings want of the subscription.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    clock::Clock,
    config::{CustomerVirtuous, Secret},
    domain::{CustomerId, Timestamp},
    store::Subscription,
    turn::TurnError,
};

/// The subscription as the settings want it.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The customer's name.
    pub customer: &'a CustomerId,
    /// The settings.
    pub settings: &'a CustomerVirtuous,
    /// How the outside reaches this process.
    pub public_url: &'a str,
    /// Whether Virtuous would deliver there.
    pub is_heard: bool,
    /// The clock.
    pub clock: &'a dyn Clock,
}

impl Wanted<'_> {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new subscription, with the secrets that the settings give, and fresh ones for the rest.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn fresh(&self) -> Result<Subscription, TurnError> {
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

    /// Whether the settings ask for something that Virtuous was not asked for yet.
    #[must_use]
    pub fn is_news_to(&self, known: &Subscription) -> bool {
        let is_asked = match self.secret() {
            None => true,
            // A refused secret was asked for; it is asked for again tomorrow.
            Some(secret) if !known.refused.is_empty() => known.knows(secret),
            Some(secret) => known.secret.expose_secret() == secret,
        };
        known.url != self.url(known) || !is_asked
    }

    /// Where events are to go, by the settings of now.
    #[must_use]
    pub fn url(&self, known: &Subscription) -> String {
        let set = &self.settings.webhook_token;
        let token = if set.is_empty() { known.token.expose_secret() } else { set.expose() };
        format!("{}/hooks/virtuous/{}/{token}", self.public_url, self.customer)
    }

    /// The secret that the settings give, if they do.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        let set = &self.settings.webhook_secret;
        (!set.is_empty()).then(|| set.expose())
    }

    /// Whether events go where Tandem's own subscription had them sent, and staff did not take its token into the settings.
    #[must_use]
    pub fn is_own(&self, known: &Subscription, payload_url: &str) -> bool {
        let token = known.token.expose_secret();
        let own = format!("/hooks/virtuous/{}/{token}", self.customer);
        self.settings.webhook_token.expose() != token && payload_url.ends_with(&own)
    }

    /// An error's text without the secrets that it may quote.
    #[must_use]
    pub fn scrub(&self, known: &Subscription, text: &str) -> String {
        let set = [&self.settings.webhook_token, &self.settings.webhook_secret];
        let set = set.into_iter().filter(|secret| !secret.is_empty());
        set.fold(known.scrub(text), |text, secret| text.replace(secret.expose(), "***"))
    }
}
