//! How many subjects of a customer stand where.

use crate::{
    domain::Counts,
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            stored::{CountsV1, CountsV2},
        },
    },
};

const COUNTS_V1: u8 = 1;
const COUNTS_V2: u8 = 2;

impl CustomerStore {
    /// Where a customer's subjects stand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let customer = self.number;
        read(&self.reader(), customer)
    }
}

pub(in crate::store) fn read(reader: &Reader<'_>, customer: CustomerNo) -> Result<Counts, StoreError> {
    let Some(value) = reader.get(Key::of(customer, Kind::Counts))? else { return Ok(Counts::default()) };
    Ok(decode(&value)?)
}

/// The bytes of either version.
pub(in crate::store) fn decode(value: &[u8]) -> Result<Counts, codec::CodecError> {
    let (version, body) = codec::open(value)?;
    Ok(match version {
        COUNTS_V1 => body.read::<CountsV1>()?.into(),
        COUNTS_V2 => body.read::<CountsV2>()?.into(),
        other => return Err(codec::CodecError::UnknownVersion(other)),
    })
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    counts: &Counts,
) -> Result<(), StoreError> {
    changes.put(Key::of(customer, Kind::Counts), codec::encode(COUNTS_V2, &CountsV2::from(counts))?);
    Ok(())
}
