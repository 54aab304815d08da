//! Subjects: their bytes, and how they are found.

use crate::{
    domain::{ContactId, State, Subject, Timestamp},
    store::{
        codec,
        engine::{Changes, Reader, StoreError, frame},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, HEAD, Key, id_at, time_at},
            kind::Kind,
            stored::{
                self, SubjectV1, SubjectV2, SubjectV3, SubjectV4, SubjectV5, SubjectV6, SubjectV7, SubjectV8,
            },
        },
    },
};

const SUBJECT_V1: u8 = 1;
const SUBJECT_V2: u8 = 2;
const SUBJECT_V3: u8 = 3;
const SUBJECT_V4: u8 = 4;
const SUBJECT_V5: u8 = 5;
const SUBJECT_V6: u8 = 6;
const SUBJECT_V7: u8 = 7;
const SUBJECT_V8: u8 = 8;

impl CustomerStore {
    /// A subject by id.
    ///
    /// # Errors
    /// When the store cannot be read, or the value is damaged.
    pub fn subject(&self, id: &ContactId) -> Result<Option<Subject>, StoreError> {
        let customer = self.number;
        read(&self.reader(), customer, id)
    }

    /// The fingerprint of a subject's last reading, without decoding the subject; `None` for an unknown subject or a view that no
    /// reading brought.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn fingerprint(&self, id: &ContactId) -> Result<Option<u64>, StoreError> {
        let customer = self.number;
        let Some(value) = self.reader().get(Key::subject(customer, id))? else { return Ok(None) };
        let (_, body) = frame::open(&value).map_err(codec::CodecError::from)?;
        Ok(body.first_chunk::<8>().and_then(|bytes| stored::fingerprint(*bytes)))
    }

    /// The subjects with this address (as compared).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find_by_email(&self, email_key: &str) -> Result<Vec<ContactId>, StoreError> {
        let customer = self.number;
        by_email(&self.reader(), customer, email_key)
    }

    /// Subjects in a state that wants attention, in id order, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn attention(&self, state: State, limit: usize) -> Result<Vec<Subject>, StoreError> {
        let customer = self.number;
        let reader = self.reader();
        let mut found = Vec::new();
        for entry in reader.scan_prefix(Key::attentions(customer, state)).take(limit) {
            let (key, _) = entry?;
            if let Some(id) = id_at(&key, HEAD + 1)
                && let Some(subject) = read(&reader, customer, &id)?
            {
                found.push(subject);
            }
        }
        Ok(found)
    }

    /// When the oldest opt-out that is not applied yet was seen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn oldest_owed(&self) -> Result<Option<Timestamp>, StoreError> {
        let customer = self.number;
        let Some(entry) = self.reader().scan_prefix(Key::of(customer, Kind::Owed)).next() else {
            return Ok(None);
        };
        Ok(time_at(&entry?.0, HEAD))
    }

    /// Calls `visit` for every subject of a customer, in id order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn each_subject(&self, mut visit: impl FnMut(Subject)) -> Result<(), StoreError> {
        let customer = self.number;
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::Subject)) {
            visit(decode(&entry?.1)?);
        }
        Ok(())
    }
}

pub(in crate::store) fn decode(value: &[u8]) -> Result<Subject, StoreError> {
    let (version, body) = codec::open(value)?;
    Ok(match version {
        SUBJECT_V1 => body.read::<SubjectV1>()?.into(),
        SUBJECT_V2 => body.read::<SubjectV2>()?.into(),
        SUBJECT_V3 => body.read::<SubjectV3>()?.into(),
        SUBJECT_V4 => body.read::<SubjectV4>()?.into(),
        SUBJECT_V5 => body.read::<SubjectV5>()?.into(),
        SUBJECT_V6 => body.read::<SubjectV6>()?.into(),
        SUBJECT_V7 => body.read::<SubjectV7>()?.into(),
        SUBJECT_V8 => body.read::<SubjectV8>()?.into(),
        other => return Err(codec::CodecError::UnknownVersion(other).into()),
    })
}

pub(in crate::store) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Option<Subject>, StoreError> {
    reader.get(Key::subject(customer, id))?.map(|value| decode(&value)).transpose()
}

pub(in crate::store) fn by_email(
    reader: &Reader<'_>,
    customer: CustomerNo,
    email_key: &str,
) -> Result<Vec<ContactId>, StoreError> {
    let prefix = Key::emails(customer, email_key);
    let length = prefix.as_ref().len();
    reader
        .scan_prefix(prefix)
        .map(|entry| Ok(id_at(&entry?.0, length)))
        .filter_map(Result::transpose)
        .collect()
}

/// Writes a subject's bytes; only [`Writer`](super::index::Writer) calls it, which keeps the index.
pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<(), StoreError> {
    let value = codec::encode(SUBJECT_V8, &SubjectV8::from(subject))?;
    changes.put(Key::subject(customer, &subject.id), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an older Tandem wrote is read by its number.
    #[test]
    fn subjects_of_every_version_are_known_by_their_number() {
        let subject = Subject::new(ContactId::new("c-1"), Timestamp::from_secs(1_800_000_000));
        let stored = [
            codec::encode(SUBJECT_V1, &SubjectV1::from(&subject)),
            codec::encode(SUBJECT_V2, &SubjectV2::from(&subject)),
            codec::encode(SUBJECT_V3, &SubjectV3::from(&subject)),
            codec::encode(SUBJECT_V4, &SubjectV4::from(&subject)),
            codec::encode(SUBJECT_V5, &SubjectV5::from(&subject)),
            codec::encode(SUBJECT_V6, &SubjectV6::from(&subject)),
            codec::encode(SUBJECT_V7, &SubjectV7::from(&subject)),
            codec::encode(SUBJECT_V8, &SubjectV8::from(&subject)),
        ];
        for (number, value) in (1..).zip(stored) {
            assert_eq!(decode(&value.unwrap()).unwrap(), subject, "version {number}");
        }
        let unknown = codec::encode(SUBJECT_V8 + 1, &SubjectV8::from(&subject)).unwrap();
        assert!(decode(&unknown).is_err());
    }
}
