//! Joins of tags on contacts of Virtuous, with their tags, as answers told them (S1, S2).

use std::collections::BTreeMap;

use crate::{
    domain::{JoinId, TagId, TagPlace, ToldJoin, VirtuousContactId},
    store::{
        codec::{self, CodecError},
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::keys::{CustomerNo, Key},
    },
};

/// Version 1 does not say of which tags the joins are: nothing of it counts.
const TAG_JOINS_V1: u8 = 1;
const TAG_JOINS_V2: u8 = 2;

/// Joins that are kept of one contact; of the others the contact's tags are read.
const JOINS_MAX: usize = 128;

/// Tags of one contact: the name, the tag, the join.
type TagJoinsV2 = Vec<(String, i64, i64)>;

impl CustomerStore {
    /// The tag of this name on a contact and its join, where an answer told both.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn tag_place(&self, contact: VirtuousContactId, name: &str) -> Result<Option<TagPlace>, StoreError> {
        let known = read(&self.reader(), self.number, contact)?;
        let place = |(_, tag, join)| TagPlace { tag: TagId(tag), join: JoinId(join) };
        Ok(known.into_iter().find(|(known, ..)| known == name).map(place))
    }
}

/// Keeps what answers told, one after another.
pub(in crate::store) fn keep(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    told: &[ToldJoin],
) -> Result<(), StoreError> {
    let mut contacts: BTreeMap<VirtuousContactId, TagJoinsV2> = BTreeMap::new();
    for told in told {
        let joins = match contacts.get_mut(&told.contact) {
            Some(joins) => joins,
            None => contacts.entry(told.contact).or_insert(read(reader, customer, told.contact)?),
        };
        joins.retain(|(name, ..)| *name != told.name);
        joins.extend(told.place.map(|place| (told.name.clone(), place.tag.0, place.join.0)));
        joins.truncate(JOINS_MAX);
    }
    for (contact, joins) in contacts {
        let key = Key::tag_joins(customer, contact);
        if joins.is_empty() {
            changes.delete(key);
        } else {
            changes.put(key, codec::encode(TAG_JOINS_V2, &joins)?);
        }
    }
    Ok(())
}

fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    contact: VirtuousContactId,
) -> Result<TagJoinsV2, StoreError> {
    let Some(value) = reader.get(Key::tag_joins(customer, contact))? else { return Ok(Vec::new()) };
    let (version, body) = codec::open(&value)?;
    Ok(match version {
        TAG_JOINS_V1 => Vec::new(),
        TAG_JOINS_V2 => body.read()?,
        unknown => return Err(CodecError::UnknownVersion(unknown).into()),
    })
}
