//! Customers: their names, numbers and records.

use crate::{
    domain::{CustomerId, CustomerRecord},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::{CustomerStore, Store},
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            stored::{
                CustomerV1, CustomerV2, CustomerV3, CustomerV4, CustomerV5, CustomerV7, CustomerV8,
                CustomerV9, CustomerV10,
            },
        },
    },
};

const CUSTOMER_V1: u8 = 1;
const CUSTOMER_V2: u8 = 2;
const CUSTOMER_V3: u8 = 3;
const CUSTOMER_V4: u8 = 4;
const CUSTOMER_V5: u8 = 5;
const CUSTOMER_V7: u8 = 7;
const CUSTOMER_V8: u8 = 8;
const CUSTOMER_V9: u8 = 9;
const CUSTOMER_V10: u8 = 10;
const NUMBER_V1: u8 = 1;

/// What reading one record came to.
pub type RecordRead = Result<Option<CustomerRecord>, StoreError>;

impl Store {
    /// A customer's record by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn customer(&self, id: &CustomerId) -> Result<Option<CustomerRecord>, StoreError> {
        let reader = self.reader();
        let Some(number) = number(&reader, id)? else { return Ok(None) };
        read(&reader, number)
    }

    /// The store of one customer, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of_named(&self, id: &CustomerId) -> Result<Option<CustomerStore>, StoreError> {
        Ok(number(&self.reader(), id)?.map(|number| self.of(number)))
    }

    /// All customers, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn customers(&self) -> Result<Vec<CustomerRecord>, StoreError> {
        all(&self.reader())
    }

    /// All customers by name, each read by itself: a record that cannot be read hides no other (B4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn customers_apart(&self) -> Result<Vec<(CustomerId, RecordRead)>, StoreError> {
        let reader = self.reader();
        let mut all = Vec::new();
        for entry in reader.scan_prefix(Key::of(0, Kind::CustomerName)) {
            let (key, value) = entry?;
            let name = std::str::from_utf8(Key::text_at_end(&key)).ok();
            let Some(id) = name.and_then(|name| name.parse().ok()) else { continue };
            let number = codec::decode::<u32>(NUMBER_V1, &value).map_err(StoreError::from);
            all.push((id, number.and_then(|number| read(&reader, number))));
        }
        Ok(all)
    }
}

impl CustomerStore {
    /// The customer's record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn record(&self) -> Result<Option<CustomerRecord>, StoreError> {
        read(&self.reader(), self.number)
    }

    /// How many customers there are, this one included.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn customers(&self) -> Result<usize, StoreError> {
        let reader = self.reader();
        let mut names = reader.scan_prefix(Key::of(0, Kind::CustomerName));
        names.try_fold(0, |count, name| name.map(|_| count + 1))
    }
}

/// The numbers of all customers.
pub(in crate::store) fn numbers(reader: &Reader<'_>) -> Result<Vec<CustomerNo>, StoreError> {
    let entries = reader.scan_prefix(Key::of(0, Kind::CustomerName));
    entries.map(|entry| Ok(codec::decode::<u32>(NUMBER_V1, &entry?.1)?)).collect()
}

/// All customers, by name.
pub(in crate::store) fn all(reader: &Reader<'_>) -> Result<Vec<CustomerRecord>, StoreError> {
    let mut records = Vec::new();
    for entry in reader.scan_prefix(Key::of(0, Kind::CustomerName)) {
        let number = codec::decode::<u32>(NUMBER_V1, &entry?.1)?;
        records.extend(read(reader, number)?);
    }
    records.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(records)
}

/// A customer's number, by name.
pub(in crate::store) fn number(reader: &Reader<'_>, id: &CustomerId) -> Result<Option<u32>, StoreError> {
    let Some(value) = reader.get(Key::customer_name(id.as_str()))? else { return Ok(None) };
    Ok(Some(codec::decode::<u32>(NUMBER_V1, &value)?))
}

pub(in crate::store) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
) -> Result<Option<CustomerRecord>, StoreError> {
    let Some(value) = reader.get(Key::of(customer, Kind::Customer))? else { return Ok(None) };
    decode(&value)
}

pub(in crate::store) fn decode(value: &[u8]) -> Result<Option<CustomerRecord>, StoreError> {
    let (version, body) = codec::open(value)?;
    Ok(match version {
        CUSTOMER_V1 => body.read::<CustomerV1>()?.into_record(),
        CUSTOMER_V2 => body.read::<CustomerV2>()?.into_record(),
        CUSTOMER_V3 => body.read::<CustomerV3>()?.into_record(),
        CUSTOMER_V4 => body.read::<CustomerV4>()?.into_record(),
        CUSTOMER_V5 => body.read::<CustomerV5>()?.into_record(),
        CUSTOMER_V7 => body.read::<CustomerV7>()?.into_record(),
        CUSTOMER_V8 => body.read::<CustomerV8>()?.into_record(),
        CUSTOMER_V9 => body.read::<CustomerV9>()?.into_record(),
        CUSTOMER_V10 => body.read::<CustomerV10>()?.into_record(),
        other => return Err(codec::CodecError::UnknownVersion(other).into()),
    })
}

pub(in crate::store) fn put(changes: &mut Changes, record: &CustomerRecord) -> Result<(), StoreError> {
    let value = codec::encode(CUSTOMER_V10, &CustomerV10::from(record))?;
    changes.put(Key::of(record.number, Kind::Customer), value);
    Ok(())
}

/// The number of the next new customer: the last key of all is one of the newest. What is left of a removed customer keeps its
/// number from being given again.
pub(in crate::store) fn next_number(reader: &Reader<'_>) -> Result<u32, StoreError> {
    let Some(last) = reader.scan_prefix_back([]).next() else { return Ok(1) };
    let number = last?.0.first_chunk().map_or(0, |head| u32::from_be_bytes(*head));
    Ok(number + 1)
}

pub(in crate::store) fn put_number(changes: &mut Changes, record: &CustomerRecord) -> Result<(), StoreError> {
    changes.put(Key::customer_name(record.id.as_str()), codec::encode(NUMBER_V1, &record.number)?);
    Ok(())
}

#[cfg(test)]
impl CustomerStore {
    /// Breaks what is kept of a subscriber.
    pub async fn damage_subject(&self, id: &str) -> Result<(), StoreError> {
        self.damage(Key::subject(self.number, &crate::domain::ContactId::new(id))).await
    }

    /// Breaks the customer's counts.
    pub async fn damage_counts(&self) -> Result<(), StoreError> {
        self.damage(Key::of(self.number, Kind::Counts)).await
    }

    /// Breaks the customer's record.
    pub async fn damage_record(&self) -> Result<(), StoreError> {
        self.damage(Key::of(self.number, Kind::Customer)).await
    }

    async fn damage(&self, key: Key) -> Result<(), StoreError> {
        self.write(move |_, changes| {
            changes.put(key, [1, 2, 3]);
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Account, Accounts, ApiPart, Brake, Cause, Held, Lifted, Pause, Reason, Refused, Rule, Stage, System,
        Timestamp,
        asked::Asked,
        reading::{Drift, SideRead},
    };

    #[test]
    fn records_of_every_version_are_read() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut record = CustomerRecord::new("hope".parse().unwrap(), 7, now);
        record.confirmed_until = Some(now);
        let old = codec::encode(CUSTOMER_V1, &CustomerV1::from(&record)).unwrap();
        assert_eq!(decode(&old).unwrap(), Some(record.clone()));
        let reason = Reason::about(Rule::B1, Cause::Brake, "many");
        let held = Some(Held { since: now, count: 3000, reason });
        record.brake = Brake {
            counting_since: Some(now),
            done: vec![(now, 3)],
            held,
            accepted: true,
            ..Brake::default()
        };
        record.replan_since = Some(now);
        let new = codec::encode(CUSTOMER_V2, &CustomerV2::from(&record)).unwrap();
        assert_eq!(decode(&new).unwrap(), Some(record.clone()));
        record.stage = Stage::Live;
        assert!(record.ask_for_reading(now) && !record.ask_for_reading(now), "one at a time");
        let drift = Drift { consent: 1, email: 2, segments: 3, fields: 4, other: 5 };
        let reading = record.reading.as_mut().unwrap();
        reading.virtuous = SideRead { done_at: Some(now), drift };
        let third = codec::encode(CUSTOMER_V3, &CustomerV3::from(&record)).unwrap();
        assert_eq!(decode(&third).unwrap(), Some(record.clone()));
        let account = |id: &str, name: &str| Account { id: id.to_owned(), name: name.to_owned() };
        record.accounts = Accounts {
            constant_contact: Some(account("p07e", "Hope")),
            virtuous: Some(account("", "Hope Foundation")),
            is_shared: true,
            rebound_at: Some(now),
            virtuous_key: None,
        };
        let fourth = codec::encode(CUSTOMER_V4, &CustomerV4::from(&record)).unwrap();
        assert_eq!(decode(&fourth).unwrap(), Some(record.clone()));
        record.reconcile_at = Some(now);
        record.brake.unsubscribed = vec![(now, 4)];
        record.accounts.virtuous_key = Some("a1b2".to_owned());
        let fifth = codec::encode(CUSTOMER_V5, &CustomerV5::from(&record)).unwrap();
        assert_eq!(decode(&fifth).unwrap(), Some(record.clone()));
        for system in [System::ConstantContact, System::Virtuous] {
            let reason = Reason::about(Rule::B3, Cause::Refused, "401");
            record.pause = Some(Pause::refused(system, Refused::Access, reason, now));
            let seventh = codec::encode(CUSTOMER_V7, &CustomerV7::from(&record)).unwrap();
            assert_eq!(decode(&seventh).unwrap(), Some(record.clone()));
        }
        let reason = Reason::about(Rule::B3, Cause::Refused, "forbidden");
        let of = Refused::Writing(ApiPart::Lists);
        record.pause = Some(Pause::refused(System::ConstantContact, of, reason, now));
        record.reading_due = Some(now);
        record.lifted = Some(Lifted { system: System::Virtuous, of, since: now, at: now });
        let eighth = codec::encode(CUSTOMER_V8, &CustomerV8::from(&record)).unwrap();
        assert_eq!(decode(&eighth).unwrap(), Some(record.clone()));
        record.begin_anew_reading(now, true);
        let ninth = codec::encode(CUSTOMER_V9, &CustomerV9::from(&record)).unwrap();
        assert_eq!(decode(&ninth).unwrap(), Some(record.clone()));
        record.asked = Asked { streams: Some(now), reference: Some(now) };
        let newest = codec::encode(CUSTOMER_V10, &CustomerV10::from(&record)).unwrap();
        assert_eq!(decode(&newest).unwrap(), Some(record.clone()));
    }
}
