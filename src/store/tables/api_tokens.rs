//! API tokens, by id (customer 0).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    auth::{api_token::ApiToken, caller::Scope},
    domain::Timestamp,
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::Store,
        tables::{keys::Key, kind::Kind},
    },
};

const API_TOKEN_V1: u8 = 1;
const API_TOKEN_V2: u8 = 2;

/// A token on disk, version 1.
#[derive(Debug, Serialize, Deserialize)]
struct ApiTokenV1 {
    scope: u8,
    customers: Vec<String>,
    made_at: i64,
    expires_at: Option<i64>,
    used_at: Option<i64>,
    hash: [u8; 32],
}

/// A token on disk, version 2: it may be a share link.
#[derive(Debug, Serialize, Deserialize)]
struct ApiTokenV2 {
    scope: u8,
    customers: Vec<String>,
    made_at: i64,
    expires_at: Option<i64>,
    used_at: Option<i64>,
    is_link: bool,
    hash: [u8; 32],
}

impl From<ApiTokenV1> for ApiTokenV2 {
    fn from(token: ApiTokenV1) -> Self {
        let ApiTokenV1 { scope, customers, made_at, expires_at, used_at, hash } = token;
        Self { scope, customers, made_at, expires_at, used_at, is_link: false, hash }
    }
}

impl Store {
    /// The API token with this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn api_token(&self, id: &str) -> Result<Option<ApiToken>, StoreError> {
        read(&self.reader(), id)
    }

    /// All API tokens, by id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn api_tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let reader = self.reader();
        let entries = reader.scan_prefix(Key::of(0, Kind::ApiToken));
        entries
            .map(|entry| {
                let (key, value) = entry?;
                decode(&String::from_utf8_lossy(Key::text_at_end(&key)), &value)
            })
            .collect()
    }
}

pub(in crate::store) fn read(reader: &Reader<'_>, id: &str) -> Result<Option<ApiToken>, StoreError> {
    reader.get(Key::api_token(id))?.map(|value| decode(id, &value)).transpose()
}

pub(in crate::store) fn put(changes: &mut Changes, token: &ApiToken) -> Result<(), StoreError> {
    let stored = ApiTokenV2 {
        scope: token.scope.to_u8(),
        customers: token.customers.iter().map(ToString::to_string).collect(),
        made_at: token.made_at.as_millis(),
        expires_at: token.expires_at.map(Timestamp::as_millis),
        used_at: token.used_at.map(Timestamp::as_millis),
        is_link: token.is_link,
        hash: token.hash,
    };
    changes.put(Key::api_token(&token.id), codec::encode(API_TOKEN_V2, &stored)?);
    Ok(())
}

fn decode(id: &str, value: &[u8]) -> Result<ApiToken, StoreError> {
    let (version, body) = codec::open(value)?;
    let stored = match version {
        API_TOKEN_V1 => ApiTokenV2::from(body.read::<ApiTokenV1>()?),
        API_TOKEN_V2 => body.read::<ApiTokenV2>()?,
        other => return Err(codec::CodecError::UnknownVersion(other).into()),
    };
    // A filter that cannot be read whole would let through more than was meant.
    let customers = stored.customers.iter().map(|name| name.parse()).collect::<Result<BTreeSet<_>, _>>();
    Ok(ApiToken {
        id: id.to_owned(),
        scope: Scope::from_u8(stored.scope),
        customers: customers.map_err(|_| StoreError::Refused("an API token names no customer"))?,
        made_at: Timestamp::from_millis(stored.made_at),
        expires_at: stored.expires_at.map(Timestamp::from_millis),
        used_at: stored.used_at.map(Timestamp::from_millis),
        is_link: stored.is_link,
        hash: stored.hash,
    })
}
