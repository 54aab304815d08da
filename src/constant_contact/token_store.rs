//! Where a customer's tokens are kept: the seam to the store.

use std::{future::Future, pin::Pin};

use secrecy::SecretString;

use super::RefreshToken;
use crate::domain::Timestamp;

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
