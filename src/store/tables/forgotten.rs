//! What stays of a person who was forgotten: salted hashes of the contact id and of each address, by which a later reading is known and
//! dropped. Without the salt, which is sealed, a hash tells nothing of an address that is guessed.

use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{ContactId, Observation, Timestamp},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        sealing::Sealing,
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            subjects,
        },
    },
};

const FORGOTTEN_V1: u8 = 1;
const SALT_V1: u8 = 1;
/// The version of sealed salts.
pub(in crate::store) const SALT_SEALED: u8 = 2;

/// Bytes of a hash.
pub(in crate::store) const HASH: usize = 32;

/// A hash on disk, version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct ForgottenV1 {
    /// When the person was forgotten.
    at: i64,
    /// Readings that showed the person since, and were dropped.
    dropped: u64,
}

/// The forgotten people of a customer.
pub(in crate::store) struct Forgotten<'a> {
    reader: &'a Reader<'a>,
    customer: CustomerNo,
    /// `None` while the customer has none: then nothing is looked for.
    salt: Option<hmac::Key>,
}

impl<'a> Forgotten<'a> {
    /// Those of a customer.
    pub(in crate::store) fn of(
        reader: &'a Reader<'a>,
        customer: CustomerNo,
        sealing: &Sealing,
    ) -> Result<Self, StoreError> {
        let any = reader.scan_prefix(Key::of(customer, Kind::Forgotten)).next().transpose()?.is_some();
        let salt = if any { read_salt(reader, sealing)? } else { None };
        Ok(Self { reader, customer, salt })
    }

    /// When a person with this id or address was forgotten, and how many readings were dropped since.
    pub(in crate::store) fn since(&self, who: &Who<'_>) -> Result<Option<(Timestamp, u64)>, StoreError> {
        let kept = self.kept(who)?;
        Ok(kept.map(|(_, kept)| (Timestamp::from_millis(kept.at), kept.dropped)))
    }

    /// The rows without those of people who were forgotten and whose contact is new: a known contact that comes to the address is another
    /// person's. The dropped ones are counted.
    pub(in crate::store) fn leave_out(
        &self,
        changes: &mut Changes,
        rows: Vec<Observation>,
    ) -> Result<Vec<Observation>, StoreError> {
        if self.salt.is_none() {
            return Ok(rows);
        }
        let mut left = Vec::new();
        for row in rows {
            let email = row.view.email_key();
            let known = match self.kept(&Who::Contact(&row.id))? {
                Some(known) => Some(known),
                None => email.as_deref().map(|key| self.kept(&Who::Address(key))).transpose()?.flatten(),
            };
            match known {
                Some((key, kept)) if !subjects::is_there(self.reader, self.customer, &row.id)? => {
                    let dropped = kept.dropped.saturating_add(1);
                    changes.put(key, codec::encode(FORGOTTEN_V1, &ForgottenV1 { dropped, ..kept })?);
                }
                _ => left.push(row),
            }
        }
        Ok(left)
    }

    /// Whether a contact was forgotten: of such a one nothing is kept that a report tells.
    pub(in crate::store) fn has(&self, id: &ContactId) -> Result<bool, StoreError> {
        Ok(self.kept(&Who::Contact(id))?.is_some())
    }

    fn kept(&self, who: &Who<'_>) -> Result<Option<(Key, ForgottenV1)>, StoreError> {
        let Some(salt) = &self.salt else { return Ok(None) };
        let key = Key::forgotten(self.customer, &hash(salt, self.customer, who));
        let value = self.reader.get(&key)?;
        Ok(value.map(|value| codec::decode(FORGOTTEN_V1, &value)).transpose()?.map(|kept| (key, kept)))
    }
}

/// By what a person is known.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Who<'a> {
    /// The contact id.
    Contact(&'a ContactId),
    /// An address, as compared.
    Address(&'a str),
}

/// Remembers that a person was forgotten, by all of these. The first one of a store makes the salt.
pub(in crate::store) fn put(
    reader: &Reader<'_>,
    changes: &mut Changes,
    (customer, sealing): (CustomerNo, &Sealing),
    all: &[Who<'_>],
    at: Timestamp,
) -> Result<(), StoreError> {
    let salt = match read_salt(reader, sealing)? {
        Some(salt) => salt,
        None => make_salt(changes, sealing)?,
    };
    let kept = codec::encode(FORGOTTEN_V1, &ForgottenV1 { at: at.as_millis(), dropped: 0 })?;
    for who in all {
        changes.put(Key::forgotten(customer, &hash(&salt, customer, who)), kept.clone());
    }
    Ok(())
}

fn hash(salt: &hmac::Key, customer: CustomerNo, who: &Who<'_>) -> [u8; HASH] {
    let mut text = customer.to_be_bytes().to_vec();
    match who {
        Who::Contact(id) => {
            text.push(0);
            text.extend_from_slice(id.to_string().as_bytes());
        }
        Who::Address(address) => {
            text.push(1);
            text.extend_from_slice(address.as_bytes());
        }
    }
    let mut bytes = [0; HASH];
    bytes.copy_from_slice(hmac::sign(salt, &text).as_ref());
    bytes
}

fn read_salt(reader: &Reader<'_>, sealing: &Sealing) -> Result<Option<hmac::Key>, StoreError> {
    let key = Key::of(0, Kind::Salt);
    let Some(value) = reader.get(&key)? else { return Ok(None) };
    let opened = sealing.open(&key, SALT_SEALED, &value)?;
    let salt: [u8; 32] = codec::decode(SALT_V1, &opened)?;
    Ok(Some(hmac::Key::new(hmac::HMAC_SHA256, &salt)))
}

fn make_salt(changes: &mut Changes, sealing: &Sealing) -> Result<hmac::Key, StoreError> {
    let (key, mut salt) = (Key::of(0, Kind::Salt), [0; 32]);
    let filled = SystemRandom::new().fill(&mut salt);
    filled.map_err(|_| StoreError::Refused("the machine has no randomness"))?;
    let sealed = sealing.seal(&key, SALT_SEALED, &codec::encode(SALT_V1, &salt)?)?;
    changes.put(key, sealed);
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &salt))
}
