//! Subjects: their bytes, and how they are found.

use crate::{
    domain::{ContactId, State, Subject, Timestamp},
    store::{
        codec,
        engine::{Changes, Reader, StoreError, frame},
        handle::CustomerStore,
        tables::{
            addresses,
            keys::{CustomerNo, HEAD, Key, id_at, time_at},
            kind::Kind,
            stored, subject_bytes,
        },
    },
};

/// Some of a customer's subjects, in id order.
#[derive(Debug, Default)]
pub struct SubjectSlice {
    /// Those that can be read.
    pub subjects: Vec<Subject>,
    /// How many others there are among them.
    pub unreadable: usize,
    /// The last subject that was looked at.
    pub last: Option<ContactId>,
    /// Whether there may be more behind it.
    pub is_more: bool,
}

impl CustomerStore {
    /// A subject by id.
    ///
    /// # Errors
    /// When the store cannot be read, or the value is damaged.
    pub fn subject(&self, id: &ContactId) -> Result<Option<Subject>, StoreError> {
        let customer = self.number;
        read(&self.reader(), customer, id)
    }

    /// Whether there is a subject, readable or not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_subject(&self, id: &ContactId) -> Result<bool, StoreError> {
        is_there(&self.reader(), self.number, id)
    }

    /// The fingerprint of a subject's last reading, without decoding the subject; `None` for an unknown subject or a view that no
    /// reading brought.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn fingerprint(&self, id: &ContactId) -> Result<Option<u64>, StoreError> {
        let customer = self.number;
        let Some(value) = self.reader().get(Key::subject(customer, id))? else { return Ok(None) };
        let damaged = |error| StoreError::Subject { id: id.clone(), error: codec::CodecError::from(error) };
        let (_, body) = frame::open(&value).map_err(damaged)?;
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

    /// The subjects that have the address, or had it and it still counts for their consent (P6).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn had_email(&self, email_key: &str) -> Result<Vec<ContactId>, StoreError> {
        let customer = self.number;
        had_email(&self.reader(), customer, email_key)
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
            let Some(id) = id_at(&key, HEAD + 1) else { continue };
            match read(&reader, customer, &id) {
                // A subject that cannot be read hides no other (B4).
                Err(StoreError::Subject { .. }) => {}
                subject => found.extend(subject?),
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
            let (key, value) = entry?;
            visit(decoded(&value, || id_at(&key, HEAD))?);
        }
        Ok(())
    }

    /// So many of the subjects behind an id, in id order. A subject that cannot be read is passed over: it is set aside with its next
    /// reading, and hides no other (B4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subjects_behind(
        &self,
        after: Option<&ContactId>,
        most: usize,
    ) -> Result<SubjectSlice, StoreError> {
        let (customer, reader) = (self.number, self.reader());
        let from = after.map_or_else(|| Key::of(customer, Kind::Subject), |id| Key::subject(customer, id));
        let end = Key::of(customer, Kind::Email);
        let mut slice = SubjectSlice::default();
        let mut entries = reader.range(&from, Some(end.as_ref()));
        for _ in 0..=most {
            let Some(entry) = entries.next() else { return Ok(slice) };
            let (key, value) = entry?;
            if after.is_some() && key.as_ref() == from.as_ref() {
                continue;
            }
            if slice.subjects.len() + slice.unreadable == most {
                break;
            }
            slice.last = id_at(&key, HEAD);
            match decoded(&value, || slice.last.clone()) {
                Ok(subject) => slice.subjects.push(subject),
                Err(StoreError::Subject { .. }) => slice.unreadable += 1,
                Err(other) => return Err(other),
            }
        }
        slice.is_more = true;
        Ok(slice)
    }

    /// Shows every subject to `visit` apart from the threads that serve, and gives what it made of them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn fold_subjects<T: Send + 'static>(
        &self,
        start: T,
        visit: impl Fn(&mut T, Subject) + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        self.apart(move || {
            let mut made = start;
            store.each_subject(|subject| visit(&mut made, subject))?;
            Ok(made)
        })
        .await
    }
}

pub(in crate::store) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Option<Subject>, StoreError> {
    let value = reader.get(Key::subject(customer, id))?;
    value.map(|value| decoded(&value, || Some(id.clone()))).transpose()
}

/// Whether there is a subject, readable or not.
pub(in crate::store) fn is_there(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<bool, StoreError> {
    Ok(reader.get(Key::subject(customer, id))?.is_some())
}

/// A subject of its bytes; of bytes that are none, whose they are (B4).
fn decoded(value: &[u8], id: impl FnOnce() -> Option<ContactId>) -> Result<Subject, StoreError> {
    subject_bytes::decode(value).map_err(|error| match (&error, id()) {
        // A newer Tandem wrote it, and can read it again.
        (codec::CodecError::UnknownVersion(_), _) | (_, None) => error.into(),
        (_, Some(id)) => StoreError::Subject { id, error },
    })
}

/// The subjects that have the address now.
pub(in crate::store) fn by_email(
    reader: &Reader<'_>,
    customer: CustomerNo,
    email_key: &str,
) -> Result<Vec<ContactId>, StoreError> {
    of_email(reader, customer, email_key, |entry| entry == addresses::email_entry(true))
}

/// The subjects that have the address, or had it and it still counts for their consent (P6).
pub(in crate::store) fn had_email(
    reader: &Reader<'_>,
    customer: CustomerNo,
    email_key: &str,
) -> Result<Vec<ContactId>, StoreError> {
    of_email(reader, customer, email_key, |_| true)
}

fn of_email(
    reader: &Reader<'_>,
    customer: CustomerNo,
    email_key: &str,
    is_meant: impl Fn(&[u8]) -> bool,
) -> Result<Vec<ContactId>, StoreError> {
    let prefix = Key::emails(customer, email_key);
    let length = prefix.as_ref().len();
    let mut ids = Vec::new();
    for entry in reader.scan_prefix(prefix) {
        let (key, value) = entry?;
        if is_meant(&value) {
            ids.extend(id_at(&key, length));
        }
    }
    Ok(ids)
}

/// Writes a subject's bytes; only [`Writer`](super::index::Writer) calls it, which keeps the index.
pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<(), StoreError> {
    let value = subject_bytes::encode(subject)?;
    changes.put(Key::subject(customer, &subject.id), value);
    Ok(())
}
