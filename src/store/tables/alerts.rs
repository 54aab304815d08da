//! What alerts were told of, and the messages on their way (customer 0).
//!
//! A value that cannot be read holds up no other (B4): what was told of its kind is told again, its message is passed over.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{AlertKind, AlertPlace, QueuedAlert, Timestamp, ToldAlert},
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

const TOLD_V1: u8 = 1;
const QUEUED_V1: u8 = 1;

/// What was told of a kind, on disk, version 1.
#[derive(Debug, Serialize, Deserialize)]
struct ToldV1 {
    at: i64,
    of: BTreeSet<String>,
}

/// A message on its way, on disk, version 1. A mail has a receiver, the webhook none.
#[derive(Debug, Serialize, Deserialize)]
struct QueuedV1 {
    id: String,
    mail_to: Option<String>,
    kind: u8,
    at: i64,
    subject: String,
    body: String,
    attempts: u32,
    next: i64,
}

impl Store {
    /// The messages on their way, the oldest first, by their numbers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alerts_waiting(&self) -> Result<Vec<(u64, QueuedAlert)>, StoreError> {
        waiting(&self.reader())
    }

    /// How many messages are on their way.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alerts_waiting_count(&self) -> Result<u64, StoreError> {
        Ok(numbers(&self.reader())?.len() as u64)
    }

    /// What was told of each kind, and when last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alerts_told(&self) -> Result<BTreeMap<AlertKind, ToldAlert>, StoreError> {
        let mut all = BTreeMap::new();
        for kind in AlertKind::STANDING {
            let value = self.reader().get(Key::alert_told(kind))?;
            let told = value.and_then(|value| codec::decode::<ToldV1>(TOLD_V1, &value).ok());
            all.extend(
                told.map(|told| (kind, ToldAlert { at: Timestamp::from_millis(told.at), of: told.of })),
            );
        }
        Ok(all)
    }
}

/// The numbers of the messages on their way, also of those that cannot be read.
pub(in crate::store) fn numbers(reader: &Reader<'_>) -> Result<Vec<u64>, StoreError> {
    let mut numbers = Vec::new();
    for entry in reader.scan_prefix(Key::of(0, Kind::AlertQueued)) {
        let (key, _) = entry?;
        numbers.extend(number_of(&key));
    }
    Ok(numbers)
}

fn waiting(reader: &Reader<'_>) -> Result<Vec<(u64, QueuedAlert)>, StoreError> {
    let mut found = Vec::new();
    for entry in reader.scan_prefix(Key::of(0, Kind::AlertQueued)) {
        let (key, value) = entry?;
        found.extend(number_of(&key).zip(decode(&value)));
    }
    Ok(found)
}

pub(in crate::store) fn read(reader: &Reader<'_>, number: u64) -> Result<Option<QueuedAlert>, StoreError> {
    Ok(reader.get(Key::alert_queued(number))?.and_then(|value| decode(&value)))
}

pub(in crate::store) fn put_told(
    changes: &mut Changes,
    kind: AlertKind,
    told: ToldAlert,
) -> Result<(), StoreError> {
    let ToldAlert { at, of } = told;
    changes.put(Key::alert_told(kind), codec::encode(TOLD_V1, &ToldV1 { at: at.as_millis(), of })?);
    Ok(())
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    number: u64,
    alert: QueuedAlert,
) -> Result<(), StoreError> {
    let QueuedAlert { id, place, kind, at, subject, body, attempts, next } = alert;
    let mail_to = match place {
        AlertPlace::Webhook => None,
        AlertPlace::Mail(address) => Some(address),
    };
    let (kind, at, next) = (kind as u8, at.as_millis(), next.as_millis());
    let stored = QueuedV1 { id, mail_to, kind, at, subject, body, attempts, next };
    changes.put(Key::alert_queued(number), codec::encode(QUEUED_V1, &stored)?);
    Ok(())
}

fn decode(value: &[u8]) -> Option<QueuedAlert> {
    let QueuedV1 { id, mail_to, kind, at, subject, body, attempts, next } =
        codec::decode(QUEUED_V1, value).ok()?;
    let place = mail_to.map_or(AlertPlace::Webhook, AlertPlace::Mail);
    let (at, next) = (Timestamp::from_millis(at), Timestamp::from_millis(next));
    Some(QueuedAlert { id, place, kind: AlertKind::of_u8(kind)?, at, subject, body, attempts, next })
}

fn number_of(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(HEAD..)?.try_into().ok()?))
}
