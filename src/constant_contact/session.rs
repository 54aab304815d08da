//! A customer's tokens: one refresh at a time, ahead of use, and never a refresh token lost.
//!
//! Calls go with the token that lives. Ahead of its end it is refreshed beside them, so that a token host that hangs stands before no
//! opt-out (W6); only calls without a living token wait for it.
//!
//! A rotating refresh token is used up by its use, so the new one is on disk before anything else happens with the
//! answer. The refresh runs as a task of its own: a caller that goes away in the middle does not take the only copy of
//! the new token with it. A kill between the answer and the disk would lose the grant (only a new consent helps then), so
//! the access token is kept too: a restart goes on with it, and a refresh happens once in a token's life, not once a
//! start. Hazards: reference/constant-contact.md 1.5.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    AccessToken, CcError, Consent, Grant, OAuth, RefreshToken,
    token_store::{StoredAccess, StoredTokens, TokenStore},
};
use crate::{clock::Clock, domain::Timestamp};

/// How long to go on with a token that still lasts after a refresh ahead of use failed.
const RETRY_AHEAD: Duration = Duration::from_secs(60);

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
    slot: Arc<Mutex<Slot>>,
    /// The token that calls go with while it lives, whatever the slot waits for; `None` once a refresh failed in a way that the next
    /// call is to meet.
    free: StdMutex<Option<Live>>,
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
        let (slot, free) = (Arc::default(), StdMutex::default());
        Self { shared: Arc::new(Shared { oauth, store, clock, slot, free }) }
    }

    /// A token that is good now. From 80 % of its life on it is refreshed beside the calls.
    ///
    /// # Errors
    /// [`CcError::NeedsReconnect`] when no refresh token works, [`CcError::Transient`] when the token host or the store
    /// does not, and the rest of [`CcError`].
    pub async fn token(&self) -> Result<AccessToken, CcError> {
        let now = self.shared.clock.now();
        if let Some(live) = self.shared.free().filter(|live| now < live.expires_at) {
            if live.refresh_at <= now {
                self.refresh_ahead();
            }
            return Ok(live.token);
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

    /// Begins a refresh beside the calls, unless one is under way.
    fn refresh_ahead(&self) {
        let shared = Arc::clone(&self.shared);
        if let Ok(slot) = Arc::clone(&shared.slot).try_lock_owned() {
            tokio::spawn(async move { shared.refresh_ahead(slot).await });
        }
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
        let is_free = self.free().is_some();
        let good = slot.live.as_ref().filter(|live| Some(live.token.generation) != refused);
        match good {
            Some(live) if now < live.refresh_at || is_free && now < live.expires_at => Ok(live.token.clone()),
            Some(live) if now < live.expires_at => {
                let live = live.clone();
                self.refresh_living(&mut slot, live).await
            }
            _ => self.refresh(&mut slot).await,
        }
    }

    /// Refreshes beside the calls, which go with the old token meanwhile. What does not pass by itself is met by the next call: a refused
    /// grant, and what was granted and could not be kept.
    async fn refresh_ahead(&self, mut slot: OwnedMutexGuard<Slot>) {
        let now = self.clock.now();
        let Some(live) = slot.live.clone().filter(|live| live.refresh_at <= now) else { return };
        let refreshed = match slot.unsaved.clone() {
            Some(unsaved) => self.keep(&mut slot, unsaved).await,
            None => self.refresh_living(&mut slot, live).await,
        };
        if refreshed.is_err() {
            self.set_free(None);
        }
    }

    /// Refreshes while the old token still lasts: a failure that passes leaves it in use.
    async fn refresh_living(&self, slot: &mut Slot, live: Live) -> Result<AccessToken, CcError> {
        match self.refresh(slot).await {
            Err(
                CcError::Transient { .. }
                | CcError::Unreachable { .. }
                | CcError::Throttled { .. }
                | CcError::Odd(_),
            ) if slot.unsaved.is_none() && slot.live.is_some() => {
                let later = Live { refresh_at: self.clock.now().plus(RETRY_AHEAD), ..live };
                self.set_free(Some(later.clone()));
                Ok(slot.live.insert(later).token.clone())
            }
            done => done,
        }
    }

    fn free(&self) -> Option<Live> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_free(&self, live: Option<Live>) {
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) = live;
    }

    /// After a start: the access token of the last run, if it still lasts.
    async fn go_on_with_stored(&self, slot: &mut Slot) -> Result<(), CcError> {
        let Some(access) = self.load().await?.access else { return Ok(()) };
        if self.clock.now() < access.expires_at {
            slot.generation += 1;
            let token = AccessToken::new(access.token, slot.generation);
            let (refresh_at, expires_at) = (access.refresh_at, access.expires_at);
            slot.live = Some(Live { token, refresh_at, expires_at });
            self.set_free(slot.live.clone());
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
            self.set_free(None);
            return Err(passing("another grant was given meanwhile".to_owned()));
        }
        Ok(self.go_live(slot, live))
    }

    fn go_live(&self, slot: &mut Slot, live: Live) -> AccessToken {
        slot.refused = None;
        self.set_free(Some(live.clone()));
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
