//! A customer's record on disk, version 4: with its account and its organisation (I5); version 5 with the turn of its next whole
//! reading; version 7 with the next try of a system that refused the customer's access, version 8 with what it refused (B3); version 9
//! with how far it is read anew (E5); version 10 with what a person asked to be read.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Account, Accounts, Anew, CustomerRecord, Lifted, Probe, Refused, System, Timestamp, asked::Asked,
};

use super::{
    customer::CustomerV3,
    time::{Millis, millis, time},
};

/// An account or an organisation: id, name.
type AccountV1 = (String, String);

/// Constant Contact's, Virtuous', whether they are shared, when another one was let in.
type AccountsV1 = (Option<AccountV1>, Option<AccountV1>, bool, Option<Millis>);

/// A customer's record with its account and its organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV4(CustomerV3, AccountsV1);

impl From<&CustomerRecord> for CustomerV4 {
    fn from(record: &CustomerRecord) -> Self {
        let Accounts { constant_contact, virtuous, is_shared, rebound_at, virtuous_key: _ } =
            &record.accounts;
        let stored = |account: &Option<Account>| {
            account.as_ref().map(|account| (account.id.clone(), account.name.clone()))
        };
        let accounts = (stored(constant_contact), stored(virtuous), *is_shared, millis(*rebound_at));
        Self(CustomerV3::from(record), accounts)
    }
}

impl CustomerV4 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let Self(stored, (constant_contact, virtuous, is_shared, rebound_at)) = self;
        let account = |stored: Option<AccountV1>| stored.map(|(id, name)| Account { id, name });
        let accounts = Accounts {
            constant_contact: account(constant_contact),
            virtuous: account(virtuous),
            is_shared,
            rebound_at: time(rebound_at),
            virtuous_key: None,
        };
        Some(CustomerRecord { accounts, ..stored.into_record()? })
    }
}

/// A customer's record since both sides are read whole by themselves (V3): what version 4 holds, when they are next, and the
/// fingerprint of the key that the organisation was told for (I5), opt-outs for Constant Contact by the hour (B1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV5(CustomerV4, Option<Millis>, Option<String>, Vec<(Millis, u64)>);

impl From<&CustomerRecord> for CustomerV5 {
    fn from(record: &CustomerRecord) -> Self {
        let key = record.accounts.virtuous_key.clone();
        let unsubscribed =
            record.brake.unsubscribed.iter().map(|(at, count)| (at.as_millis(), *count)).collect();
        Self(CustomerV4::from(record), millis(record.reconcile_at), key, unsubscribed)
    }
}

impl CustomerV5 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let Self(stored, reconcile_at, virtuous_key, unsubscribed) = self;
        let mut record = stored.into_record()?;
        let hour = |(at, count)| (Timestamp::from_millis(at), count);
        record.brake.unsubscribed = unsubscribed.into_iter().map(hour).collect();
        record.accounts.virtuous_key = virtuous_key;
        Some(CustomerRecord { reconcile_at: time(reconcile_at), ..record })
    }
}

/// The place of a system on disk. Never changed.
const SYSTEMS: [System; 2] = [System::ConstantContact, System::Virtuous];

fn place(system: System) -> u8 {
    SYSTEMS.iter().position(|one| *one == system).map_or(0, |at| at as u8)
}

fn system(place: u8) -> System {
    SYSTEMS.get(usize::from(place)).copied().unwrap_or(System::ConstantContact)
}

/// A customer's record with the next try of a system that refused its key or grant (B3): what version 5 holds, which system, when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV7(CustomerV5, Option<(u8, Millis)>);

impl From<&CustomerRecord> for CustomerV7 {
    fn from(record: &CustomerRecord) -> Self {
        let probe = record.pause.as_ref().and_then(|pause| pause.probe);
        Self(CustomerV5::from(record), probe.map(|probe| (place(probe.system), probe.next.as_millis())))
    }
}

impl CustomerV7 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let Self(stored, probe) = self;
        let mut record = stored.into_record()?;
        if let Some(pause) = record.pause.as_mut() {
            pause.probe = probe.map(|(place, next)| {
                Probe::of_earlier_version(system(place), Timestamp::from_millis(next), &pause.reason)
            });
        }
        Some(record)
    }
}

/// The last pause that lifted itself: system, what was refused, since, lifted.
type LiftedV1 = (u8, u8, Millis, Millis);

/// A customer's record with what was refused (B3): what version 7 holds, what the pause is for, the last pause that lifted itself,
/// when the whole reading is due that is owed since a pause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV8(CustomerV7, Option<u8>, Option<LiftedV1>, Option<Millis>);

impl From<&CustomerRecord> for CustomerV8 {
    fn from(record: &CustomerRecord) -> Self {
        let probe = record.pause.as_ref().and_then(|pause| pause.probe);
        let lifted = record.lifted.map(|Lifted { system, of, since, at }| {
            (place(system), of.to_u8(), since.as_millis(), at.as_millis())
        });
        let of = probe.map(|probe| probe.of.to_u8());
        Self(CustomerV7::from(record), of, lifted, millis(record.reading_due))
    }
}

impl CustomerV8 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let Self(stored, of, lifted, reading_due) = self;
        let mut record = stored.into_record()?;
        let probe = record.pause.as_mut().and_then(|pause| pause.probe.as_mut());
        if let (Some(probe), Some(of)) = (probe, of) {
            probe.of = Refused::from_u8(of);
        }
        record.reading_due = time(reading_due);
        record.lifted = lifted.map(|(place, of, since, at)| Lifted {
            system: system(place),
            of: Refused::from_u8(of),
            since: Timestamp::from_millis(since),
            at: Timestamp::from_millis(at),
        });
        Some(record)
    }
}

/// Since when, whether what was known is dropped, whether the past is unknown.
type AnewV1 = (Millis, bool, bool);

/// A customer's record with how far it is read anew (E5): what version 8 holds, and that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV9(CustomerV8, Option<AnewV1>);

impl From<&CustomerRecord> for CustomerV9 {
    fn from(record: &CustomerRecord) -> Self {
        let anew = record.anew.map(|Anew { since, is_dropped, is_past_unknown }| {
            (since.as_millis(), is_dropped, is_past_unknown)
        });
        Self(CustomerV8::from(record), anew)
    }
}

impl CustomerV9 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let Self(stored, anew) = self;
        let anew = anew.map(|(since, is_dropped, is_past_unknown)| Anew {
            since: Timestamp::from_millis(since),
            is_dropped,
            is_past_unknown,
        });
        Some(CustomerRecord { anew, ..stored.into_record()? })
    }
}

/// From when on the streams of Constant Contact, and the tags and fields of Virtuous.
type AskedV1 = (Option<Millis>, Option<Millis>);

/// A customer's record with what a person asked to be read: what version 9 holds, and that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV10(CustomerV9, AskedV1);

impl From<&CustomerRecord> for CustomerV10 {
    fn from(record: &CustomerRecord) -> Self {
        let Asked { streams, reference } = record.asked;
        Self(CustomerV9::from(record), (millis(streams), millis(reference)))
    }
}

impl CustomerV10 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let Self(stored, (streams, reference)) = self;
        let asked = Asked { streams: time(streams), reference: time(reference) };
        Some(CustomerRecord { asked, ..stored.into_record()? })
    }
}
