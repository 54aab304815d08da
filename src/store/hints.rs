//! Hints that were received and not yet followed (W5): durable before they are acknowledged.

use crate::domain::Timestamp;

use super::{
    Store, StoreError, codec,
    keys::{CustomerNo, HEAD, Key, Kind},
    stored::HintV1,
};

const HINT_V1: u8 = 1;

/// What a hint is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HintAbout {
    /// This contact id.
    Contact(String),
    /// This address.
    Email(String),
    /// Nobody that can be told: a poll is the answer.
    Nobody,
}

/// A hint to be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What it is about.
    pub about: HintAbout,
    /// When it was received.
    pub received_at: Timestamp,
}

impl Hint {
    pub(super) fn key(&self, customer: CustomerNo) -> Key {
        match &self.about {
            HintAbout::Contact(id) => Key::hint(customer, 0, id),
            HintAbout::Email(address) => Key::hint(customer, 1, address),
            HintAbout::Nobody => Key::hint(customer, 2, ""),
        }
    }
}

impl Store {
    /// Keeps hints; the same hint twice is one.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn keep_hints(
        &self,
        customer: CustomerNo,
        about: Vec<HintAbout>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |_, changes| {
            let value =
                codec::encode(HINT_V1, &HintV1 { received_at: now.as_millis(), due: now.as_millis() })?;
            for about in about {
                changes.put(Hint { about, received_at: now }.key(customer), &value);
            }
            Ok(())
        })
        .await
    }

    /// Hints to follow, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hints(&self, customer: CustomerNo, limit: usize) -> Result<Vec<Hint>, StoreError> {
        let mut hints = Vec::new();
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::Hint)).take(limit) {
            let (key, value) = entry?;
            let stored = codec::decode::<HintV1>(HINT_V1, &value)?;
            let Some((&about, text)) = key.get(HEAD..).and_then(<[u8]>::split_first) else { continue };
            let text = || String::from_utf8_lossy(text.get(2..).unwrap_or_default()).into_owned();
            let about = match about {
                0 => HintAbout::Contact(text()),
                1 => HintAbout::Email(text()),
                _ => HintAbout::Nobody,
            };
            hints.push(Hint { about, received_at: Timestamp::from_millis(stored.received_at) });
        }
        Ok(hints)
    }

    /// Forgets hints that were followed.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn forget_hints(&self, customer: CustomerNo, hints: Vec<Hint>) -> Result<(), StoreError> {
        self.write(move |_, changes| {
            for hint in &hints {
                changes.delete(hint.key(customer));
            }
            Ok(())
        })
        .await
    }
}
