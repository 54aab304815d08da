//! Hints that were received and not yet followed (W5).

use crate::{
    domain::{ContactId, Timestamp},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            hint_room::HINTS_KEPT_MAX,
            keys::{CustomerNo, HEAD, Key},
            kind::Kind,
            stored::HintV1,
        },
    },
    sync::waiting,
};

const HINT_V1: u8 = 1;

/// What a hint is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HintAbout {
    /// This contact id.
    Contact(String),
    /// This address.
    Email(String),
    /// No contact that can be told: a poll is the answer.
    Nobody,
    /// This contact id, by Tandem's own wish: only a reading of the contact answers it, and it waits for one.
    Asked(String),
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

impl HintAbout {
    /// Whether it came from outside and names a contact.
    pub(in crate::store) const fn takes_room(&self) -> bool {
        matches!(self, Self::Contact(_) | Self::Email(_))
    }
}

impl Hint {
    pub(in crate::store) fn key(&self, customer: CustomerNo) -> Key {
        match &self.about {
            HintAbout::Contact(id) => Key::hint(customer, 0, id),
            HintAbout::Email(address) => Key::hint(customer, 1, address),
            HintAbout::Nobody => Key::hint(customer, 2, ""),
            HintAbout::Asked(id) => Key::hint(customer, 3, id),
        }
    }
}

impl CustomerStore {
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
                3 => HintAbout::Asked(text()),
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
}

impl CustomerStore {
    /// The wish for a poll, if there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn wish_for_a_poll(&self) -> Result<Option<Hint>, StoreError> {
        let wish = Hint { about: HintAbout::Nobody, received_at: Timestamp::EPOCH };
        let stored = read(&self.reader(), &wish.key(self.number))?;
        Ok(stored.map(|stored| Hint { received_at: Timestamp::from_millis(stored.received_at), ..wish }))
    }
}

/// Asks for a contact to be read at once; a hint about it that waits already stays as it is.
pub(in crate::store) fn ask_for(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = Hint { about: HintAbout::Asked(id.to_string()), received_at: now }.key(customer);
    if read(reader, &key)?.is_none() {
        put(changes, key, now, now)?;
    }
    Ok(())
}

pub(in crate::store) fn read(reader: &Reader<'_>, key: &Key) -> Result<Option<HintV1>, StoreError> {
    let Some(value) = reader.get(key)? else { return Ok(None) };
    Ok(Some(codec::decode::<HintV1>(HINT_V1, &value)?))
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    key: Key,
    received_at: Timestamp,
    due: Timestamp,
) -> Result<(), StoreError> {
    let stored = HintV1 { received_at: received_at.as_millis(), due: due.as_millis() };
    changes.put(key, codec::encode(HINT_V1, &stored)?);
    Ok(())
}

/// Hints from outside that are kept and name a contact, counted no further than they may be.
pub(in crate::store) fn kept(reader: &Reader<'_>, customer: CustomerNo) -> Result<u64, StoreError> {
    let mut kept = 0;
    for entry in reader.scan_prefix(Key::of(customer, Kind::Hint)) {
        let (key, _) = entry?;
        // They stand before the wish for a poll and Tandem's own wishes.
        let names_contact = key.get(HEAD).is_some_and(|about| *about < 2);
        if !names_contact || kept >= HINTS_KEPT_MAX {
            break;
        }
        kept += 1;
    }
    Ok(kept)
}

/// Whether the stored hint is this one, and no later one about the same.
pub(in crate::store) fn is_stored(reader: &Reader<'_>, key: &Key, hint: &Hint) -> Result<bool, StoreError> {
    Ok(read(reader, key)?.is_some_and(|stored| stored.received_at == hint.received_at.as_millis()))
}

/// Forgets a hint, unless a later one about the same took its place.
pub(in crate::store) fn forget(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    hint: &Hint,
) -> Result<(), StoreError> {
    let key = hint.key(customer);
    if is_stored(reader, &key, hint)? {
        changes.delete(key);
    }
    Ok(())
}
