//! Constant Contact grants: the refresh token, and the access token that came with it.

use crate::{
    domain::Timestamp,
    store::{
        codec::{self, CodecError},
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        sealing::Sealing,
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            stored::{TokenV1, TokenV2},
        },
    },
};

const TOKEN_V1: u8 = 1;
const TOKEN_V2: u8 = 2;
/// A grant of a version above, sealed.
pub(in crate::store) const TOKEN_SEALED: u8 = 3;

/// A customer's grant. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The refresh token in force.
    pub refresh: String,
    /// The one before it, for one retry.
    pub previous: Option<String>,
    /// The access token that came with it.
    pub access: Option<Access>,
}

/// An access token that is kept, so that a restart need not spend the refresh token.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// For calls.
    pub token: String,
    /// When it is refreshed ahead of use.
    pub refresh_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl CustomerStore {
    /// A customer's grant.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn token(&self) -> Result<Option<Token>, StoreError> {
        read(&self.reader(), self.number, &self.sealing)
    }
}

pub(in crate::store) fn decode(bytes: &[u8]) -> Result<TokenV2, CodecError> {
    let (version, body) = codec::open(bytes)?;
    match version {
        TOKEN_V1 => Ok(body.read::<TokenV1>()?.into()),
        TOKEN_V2 => body.read(),
        other => Err(CodecError::UnknownVersion(other)),
    }
}

/// A customer's grant.
pub(in crate::store) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    sealing: &Sealing,
) -> Result<Option<Token>, StoreError> {
    let key = Key::of(customer, Kind::Token);
    let Some(value) = reader.get(&key)? else { return Ok(None) };
    let TokenV2 { refresh, previous, access, .. } = decode(&sealing.open(&key, TOKEN_SEALED, &value)?)?;
    let access = access.map(|(token, refresh_at, expires_at)| Access {
        token,
        refresh_at: Timestamp::from_millis(refresh_at),
        expires_at: Timestamp::from_millis(expires_at),
    });
    Ok(Some(Token { refresh, previous, access }))
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    (token, sealing): (Token, &Sealing),
    now: Timestamp,
) -> Result<(), StoreError> {
    let Token { refresh, previous, access } = token;
    let access =
        access.map(|access| (access.token, access.refresh_at.as_millis(), access.expires_at.as_millis()));
    let stored = TokenV2 { refresh, previous, access, saved_at: now.as_millis() };
    let key = Key::of(customer, Kind::Token);
    let value = sealing.seal(&key, TOKEN_SEALED, &codec::encode(TOKEN_V2, &stored)?)?;
    changes.put(key, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_of_the_first_version_is_read() {
        let old = TokenV1 { refresh: "r2".to_owned(), previous: Some("r1".to_owned()), saved_at: 5 };
        let bytes = codec::encode(TOKEN_V1, &old).unwrap();
        let now =
            TokenV2 { refresh: "r2".to_owned(), previous: Some("r1".to_owned()), access: None, saved_at: 5 };
        assert_eq!(decode(&bytes).unwrap(), now);
        assert_eq!(decode(&codec::encode(TOKEN_V2, &now).unwrap()).unwrap(), now);
        assert!(matches!(decode(&codec::encode(9, &now).unwrap()), Err(CodecError::UnknownVersion(9))));
    }
}
