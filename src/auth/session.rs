//! Sessions of browsers: what the cookie holds is kept as a hash, so that neither the store nor a backup opens a page.

use std::time::Duration;

use data_encoding::HEXLOWER;

use super::{SigningKey, sha256::sha256};
use crate::{
    config::Secret,
    domain::{Timestamp, kept_time},
};

/// How long a session lasts at most.
pub const LASTS: Duration = Duration::from_secs(12 * 3600);
/// How long a session lasts without a request.
pub const IDLE: Duration = Duration::from_secs(3600);

/// What tells sessions apart: the SHA-256 of the cookie's value.
pub type SessionId = [u8; 32];

/// What was shown at the sign-in. The session may what that may at the moment, and ends with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The admin token, by its mark: another admin token ends the session.
    Admin(String),
    /// An API token or a share link, by its id.
    Token(String),
}

/// A session of a browser as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// What was shown.
    pub holder: Holder,
    /// When it began.
    pub made_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
}

impl Session {
    /// A new session and the cookie's value; `None` when the machine has no randomness.
    #[must_use]
    pub fn new(holder: Holder, now: Timestamp) -> Option<(Self, Secret)> {
        let cookie = Secret::random()?;
        Some((Self { id: sha256(cookie.expose().as_bytes()), holder, made_at: now, used_at: now }, cookie))
    }

    /// Whether it has not ended. A time to come is a wrong clock's, and says nothing of the session's age (W8).
    #[must_use]
    pub fn lasts(&self, now: Timestamp) -> bool {
        kept_time::lasts(self.made_at, LASTS, now) && kept_time::lasts(self.used_at, IDLE, now)
    }
}

/// The session that a cookie's value names; `None` if it is no such value.
#[must_use]
pub fn id_of(cookie: &str) -> Option<SessionId> {
    (cookie.len() == 64 && cookie.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| sha256(cookie.as_bytes()))
}

/// The mark of an admin token: tells whether it is the same one, and nothing of it without the signing key, which no backup holds.
#[must_use]
pub fn admin_mark(key: &SigningKey, admin_token: &Secret) -> String {
    key.sign("session of an admin token", admin_token.expose())
}

/// What a page of a session has to send with everything that it changes (CSRF).
#[must_use]
pub fn csrf(key: &SigningKey, id: &SessionId) -> String {
    key.sign("csrf", &HEXLOWER.encode(id))
}

/// Whether that was sent.
#[must_use]
pub fn is_csrf(key: &SigningKey, id: &SessionId, shown: &str) -> bool {
    key.verifies("csrf", &HEXLOWER.encode(id), shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_age_and_by_rest_and_w8_with_a_clock_that_was_ahead() {
        let now = Timestamp::from_secs(1_800_000_000);
        let (session, cookie) = Session::new(Holder::Token("1a2b3c4d".to_owned()), now).unwrap();
        assert_eq!(id_of(cookie.expose()), Some(session.id));
        assert!([cookie.expose().get(1..).unwrap(), "", "sesame"].into_iter().all(|it| id_of(it).is_none()));
        assert!(session.lasts(now) && !session.lasts(now.plus(IDLE)));
        let used = Session { used_at: now.plus(LASTS), ..session.clone() };
        assert!(used.lasts(now.plus(LASTS.saturating_sub(Duration::from_secs(300)))));
        assert!(!used.lasts(now.plus(LASTS)));
        assert!(session.lasts(now.minus(kept_time::SLACK)) && !session.lasts(now.minus(IDLE)));
    }

    #[test]
    fn what_a_page_sends_is_bound_to_its_session() {
        let (key, other) = (SigningKey::random().unwrap(), SigningKey::random().unwrap());
        let sent = csrf(&key, &[1; 32]);
        assert!(is_csrf(&key, &[1; 32], &sent));
        assert!(!is_csrf(&key, &[2; 32], &sent) && !is_csrf(&other, &[1; 32], &sent));
        assert!(!is_csrf(&key, &[1; 32], ""));
        let (mine, yours) = (Secret::new("mine"), Secret::new("yours"));
        assert_ne!(admin_mark(&key, &mine), admin_mark(&key, &yours));
    }
}
