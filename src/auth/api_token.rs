//! API tokens: what one looks like, and what is kept of it: a hash, so that neither the store nor a backup gives one away.

use std::collections::BTreeSet;

use super::{
    caller::{Caller, SHARE_LINK, Scope},
    sha256::sha256,
};
use crate::{
    config::Secret,
    domain::{CustomerId, Timestamp},
};

/// What a token begins with, so that scanners for leaked secrets find it.
const PREFIX: &str = "tandem_";
/// Digits of a token's id.
const ID_DIGITS: usize = 8;

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Names it in lists and records: no secret.
    pub id: String,
    /// What it may do.
    pub scope: Scope,
    /// The customers that it may see; empty: all.
    pub customers: BTreeSet<CustomerId>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends; `None`: only when it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
    /// Whether it is a share link: it opens a page, and is no token of scripts.
    pub is_link: bool,
    /// SHA-256 of the whole token: 32 random bytes need no slow hash.
    pub hash: [u8; 32],
}

impl ApiToken {
    /// A new token and its text, which is shown once; `None` when the machine has no randomness.
    #[must_use]
    pub fn new(
        scope: Scope,
        customers: BTreeSet<CustomerId>,
        made_at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Option<(Self, Secret)> {
        let id: String = Secret::random()?.expose().chars().take(ID_DIGITS).collect();
        let text = Secret::new(&format!("{PREFIX}{id}_{}", Secret::random()?.expose()));
        let hash = sha256(text.expose().as_bytes());
        Some((Self { id, scope, customers, made_at, expires_at, used_at: None, is_link: false, hash }, text))
    }

    /// Whether a shown text is this token, and it has not ended.
    #[must_use]
    pub fn admits(&self, shown: &str, now: Timestamp) -> bool {
        // The time that this takes could tell only about the digest of a guess.
        sha256(shown.as_bytes()) == self.hash && !self.has_ended(now)
    }

    /// Whether its time is over.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Its holder.
    #[must_use]
    pub fn caller(&self, from: String) -> Caller {
        let only = (!self.customers.is_empty()).then(|| self.customers.clone());
        let kind = if self.is_link { SHARE_LINK } else { "token" };
        Caller { name: format!("{kind} {}", self.id), from, scope: self.scope, only }
    }
}

/// The id in a token's text; `None` if it is no token of this kind.
#[must_use]
pub fn id_of(shown: &str) -> Option<&str> {
    let (id, secret) = shown.strip_prefix(PREFIX)?.split_once('_')?;
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (id.len() == ID_DIGITS && secret.len() == 64 && is_hex(id) && is_hex(secret)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_admits_its_own_text_until_it_ends() {
        let now = Timestamp::from_secs(1_800_000_000);
        let end = Timestamp::from_secs(1_800_000_060);
        let (token, text) = ApiToken::new(Scope::Read, BTreeSet::new(), now, Some(end)).unwrap();
        assert_eq!(id_of(text.expose()), Some(token.id.as_str()));
        assert!(token.admits(text.expose(), now));
        assert!(!token.admits(text.expose(), end));
        let (other, other_text) = ApiToken::new(Scope::Read, BTreeSet::new(), now, None).unwrap();
        assert!(!token.admits(other_text.expose(), now) && other.admits(other_text.expose(), end));
        let cut = &text.expose()[..text.expose().len() - 1];
        assert!(!token.admits(cut, now));
        assert!(
            [cut, "", "tandem_", "sesame", "tandem_12345678_"].into_iter().all(|text| id_of(text).is_none())
        );
    }
}
