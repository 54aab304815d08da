//! Secrets: given in place, as `env:NAME`, or as `file:PATH`; never shown.

use std::{fmt, path::Path};

use data_encoding::HEXLOWER;
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use secrecy::{ExposeSecret, SecretString};

use super::environment::Environment;

/// More than any key or token that either system gives out; keeps `file:/dev/zero` from filling the memory.
const LARGEST_FILE: u64 = 64 * 1024;

/// A secret text, perhaps empty (not set). `Debug` says only whether it is set; memory is wiped on drop.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the secret itself, without the blanks around it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text.trim()))
    }

    /// A fresh one of 32 random bytes, in hex; `None` when the machine has no randomness.
    #[must_use]
    pub fn random() -> Option<Self> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).ok()?;
        Some(Self::new(&HEXLOWER.encode(&bytes)))
    }

    /// The secret itself. Call this where it goes into a request and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether none was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Whether a caller showed this secret. Takes the same time wherever the two differ; an empty secret is matched by nothing.
    #[must_use]
    pub fn matches(&self, shown: &str) -> bool {
        // Compares digests: the time could tell only about the digest of a guess, which helps no attacker.
        !self.is_empty()
            && digest(&SHA256, self.expose().as_bytes()).as_ref()
                == digest(&SHA256, shown.as_bytes()).as_ref()
    }

    /// See [`fingerprint`].
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(self.expose())
    }

    /// Reads the text of a setting: `env:NAME`, `file:PATH` (from `base` if relative), or the secret itself.
    pub(super) fn resolve(text: &str, base: &Path, environment: &Environment) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("env:") {
            let name = name.trim();
            let value = environment
                .get(name)
                .ok_or_else(|| format!("the environment variable {name:?} that it names is not set"))?;
            return Some(Self::new(value))
                .filter(|secret| !secret.is_empty())
                .ok_or_else(|| format!("the environment variable {name:?} that it names is empty"));
        }
        if let Some(path) = text.strip_prefix("file:") {
            let path = base.join(path.trim());
            let content = read_small(&path)
                .map_err(|error| format!("cannot read the file {}: {error}", path.display()))?;
            return Some(Self::new(&content))
                .filter(|secret| !secret.is_empty())
                .ok_or_else(|| format!("the file {} is empty", path.display()));
        }
        Ok(Self::new(text))
    }
}

/// What tells whether a secret changed without keeping it: the SHA-256 in hex. The store keeps the fingerprint of the
/// `refresh_token` that the customer's file held last; a file with another one replaces the stored, rotated token.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, secret.as_bytes()).as_ref())
}

fn read_small(path: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut content = String::new();
    std::fs::File::open(path)?.take(LARGEST_FILE).read_to_string(&mut content)?;
    Ok(content)
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "Secret(not set)" } else { "Secret(set)" })
    }
}
