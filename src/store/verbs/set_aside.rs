//! Sets what is kept of one person aside, if it cannot be read (B4).

use crate::{
    domain::{Cause, ContactId, Counts, Event, Reason, Rule, Timestamp, What},
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            counts, hints,
            keys::{CustomerNo, HEAD, Key},
            kind::Kind,
            subject_bytes, subjects, timeline,
        },
    },
};

/// The kinds whose keys end with a subject's id, and mean nothing without it. A write that may have arrived stays known.
const INDEXES: [Kind; 7] =
    [Kind::Email, Kind::Link, Kind::Work, Kind::Attention, Kind::Owed, Kind::Braked, Kind::Cleared];

impl CustomerStore {
    /// Sets a subject aside whose bytes do not decode: they are kept under a key of their own, its index entries go, the counts are
    /// made anew, its timeline tells it, and a hint has the person read anew. `false`: it can be read by now, and nothing changed.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn set_aside(&self, id: ContactId, now: Timestamp) -> Result<bool, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let key = Key::subject(customer, &id);
            let Some(bytes) = reader.get(&key)? else { return Ok(false) };
            if !matches!(subjects::read(reader, customer, &id), Err(StoreError::Subject { .. })) {
                return Ok(false);
            }
            changes.put(Key::set_aside(customer, &id), &bytes);
            changes.delete(&key);
            forget_indexes(reader, changes, customer, &key.as_ref()[HEAD..])?;
            counts::put(changes, customer, &counted(reader, customer)?)?;
            let told = Event { at: now, what: What::Seen, reason: Reason::new(Rule::B4, Cause::SetAside) };
            timeline::append(reader, changes, customer, &id, &[told])?;
            hints::ask_for(reader, changes, customer, &id, now)?;
            Ok(true)
        })
        .await
    }
}

/// Without its bytes nothing tells which entries were the subject's: each kind is looked through.
fn forget_indexes(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &[u8],
) -> Result<(), StoreError> {
    for kind in INDEXES {
        for entry in reader.scan_prefix(Key::of(customer, kind)) {
            let (key, _) = entry?;
            if key.ends_with(id) {
                changes.delete(key);
            }
        }
    }
    Ok(())
}

/// The counts of all subjects that can be read.
fn counted(reader: &Reader<'_>, customer: CustomerNo) -> Result<Counts, StoreError> {
    let mut counted = Counts::default();
    for entry in reader.scan_prefix(Key::of(customer, Kind::Subject)) {
        if let Ok(subject) = subject_bytes::decode(&entry?.1) {
            counted.add(&subject);
        }
    }
    Ok(counted)
}
