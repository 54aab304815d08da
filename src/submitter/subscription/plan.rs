//! When the subscription is looked at, and which call comes next. Pure.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    domain::{Stage, Timestamp},
    store::Subscription,
    turn::TurnError,
};

use super::wanted::Wanted;

/// The shortest time between two looks at the subscription.
const WATCH_EVERY_MIN: Duration = Duration::from_secs(300);
/// A refusal is for staff to lift: asked again once a day.
const REFUSED_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long the secret before this one stays valid: deliveries are repeated for hours.
pub const FORMER_FOR: Duration = Duration::from_secs(24 * 3600);

/// A call about the subscription, with the subscription as it is known.
#[derive(Debug, Clone)]
pub enum Call {
    /// Makes the subscription.
    Create(Subscription),
    /// Looks whether the subscription is there and as wanted.
    Look(Subscription),
    /// Puts the subscription right, with this secret.
    Replace {
        /// The subscription.
        known: Subscription,
        /// The secret that Virtuous is to sign with.
        secret: SecretString,
    },
    /// Ends the subscription, if it is still Tandem's own.
    End(Subscription),
}

impl Call {
    /// The call that makes a subscription as the settings want it.
    #[must_use]
    pub fn create(wanted: &Wanted<'_>, mut subscription: Subscription) -> Self {
        subscription.url = wanted.url(&subscription);
        if let Some(secret) = wanted.secret() {
            subscription.exchange(secret, wanted.now().plus(FORMER_FOR));
        }
        Self::Create(subscription)
    }

    /// The call that puts a subscription right. Both secrets are valid before the first event under the new one can come; it is
    /// the subscription's once Virtuous has taken it.
    #[must_use]
    pub fn replace(wanted: &Wanted<'_>, mut known: Subscription) -> Self {
        known.url = wanted.url(&known);
        let secret = wanted.secret().unwrap_or(known.secret.expose_secret()).to_owned();
        known.admit(&secret);
        Self::Replace { known, secret: secret.into() }
    }

    /// What has to be durable before the call leaves: a lost answer must not lose the secret of events that come.
    #[must_use]
    pub const fn intent(&self) -> Option<&Subscription> {
        match self {
            Self::Create(known) | Self::Replace { known, .. } => Some(known),
            Self::Look(_) | Self::End(_) => None,
        }
    }
}

/// When the subscription is next looked at; `None` if there is none that is Tandem's to look at.
#[must_use]
pub fn due(wanted: &Wanted<'_>, known: Option<&Subscription>, stage: Stage) -> Option<Timestamp> {
    // Nothing is written before the import was asked for (C4).
    if stage == Stage::Observing {
        return None;
    }
    if !wanted.settings.manage_webhook {
        // Staff keep their own: Tandem's subscription is ended.
        let ended = known.filter(|known| known.id.is_some())?;
        return Some(if ended.refused.is_empty() { wanted.now() } else { next_look(wanted, ended) });
    }
    if !wanted.is_heard {
        return None;
    }
    match known {
        Some(known) if !wanted.is_news_to(known) => Some(next_look(wanted, known)),
        _ => Some(wanted.now()),
    }
}

/// When the subscription is looked at again, if nothing else calls for it.
fn next_look(wanted: &Wanted<'_>, known: &Subscription) -> Timestamp {
    let (now, query_every) = (wanted.now(), wanted.settings.query_every);
    let wait = if known.refused.is_empty() { query_every.max(WATCH_EVERY_MIN) } else { REFUSED_FOR };
    match known.watched_at {
        Some(at) if at <= now => at.plus(wait),
        _ => now,
    }
}

/// The first call that the subscription needs now; `None` if none is due.
///
/// # Errors
/// When the machine has no randomness for a new one.
pub fn first_call(
    wanted: &Wanted<'_>,
    known: Option<Subscription>,
    stage: Stage,
) -> Result<Option<Call>, TurnError> {
    if due(wanted, known.as_ref(), stage).is_none_or(|due| due > wanted.now()) {
        return Ok(None);
    }
    Ok(Some(match known {
        Some(known) if !wanted.settings.manage_webhook => Call::End(known),
        None => Call::create(wanted, wanted.fresh()?),
        Some(known) if known.id.is_none() => Call::create(wanted, known),
        Some(known) => Call::Look(known),
    }))
}
