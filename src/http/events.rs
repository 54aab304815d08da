//! Events of Virtuous, from a delivery to the store: whose it is, whether it is signed, what it names.
//!
//! An event is a hint: it has no order and perhaps no author, so that the contacts that it names are read (reference/virtuous.md
//! 11). It is answered as soon as it is on disk, since Virtuous times out quickly.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use super::state::HttpState;
use crate::{
    config::{CustomerSettings, Secret},
    domain::ContactEvent,
    service::IntakeError,
    store::{StoreError, Subscription},
    virtuous::{
        hook::{self, VirtuousEvent},
        signature,
    },
};

/// The largest body of events.
pub const BODY_BYTES_MAX: usize = 8 << 20;

/// Events of one delivery that are looked at one by one; of more, the latest of each contact counts.
const EVENTS_MAX: usize = 5_000;

/// The latest event of each contact. What the earlier ones tell is read again with the contact.
fn latest_of_each(about: Vec<ContactEvent>) -> Vec<ContactEvent> {
    let latest: BTreeMap<_, _> =
        about.into_iter().map(|event| (event.contact, ContactEvent { told: None, ..event })).collect();
    latest.into_values().collect()
}

/// The receiver of one customer, as it is now.
pub struct Receiver<'a> {
    settings: &'a CustomerSettings,
    managed: Option<Subscription>,
    secrets: Vec<SecretString>,
}

impl std::fmt::Debug for Receiver<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receiver({})", self.settings.id)
    }
}

impl<'a> Receiver<'a> {
    /// The receiver of a customer; `None` if it has none: no token is set, and Tandem manages no subscription of its own. A
    /// subscription counts before its id is known: the answer to its making may have been lost.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(state: &HttpState, settings: &'a CustomerSettings) -> Result<Option<Self>, StoreError> {
        let managed = match state.deps.store.customer(&settings.id)? {
            Some(record) if settings.virtuous.manage_webhook => {
                match state.deps.store.of(record.number).subscription() {
                    // Without the key of its secrets, the settings' token still counts.
                    Err(StoreError::Sealed(_)) if !settings.virtuous.webhook_token.is_empty() => None,
                    known => known?,
                }
            }
            _ => None,
        };
        if settings.virtuous.webhook_token.is_empty() && managed.is_none() {
            return Ok(None);
        }
        let own = &settings.virtuous.webhook_secret;
        let mut secrets = managed.as_ref().map(|it| it.secrets(state.deps.clock.now())).unwrap_or_default();
        if !own.is_empty() {
            secrets.push(own.expose().to_owned().into());
        }
        Ok(Some(Self { settings, managed, secrets }))
    }

    /// Whether the token of an address is this customer's: the settings' one, or that of Tandem's subscription.
    #[must_use]
    pub fn is_meant(&self, token: &str) -> bool {
        let set = &self.settings.virtuous.webhook_token;
        let managed = self.managed.as_ref().map(|managed| Secret::new(managed.token.expose_secret()));
        set.matches(token) || managed.is_some_and(|managed| managed.matches(token))
    }

    /// The header that carries the signature.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.settings.virtuous.signature_header
    }

    /// Takes a delivery; gives the status of the answer. What is signed by none of the secrets changes nothing; without any
    /// secret the token alone counts.
    pub async fn take(&self, state: &HttpState, signature: &str, body: Vec<u8>) -> u16 {
        let id = &self.settings.id;
        if !self.secrets.is_empty() && !signature::verify(&body, signature, &self.secrets) {
            return 401;
        }
        let Ok(events) = hook::events(&body) else { return 400 };
        let all = events.len();
        // What is not signed is no evidence: its contact is read (E1).
        let is_signed = !self.secrets.is_empty();
        let about: Vec<ContactEvent> = events
            .into_iter()
            .filter(VirtuousEvent::is_about_contact)
            .filter_map(|event| {
                Some(ContactEvent {
                    contact: event.contact?,
                    content: event.content,
                    modified_at: event.modified_at,
                    told: event.told.filter(|_| is_signed),
                })
            })
            .collect();
        state.deps.metrics.events(id, "unknown", (all - about.len()) as u64);
        let about = if about.len() > EVENTS_MAX { latest_of_each(about) } else { about };
        if about.is_empty() {
            // Taken, or Virtuous would send it again for hours.
            return 202;
        }
        match state.service.events(id, about).await {
            Ok(kept) => {
                state.deps.metrics.events(id, "taken", kept.taken);
                state.deps.metrics.events(id, "doubled", kept.doubled);
                state.deps.metrics.events(id, "stale", kept.stale);
                state.deps.metrics.events(id, "known", kept.known);
                202
            }
            Err(IntakeError::Unknown) => 404,
            Err(IntakeError::Busy | IntakeError::Store) => 503,
        }
    }
}
