//! Joins of tags on contacts of Virtuous, as answers told them (S1).

use std::collections::BTreeMap;

use crate::{
    domain::{JoinId, ToldJoin, VirtuousContactId},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::keys::{CustomerNo, Key},
    },
};

const TAG_JOINS_V1: u8 = 1;

/// Joins that are kept of one contact; of the others the contact's tags are read.
const JOINS_MAX: usize = 128;

/// Tags of one contact, each with its join.
type TagJoinsV1 = Vec<(String, i64)>;

impl CustomerStore {
    /// The join of a tag on a contact, where an answer told it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn tag_join(&self, contact: VirtuousContactId, tag: &str) -> Result<Option<JoinId>, StoreError> {
        let known = read(&self.reader(), self.number, contact)?;
        Ok(known.into_iter().find(|(name, _)| name == tag).map(|(_, join)| JoinId(join)))
    }
}

/// Keeps what answers told, one after another.
pub(in crate::store) fn keep(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    told: &[ToldJoin],
) -> Result<(), StoreError> {
    let mut contacts: BTreeMap<VirtuousContactId, TagJoinsV1> = BTreeMap::new();
    for told in told {
        let joins = match contacts.get_mut(&told.contact) {
            Some(joins) => joins,
            None => contacts.entry(told.contact).or_insert(read(reader, customer, told.contact)?),
        };
        joins.retain(|(name, _)| *name != told.name);
        joins.extend(told.join.map(|join| (told.name.clone(), join.0)));
        joins.truncate(JOINS_MAX);
    }
    for (contact, joins) in contacts {
        let key = Key::tag_joins(customer, contact);
        if joins.is_empty() {
            changes.delete(key);
        } else {
            changes.put(key, codec::encode(TAG_JOINS_V1, &joins)?);
        }
    }
    Ok(())
}

fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    contact: VirtuousContactId,
) -> Result<TagJoinsV1, StoreError> {
    let Some(value) = reader.get(Key::tag_joins(customer, contact))? else { return Ok(Vec::new()) };
    Ok(codec::decode::<TagJoinsV1>(TAG_JOINS_V1, &value)?)
}
