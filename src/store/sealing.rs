//! Secrets in the store: sealed before they are written, opened as they are read, under the keys of this machine.
//!
//! A secret's plain bytes are a value with a version of its own, so that it changes its shape as others do. Values in clear are of
//! versions before sealing; they are read, and sealed when the store is opened.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use super::{
    codec::{self, CodecError},
    engine::StoreError,
    tables::keys::Key,
};
use crate::{
    auth::{
        KeyFiles,
        sealed::{KeyId, Keyring, Sealed, SealingKey},
    },
    config::Secret,
};

/// The keys by which this store seals. Clones are the same.
#[derive(Debug, Clone)]
pub struct Sealing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    files: Option<KeyFiles>,
    keys: RwLock<Keys>,
    rotation: Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Keys {
    ring: Arc<Keyring>,
    /// Why secrets cannot be read, in words that say what to do.
    problem: Option<Arc<str>>,
}

impl Sealing {
    /// By a key that is no secret: for a store of a test or of the demo, whose secrets are simulated.
    pub(super) fn in_memory() -> Self {
        let current = SealingKey::from_hex(&Secret::new(&"5a".repeat(32)));
        let ring = Arc::new(Keyring { current, former: Vec::new() });
        let keys = RwLock::new(Keys { ring, problem: None });
        Self(Arc::new(Inner { files: None, keys, rotation: Mutex::default() }))
    }

    /// By the keys of these files, once they are [`taken`](Self::take).
    pub(super) fn by(files: KeyFiles) -> Self {
        let (keys, rotation) = Default::default();
        Self(Arc::new(Inner { files: Some(files), keys, rotation }))
    }

    pub(super) fn files(&self) -> Option<&KeyFiles> {
        self.0.files.as_ref()
    }

    /// Seals and opens by these keys from now on.
    pub(super) fn take(&self, ring: Keyring) {
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) =
            Keys { ring: Arc::new(ring), problem: None };
    }

    /// Secrets cannot be read, and none is written, for this reason.
    pub(super) fn refuse(&self, problem: &str) {
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) =
            Keys { ring: Arc::default(), problem: Some(problem.into()) };
    }

    /// One rotation at a time.
    pub(super) fn rotate_alone(&self) -> MutexGuard<'_, ()> {
        self.0.rotation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a value is sealed, and under the key in force.
    pub(super) fn is_current(&self, version: u8, value: &[u8]) -> Result<bool, StoreError> {
        Ok(sealed(version, value)?.is_some_and(|sealed| self.current() == Some(sealed.key)))
    }

    /// Why secrets cannot be read, in words that say what to do.
    pub(super) fn problem(&self) -> Option<Arc<str>> {
        self.keys().problem
    }

    /// The keys in force.
    pub(super) fn ring(&self) -> Arc<Keyring> {
        self.keys().ring
    }

    /// The key that seals.
    pub(super) fn current(&self) -> Option<KeyId> {
        self.ring().current.as_ref().map(SealingKey::id)
    }

    fn keys(&self) -> Keys {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A value with its frame, sealed for its key; the result is a value of this version.
    pub(super) fn seal(&self, key: &Key, version: u8, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        let Keys { ring, problem } = self.keys();
        let sealed = ring.seal(key.as_ref(), value);
        let sealed = sealed.map_err(|error| StoreError::Sealed(words(problem, error)))?;
        Ok(codec::encode(version, &sealed)?)
    }

    /// The value with its frame: opened if it is of the version of sealed ones, as it is if it is of one before.
    pub(super) fn open<'a>(
        &self,
        key: &Key,
        version: u8,
        value: &'a [u8],
    ) -> Result<Cow<'a, [u8]>, StoreError> {
        let Some(sealed) = sealed(version, value)? else { return Ok(Cow::Borrowed(value)) };
        let Keys { ring, problem } = self.keys();
        let opened = ring.open(key.as_ref(), &sealed);
        Ok(Cow::Owned(opened.map_err(|error| StoreError::Sealed(words(problem, error)))?))
    }
}

/// What is sealed, if the value is of the version of sealed ones.
pub(super) fn sealed(version: u8, value: &[u8]) -> Result<Option<Sealed>, CodecError> {
    let (found, body) = codec::open(value)?;
    if found == version { body.read().map(Some) } else { Ok(None) }
}

fn words(problem: Option<Arc<str>>, error: impl ToString) -> Arc<str> {
    problem.unwrap_or_else(|| format!("a secret cannot be kept or read: {}", error.to_string()).into())
}
