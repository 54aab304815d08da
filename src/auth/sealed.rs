//! Seals secrets for the disk: XChaCha20-Poly1305 under a key of this machine, bound to the place where they stand, so that neither a
//! stolen store nor a backup gives one away, and none can be moved to another customer.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use data_encoding::HEXLOWER_PERMISSIVE;
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::config::Secret;

/// Tells keys apart and tells nothing of them; written as eight digits in hex.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyId(u32);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Why a secret cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// There is no key at all.
    #[error("there is no key that seals secrets")]
    NoKey,
    /// The key that it was sealed with is not there.
    #[error("it is sealed with the key {0}, which is not there")]
    AnotherKey(KeyId),
    /// The bytes are not what was sealed, or stand in another place.
    #[error("it does not open: its bytes changed, or it was sealed for another place")]
    Damaged,
    /// The machine has no randomness.
    #[error("the machine has no randomness")]
    NoRandomness,
}

/// A secret, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The key that opens it.
    pub key: KeyId,
    nonce: [u8; 24],
    bytes: Vec<u8>,
}

/// A key that seals: 32 random bytes.
#[derive(Clone)]
pub struct SealingKey {
    id: KeyId,
    text: Secret,
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealingKey({})", self.id)
    }
}

impl SealingKey {
    /// A fresh key; `None` when the machine has no randomness.
    #[must_use]
    pub fn random() -> Option<Self> {
        Self::from_hex(&Secret::random()?)
    }

    /// The key of a text of 64 digits in hex; `None` for any other text.
    #[must_use]
    pub fn from_hex(text: &Secret) -> Option<Self> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.expose().as_bytes()).ok()?;
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).ok()?;
        let named = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), b"tandem id of a sealing key");
        let id = KeyId(u32::from_be_bytes(*named.as_ref().first_chunk()?));
        Some(Self { id, text: text.clone(), cipher })
    }

    /// Which key it is.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The key itself, for its file.
    pub(super) const fn text(&self) -> &Secret {
        &self.text
    }
}

/// The keys of this machine: the key that seals, and former ones that open what is not sealed anew yet.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    /// Seals and opens.
    pub current: Option<SealingKey>,
    /// Open.
    pub former: Vec<SealingKey>,
}

impl Keyring {
    /// Whether what a key sealed can be opened.
    #[must_use]
    pub fn opens(&self, key: KeyId) -> bool {
        self.key(key).is_some()
    }

    fn key(&self, id: KeyId) -> Option<&SealingKey> {
        self.current.iter().chain(&self.former).find(|key| key.id == id)
    }

    /// Seals a secret for its place: it opens there alone.
    ///
    /// # Errors
    /// [`SealError::NoKey`], [`SealError::NoRandomness`].
    pub fn seal(&self, place: &[u8], secret: &[u8]) -> Result<Sealed, SealError> {
        let key = self.current.as_ref().ok_or(SealError::NoKey)?;
        // 24 bytes are enough for random ones never to meet.
        let mut nonce = [0; 24];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError::NoRandomness)?;
        let payload = Payload { msg: secret, aad: place };
        let bytes = key.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        Ok(Sealed { key: key.id, nonce, bytes: bytes.map_err(|_| SealError::Damaged)? })
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`SealError::AnotherKey`], [`SealError::Damaged`].
    pub fn open(&self, place: &[u8], sealed: &Sealed) -> Result<Vec<u8>, SealError> {
        let key = self.key(sealed.key).ok_or(SealError::AnotherKey(sealed.key))?;
        let payload = Payload { msg: &sealed.bytes, aad: place };
        let opened = key.cipher.decrypt(XNonce::from_slice(&sealed.nonce), payload);
        opened.map_err(|_| SealError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_in_its_place_under_its_key_and_nowhere_else() {
        let [one, other] = [(); 2].map(|()| SealingKey::random().unwrap());
        let ring = Keyring { current: Some(one.clone()), former: Vec::new() };
        let mut sealed = ring.seal(b"hope", b"refresh token").unwrap();
        assert!(!sealed.bytes.windows(7).any(|bytes| bytes == b"refresh"));
        assert_ne!(sealed, ring.seal(b"hope", b"refresh token").unwrap(), "no two are alike");
        assert_eq!(ring.open(b"hope", &sealed).unwrap(), b"refresh token");
        assert_eq!(ring.open(b"else", &sealed), Err(SealError::Damaged));
        let newer = Keyring { current: Some(other.clone()), former: vec![one.clone()] };
        assert_eq!(newer.open(b"hope", &sealed).unwrap(), b"refresh token");
        let strange = Keyring { current: Some(other), former: Vec::new() };
        assert_eq!(strange.open(b"hope", &sealed), Err(SealError::AnotherKey(one.id())));
        assert_eq!(Keyring::default().seal(b"hope", b""), Err(SealError::NoKey));
        sealed.bytes[0] ^= 1;
        assert_eq!(ring.open(b"hope", &sealed), Err(SealError::Damaged));
    }

    #[test]
    fn a_key_is_64_digits_and_its_id_is_always_the_same() {
        let key = SealingKey::from_hex(&Secret::new(&"0a".repeat(32))).unwrap();
        assert_eq!(key.id().to_string(), "c66047eb");
        assert!(!format!("{key:?}").contains("0a0a"));
        for wrong in ["", "0a", "zz".repeat(32).as_str(), "0a".repeat(33).as_str()] {
            assert!(SealingKey::from_hex(&Secret::new(wrong)).is_none(), "{wrong}");
        }
    }
}
