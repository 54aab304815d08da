//! The subjects of one operation: each is read once, changed in memory, and written at the end.

use std::collections::BTreeMap;

use crate::{
    domain::{ContactId, Subject},
    store::{
        engine::{Changes, Reader, StoreError},
        tables::{
            index::{Standing, Writer},
            keys::CustomerNo,
            subjects,
        },
    },
};

/// The subjects that an operation has read so far.
pub(in crate::store) struct Loaded<'a> {
    reader: &'a Reader<'a>,
    customer: CustomerNo,
    subjects: BTreeMap<ContactId, Entry>,
}

struct Entry {
    before: Standing,
    subject: Subject,
    changed: bool,
}

impl<'a> Loaded<'a> {
    pub(in crate::store) const fn new(reader: &'a Reader<'a>, customer: CustomerNo) -> Self {
        Self { reader, customer, subjects: BTreeMap::new() }
    }

    pub(in crate::store) const fn reader(&self) -> &'a Reader<'a> {
        self.reader
    }

    pub(in crate::store) const fn customer(&self) -> CustomerNo {
        self.customer
    }

    /// A subject, as the operation has changed it so far.
    pub(in crate::store) fn get(&mut self, id: &ContactId) -> Result<Option<&mut Subject>, StoreError> {
        if !self.subjects.contains_key(id) {
            let Some(subject) = subjects::read(self.reader, self.customer, id)? else { return Ok(None) };
            let entry = Entry { before: Standing::of(&subject), subject, changed: false };
            self.subjects.insert(id.clone(), entry);
        }
        Ok(self.subjects.get_mut(id).map(|entry| &mut entry.subject))
    }

    /// Marks a subject to be written.
    pub(in crate::store) fn changed(&mut self, id: &ContactId) {
        if let Some(entry) = self.subjects.get_mut(id) {
            entry.changed = true;
        }
    }

    /// Writes the subjects that changed, with their index and the counts. Returns how many. Last in an operation.
    pub(in crate::store) fn write(&self, changes: &mut Changes) -> Result<u64, StoreError> {
        let changed: Vec<&Entry> = self.subjects.values().filter(|entry| entry.changed).collect();
        if changed.is_empty() {
            return Ok(0);
        }
        let mut writer = Writer::new(self.reader, self.customer)?;
        for entry in &changed {
            writer.put(changes, Some(&entry.before), &entry.subject)?;
        }
        writer.finish(changes)?;
        Ok(changed.len() as u64)
    }
}
