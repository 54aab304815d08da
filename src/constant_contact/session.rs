//! A customer's tokens: one refresh at a time, ahead of use, and never a refresh token lost.
//!
//! A rotating refresh token is used up by its use, so the new one is on disk before anything else happens with the
//! answer. The refresh runs as a task of its own: a caller that goes away in the middle does not take the only copy of
//! the new token with it. A kill between the answer and the disk would lose the grant (only a new consent helps then), so
//! the access token is kept too: a restart goes on with it, and a refresh happens once in a token's life, not once a
//! start. Hazards: reference/constant-contact.md 1.5.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use secrecy::SecretString;
use tokio::sync::Mutex;

use super::{AccessToken, CcError, Consent, Grant, OAuth, RefreshToken};
use crate::{clock::Clock, domain::Timestamp};

/// How long to go on with a token that still lasts after a refresh ahead of use failed.
const RETRY_AHEAD: Duration = Duration::from_secs(60);

/// The tokens that are kept. `Debug` hides them.
#[derive(Debug, Clone)]
pub struct StoredTokens {
    /// The newest refresh token.
    pub current: RefreshToken,
    /// The one before, good for one more try when the newest is refused.
    pub previous: Option<RefreshToken>,
    /// The access token that came with the newest.
    pub access: Option<StoredAccess>,
}

/// An access token that is kept. `Debug` hides it.
#[derive(Debug, Clone)]
pub struct StoredAccess {
    /// For calls.
    pub token: SecretString,
    /// When it is refreshed ahead of use.
    pub refresh_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why the store did not keep or give the tokens; the text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the token store: {0}")]
pub struct TokenStoreError(pub String);

/// A future of a [`TokenStore`].
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, TokenStoreError>> + Send + 'a>>;

/// Where one customer's refresh tokens are kept.
pub trait TokenStore: Send + Sync + 'static {
    /// The tokens as they are on disk; `None` when the customer was never connected.
    fn load(&self) -> StoreFuture<'_, Option<StoredTokens>>;

    /// Keeps the tokens, synced to disk before this returns. `used` is the refresh token that they came of, `None` after a
    /// consent. `false`, and nothing is kept, if a grant stands there that `used` is no part of: a person connected again
    /// meanwhile.
    fn save(&self, tokens: StoredTokens, used: Option<RefreshToken>) -> StoreFuture<'_, bool>;
}

/// One customer's session. Cheap to clone; clones share the tokens.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

struct Shared {
    oauth: OAuth,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    slot: Mutex<Slot>,
}

/// What is known, behind the lock that makes a refresh the only one.
#[derive(Default)]
struct Slot {
    live: Option<Live>,
    /// Granted, but not yet kept by the store: kept first thing next time, and not used before.
    unsaved: Option<Unsaved>,
    /// The stored token that was refused: not tried again until the store holds another.
    refused: Option<RefreshToken>,
    generation: u64,
}

/// What was granted and is to be kept.
#[derive(Clone)]
struct Unsaved {
    tokens: StoredTokens,
    used: Option<RefreshToken>,
    live: Live,
}

#[derive(Clone)]
struct Live {
    token: AccessToken,
    refresh_at: Timestamp,
    expires_at: Timestamp,
}

impl Session {
    /// A session that knows nothing yet; the first call refreshes.
    #[must_use]
    pub fn new(oauth: OAuth, store: Arc<dyn TokenStore>, clock: Arc<dyn Clock>) -> Self {
        Self { shared: Arc::new(Shared { oauth, store, clock, slot: Mutex::default() }) }
    }

    /// A token that is good now, refreshed at 80 % of its life.
    ///
    /// # Errors
    /// [`CcError::NeedsReconnect`] when no refresh token works, [`CcError::Transient`] when the token host or the store
    /// does not, and the rest of [`CcError`].
    pub async fn token(&self) -> Result<AccessToken, CcError> {
        // The common case needs no task: nothing is under way, and nothing needs doing.
        if let Ok(slot) = self.shared.slot.try_lock()
            && slot.unsaved.is_none()
            && let Some(live) = &slot.live
            && self.shared.clock.now() < live.refresh_at
        {
            return Ok(live.token.clone());
        }
        self.detached(|shared| async move { shared.token(None).await }).await
    }

    /// Makes a call with a good token; when the token is refused (401), refreshes once and makes the call once more.
    /// `call` takes a permit of its own each time that it runs.
    ///
    /// # Errors
    /// Those of [`Session::token`] and of `call`.
    pub async fn with_token<T, F>(&self, call: impl Fn(AccessToken) -> F) -> Result<T, CcError>
    where
        F: Future<Output = Result<T, CcError>>,
    {
        let token = self.token().await?;
        let refused = token.generation;
        match call(token).await {
            Err(CcError::Unauthorized { .. }) => {
                let token =
                    self.detached(move |shared| async move { shared.token(Some(refused)).await }).await?;
                call(token).await
            }
            done => done,
        }
    }

    /// Forgets that the token host refused the stored token: it is asked once more, as one refusal concludes nothing (B3).
    pub async fn doubt_refusal(&self) {
        self.shared.slot.lock().await.refused = None;
    }

    /// Takes the code of a consent: `may` looks at whose it is, then the tokens are kept, then used. What `may` refuses is not
    /// kept, and the former grant stays (I5). Waits for a refresh that is under way, so that neither overwrites the other.
    ///
    /// # Errors
    /// What `may` says, [`CcError::InvalidGrant`] for an old code, [`CcError::Refused`] (status 0) when the consent brought no refresh
    /// token, and the rest of [`CcError`].
    pub async fn connect<E, F>(
        &self,
        consent: Consent,
        may: impl FnOnce(AccessToken) -> F + Send + 'static,
    ) -> Result<(), E>
    where
        E: From<CcError> + Send + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let connect = |shared: Arc<Shared>| async move { Ok(shared.connect(&consent, may).await) };
        self.detached(connect).await?
    }

    async fn detached<T, F>(&self, work: impl FnOnce(Arc<Shared>) -> F) -> Result<T, CcError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, CcError>> + Send + 'static,
    {
        tokio::spawn(work(Arc::clone(&self.shared)))
            .await
            .unwrap_or_else(|_| Err(passing("the refresh was broken off".to_owned())))
    }
}

impl Shared {
    /// A good token, other than the one of the generation that was `refused`.
    async fn token(&self, refused: Option<u64>) -> Result<AccessToken, CcError> {
        let mut slot = self.slot.lock().await;
        if let Some(unsaved) = slot.unsaved.clone() {
            self.keep(&mut slot, unsaved).await?;
        }
        if slot.live.is_none() && slot.refused.is_none() {
            self.go_on_with_stored(&mut slot).await?;
        }
        let now = self.clock.now();
        let good = slot.live.as_ref().filter(|live| Some(live.token.generation) != refused);
        match good.cloned() {
            Some(live) if now < live.refresh_at => Ok(live.token),
            Some(live) if now < live.expires_at => match self.refresh(&mut slot).await {
                // Refreshed ahead of use: the old one still lasts.
                Err(
                    CcError::Transient { .. }
                    | CcError::Unreachable { .. }
                    | CcError::Throttled { .. }
                    | CcError::Odd(_),
                ) => {
                    let token = live.token.clone();
                    slot.live = Some(Live { refresh_at: now.plus(RETRY_AHEAD), ..live });
                    Ok(token)
                }
                done => done,
            },
            _ => self.refresh(&mut slot).await,
        }
    }

    /// After a start: the access token of the last run, if it still lasts.
    async fn go_on_with_stored(&self, slot: &mut Slot) -> Result<(), CcError> {
        let Some(access) = self.load().await?.access else { return Ok(()) };
        if self.clock.now() < access.refresh_at {
            slot.generation += 1;
            slot.live = Some(Live {
                token: AccessToken::new(access.token, slot.generation),
                refresh_at: access.refresh_at,
                expires_at: access.expires_at,
            });
        }
        Ok(())
    }

    async fn refresh(&self, slot: &mut Slot) -> Result<AccessToken, CcError> {
        let stored = self.load().await?;
        if slot.refused.as_ref() == Some(&stored.current) {
            return Err(reconnect("the refresh token was refused"));
        }
        match self.oauth.refresh(&stored.current).await {
            Err(CcError::InvalidGrant { text }) => self.refresh_otherwise(slot, &stored.current, &text).await,
            Err(error) => Err(error),
            Ok(grant) => self.adopt(slot, &stored, &stored.current, grant).await,
        }
    }

    /// The stored token was refused: another one may have been stored meanwhile, or the token before may still be good.
    async fn refresh_otherwise(
        &self,
        slot: &mut Slot,
        refused: &RefreshToken,
        text: &str,
    ) -> Result<AccessToken, CcError> {
        let stored = self.load().await?;
        let other = if stored.current == *refused { stored.previous.as_ref() } else { Some(&stored.current) };
        let Some(other) = other.filter(|other| *other != refused) else {
            slot.refused = Some(refused.clone());
            return Err(reconnect(text));
        };
        match self.oauth.refresh(other).await {
            Err(CcError::InvalidGrant { text }) => {
                slot.refused = Some(stored.current.clone());
                Err(reconnect(&text))
            }
            Err(error) => Err(error),
            Ok(grant) => self.adopt(slot, &stored, other, grant).await,
        }
    }

    async fn connect<E: From<CcError>, F: Future<Output = Result<(), E>>>(
        &self,
        consent: &Consent,
        may: impl FnOnce(AccessToken) -> F,
    ) -> Result<(), E> {
        let mut slot = self.slot.lock().await;
        let grant = self.oauth.exchange_code(consent).await?;
        let Some(current) = grant.refresh.clone() else {
            let text =
                "the consent brought no refresh token: is the scope offline_access allowed?".to_owned();
            return Err(CcError::Refused { status: 0, keys: Vec::new(), text }.into());
        };
        let live = self.live(&mut slot, &grant);
        may(live.token.clone()).await?;
        let tokens = StoredTokens { current, previous: None, access: None };
        self.keep(&mut slot, Unsaved { tokens, used: None, live }).await?;
        Ok(())
    }

    /// Takes what a refresh by `used` granted.
    async fn adopt(
        &self,
        slot: &mut Slot,
        stored: &StoredTokens,
        used: &RefreshToken,
        grant: Grant,
    ) -> Result<AccessToken, CcError> {
        let live = self.live(slot, &grant);
        // No refresh token in the answer, or the same one: the used token stays good.
        let current = grant.refresh.unwrap_or_else(|| used.clone());
        let previous = if current == stored.current {
            stored.previous.clone()
        } else {
            Some(used.clone()).filter(|used| *used != current)
        };
        let tokens = StoredTokens { current, previous, access: None };
        self.keep(slot, Unsaved { tokens, used: Some(used.clone()), live }).await
    }

    /// Saves first; only then is the access token used. What could not be saved is not forgotten, unless a newer
    /// grant stands in its place: that grant counts.
    async fn keep(&self, slot: &mut Slot, mut unsaved: Unsaved) -> Result<AccessToken, CcError> {
        let live = unsaved.live.clone();
        unsaved.tokens.access = Some(StoredAccess {
            token: live.token.expose().into(),
            refresh_at: live.refresh_at,
            expires_at: live.expires_at,
        });
        let (tokens, used) = (unsaved.tokens.clone(), unsaved.used.clone());
        slot.unsaved = Some(unsaved);
        let kept = self.store.save(tokens, used).await.map_err(|error| passing(error.to_string()))?;
        slot.unsaved = None;
        if !kept {
            slot.live = None;
            return Err(passing("another grant was given meanwhile".to_owned()));
        }
        Ok(self.go_live(slot, live))
    }

    fn go_live(&self, slot: &mut Slot, live: Live) -> AccessToken {
        slot.refused = None;
        slot.live.insert(live).token.clone()
    }

    fn live(&self, slot: &mut Slot, grant: &Grant) -> Live {
        slot.generation += 1;
        let now = self.clock.now();
        Live {
            token: AccessToken::new(grant.access.clone(), slot.generation),
            refresh_at: now.plus(grant.life.mul_f64(0.8)),
            expires_at: now.plus(grant.life),
        }
    }

    async fn load(&self) -> Result<StoredTokens, CcError> {
        let stored = self.store.load().await.map_err(|error| passing(error.to_string()))?;
        stored.ok_or_else(|| reconnect("it was never connected"))
    }
}

fn passing(text: String) -> CcError {
    CcError::Transient { text, after: None, may_have_arrived: false }
}

fn reconnect(text: &str) -> CcError {
    CcError::NeedsReconnect { text: text.to_owned() }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
