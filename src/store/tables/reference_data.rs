//! Reference data of both systems, and the planner that is made of them.

use std::sync::Arc;

use crate::{
    domain::{CcReferenceData, CustomerRecord, CustomerRules, ReferenceData, Stream, VirtuousReferenceData},
    store::{
        codec::{self, CodecError},
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            reference_cache::Encoded,
            stored::{CcReferenceDataV1, VirtuousReferenceDataV1, VirtuousReferenceDataV2},
        },
    },
    sync::Planner,
};

const REFERENCE_DATA_V1: u8 = 1;
const REFERENCE_DATA_V2: u8 = 2;

/// Reference data of one system, as it was read.
#[derive(Debug, Clone)]
pub enum NewReferenceData {
    /// Constant Contact's.
    ConstantContact(CcReferenceData),
    /// Virtuous'.
    Virtuous(Box<VirtuousReferenceData>),
}

/// A planner that operations on the writer thread share.
pub type SharedPlanner = Arc<Planner>;

impl CustomerStore {
    /// The reference data of both systems; empty before the first reading.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reference_data(&self) -> Result<Arc<ReferenceData>, StoreError> {
        let (customer, reader) = (self.number, self.reader());
        let encoded = Encoded {
            cc: reader.get(Key::of(customer, Kind::CcReferenceData))?,
            virtuous: reader.get(Key::of(customer, Kind::VirtuousReferenceData))?,
        };
        if let Some(data) = self.references.data(customer, &encoded) {
            return Ok(data);
        }
        let data = Arc::new(ReferenceData {
            cc: match &encoded.cc {
                Some(value) => codec::decode::<CcReferenceDataV1>(REFERENCE_DATA_V1, value)?.into(),
                None => CcReferenceData::default(),
            },
            virtuous: match &encoded.virtuous {
                Some(value) => read_virtuous(value)?,
                None => VirtuousReferenceData::default(),
            },
        });
        self.references.keep(customer, encoded, &data);
        Ok(data)
    }

    /// Everything that a customer's decisions rest on, as the store has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn planner(&self, record: &CustomerRecord, rules: &CustomerRules) -> Result<Planner, StoreError> {
        let reference = self.reference_data()?;
        Ok(Planner {
            rules: rules.clone(),
            mapping: self.references.mapping(self.number, &reference, rules),
            stage: record.stage,
            scanned_at: record
                .scan
                .as_ref()
                .filter(|scan| scan.done_at.is_some())
                .and_then(|scan| scan.started_at),
            partial_names_refused: record.partial_names_refused,
            confirmed_until: record.confirmed_until,
            awaits_bounces: self.awaits_bounces()?,
            unsubscribes_left: None,
        })
    }
}

impl CustomerStore {
    /// Whether the account's contacts and bounces were never read to the present: opt-outs that Virtuous had first wait for it (E5).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn awaits_bounces(&self) -> Result<bool, StoreError> {
        Ok(self.is_unread(Stream::Changes)? || self.is_unread(Stream::Bounces)?)
    }

    /// Whether a stream never came to the present.
    fn is_unread(&self, stream: Stream) -> Result<bool, StoreError> {
        let cursor = self.cursor(stream)?;
        Ok(cursor.upto.is_none() && cursor.completed_at.is_none())
    }
}

pub(in crate::store) fn virtuous(
    reader: &Reader<'_>,
    customer: CustomerNo,
) -> Result<VirtuousReferenceData, StoreError> {
    let Some(value) = reader.get(Key::of(customer, Kind::VirtuousReferenceData))? else {
        return Ok(VirtuousReferenceData::default());
    };
    Ok(read_virtuous(&value)?)
}

/// The bytes of either version.
pub(in crate::store) fn read_virtuous(value: &[u8]) -> Result<VirtuousReferenceData, CodecError> {
    let (version, body) = codec::open(value)?;
    Ok(match version {
        REFERENCE_DATA_V1 => body.read::<VirtuousReferenceDataV1>()?.into(),
        REFERENCE_DATA_V2 => body.read::<VirtuousReferenceDataV2>()?.into(),
        other => return Err(CodecError::UnknownVersion(other)),
    })
}

pub(in crate::store) fn put_virtuous(
    changes: &mut Changes,
    customer: CustomerNo,
    reference: &VirtuousReferenceData,
) -> Result<(), StoreError> {
    let value = codec::encode(REFERENCE_DATA_V2, &VirtuousReferenceDataV2::from(reference))?;
    changes.put(Key::of(customer, Kind::VirtuousReferenceData), value);
    Ok(())
}

pub(in crate::store) fn put_cc(
    changes: &mut Changes,
    customer: CustomerNo,
    reference: &CcReferenceData,
) -> Result<(), StoreError> {
    changes.put(
        Key::of(customer, Kind::CcReferenceData),
        codec::encode(REFERENCE_DATA_V1, &CcReferenceDataV1::from(reference))?,
    );
    Ok(())
}
