//! Subjects with their indexes and counts: every write of a subject goes through here, so that they cannot disagree.

use crate::domain::{ContactId, Counts, Event, State, Subject, Timestamp};

use super::{
    CustomerStore, StoreError, codec,
    engine::{Changes, Reader, frame},
    keys::{CustomerNo, HEAD, Key, Kind, id_at, time_at},
    stored::{CountsV1, CountsV2, EventV1, SubjectV1, SubjectV2, SubjectV3, SubjectV4, SubjectV5, SubjectV6},
};

const SUBJECT_V1: u8 = 1;
const SUBJECT_V2: u8 = 2;
const SUBJECT_V3: u8 = 3;
const SUBJECT_V4: u8 = 4;
const SUBJECT_V5: u8 = 5;
const SUBJECT_V6: u8 = 6;
const COUNTS_V1: u8 = 1;
const COUNTS_V2: u8 = 2;
const EVENTS_V1: u8 = 1;

impl CustomerStore {
    /// A subject by id.
    ///
    /// # Errors
    /// When the store cannot be read, or the value is damaged.
    pub fn subject(&self, id: &ContactId) -> Result<Option<Subject>, StoreError> {
        let customer = self.number;
        read(&self.reader(), customer, id)
    }

    /// The fingerprint of a subject's last reading, without decoding the subject.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn fingerprint(&self, id: &ContactId) -> Result<Option<u64>, StoreError> {
        let customer = self.number;
        let Some(value) = self.reader().get(Key::subject(customer, id))? else { return Ok(None) };
        let (_, body) = frame::open(&value).map_err(codec::CodecError::from)?;
        Ok(body.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes)))
    }

    /// The subjects with this address (as compared).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find_by_email(&self, email_key: &str) -> Result<Vec<ContactId>, StoreError> {
        let customer = self.number;
        by_email(&self.reader(), customer, email_key)
    }

    /// Where a customer's subjects stand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let customer = self.number;
        counts(&self.reader(), customer)
    }

    /// A subject's whole timeline, oldest first: what was settled, then what is newer.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn timeline(&self, subject: &Subject) -> Result<Vec<Event>, StoreError> {
        let customer = self.number;
        let mut events = Vec::new();
        for entry in self.reader().scan_prefix(Key::timelines(customer, &subject.id)) {
            let (_, value) = entry?;
            events.extend(codec::decode::<EventV1>(EVENTS_V1, &value)?.into_events());
        }
        events.extend(subject.recent.iter().cloned());
        Ok(events)
    }

    /// Subjects in a state that wants attention, in id order, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn attention(&self, state: State, limit: usize) -> Result<Vec<Subject>, StoreError> {
        let customer = self.number;
        let reader = self.reader();
        let mut found = Vec::new();
        for entry in reader.scan_prefix(Key::attentions(customer, state)).take(limit) {
            let (key, _) = entry?;
            if let Some(id) = id_at(&key, HEAD + 1)
                && let Some(subject) = read(&reader, customer, &id)?
            {
                found.push(subject);
            }
        }
        Ok(found)
    }

    /// When the oldest opt-out that is not applied yet was seen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn oldest_owed(&self) -> Result<Option<Timestamp>, StoreError> {
        let customer = self.number;
        let Some(entry) = self.reader().scan_prefix(Key::of(customer, Kind::Owed)).next() else {
            return Ok(None);
        };
        Ok(time_at(&entry?.0, HEAD))
    }

    /// Calls `visit` for every subject of a customer, in id order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn each_subject(&self, mut visit: impl FnMut(Subject)) -> Result<(), StoreError> {
        let customer = self.number;
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::Subject)) {
            visit(decode(&entry?.1)?);
        }
        Ok(())
    }
}

pub(super) fn decode(value: &[u8]) -> Result<Subject, StoreError> {
    let (version, body) = codec::open(value)?;
    Ok(match version {
        SUBJECT_V1 => body.read::<SubjectV1>()?.into(),
        SUBJECT_V2 => body.read::<SubjectV2>()?.into(),
        SUBJECT_V3 => body.read::<SubjectV3>()?.into(),
        SUBJECT_V4 => body.read::<SubjectV4>()?.into(),
        SUBJECT_V5 => body.read::<SubjectV5>()?.into(),
        SUBJECT_V6 => body.read::<SubjectV6>()?.into(),
        other => return Err(codec::CodecError::UnknownVersion(other).into()),
    })
}

pub(super) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Option<Subject>, StoreError> {
    reader.get(Key::subject(customer, id))?.map(|value| decode(&value)).transpose()
}

pub(super) fn by_email(
    reader: &Reader<'_>,
    customer: CustomerNo,
    email_key: &str,
) -> Result<Vec<ContactId>, StoreError> {
    let prefix = Key::emails(customer, email_key);
    let length = prefix.as_ref().len();
    reader
        .scan_prefix(prefix)
        .map(|entry| Ok(id_at(&entry?.0, length)))
        .filter_map(Result::transpose)
        .collect()
}

pub(super) fn counts(reader: &Reader<'_>, customer: CustomerNo) -> Result<Counts, StoreError> {
    let Some(value) = reader.get(Key::of(customer, Kind::Counts))? else { return Ok(Counts::default()) };
    let (version, body) = codec::open(&value)?;
    Ok(match version {
        COUNTS_V1 => body.read::<CountsV1>()?.into(),
        COUNTS_V2 => body.read::<CountsV2>()?.into(),
        other => return Err(codec::CodecError::UnknownVersion(other).into()),
    })
}

/// The index entries that a subject has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    email: Option<String>,
    contacts: Vec<crate::domain::VirtuousContactId>,
    linked: bool,
    work: Option<crate::domain::Work>,
    state: State,
    owed: Option<Timestamp>,
    braked: bool,
}

impl Standing {
    pub(super) fn of(subject: &Subject) -> Self {
        Self {
            email: subject.cc.email_key(),
            contacts: subject.virtuous.contacts(),
            linked: subject.virtuous.linked().is_some(),
            work: subject.work,
            state: subject.state,
            owed: subject.opt_out_owed_since,
            braked: subject.is_at_brake(),
        }
    }
}

const fn wants_attention(state: State) -> bool {
    matches!(state, State::Held | State::Review | State::Failed)
}

/// Writes the subjects of one operation, with their indexes, and the counts once at the end.
#[derive(Debug)]
pub(super) struct Writer {
    customer: CustomerNo,
    counts: Counts,
}

impl Writer {
    pub(super) fn new(reader: &Reader<'_>, customer: CustomerNo) -> Result<Self, StoreError> {
        Ok(Self { customer, counts: counts(reader, customer)? })
    }

    /// Writes a subject; `before` is how it stood, if it was there.
    pub(super) fn put(
        &mut self,
        changes: &mut Changes,
        before: Option<&Standing>,
        subject: &Subject,
    ) -> Result<(), StoreError> {
        let customer = self.customer;
        let id = &subject.id;
        let after = Standing::of(subject);
        move_index(changes, before.and_then(|b| b.email.as_ref()), after.email.as_ref(), |email| {
            Key::email(customer, email, id)
        });
        let contacts_before = before.map_or(&[][..], |before| &before.contacts);
        for gone in contacts_before.iter().filter(|contact| !after.contacts.contains(contact)) {
            changes.delete(Key::link(customer, *gone, id));
        }
        for new in after.contacts.iter().filter(|contact| !contacts_before.contains(contact)) {
            changes.put(Key::link(customer, *new, id), []);
        }
        move_index(changes, before.and_then(|b| b.work.as_ref()), after.work.as_ref(), |work| {
            Key::work(customer, work.lane, work.due, id)
        });
        move_index(changes, before.and_then(|b| b.owed.as_ref()), after.owed.as_ref(), |since| {
            Key::owed(customer, *since, id)
        });
        let attention = |standing: &Standing| wants_attention(standing.state).then_some(standing.state);
        move_index(changes, before.and_then(attention).as_ref(), attention(&after).as_ref(), |state| {
            Key::attention(customer, *state, id)
        });
        let braked = |standing: &Standing| standing.braked.then_some(());
        move_index(changes, before.and_then(braked).as_ref(), braked(&after).as_ref(), |()| {
            Key::braked(customer, id)
        });
        self.count(before, &after);
        changes.put(Key::subject(customer, id), codec::encode(SUBJECT_V6, &SubjectV6::from(subject))?);
        Ok(())
    }

    fn count(&mut self, before: Option<&Standing>, after: &Standing) {
        if let Some(before) = before {
            let state = &mut self.counts.states[usize::from(before.state.to_u8())];
            *state = state.saturating_sub(1);
            if let Some(work) = before.work {
                let lane = &mut self.counts.lanes[usize::from(work.lane.to_u8())];
                *lane = lane.saturating_sub(1);
            }
            if before.linked {
                self.counts.linked = self.counts.linked.saturating_sub(1);
            }
            self.counts.braked = self.counts.braked.saturating_sub(u64::from(before.braked));
        }
        self.counts.states[usize::from(after.state.to_u8())] += 1;
        if let Some(work) = after.work {
            self.counts.lanes[usize::from(work.lane.to_u8())] += 1;
        }
        self.counts.linked += u64::from(after.linked);
        self.counts.braked += u64::from(after.braked);
    }

    /// Appends lines to a subject's timeline.
    pub(super) fn append(
        &self,
        reader: &Reader<'_>,
        changes: &mut Changes,
        subject: &Subject,
        events: &[Event],
    ) -> Result<(), StoreError> {
        let Some(first) = events.first() else { return Ok(()) };
        let value = codec::encode(EVENTS_V1, &EventV1::new(events))?;
        // Two chunks may begin in the same millisecond; neither may take the other's place.
        let mut sequence = 0;
        let mut key = Key::timeline(self.customer, &subject.id, first.at, sequence);
        while reader.get(&key)?.is_some() {
            sequence += 1;
            key = Key::timeline(self.customer, &subject.id, first.at, sequence);
        }
        changes.put(key, value);
        Ok(())
    }

    /// Writes the counts. Last in every operation.
    pub(super) fn finish(self, changes: &mut Changes) -> Result<(), StoreError> {
        let value = codec::encode(COUNTS_V2, &CountsV2::from(&self.counts))?;
        changes.put(Key::of(self.customer, Kind::Counts), value);
        Ok(())
    }
}

/// Moves an index entry from where it was to where it belongs.
fn move_index<T: PartialEq>(
    changes: &mut Changes,
    before: Option<&T>,
    after: Option<&T>,
    key: impl Fn(&T) -> Key,
) {
    if before == after {
        return;
    }
    if let Some(before) = before {
        changes.delete(key(before));
    }
    if let Some(after) = after {
        changes.put(key(after), []);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an older Tandem wrote is read by its number.
    #[test]
    fn subjects_of_every_version_are_known_by_their_number() {
        let subject = Subject::new(ContactId::new("c-1"), Timestamp::from_secs(1_800_000_000));
        let stored = [
            codec::encode(SUBJECT_V1, &SubjectV1::from(&subject)),
            codec::encode(SUBJECT_V2, &SubjectV2::from(&subject)),
            codec::encode(SUBJECT_V3, &SubjectV3::from(&subject)),
            codec::encode(SUBJECT_V4, &SubjectV4::from(&subject)),
            codec::encode(SUBJECT_V5, &SubjectV5::from(&subject)),
            codec::encode(SUBJECT_V6, &SubjectV6::from(&subject)),
        ];
        for (number, value) in (1..).zip(stored) {
            assert_eq!(decode(&value.unwrap()).unwrap(), subject, "version {number}");
        }
        let unknown = codec::encode(SUBJECT_V6 + 1, &SubjectV6::from(&subject)).unwrap();
        assert!(decode(&unknown).is_err());
    }
}
