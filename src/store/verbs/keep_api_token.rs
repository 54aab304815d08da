//! Keeps, uses and revokes API tokens.

use std::time::Duration;

use crate::{
    auth::api_token::ApiToken,
    domain::{CustomerId, Timestamp},
    store::{
        engine::StoreError,
        handle::Store,
        tables::{api_tokens, keys::Key},
    },
};

/// How exact the time of the last use is kept: a busy script costs one write a minute.
const USED_TO: Duration = Duration::from_secs(60);

impl Store {
    /// Keeps a new API token.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn keep_api_token(&self, token: ApiToken) -> Result<(), StoreError> {
        self.write(move |_, changes| api_tokens::put(changes, &token)).await
    }

    /// Keeps that an API token was used, unless that is known to the minute. A token that was revoked meanwhile stays so.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn use_api_token(&self, id: String, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            let Some(mut token) = api_tokens::read(reader, &id)? else { return Ok(()) };
            if is_noted(token.used_at, now) {
                return Ok(());
            }
            token.used_at = Some(now);
            api_tokens::put(changes, &token)
        })
        .await
    }

    /// Takes a customer out of the tokens that may see it; a token for it alone ends.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn forget_in_api_tokens(&self, customer: CustomerId) -> Result<(), StoreError> {
        for token in self.api_tokens()?.into_iter().filter(|token| token.customers.contains(&customer)) {
            let customer = customer.clone();
            self.write(move |reader, changes| {
                let Some(mut token) = api_tokens::read(reader, &token.id)? else { return Ok(()) };
                token.customers.remove(&customer);
                // Without any it would see all.
                if token.customers.is_empty() {
                    changes.delete(Key::api_token(&token.id));
                    return Ok(());
                }
                api_tokens::put(changes, &token)
            })
            .await?;
        }
        Ok(())
    }

    /// Revokes an API token at once; `false` if there is none with this id.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn revoke_api_token(&self, id: String) -> Result<bool, StoreError> {
        self.write(move |reader, changes| {
            let is_known = reader.get(Key::api_token(&id))?.is_some();
            changes.delete(Key::api_token(&id));
            Ok(is_known)
        })
        .await
    }
}

/// Whether a use at this moment need not be kept. A time to come is a wrong clock's (W8).
#[must_use]
pub fn is_noted(used_at: Option<Timestamp>, now: Timestamp) -> bool {
    used_at.is_some_and(|used| used <= now && now.since(used) < USED_TO)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        auth::caller::Scope,
        store::{Mode, Options},
    };

    #[tokio::test]
    async fn a_token_is_kept_as_a_hash_used_and_revoked() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Options { mode: Mode::Inline, ..Options::default() }).unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let only = BTreeSet::from(["hope".parse().unwrap(), "faith".parse().unwrap()]);
        let (token, text) = ApiToken::new(Scope::Operate, only, now, Some(now.plus(USED_TO))).unwrap();
        store.keep_api_token(token.clone()).await.unwrap();
        assert_eq!(store.api_tokens().unwrap(), std::slice::from_ref(&token));
        store.use_api_token(token.id.clone(), now).await.unwrap();
        let kept = store.api_token(&token.id).unwrap().unwrap();
        assert_eq!(kept, ApiToken { used_at: Some(now), ..token.clone() });
        assert!(kept.admits(text.expose(), now));
        assert!(is_noted(kept.used_at, now.plus(USED_TO / 2)) && !is_noted(kept.used_at, now.plus(USED_TO)));
        assert!(!is_noted(Some(now.plus(USED_TO)), now), "a clock that was ahead (W8)");
        store.forget_in_api_tokens("faith".parse().unwrap()).await.unwrap();
        let left = store.api_token(&token.id).unwrap().unwrap().customers;
        assert_eq!(left, BTreeSet::from(["hope".parse().unwrap()]));
        store.forget_in_api_tokens("hope".parse().unwrap()).await.unwrap();
        assert_eq!(store.api_token(&token.id).unwrap(), None, "it would see all");
        store.keep_api_token(token.clone()).await.unwrap();
        assert!(store.revoke_api_token(token.id.clone()).await.unwrap());
        assert!(!store.revoke_api_token(token.id.clone()).await.unwrap());
        store.use_api_token(token.id.clone(), now).await.unwrap();
        assert_eq!(store.api_token(&token.id).unwrap(), None, "a use does not bring it back");
        store.stop().unwrap();
    }
}
