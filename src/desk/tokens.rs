//! A customer's refresh tokens in the store, for a session outside of the service.

use std::sync::Arc;

use crate::{
    clock::Clock,
    constant_contact::{RefreshToken, StoreFuture, StoredTokens, TokenStore, TokenStoreError},
    store::{CustomerNo, Store},
};

/// The refresh tokens of one customer: synced before they are used.
pub struct StoreTokens {
    /// The store.
    pub store: Store,
    /// The customer.
    pub customer: CustomerNo,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl TokenStore for StoreTokens {
    fn load(&self) -> StoreFuture<'_, Option<StoredTokens>> {
        Box::pin(async move {
            let token =
                self.store.token(self.customer).map_err(|error| TokenStoreError(error.to_string()))?;
            Ok(token.map(|token| StoredTokens {
                current: RefreshToken::new(&token.refresh),
                previous: token.previous.as_deref().map(RefreshToken::new),
            }))
        })
    }

    fn save(&self, tokens: StoredTokens) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let refresh = tokens.current.expose().to_owned();
            let saved = self.store.save_token(self.customer, refresh, self.clock.now()).await;
            saved.map_err(|error| TokenStoreError(error.to_string()))
        })
    }
}
