//! What stays of a subject while its customer is read anew: a person's decision, and a row that may be on its way (C4).

use crate::{
    domain::{ContactId, Intent, Subject, Timestamp, Verdict},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        tables::{
            intents::Unsure,
            keys::{CustomerNo, Key},
        },
    },
};

const KEPT_V1: u8 = 1;

/// Whether a person left the difference as it is; when a row for the import was sent.
type KeptV1 = (bool, Option<i64>);

/// What stays of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::store) struct Kept {
    /// A person decided to leave the difference as it is.
    pub(in crate::store) is_left: bool,
    /// When a row for the import was sent, or may have been.
    pub(in crate::store) submitted_at: Option<Timestamp>,
}

impl Kept {
    /// What stays of a subject. Of decisions only that to leave a difference stays, which writes nothing, and only while the past is known.
    pub(in crate::store) fn of(subject: &Subject, unsure: Option<Unsure>, is_past_unknown: bool) -> Self {
        let sent = subject.submission.filter(|submission| submission.creates).map(|sent| sent.sent_at);
        let maybe_sent = unsure.filter(|unsure| unsure.intent == Intent::Submission).map(|unsure| unsure.at);
        let is_left = !is_past_unknown && subject.decided() == Some(Verdict::Leave);
        Self { is_left, submitted_at: sent.or(maybe_sent) }
    }
}

pub(in crate::store) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Kept, StoreError> {
    let Some(value) = reader.get(Key::kept(customer, id))? else { return Ok(Kept::default()) };
    let (is_left, submitted_at) = codec::decode::<KeptV1>(KEPT_V1, &value)?;
    Ok(Kept { is_left, submitted_at: submitted_at.map(Timestamp::from_millis) })
}

/// Keeps what is to stay, if anything is.
pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    kept: Kept,
) -> Result<(), StoreError> {
    if kept != Kept::default() {
        let stored: KeptV1 = (kept.is_left, kept.submitted_at.map(Timestamp::as_millis));
        changes.put(Key::kept(customer, id), codec::encode(KEPT_V1, &stored)?);
    }
    Ok(())
}
