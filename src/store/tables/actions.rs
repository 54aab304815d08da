//! What people did: who, when, what, from where. Of a customer, or of the process (customer 0).

use serde::{Deserialize, Serialize};

use crate::{
    domain::Timestamp,
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::Store,
        tables::{
            keys::{CustomerNo, HEAD, Key, time_at},
            kind::Kind,
        },
    },
};

const ACTION_V1: u8 = 1;

/// An action of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// When.
    pub at: Timestamp,
    /// Who: `admin`, `token 1a2b3c4d`, `command`.
    pub who: String,
    /// From where.
    pub from: String,
    /// What: the question and its parameters, without personal data.
    pub what: String,
    /// What came of it.
    pub outcome: String,
}

/// An action on disk, version 1.
#[derive(Debug, Serialize, Deserialize)]
struct ActionV1 {
    who: String,
    from: String,
    what: String,
    outcome: String,
}

impl Store {
    /// The newest actions of a customer, or of the process, before a time, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn actions(
        &self,
        customer: CustomerNo,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Action>, StoreError> {
        let reader = self.reader();
        let entries = reader.scan_prefix_back(Key::of(customer, Kind::Action));
        let mut actions = Vec::new();
        for entry in entries {
            let (key, value) = entry?;
            let at = time_at(&key, HEAD).unwrap_or(Timestamp::EPOCH);
            if at >= before {
                continue;
            }
            if actions.len() >= limit {
                break;
            }
            let ActionV1 { who, from, what, outcome } = codec::decode(ACTION_V1, &value)?;
            actions.push(Action { at, who, from, what, outcome });
        }
        Ok(actions)
    }
}

/// Keeps an action under its time; two of one moment stand beside each other.
pub(in crate::store) fn append(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    action: Action,
) -> Result<(), StoreError> {
    let Action { at, who, from, what, outcome } = action;
    let (mut sequence, mut key) = (0, Key::action(customer, at, 0));
    while reader.get(&key)?.is_some() {
        sequence += 1;
        key = Key::action(customer, at, sequence);
    }
    changes.put(key, codec::encode(ACTION_V1, &ActionV1 { who, from, what, outcome })?);
    Ok(())
}

/// Keys, and what is to stand there.
pub(in crate::store) type Rewritten = Vec<(Vec<u8>, Vec<u8>)>;

/// The actions that name a contact by its id, with what they are without it: keys and values.
pub(in crate::store) fn naming(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &str,
) -> Result<Rewritten, StoreError> {
    let mut found = Vec::new();
    for entry in reader.scan_prefix(Key::of(customer, Kind::Action)) {
        let (key, value) = entry?;
        let action: ActionV1 = codec::decode(ACTION_V1, &value)?;
        let without = action.what.split(' ').map(|word| match word.split_once('=') {
            Some((name, value)) if value.eq_ignore_ascii_case(id) => format!("{name}=***"),
            _ => word.to_owned(),
        });
        let without = without.collect::<Vec<_>>().join(" ");
        if without != action.what {
            let action = ActionV1 { what: without, ..action };
            found.push((key.to_vec(), codec::encode(ACTION_V1, &action)?));
        }
    }
    Ok(found)
}

/// Cuts up to so many of the oldest actions that are from before a time.
pub(in crate::store) fn cut(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    (before, most): (Timestamp, usize),
) -> Result<(), StoreError> {
    for entry in reader.scan_prefix(Key::of(customer, Kind::Action)).take(most) {
        let (key, _) = entry?;
        if time_at(&key, HEAD).is_some_and(|at| at >= before) {
            break;
        }
        changes.delete(key);
    }
    Ok(())
}
