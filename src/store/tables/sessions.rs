//! Sessions of browsers, by the hash of their cookie (customer 0).

use serde::{Deserialize, Serialize};

use crate::{
    auth::session::{Holder, Session, SessionId},
    domain::Timestamp,
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::Store,
        tables::{
            keys::{HEAD, Key},
            kind::Kind,
        },
    },
};

const SESSION_V1: u8 = 1;

/// A session on disk, version 1.
#[derive(Debug, Serialize, Deserialize)]
struct SessionV1 {
    is_admin: bool,
    holder: String,
    made_at: i64,
    used_at: i64,
}

impl Store {
    /// The session with this id, perhaps an ended one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        read(&self.reader(), id)
    }
}

pub(in crate::store) fn read(reader: &Reader<'_>, id: &SessionId) -> Result<Option<Session>, StoreError> {
    reader.get(Key::session(id))?.map(|value| decode(*id, &value)).transpose()
}

/// All sessions, in no order of time.
pub(in crate::store) fn all(reader: &Reader<'_>) -> Result<Vec<Session>, StoreError> {
    let entries = reader.scan_prefix(Key::of(0, Kind::Session));
    let mut sessions = Vec::new();
    for entry in entries {
        let (key, value) = entry?;
        if let Some(id) = key.get(HEAD..).and_then(|id| id.try_into().ok()) {
            sessions.push(decode(id, &value)?);
        }
    }
    Ok(sessions)
}

pub(in crate::store) fn put(changes: &mut Changes, session: &Session) -> Result<(), StoreError> {
    let (is_admin, holder) = match &session.holder {
        Holder::Admin(mark) => (true, mark.clone()),
        Holder::Token(id) => (false, id.clone()),
    };
    let (made_at, used_at) = (session.made_at.as_millis(), session.used_at.as_millis());
    let stored = SessionV1 { is_admin, holder, made_at, used_at };
    changes.put(Key::session(&session.id), codec::encode(SESSION_V1, &stored)?);
    Ok(())
}

fn decode(id: SessionId, value: &[u8]) -> Result<Session, StoreError> {
    let SessionV1 { is_admin, holder, made_at, used_at } = codec::decode(SESSION_V1, value)?;
    let holder = if is_admin { Holder::Admin(holder) } else { Holder::Token(holder) };
    let (made_at, used_at) = (Timestamp::from_millis(made_at), Timestamp::from_millis(used_at));
    Ok(Session { id, holder, made_at, used_at })
}
