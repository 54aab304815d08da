//! Constant Contact grants: the refresh token, synced before it is used, and the access token that came with it.

use crate::domain::Timestamp;

use super::{
    CustomerStore, StoreError,
    codec::{self, CodecError},
    keys::{Key, Kind},
    stored::{TokenV1, TokenV2},
};

const TOKEN_V1: u8 = 1;
const TOKEN_V2: u8 = 2;

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

fn read(bytes: &[u8]) -> Result<TokenV2, CodecError> {
    let (version, body) = codec::open(bytes)?;
    match version {
        TOKEN_V1 => Ok(body.read::<TokenV1>()?.into()),
        TOKEN_V2 => body.read(),
        other => Err(CodecError::UnknownVersion(other)),
    }
}

/// A grant that a person gave, as stored: no token was used yet.
pub(super) fn fresh(refresh: String, now: Timestamp) -> Result<Vec<u8>, CodecError> {
    codec::encode(TOKEN_V2, &TokenV2 { refresh, previous: None, access: None, saved_at: now.as_millis() })
}

impl CustomerStore {
    /// A customer's grant.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn token(&self) -> Result<Option<Token>, StoreError> {
        let customer = self.number;
        let Some(value) = self.reader().get(Key::of(customer, Kind::Token))? else { return Ok(None) };
        let TokenV2 { refresh, previous, access, .. } = read(&value)?;
        let access = access.map(|(token, refresh_at, expires_at)| Access {
            token,
            refresh_at: Timestamp::from_millis(refresh_at),
            expires_at: Timestamp::from_millis(expires_at),
        });
        Ok(Some(Token { refresh, previous, access }))
    }

    /// Keeps what was granted. A new refresh token makes the one in force the previous one; after a consent (`used` is
    /// `None`) there is none before it.
    ///
    /// `false`, and nothing is kept, if a refresh by `used` comes too late: the grant in force, taken over from the file or
    /// given by a consent meanwhile, knows nothing of `used`.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn save_token(
        &self,
        refresh: String,
        used: Option<String>,
        access: Option<Access>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let key = Key::of(customer, Kind::Token);
            let before = reader.get(&key)?.map(|value| read(&value)).transpose()?;
            let previous = match (before, used) {
                (Some(before), Some(used)) => {
                    if before.refresh != used && before.previous.as_ref() != Some(&used) {
                        return Ok(false);
                    }
                    if before.refresh == refresh { before.previous } else { Some(before.refresh) }
                }
                (None, _) | (_, None) => None,
            };
            let access = access
                .map(|access| (access.token, access.refresh_at.as_millis(), access.expires_at.as_millis()));
            let stored = TokenV2 { refresh, previous, access, saved_at: now.as_millis() };
            changes.put(key, codec::encode(TOKEN_V2, &stored)?);
            Ok(true)
        })
        .await
    }
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
        assert_eq!(read(&bytes).unwrap(), now);
        assert_eq!(read(&codec::encode(TOKEN_V2, &now).unwrap()).unwrap(), now);
        assert!(matches!(read(&codec::encode(9, &now).unwrap()), Err(CodecError::UnknownVersion(9))));
    }

    #[tokio::test]
    async fn b3_a_refresh_that_comes_late_does_not_overwrite_the_grant_that_a_person_gave() {
        use crate::store::{Mode, Options, Store};
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let record = store.enrol("hope".parse().unwrap(), now).await.unwrap();
        let hope = store.of(record.number);
        let save = async |new: &str, used: Option<&str>| {
            hope.save_token(new.to_owned(), used.map(str::to_owned), None, now).await.unwrap()
        };
        let held = || hope.token().unwrap().map(|token| (token.refresh, token.previous));
        let pair =
            |current: &str, before: Option<&str>| Some((current.to_owned(), before.map(str::to_owned)));
        let take = |token: &str| hope.take_over_token(token.to_owned(), token.to_owned(), now);
        assert!(take("a1").await.unwrap());
        assert!(save("a2", Some("a1")).await);
        // The file brings a new one while a refresh by a2 is under way, or by the one before it.
        assert!(take("b1").await.unwrap());
        assert!(!save("a3", Some("a2")).await && !save("a3", Some("a1")).await);
        assert_eq!(held(), pair("b1", None));
        assert!(save("b2", Some("b1")).await);
        assert_eq!(held(), pair("b2", Some("b1")));
        // One more try with the one before is no other grant.
        assert!(save("b3", Some("b1")).await);
        // A consent counts always, and what came of the former grant does not replace it.
        assert!(save("c1", None).await);
        assert!(!save("b4", Some("b3")).await);
        assert_eq!(held(), pair("c1", None));
        store.stop().unwrap();
    }
}
