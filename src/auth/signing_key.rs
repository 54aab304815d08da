//! The key that signs links and states of the connect page: made at first need, kept in `<data_dir>/signing-key`.

use std::{io, path::PathBuf};

use data_encoding::HEXLOWER;
use ring::hmac;

use super::private_file;
use crate::config::{Secret, Settings};

/// Where the key is kept.
#[must_use]
pub fn path(settings: &Settings) -> PathBuf {
    settings.data_dir.join("signing-key")
}

/// Signs texts that come back from outside. Apart from the admin token, so that a link can tell nothing of the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey(Secret);

impl SigningKey {
    /// This key. An empty one verifies nothing.
    #[must_use]
    pub const fn new(key: Secret) -> Self {
        Self(key)
    }

    /// A fresh key, kept nowhere; `None` when the machine has no randomness.
    #[must_use]
    pub fn random() -> Option<Self> {
        Secret::random().map(Self)
    }

    /// The key of the file; `None` if there is none yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(settings: &Settings) -> io::Result<Option<Self>> {
        Ok(private_file::read(&path(settings))?.map(Self))
    }

    /// The key of the file; made if there is none yet.
    ///
    /// # Errors
    /// When the file cannot be read or written, or the machine has no randomness.
    pub fn read_or_make(settings: &Settings) -> io::Result<Self> {
        let path = path(settings);
        if let Some(key) = private_file::read(&path)? {
            return Ok(Self(key));
        }
        let key = Secret::random().ok_or_else(|| io::Error::other("the machine has no randomness"))?;
        private_file::write(&path, key.expose())?;
        Ok(Self(key))
    }

    /// The signature of a text, in hex; `purpose` keeps the signatures of one purpose from serving another.
    pub(super) fn sign(&self, purpose: &str, text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose().as_bytes());
        HEXLOWER.encode(hmac::sign(&key, format!("tandem {purpose}\n{text}").as_bytes()).as_ref())
    }

    /// Whether a signature is this key's, for this purpose and text.
    pub(super) fn verifies(&self, purpose: &str, text: &str, shown: &str) -> bool {
        Secret::new(&self.sign(purpose, text)).matches(shown) && !self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_private_and_is_not_the_admin_token() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::defaults_in(folder.path());
        let key = SigningKey::read_or_make(&settings).unwrap();
        assert_eq!(SigningKey::read_or_make(&settings).unwrap(), key);
        let token = crate::auth::admin_token::read_or_make(&settings).unwrap();
        assert_ne!(key.0, token);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path(&settings)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn an_empty_key_verifies_nothing_and_a_purpose_is_part_of_the_signature() {
        let empty = SigningKey::new(Secret::default());
        assert!(!empty.verifies("link", "text", &empty.sign("link", "text")));
        let key = SigningKey::new(Secret::new("key"));
        let signature = key.sign("link", "text");
        assert!(key.verifies("link", "text", &signature));
        assert!(!key.verifies("state", "text", &signature));
        assert!(!key.verifies("link", "other", &signature));
    }
}
