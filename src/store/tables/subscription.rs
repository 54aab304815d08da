//! Tandem's own subscription to the events of an organisation: kept before it is made, so that a lost answer loses no secret.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    domain::Timestamp,
    store::{
        codec,
        engine::{Changes, StoreError},
        handle::CustomerStore,
        sealing::Sealing,
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            stored::SubscriptionV1,
        },
    },
};

const SUBSCRIPTION_V1: u8 = 1;
/// A subscription of the version above, sealed.
pub(in crate::store) const SUBSCRIPTION_SEALED: u8 = 2;

/// A subscription as kept. `Debug` hides its secrets.
#[derive(Clone)]
pub struct Subscription {
    /// Its id, once it was created.
    pub id: Option<i64>,
    /// The unguessable part of the receiver's address.
    pub token: SecretString,
    /// The secret that Virtuous has, or is to get when it is made.
    pub secret: SecretString,
    /// Secrets that are valid too, each until a moment; without one for as long as the subscription is.
    pub others: Vec<(SecretString, Option<Timestamp>)>,
    /// Where events go, as last asked of Virtuous.
    pub url: String,
    /// When it was last looked at.
    pub watched_at: Option<Timestamp>,
    /// Whether it was active then.
    pub active: bool,
    /// Why there is none, scrubbed; empty if there is.
    pub refused: String,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, watched_at, active, refused, .. } = self;
        f.debug_struct("Subscription")
            .field("id", id)
            .field("watched_at", watched_at)
            .field("active", active)
            .field("refused", refused)
            .finish_non_exhaustive()
    }
}

impl Subscription {
    /// The secrets under which an event is valid at this moment.
    #[must_use]
    pub fn secrets(&self, now: Timestamp) -> Vec<SecretString> {
        let valid = |until: &Option<Timestamp>| until.is_none_or(|until| now < until);
        let others = self.others.iter().filter(|(_, until)| valid(until)).map(|(secret, _)| secret);
        std::iter::once(&self.secret).chain(others).cloned().collect()
    }

    /// Whether events under a secret are or were valid.
    #[must_use]
    pub fn knows(&self, secret: &str) -> bool {
        let others = self.others.iter().map(|(other, _)| other);
        std::iter::once(&self.secret).chain(others).any(|known| known.expose_secret() == secret)
    }

    /// Makes events under a secret valid beside the secret that Virtuous is known to have, for as long as the subscription is or until
    /// Virtuous is known to have it: it may have taken it although its answer was lost.
    pub fn admit(&mut self, secret: &str) {
        if secret == self.secret.expose_secret() {
            return;
        }
        match self.others.iter_mut().find(|(other, _)| other.expose_secret() == secret) {
            Some((_, until)) => *until = None,
            None => self.others.push((secret.to_owned().into(), None)),
        }
    }

    /// A text without any of the subscription's secrets, which an error may quote.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let others = self.others.iter().map(|(secret, _)| secret);
        let secrets = [&self.token, &self.secret].into_iter().chain(others).map(ExposeSecret::expose_secret);
        secrets
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }

    /// Virtuous has this secret now; the one before it stays valid until a moment, for what was sent under it.
    pub fn exchange(&mut self, secret: &str, until: Timestamp) {
        if secret == self.secret.expose_secret() {
            return;
        }
        let former = std::mem::replace(&mut self.secret, secret.to_owned().into());
        self.others.retain(|(other, _)| other.expose_secret() != secret);
        self.others.push((former, Some(until)));
    }
}

impl CustomerStore {
    /// A customer's subscription; `None` before one was wanted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subscription(&self) -> Result<Option<Subscription>, StoreError> {
        let key = Key::of(self.number, Kind::Subscription);
        let Some(value) = self.reader().get(&key)? else { return Ok(None) };
        let value = self.sealing.open(&key, SUBSCRIPTION_SEALED, &value)?;
        let stored = codec::decode::<SubscriptionV1>(SUBSCRIPTION_V1, &value)?;
        Ok(Some(Subscription {
            id: stored.id,
            token: stored.token.into(),
            secret: stored.secret.into(),
            others: stored
                .others
                .into_iter()
                .map(|(secret, until)| (secret.into(), until.map(Timestamp::from_millis)))
                .collect(),
            url: stored.url,
            watched_at: stored.watched_at.map(Timestamp::from_millis),
            active: stored.active,
            refused: stored.refused,
        }))
    }
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    subscription: Subscription,
    sealing: &Sealing,
) -> Result<(), StoreError> {
    let stored = SubscriptionV1 {
        id: subscription.id,
        token: subscription.token.expose_secret().to_owned(),
        secret: subscription.secret.expose_secret().to_owned(),
        others: subscription
            .others
            .iter()
            .map(|(secret, until)| (secret.expose_secret().to_owned(), until.map(Timestamp::as_millis)))
            .collect(),
        url: subscription.url,
        watched_at: subscription.watched_at.map(Timestamp::as_millis),
        active: subscription.active,
        refused: subscription.refused,
    };
    let key = Key::of(customer, Kind::Subscription);
    let value = sealing.seal(&key, SUBSCRIPTION_SEALED, &codec::encode(SUBSCRIPTION_V1, &stored)?)?;
    changes.put(key, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_exchanged_without_a_moment_in_which_either_is_refused() {
        let at = |minute: i64| Timestamp::from_millis(minute * 60_000);
        let mut known = Subscription {
            id: Some(1),
            token: "t".to_owned().into(),
            secret: "old".to_owned().into(),
            others: vec![("shown".to_owned().into(), None)],
            url: String::new(),
            watched_at: None,
            active: true,
            refused: String::new(),
        };
        let secrets = |known: &Subscription, minute: i64| -> Vec<String> {
            known.secrets(at(minute)).iter().map(|secret| secret.expose_secret().to_owned()).collect()
        };
        known.admit("old");
        known.admit("shown");
        known.admit("new");
        // Which secret Virtuous has stays unknown, however long that takes.
        assert_eq!(secrets(&known, 1_000_000), ["old", "shown", "new"]);
        assert_eq!(known.scrub("old? t, new!"), "***? ***, ***!");
        assert!(known.knows("new") && !known.knows("other"));
        known.exchange("new", at(30));
        assert_eq!(secrets(&known, 20), ["new", "shown", "old"]);
        assert_eq!(secrets(&known, 30), ["new", "shown"]);
        known.exchange("new", at(90));
        assert_eq!(secrets(&known, 40), ["new", "shown"]);
    }
}
