//! Reads a customer anew: drops what is known of its subscribers, and recalls at the end what stayed.
//!
//! The record says how far it is, so that a kill goes on with it: it is dropped in slices, before the customer runs again.

use std::sync::Arc;

use crate::{
    domain::{Anew, ContactId, CustomerRecord, Lane, State, Submission, Timestamp, Verdict, Work},
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            intents,
            kept::{self, Kept},
            keys::{self, HEAD, Key},
            kind::Kind,
            loaded::Loaded,
            subject_bytes, timeline,
        },
    },
    sync::Planner,
};

/// Subjects of one operation.
const SLICE: usize = 200;

/// What stays: the customer's own, what was told of its people, and what Tandem wrote (E5). All else is read again.
const STAYS: [Kind; 15] = [
    Kind::Customer,
    Kind::Token,
    Kind::Applied,
    Kind::CcReferenceData,
    Kind::VirtuousReferenceData,
    Kind::Subscription,
    Kind::SingleReads,
    Kind::HintPolls,
    Kind::Action,
    Kind::Intent,
    Kind::Timeline,
    Kind::OwnOptOut,
    Kind::SetAside,
    Kind::Kept,
    Kind::Forgotten,
];

impl CustomerStore {
    /// Has a customer read anew. Gives its record once what was known of its subscribers is gone.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn read_anew(
        &self,
        is_past_unknown: bool,
        now: Timestamp,
    ) -> Result<Option<CustomerRecord>, StoreError> {
        self.update_customer(move |record| record.begin_anew_reading(now, is_past_unknown)).await?;
        self.go_on_dropping(now).await
    }

    /// Goes on with what [`CustomerStore::read_anew`] began; does nothing if that is done.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn go_on_dropping(&self, now: Timestamp) -> Result<Option<CustomerRecord>, StoreError> {
        // A turn under way would keep what it read before.
        let _still = self.turns.without(self.number).await;
        let record = self.record()?;
        let Some(anew) = record.as_ref().and_then(|record| record.anew).filter(|anew| !anew.is_dropped)
        else {
            return Ok(record);
        };
        while self.drop_subjects(anew).await? {}
        self.forget(|kind| !STAYS.contains(&kind)).await?;
        self.update_customer(move |record| record.dropped(now)).await
    }

    /// Drops a slice of the subjects, in the order of their keys; `false` once none is left.
    async fn drop_subjects(&self, anew: Anew) -> Result<bool, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut dropped = 0;
            for entry in reader.scan_prefix(Key::of(customer, Kind::Subject)).take(SLICE) {
                let (key, value) = entry?;
                dropped += 1;
                // Bytes that cannot be read have nothing that could stay (B4).
                if let Ok(subject) = subject_bytes::decode(&value) {
                    let unsure = intents::read(reader, customer, &subject.id)?;
                    let kept = Kept::of(&subject, unsure, anew.is_past_unknown);
                    kept::put(changes, customer, &subject.id, kept)?;
                    // Lines that no settlement moved yet stay as the others do.
                    timeline::append(reader, changes, customer, &subject.id, &subject.recent)?;
                    if kept.submitted_at.is_some() {
                        changes.delete(Key::intent(customer, &subject.id));
                    }
                }
                changes.delete(key);
            }
            Ok(dropped == SLICE)
        })
        .await
    }

    /// Both sides were read whole: what stayed of the subjects counts again, and work begins. A row that is known to be on its way, or may be
    /// if the past is unknown, is looked for before one is sent (C4, E5). Gives how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn recall(&self, planner: Arc<Planner>, now: Timestamp) -> Result<u64, StoreError> {
        let record = self.record()?;
        let Some(anew) = record.and_then(|record| record.anew).filter(|anew| anew.is_dropped) else {
            return Ok(0);
        };
        let (customer, mut doubted) = (self.number, 0);
        let mut from = Key::of(customer, Kind::Subject).as_ref().to_vec();
        loop {
            let planner = Arc::clone(&planner);
            let start = from.clone();
            let (last, more) = self
                .write(move |reader, changes| {
                    recall_slice(reader, changes, (customer, &start), (&planner, anew, now))
                })
                .await?;
            doubted += more;
            let Some(last) = last else { break };
            from = [&last[..], &[0]].concat();
        }
        self.forget(|kind| kind == Kind::Kept).await?;
        self.update_customer(|record| record.anew = None).await?;
        Ok(doubted)
    }
}

/// Recalls the subjects of a slice. Gives the last key, and how many rows are looked for.
fn recall_slice(
    reader: &Reader<'_>,
    changes: &mut Changes,
    (customer, from): (u32, &[u8]),
    (planner, anew, now): (&Planner, Anew, Timestamp),
) -> Result<(Option<Vec<u8>>, u64), StoreError> {
    let end = Key::of(customer, Kind::Email);
    let (mut last, mut doubted) = (None, 0);
    let mut loaded = Loaded::new(reader, customer);
    for entry in reader.range(from, Some(end.as_ref())).take(SLICE) {
        let (key, _) = entry?;
        last = Some(key.to_vec());
        let Some(id) = keys::id_at(&key, HEAD) else { continue };
        let kept = kept::read(reader, customer, &id)?;
        doubted += u64::from(recall_one(&mut loaded, &id, kept, (planner, anew, now))?);
    }
    loaded.write(changes)?;
    Ok((last, doubted))
}

/// Recalls one subject; `true` if a row of it is looked for.
fn recall_one(
    loaded: &mut Loaded<'_>,
    id: &ContactId,
    kept: Kept,
    (planner, anew, now): (&Planner, Anew, Timestamp),
) -> Result<bool, StoreError> {
    let Ok(Some(subject)) = loaded.get(id) else { return Ok(false) };
    let has_recalled = kept.recall_contact(subject, now);
    // Where the contact is gone none is made, so that no row is on its way unless one is known (I3).
    let in_doubt = anew.is_past_unknown && subject.gone_since.is_none();
    let may_be_sent = kept.submitted_at.or(in_doubt.then_some(anew.since.min(now)));
    let sent_at = may_be_sent.filter(|_| subject.submission.is_none() && planner.would_create(subject));
    if kept.is_left {
        subject.verdict = Some((Verdict::Leave, subject.revision));
    }
    if let Some(sent_at) = sent_at {
        subject.submission = Some(Submission { sent_at, certain: false, creates: true });
        subject.state = State::Submitted;
        subject.work = Some(Work { lane: Lane::Verify, due: now });
    }
    if kept.is_left || has_recalled || sent_at.is_some() {
        loaded.changed(id);
    }
    Ok(sent_at.is_some())
}

#[cfg(test)]
#[path = "read_anew_test.rs"]
mod tests;
