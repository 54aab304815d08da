//! Constant Contact grants: the refresh token, synced before it is used.

use crate::domain::Timestamp;

use super::{
    Store, StoreError, codec,
    keys::{CustomerNo, Key, Kind},
    stored::TokenV1,
};

const TOKEN_V1: u8 = 1;

/// A customer's grant. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The refresh token in force.
    pub refresh: String,
    /// The one before it, for one retry.
    pub previous: Option<String>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl Store {
    /// A customer's grant.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn token(&self, customer: CustomerNo) -> Result<Option<Token>, StoreError> {
        let Some(value) = self.reader().get(Key::of(customer, Kind::Token))? else { return Ok(None) };
        let stored = codec::decode::<TokenV1>(TOKEN_V1, &value)?;
        Ok(Some(Token { refresh: stored.refresh, previous: stored.previous }))
    }

    /// Keeps a new refresh token; the one in force becomes the previous one.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn save_token(
        &self,
        customer: CustomerNo,
        refresh: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            let key = Key::of(customer, Kind::Token);
            let before =
                reader.get(&key)?.map(|value| codec::decode::<TokenV1>(TOKEN_V1, &value)).transpose()?;
            let previous = before.map(|before| before.refresh).filter(|before| *before != refresh);
            let stored = TokenV1 { refresh, previous, saved_at: now.as_millis() };
            changes.put(key, codec::encode(TOKEN_V1, &stored)?);
            Ok(())
        })
        .await
    }
}
