//! The daily ledger of a Constant Contact key: calls are counted on disk before they are made (W4).

use crate::{
    budget::DailyState,
    domain::Timestamp,
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::{CustomerStore, Store},
        tables::{keys::Key, kind::Kind},
    },
};

const LEDGER_V1: u8 = 1;
const LEDGER_V2: u8 = 2;

/// The day, its count, until when the key is refused, and the counts of the days before.
type LedgerV2 = (i64, u64, Option<i64>, Vec<(i64, u64)>);

impl Store {
    /// A key's ledger. `key` is a fingerprint, never the key itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ledger(&self, key: &str) -> Result<DailyState, StoreError> {
        read(&self.reader(), Key::ledger(key))
    }
}

/// What a customer has a share of the key's day for, each with a count of its own (W5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayShare {
    /// Readings of single contacts.
    SingleReads,
    /// Polls that hints ask for.
    HintPolls,
}

impl DayShare {
    const fn kind(self) -> Kind {
        match self {
            Self::SingleReads => Kind::SingleReads,
            Self::HintPolls => Kind::HintPolls,
        }
    }
}

impl CustomerStore {
    /// How many calls a share took today (W5).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn share_of_day(&self, share: DayShare) -> Result<DailyState, StoreError> {
        read(&self.reader(), self.share_key(share))
    }

    pub(in crate::store) fn share_key(&self, share: DayShare) -> Key {
        Key::of(self.number, share.kind())
    }
}

pub(in crate::store) fn read(reader: &Reader<'_>, key: Key) -> Result<DailyState, StoreError> {
    let Some(value) = reader.get(key)? else { return Ok(DailyState::default()) };
    let (version, body) = codec::open(&value)?;
    let (day, used, stopped, days) = match version {
        LEDGER_V1 => {
            let (day, used, stopped) = body.read::<(i64, u64, Option<i64>)>()?;
            (day, used, stopped, Vec::new())
        }
        LEDGER_V2 => body.read::<LedgerV2>()?,
        other => return Err(codec::CodecError::UnknownVersion(other).into()),
    };
    let mut days = days.into_iter();
    let before = std::array::from_fn(|_| days.next());
    Ok(DailyState { day, used, stopped_until: stopped.map(Timestamp::from_millis), before })
}

pub(in crate::store) fn put(changes: &mut Changes, key: Key, state: &DailyState) -> Result<(), StoreError> {
    let before: Vec<(i64, u64)> = state.before.into_iter().flatten().collect();
    let stored: LedgerV2 = (state.day, state.used, state.stopped_until.map(Timestamp::as_millis), before);
    changes.put(key, codec::encode(LEDGER_V2, &stored)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Mode, Options};

    #[test]
    fn a_ledger_of_version_1_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let stored = codec::encode(LEDGER_V1, &(20_000_i64, 17_u64, Some(5_000_i64))).unwrap();
        let keep = store.write(move |_, changes| {
            changes.put(Key::ledger("key"), stored);
            Ok(())
        });
        futures_util::future::FutureExt::now_or_never(keep).unwrap().unwrap();
        let stopped_until = Some(Timestamp::from_millis(5_000));
        let kept = DailyState { day: 20_000, used: 17, stopped_until, ..DailyState::default() };
        assert_eq!(store.ledger("key").unwrap(), kept);
        store.stop().unwrap();
    }
}
