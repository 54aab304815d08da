//! What stays of a subject while its customer is read anew: a person's decision, a row that may be on its way (C4), a contact that
//! was there (I3), and an opt-out that nothing else may show any more (P3).

use crate::{
    domain::{ContactId, Intent, Subject, Timestamp, UnansweredOptOut, Verdict},
    store::{
        codec::{self, CodecError},
        engine::{Changes, Reader, StoreError},
        tables::{
            intents::Unsure,
            keys::{CustomerNo, Key},
        },
    },
    sync::consent,
};

const KEPT_V1: u8 = 1;
const KEPT_V2: u8 = 2;

/// Whether a person left the difference as it is; when a row for the import was sent.
type KeptV1 = (bool, Option<i64>);

/// What version 1 holds; since when the contact is gone, and whether there was one; the opt-out that is unanswered, and what
/// is unanswered once the contact is gone: the date, and whether by a deletion alone.
type KeptV2 = (KeptV1, Option<i64>, bool, Option<OptOutV1>, Option<OptOutV1>);
type OptOutV1 = (Option<i64>, bool);

/// What stays of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::store) struct Kept {
    /// A person decided to leave the difference as it is.
    pub(in crate::store) is_left: bool,
    /// When a row for the import was sent, or may have been.
    pub(in crate::store) submitted_at: Option<Timestamp>,
    /// When its contact was found to be gone (I3).
    pub(in crate::store) gone_since: Option<Timestamp>,
    /// Whether it was linked to a contact.
    pub(in crate::store) was_linked: bool,
    /// An opt-out that no newer proof answered (P3).
    pub(in crate::store) unanswered: Option<UnansweredOptOut>,
    /// The opt-out that was agreed on, or that staff made: unanswered if the contact turns out to be gone (I3).
    pub(in crate::store) out: Option<UnansweredOptOut>,
}

impl Kept {
    /// What stays of a subject. Of decisions only that to leave a difference stays, which writes nothing, and only while the past is known.
    pub(in crate::store) fn of(subject: &Subject, unsure: Option<Unsure>, is_past_unknown: bool) -> Self {
        let sent = subject.submission.filter(|submission| submission.creates).map(|sent| sent.sent_at);
        let maybe_sent = unsure.filter(|unsure| unsure.intent == Intent::Submission).map(|unsure| unsure.at);
        let is_left = !is_past_unknown && subject.decided() == Some(Verdict::Leave);
        let linked = subject.virtuous.linked();
        // What a bounce alone was the reason of speaks of the address (P6).
        let agreed = subject.base.consent.filter(|base| !base.opted_in && subject.bounced.is_none());
        let untold = linked.filter(|person| consent::is_untold_opt_out(subject, person));
        let at = agreed.map(|out| out.at).or(untold.map(|person| consent::opted_out_at(subject, person)));
        Self {
            is_left,
            submitted_at: sent.or(maybe_sent),
            gone_since: subject.gone_since,
            was_linked: linked.is_some(),
            unanswered: subject.unanswered,
            out: at.map(|at| UnansweredOptOut { at, by_deletion: false }),
        }
    }

    /// Recalls what stayed of the contact and of opt-outs; `true` if the subject changed. A contact that was there and is not found now was
    /// taken away by staff: none is made again (I3).
    pub(in crate::store) fn recall_contact(&self, subject: &mut Subject, now: Timestamp) -> bool {
        let before = (subject.gone_since, subject.unanswered);
        if let Some(out) = self.unanswered {
            subject.unanswered.get_or_insert(out);
        }
        if subject.virtuous.contacts().is_empty() {
            let gone = self.gone_since.or(self.was_linked.then_some(now)).map(|since| since.min(now));
            subject.gone_since = subject.gone_since.or(gone);
            subject.unanswered = subject.unanswered.or(self.out);
        }
        before != (subject.gone_since, subject.unanswered)
    }
}

pub(in crate::store) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Kept, StoreError> {
    let Some(value) = reader.get(Key::kept(customer, id))? else { return Ok(Kept::default()) };
    let (version, body) = codec::open(&value)?;
    let stored: KeptV2 = match version {
        KEPT_V1 => (body.read()?, None, false, None, None),
        KEPT_V2 => body.read()?,
        other => return Err(CodecError::UnknownVersion(other).into()),
    };
    let ((is_left, submitted_at), gone_since, was_linked, unanswered, out) = stored;
    let time = |at: Option<i64>| at.map(Timestamp::from_millis);
    let opt_out = |(at, by_deletion)| UnansweredOptOut { at: time(at), by_deletion };
    Ok(Kept {
        is_left,
        submitted_at: time(submitted_at),
        gone_since: time(gone_since),
        was_linked,
        unanswered: unanswered.map(opt_out),
        out: out.map(opt_out),
    })
}

/// Keeps what is to stay, if anything is.
pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    kept: Kept,
) -> Result<(), StoreError> {
    if kept != Kept::default() {
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        let opt_out = |out: UnansweredOptOut| (millis(out.at), out.by_deletion);
        let stored: KeptV2 = (
            (kept.is_left, millis(kept.submitted_at)),
            millis(kept.gone_since),
            kept.was_linked,
            kept.unanswered.map(opt_out),
            kept.out.map(opt_out),
        );
        changes.put(Key::kept(customer, id), codec::encode(KEPT_V2, &stored)?);
    }
    Ok(())
}
