//! A subject on disk: version 1, version 2 that adds what is unanswered, version 3 with the change of lists under way,
//! version 4 with the confirmation email, version 5 with the opt-out of a bounce, version 6 with former addresses. Later
//! versions are in `subject_evidence.rs`.

use serde::{Deserialize, Serialize};

use crate::domain::{
    BounceOptOut, Confirmation, ContactId, Event, Failure, Lane, ListId, ListsInFlight, Membership, MethodId,
    State, Subject, Submission, Timestamp, UnansweredOptOut, Verdict, Work,
};

use super::{
    reason::{StoredReason, read_reason, reason},
    time::{Millis, millis, time},
    timeline::{StoredEvent, event, read_event},
    view::{BaseV1, CcViewV1, IdV1, VirtuousViewV1},
};

/// The fingerprint on disk of a view that no reading brought.
const NOT_READ: u64 = 0;

/// The fingerprint that a subject begins with; `None` if its view is not a reading's.
#[must_use]
pub fn fingerprint(bytes: [u8; 8]) -> Option<u64> {
    Some(u64::from_le_bytes(bytes)).filter(|hash| *hash != NOT_READ)
}

/// A subject. Its fingerprint stands first, in plain bytes, so that an unchanged record is known without decoding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV1 {
    fingerprint: [u8; 8],
    id: IdV1,
    first_seen: Millis,
    revision: u32,
    cc: CcViewV1,
    virtuous: VirtuousViewV1,
    base: BaseV1,
    submission: Option<(Millis, bool, bool)>,
    fresh_since: Option<Millis>,
    email_taken: Option<String>,
    name_refused: bool,
    attempts: u32,
    failure: Option<(String, u32, String, Millis)>,
    verdict: Option<(bool, u32)>,
    owed_since: Option<Millis>,
    state: u8,
    reason: StoredReason,
    work: Option<(u8, Millis)>,
    recent: Vec<StoredEvent>,
}

impl From<&Subject> for SubjectV1 {
    fn from(subject: &Subject) -> Self {
        Self {
            fingerprint: subject.fingerprint.unwrap_or(NOT_READ).to_le_bytes(),
            id: IdV1::from(&subject.id.0),
            first_seen: subject.first_seen.as_millis(),
            revision: subject.revision,
            cc: CcViewV1::from(&subject.cc),
            virtuous: VirtuousViewV1::from(&subject.virtuous),
            base: BaseV1::from(&subject.base),
            submission: subject
                .submission
                .map(|submission| (submission.sent_at.as_millis(), submission.certain, submission.creates)),
            fresh_since: millis(subject.fresh_since),
            email_taken: subject.email_taken.clone(),
            name_refused: subject.name_refused,
            attempts: subject.attempts,
            failure: subject.failure.as_ref().map(|failure| {
                (failure.effect.clone(), failure.attempts, failure.response.clone(), failure.at.as_millis())
            }),
            verdict: subject.verdict.map(|(verdict, revision)| (verdict == Verdict::Accept, revision)),
            owed_since: millis(subject.opt_out_owed_since),
            state: subject.state.to_u8(),
            reason: reason(&subject.reason),
            work: subject.work.map(|work| (work.lane.to_u8(), work.due.as_millis())),
            recent: subject.recent.iter().map(event).collect(),
        }
    }
}

impl From<SubjectV1> for Subject {
    fn from(stored: SubjectV1) -> Self {
        Self {
            id: ContactId(stored.id.into()),
            first_seen: Timestamp::from_millis(stored.first_seen),
            fingerprint: fingerprint(stored.fingerprint),
            revision: stored.revision,
            cc: stored.cc.into(),
            virtuous: stored.virtuous.into(),
            hits: Vec::new(),
            more_hits: false,
            own_note: false,
            base: stored.base.into(),
            submission: stored.submission.map(|(sent_at, certain, creates)| Submission {
                sent_at: Timestamp::from_millis(sent_at),
                certain,
                creates,
            }),
            fresh_since: time(stored.fresh_since),
            gone_since: None,
            email_taken: stored.email_taken,
            bounced: None,
            name_refused: stored.name_refused,
            reference_refused: false,
            attempts: stored.attempts,
            failure: stored.failure.map(|(effect, attempts, response, at)| Failure {
                effect,
                attempts,
                response,
                at: Timestamp::from_millis(at),
            }),
            verdict: stored
                .verdict
                .map(|(accept, revision)| (if accept { Verdict::Accept } else { Verdict::Leave }, revision)),
            lists_in_flight: None,
            confirmation: None,
            unanswered: None,
            unseen: Vec::new(),
            forms: Vec::new(),
            repeats: Vec::new(),
            opt_out_owed_since: time(stored.owed_since),
            state: State::from_u8(stored.state).unwrap_or(State::Pending),
            reason: read_reason(stored.reason),
            work: stored.work.and_then(|(lane, due)| {
                Some(Work { lane: Lane::from_u8(lane)?, due: Timestamp::from_millis(due) })
            }),
            recent: stored.recent.into_iter().map(read_event).collect(),
        }
    }
}

/// A subject since the opt-outs that Constant Contact took back are remembered: what version 1 holds, and the date of such
/// an opt-out (if known) and whether it was a deletion alone; whether the contact refused the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV2(SubjectV1, Option<(Option<Millis>, bool)>, bool);

impl From<&Subject> for SubjectV2 {
    fn from(subject: &Subject) -> Self {
        Self(
            SubjectV1::from(subject),
            subject.unanswered.map(|out| (millis(out.at), out.by_deletion)),
            subject.reference_refused,
        )
    }
}

impl From<SubjectV2> for Subject {
    fn from(SubjectV2(stored, unanswered, reference_refused): SubjectV2) -> Self {
        let unanswered = unanswered.map(|(at, by_deletion)| UnansweredOptOut { at: time(at), by_deletion });
        Self { unanswered, reference_refused, ..stored.into() }
    }
}

/// A subject since memberships are written to Constant Contact (S5): what version 2 holds, and the change that is under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV3(SubjectV2, Option<FlightV1>);

/// A change of lists under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FlightV1 {
    activity: String,
    joins: bool,
    lists: Vec<IdV1>,
    sent_at: Millis,
    looks: u8,
    next_look: Millis,
}

impl From<&Subject> for SubjectV3 {
    fn from(subject: &Subject) -> Self {
        let flight = subject.lists_in_flight.as_ref().map(|flight| FlightV1 {
            activity: flight.activity.clone(),
            joins: flight.membership == Membership::Join,
            lists: flight.lists.iter().map(|list| IdV1::from(&list.0)).collect(),
            sent_at: flight.sent_at.as_millis(),
            looks: flight.looks,
            next_look: flight.next_look.as_millis(),
        });
        Self(SubjectV2::from(subject), flight)
    }
}

impl From<SubjectV3> for Subject {
    fn from(SubjectV3(stored, flight): SubjectV3) -> Self {
        let lists_in_flight = flight.map(|flight| ListsInFlight {
            activity: flight.activity,
            membership: if flight.joins { Membership::Join } else { Membership::Leave },
            lists: flight.lists.into_iter().map(|list| ListId(list.into())).collect(),
            sent_at: Timestamp::from_millis(flight.sent_at),
            looks: flight.looks,
            next_look: Timestamp::from_millis(flight.next_look),
        });
        Self { lists_in_flight, ..stored.into() }
    }
}

/// A subject since an operator can have a confirmation email sent (P5): what version 3 holds, and that email: its lists, the
/// revision it was asked for, when it was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV4(SubjectV3, Option<(Vec<IdV1>, u32, Option<Millis>)>);

impl From<&Subject> for SubjectV4 {
    fn from(subject: &Subject) -> Self {
        let confirmation = subject.confirmation.as_ref().map(|asked| {
            let lists = asked.lists.iter().map(|list| IdV1::from(&list.0)).collect();
            (lists, asked.revision, millis(asked.sent_at))
        });
        Self(SubjectV3::from(subject), confirmation)
    }
}

impl From<SubjectV4> for Subject {
    fn from(SubjectV4(stored, confirmation): SubjectV4) -> Self {
        let confirmation = confirmation.map(|(lists, revision, sent_at)| Confirmation {
            lists: lists.into_iter().map(|list| ListId(list.into())).collect(),
            revision,
            sent_at: time(sent_at),
        });
        Self { confirmation, ..stored.into() }
    }
}

/// A subject since the opt-out of a bounce is told from a person's (P6): what version 4 holds, and that opt-out: the address, the
/// date, the methods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV5(SubjectV4, Option<(String, Millis, Vec<i64>)>);

impl From<&Subject> for SubjectV5 {
    fn from(subject: &Subject) -> Self {
        let bounced = subject.bounced.as_ref().map(|out| {
            let methods = out.methods.iter().map(|method| method.0).collect();
            (out.address.clone(), out.at.as_millis(), methods)
        });
        Self(SubjectV4::from(subject), bounced)
    }
}

impl From<SubjectV5> for Subject {
    fn from(SubjectV5(stored, bounced): SubjectV5) -> Self {
        let bounced = bounced.map(|(address, at, methods)| BounceOptOut {
            address,
            at: Timestamp::from_millis(at),
            methods: methods.into_iter().map(MethodId).collect(),
        });
        Self { bounced, ..stored.into() }
    }
}

/// A subject since every address counts that it had since consent was agreed on (P6): what version 5 holds, and those.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV6(SubjectV5, Vec<String>);

impl From<&Subject> for SubjectV6 {
    fn from(subject: &Subject) -> Self {
        Self(SubjectV5::from(subject), subject.base.former.clone())
    }
}

impl From<SubjectV6> for Subject {
    fn from(SubjectV6(stored, former): SubjectV6) -> Self {
        let mut subject = Self::from(stored);
        subject.base.former = former;
        subject
    }
}

/// A chunk of timeline lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventV1(Vec<StoredEvent>);

impl EventV1 {
    /// From lines.
    #[must_use]
    pub fn new(events: &[Event]) -> Self {
        Self(events.iter().map(event).collect())
    }

    /// As lines.
    #[must_use]
    pub fn into_events(self) -> Vec<Event> {
        self.0.into_iter().map(read_event).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each version keeps comes back from it, and what a later one added is not there.
    #[test]
    fn subjects_of_every_version_are_read() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut subject = Subject::new(ContactId::new("c-1"), now);
        subject.verdict = Some((Verdict::Accept, 3));
        assert_eq!(Subject::from(SubjectV1::from(&subject)), subject);
        assert_eq!(SubjectV1::from(&subject).fingerprint, [0; 8], "no reading brought the view");
        subject.fingerprint = Some(7);
        assert_eq!(Subject::from(SubjectV1::from(&subject)), subject);
        subject.unanswered = Some(UnansweredOptOut { at: Some(now), by_deletion: true });
        subject.reference_refused = true;
        assert_eq!(Subject::from(SubjectV2::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV1::from(&subject)), subject);
        subject.lists_in_flight = Some(ListsInFlight {
            activity: "a-1".to_owned(),
            membership: Membership::Join,
            lists: vec![ListId::new("l-1")],
            sent_at: now,
            looks: 2,
            next_look: now,
        });
        assert_eq!(Subject::from(SubjectV3::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV2::from(&subject)), subject);
        let lists = vec![ListId::new("l-2")];
        subject.confirmation = Some(Confirmation { lists, revision: 3, sent_at: Some(now) });
        assert_eq!(Subject::from(SubjectV4::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV3::from(&subject)), subject);
        let methods = vec![MethodId(7)];
        subject.bounced = Some(BounceOptOut { address: "ann@example.org".to_owned(), at: now, methods });
        assert_eq!(Subject::from(SubjectV5::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV4::from(&subject)), subject);
        subject.base.former = vec!["ann.lee@example.org".to_owned()];
        assert_eq!(Subject::from(SubjectV6::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV5::from(&subject)), subject);
    }
}
