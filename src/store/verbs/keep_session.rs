//! Keeps, uses and ends sessions of browsers.

use std::cmp::Reverse;

use crate::{
    auth::session::{Holder, Session, SessionId},
    domain::Timestamp,
    store::{
        engine::StoreError,
        handle::Store,
        tables::{keys::Key, sessions},
        verbs::keep_api_token::is_noted,
    },
};

/// Sessions of one token at once; of more, those that were used last.
const OF_ONE_MAX: usize = 20;

impl Store {
    /// Keeps a new session; those that have ended go, and what is too many of the same holder.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn keep_session(&self, session: Session) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            let now = session.made_at;
            let mut of_one = Vec::new();
            for one in sessions::all(reader)? {
                let is_known = match &one.holder {
                    Holder::Admin(_) => true,
                    Holder::Token(id) => reader.get(Key::api_token(id))?.is_some(),
                };
                if !is_known || !one.lasts(now) {
                    changes.delete(Key::session(&one.id));
                } else if one.holder == session.holder {
                    of_one.push(one);
                }
            }
            of_one.sort_by_key(|one| Reverse(one.used_at));
            for one in of_one.iter().skip(OF_ONE_MAX - 1) {
                changes.delete(Key::session(&one.id));
            }
            sessions::put(changes, &session)
        })
        .await
    }

    /// Keeps that a session was used, unless that is known to the minute. A session that was ended meanwhile stays so.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn use_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            let Some(mut session) = sessions::read(reader, &id)? else { return Ok(()) };
            if is_noted(Some(session.used_at), now) {
                return Ok(());
            }
            session.used_at = now;
            sessions::put(changes, &session)
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn end_session(&self, id: SessionId) -> Result<(), StoreError> {
        self.write(move |_, changes| {
            changes.delete(Key::session(&id));
            Ok(())
        })
        .await
    }

    /// Ends all sessions of a holder, or of everybody; gives how many.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn end_sessions(&self, of: Option<Holder>) -> Result<usize, StoreError> {
        self.write(move |reader, changes| {
            let mut all = sessions::all(reader)?;
            all.retain(|one| of.as_ref().is_none_or(|holder| one.holder == *holder));
            all.iter().for_each(|one| changes.delete(Key::session(&one.id)));
            Ok(all.len())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use super::*;
    use crate::{
        auth::{Scope, api_token::ApiToken, session::IDLE},
        store::{Mode, Options},
    };

    #[tokio::test]
    async fn sessions_are_bounded_end_and_stay_ended() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Options { mode: Mode::Inline, ..Options::default() }).unwrap();
        let at = |second| Timestamp::from_secs(1_800_000_000 + second);
        let admin = || Holder::Admin("mark".to_owned());
        let (token, _) = ApiToken::new(Scope::Read, BTreeSet::new(), at(0), None).unwrap();
        store.keep_api_token(token.clone()).await.unwrap();
        let of_token = || Holder::Token(token.id.clone());
        let begin = async |holder, second| {
            let (session, cookie) = Session::new(holder, at(second)).unwrap();
            store.keep_session(session.clone()).await.unwrap();
            assert_eq!(store.session(&session.id).unwrap(), Some(session.clone()));
            (session, cookie)
        };
        let (first, cookie) = begin(admin(), 0).await;
        let (theirs, _) = begin(of_token(), 0).await;
        for second in 1..=20 {
            begin(admin(), second).await;
        }
        assert_eq!(store.session(&first.id).unwrap(), None, "the oldest goes");
        assert!(store.session(&theirs.id).unwrap().is_some(), "and of no other holder");
        store.use_session(first.id, at(100)).await.unwrap();
        assert_eq!(store.session(&first.id).unwrap(), None, "a use does not bring it back");
        store.use_session(theirs.id, at(100)).await.unwrap();
        assert_eq!(store.session(&theirs.id).unwrap().unwrap().used_at, at(100));
        assert_eq!(store.end_sessions(Some(admin())).await.unwrap(), 20);
        store.revoke_api_token(token.id.clone()).await.unwrap();
        let (last, _) = begin(admin(), 200).await;
        assert_eq!(store.session(&theirs.id).unwrap(), None, "its token is gone");
        let later = i64::try_from((IDLE + Duration::from_secs(200)).as_secs()).unwrap();
        let (newest, _) = begin(admin(), later).await;
        assert_eq!(store.session(&last.id).unwrap(), None, "it has ended");
        store.end_session(newest.id).await.unwrap();
        assert_eq!(store.end_sessions(None).await.unwrap(), 0);
        drop(cookie);
        store.stop().unwrap();
    }
}
