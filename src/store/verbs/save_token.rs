//! Keeps grants of Constant Contact, synced before they are used.

use crate::{
    domain::Timestamp,
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            customers,
            tokens::{self, Access, Token},
        },
    },
};

impl CustomerStore {
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
        let (customer, sealing) = (self.number, self.sealing.clone());
        self.write(move |reader, changes| {
            let in_force = tokens::read(reader, customer, &sealing)?;
            let Some(token) = successor(in_force, refresh, used, access) else { return Ok(false) };
            tokens::put(changes, customer, (token, &sealing), now)?;
            Ok(true)
        })
        .await
    }

    /// Takes over the refresh token of a customer's file, unless the file held this one before: token and fingerprint
    /// in one group, so that a crash cannot bring a used-up token back later.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn take_over_token(
        &self,
        refresh: String,
        fingerprint: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (customer, sealing) = (self.number, self.sealing.clone());
        self.write(move |reader, changes| {
            let Some(mut record) = customers::read(reader, customer)? else { return Ok(false) };
            if record.token_fingerprint.as_ref() == Some(&fingerprint) {
                return Ok(false);
            }
            record.token_fingerprint = Some(fingerprint);
            customers::put(changes, &record)?;
            let token = Token { refresh, previous: None, access: None };
            tokens::put(changes, customer, (token, &sealing), now)?;
            Ok(true)
        })
        .await
    }
}

/// The grant after a refresh by `used`, or after a consent; `None` if the grant in force does not know `used` (B3).
fn successor(
    in_force: Option<Token>,
    refresh: String,
    used: Option<String>,
    access: Option<Access>,
) -> Option<Token> {
    let previous = match (in_force, used) {
        (Some(known), Some(used)) if known.refresh != used && known.previous.as_ref() != Some(&used) => {
            return None;
        }
        (Some(known), Some(_)) if known.refresh == refresh => known.previous,
        (Some(known), Some(_)) => Some(known.refresh),
        (None, _) | (_, None) => None,
    };
    Some(Token { refresh, previous, access })
}

#[cfg(test)]
mod tests {
    use super::*;

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
