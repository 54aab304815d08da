//! The refresh tokens of a customer in the store: synced before they are used.

use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::{
    clock::Clock,
    constant_contact::{RefreshToken, StoreFuture, StoredAccess, StoredTokens, TokenStore, TokenStoreError},
    store::{Access, CustomerStore},
};

/// The customer's refresh tokens in the store: synced before they are used.
pub struct StoreTokens {
    /// What the store keeps of the customer.
    pub store: CustomerStore,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl TokenStore for StoreTokens {
    fn load(&self) -> StoreFuture<'_, Option<StoredTokens>> {
        Box::pin(async move {
            let token = self.store.token().map_err(|error| TokenStoreError(error.to_string()))?;
            Ok(token.map(|token| StoredTokens {
                current: RefreshToken::new(&token.refresh),
                previous: token.previous.as_deref().map(RefreshToken::new),
                access: token.access.map(|access| StoredAccess {
                    token: access.token.into(),
                    refresh_at: access.refresh_at,
                    expires_at: access.expires_at,
                }),
            }))
        })
    }

    fn save(&self, tokens: StoredTokens, used: Option<RefreshToken>) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let used = used.map(|used| used.expose().to_owned());
            let refresh = tokens.current.expose().to_owned();
            let access = tokens.access.map(|access| Access {
                token: access.token.expose_secret().to_owned(),
                refresh_at: access.refresh_at,
                expires_at: access.expires_at,
            });
            let saved = self.store.save_token(refresh, used, access, self.clock.now()).await;
            saved.map_err(|error| TokenStoreError(error.to_string()))
        })
    }
}
