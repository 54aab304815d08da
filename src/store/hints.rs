//! Hints that were received and not yet followed (W5): durable before they are acknowledged.

use crate::domain::{ContactId, Timestamp};

use super::{
    CustomerStore, StoreError, codec,
    engine::{Changes, Reader},
    keys::{CustomerNo, HEAD, Key, Kind},
    stored::HintV1,
    waiting,
};

const HINT_V1: u8 = 1;

/// What a hint is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HintAbout {
    /// This contact id.
    Contact(String),
    /// This address.
    Email(String),
    /// Nobody that can be told: a poll is the answer.
    Nobody,
}

/// A hint to be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What it is about.
    pub about: HintAbout,
    /// When it was received: what tells it from a later one about the same.
    pub received_at: Timestamp,
}

/// Hints that wait to be followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// To be followed now.
    pub due: Vec<Hint>,
    /// When the next of the others is due.
    pub next: Option<Timestamp>,
}

impl Hint {
    pub(super) fn key(&self, customer: CustomerNo) -> Key {
        match &self.about {
            HintAbout::Contact(id) => Key::hint(customer, 0, id),
            HintAbout::Email(address) => Key::hint(customer, 1, address),
            HintAbout::Nobody => Key::hint(customer, 2, ""),
        }
    }
}

impl CustomerStore {
    /// Keeps hints; the same hint twice is one, of the later time.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn keep_hints(&self, about: Vec<HintAbout>, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            for about in about {
                let key = Hint { about, received_at: now }.key(customer);
                let before = read(reader, &key)?.map(|stored| stored.received_at);
                let stored = HintV1 { received_at: waiting::received_at(now, before), due: now.as_millis() };
                changes.put(key, codec::encode(HINT_V1, &stored)?);
            }
            Ok(())
        })
        .await
    }

    /// Puts a hint off that could not be followed: the older it is, the longer (B3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn put_off_hint(&self, hint: Hint, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let key = hint.key(customer);
            if read(reader, &key)?.is_none_or(|stored| stored.received_at != hint.received_at.as_millis()) {
                return Ok(());
            }
            let due = waiting::put_off(now, hint.received_at).as_millis();
            let stored = HintV1 { received_at: hint.received_at.as_millis(), due };
            changes.put(key, codec::encode(HINT_V1, &stored)?);
            Ok(())
        })
        .await
    }

    /// Hints to follow, at most `limit` of those that are due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hints(&self, now: Timestamp, limit: usize) -> Result<Hints, StoreError> {
        let customer = self.number;
        let mut hints = Hints::default();
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::Hint)) {
            let (key, value) = entry?;
            let stored = codec::decode::<HintV1>(HINT_V1, &value)?;
            let Some((&about, text)) = key.get(HEAD..).and_then(<[u8]>::split_first) else { continue };
            let text = || String::from_utf8_lossy(text.get(2..).unwrap_or_default()).into_owned();
            let about = match about {
                0 => HintAbout::Contact(text()),
                1 => HintAbout::Email(text()),
                _ => HintAbout::Nobody,
            };
            let due = Timestamp::from_millis(stored.due);
            if waiting::waits(now, due) {
                hints.next = Some(hints.next.map_or(due, |next| next.min(due)));
                continue;
            }
            hints.due.push(Hint { about, received_at: Timestamp::from_millis(stored.received_at) });
            if hints.due.len() >= limit {
                break;
            }
        }
        Ok(hints)
    }

    /// Forgets hints that were followed, unless the same came in again meanwhile.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn forget_hints(&self, hints: Vec<Hint>) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            hints.iter().try_for_each(|hint| forget(reader, changes, customer, hint))
        })
        .await
    }
}

/// Has a contact read at once, in the group that found it wanting; one that is asked for already stays as it is.
pub(super) fn ask_for(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = Hint { about: HintAbout::Contact(id.to_string()), received_at: now }.key(customer);
    if read(reader, &key)?.is_none() {
        let stored = HintV1 { received_at: now.as_millis(), due: now.as_millis() };
        changes.put(key, codec::encode(HINT_V1, &stored)?);
    }
    Ok(())
}

fn read(reader: &Reader<'_>, key: &Key) -> Result<Option<HintV1>, StoreError> {
    let Some(value) = reader.get(key)? else { return Ok(None) };
    Ok(Some(codec::decode::<HintV1>(HINT_V1, &value)?))
}

/// Forgets a hint, unless a later one about the same stands in its place.
pub(super) fn forget(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    hint: &Hint,
) -> Result<(), StoreError> {
    let key = hint.key(customer);
    if read(reader, &key)?.is_some_and(|stored| stored.received_at == hint.received_at.as_millis()) {
        changes.delete(key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::{CustomerNo, Mode, Options, Store};

    const HOPE: CustomerNo = 1;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    #[tokio::test]
    async fn w5_a_hint_that_comes_again_while_it_is_followed_is_not_lost() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let hope = store.of(HOPE);
        let about = || vec![HintAbout::Contact("x".to_owned())];
        hope.keep_hints(about(), at(0)).await.unwrap();
        let first = hope.hints(at(0), 9).unwrap().due;
        // In the same millisecond, and again by a clock that was set back.
        for now in [at(0), at(-60)] {
            hope.keep_hints(about(), now).await.unwrap();
            hope.forget_hints(first.clone()).await.unwrap();
            assert_eq!(hope.hints(at(0), 9).unwrap().due.len(), 1);
        }
        let last = hope.hints(at(0), 9).unwrap().due;
        hope.forget_hints(last).await.unwrap();
        assert_eq!(hope.hints(at(0), 9).unwrap(), Hints::default());
        store.stop().unwrap();
    }

    #[tokio::test]
    async fn b3_a_hint_that_is_put_off_waits_longer_each_time() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let hope = store.of(HOPE);
        hope.keep_hints(vec![HintAbout::Email("a@example.org".to_owned())], at(0)).await.unwrap();
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..12 {
            let hint = hope.hints(now, 9).unwrap().due.remove(0);
            hope.put_off_hint(hint, now).await.unwrap();
            let hints = hope.hints(now, 9).unwrap();
            assert!(hints.due.is_empty());
            let next = hints.next.unwrap();
            waits.push(next.since(now).as_secs());
            now = next;
        }
        assert_eq!(waits, [5, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]);
        // The clock is set back by a day: that is no reason to wait for it.
        assert_eq!(hope.hints(now.minus(Duration::from_secs(86_400)), 9).unwrap().due.len(), 1);
        store.stop().unwrap();
    }
}
