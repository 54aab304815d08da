//! Which subjects go back to work when what they wait for may have come, and how.

use crate::domain::{Cause, Lane, State, Subject, Timestamp, VirtuousView, Work};

/// Puts a subject back to work: a dead letter is forgotten, and its attempts are counted anew (B3).
pub fn requeue(subject: &mut Subject, lane: Lane, now: Timestamp) {
    subject.failure = None;
    subject.attempts = 0;
    if subject.reason.cause == Cause::WaitingInImports {
        // A person looked into Virtuous Imports and asked for it: the row is to be sent again (V1).
        subject.submission = None;
    }
    look_again_if_gone(subject);
    subject.work = Some(Work { lane, due: now });
}

/// A person asked for a subscriber, whose contact is gone: staff may have put it back, so that it is looked for again (I3).
pub fn look_again_if_gone(subject: &mut Subject) {
    if subject.gone_since.is_some() && subject.virtuous.linked().is_none() {
        subject.virtuous = VirtuousView::LookAgain;
    }
}

/// A person asked for a subscriber: further contacts with the address that left it out are read again (E2).
pub fn look_at_hits_again(subject: &mut Subject) {
    let candidates = match &mut subject.virtuous {
        VirtuousView::Candidates(people) => people.as_mut_slice(),
        _ => &mut [],
    };
    for person in candidates.iter_mut().chain(&mut subject.hits) {
        person.gaps.readings = 0;
    }
}

/// Whether a change of the mapping, the rules or the stage puts a subject back to work: it has none, and is no dead letter.
#[must_use]
pub const fn is_at_rest(subject: &Subject) -> bool {
    subject.work.is_none() && !matches!(subject.state, State::Failed)
}

/// Whether Constant Contact is told of an opt-out of the subject once the bounce reports were read (E5).
#[must_use]
pub fn tells_after_bounces(subject: &Subject) -> bool {
    subject.state == State::Pending && subject.reason.cause == Cause::BouncesUnread
}

/// Whether a subject is opted in once the bounce reports were read (P3).
#[must_use]
pub fn opts_in_after_bounces(subject: &Subject) -> bool {
    subject.state == State::Pending && subject.reason.cause == Cause::BounceMayBeNewer
}

/// Whether a subject waits for the choice between several tags of this name (S4).
#[must_use]
pub fn waits_for_tag(subject: &Subject, name: &str) -> bool {
    subject.reason.cause == Cause::TagTwice && subject.reason.detail == name
}

/// Whether a subject may go on once the tags or fields of Virtuous changed: it waits for a tag (S4), also where a person is asked
/// about it and is told something else first.
#[must_use]
pub fn waits_for_reference_data(subject: &Subject) -> bool {
    let cause = subject.reason.cause;
    match subject.state {
        State::Held => matches!(cause, Cause::TagMissing | Cause::TagTwice),
        State::Review => {
            cause == Cause::TagTwice
                || subject.virtuous.linked().is_some() && cause != Cause::WaitingInImports
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, Failure, Reason, Rule, Submission};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    #[test]
    fn b3_a_dead_letter_begins_anew_and_a_row_in_imports_is_sent_again() {
        let mut subject = Subject::new(ContactId::new("c-1"), at(0));
        let response = "400".to_owned();
        subject.failure =
            Some(Failure { effect: "set_fields".to_owned(), attempts: 18, response, at: at(0) });
        subject.attempts = 18;
        subject.submission = Some(Submission { sent_at: at(0), certain: true, creates: true });
        requeue(&mut subject, Lane::Change, at(9));
        assert_eq!((subject.failure.clone(), subject.attempts), (None, 0));
        assert_eq!(subject.work, Some(Work { lane: Lane::Change, due: at(9) }));
        assert!(subject.submission.is_some(), "it may still arrive");
        subject.reason = Reason::new(Rule::V1, Cause::WaitingInImports);
        requeue(&mut subject, Lane::Change, at(9));
        assert_eq!(subject.submission, None);
        assert!(!is_at_rest(&subject));
        subject.work = None;
        assert!(is_at_rest(&subject));
        subject.state = State::Failed;
        assert!(!is_at_rest(&subject), "a person looks at a dead letter first");
    }

    #[test]
    fn s4_the_choice_of_a_tag_concerns_those_that_wait_for_its_name() {
        let mut subject = Subject::new(ContactId::new("c-1"), at(0));
        assert!(!waits_for_tag(&subject, "Donors"));
        subject.reason = Reason::about(Rule::S4, Cause::TagTwice, "Donors");
        assert!(waits_for_tag(&subject, "Donors") && !waits_for_tag(&subject, "Friends"));
    }

    #[test]
    fn s4_changed_reference_data_concern_subjects_that_may_wait_for_them() {
        let mut subject = Subject::new(ContactId::new("c-1"), at(0));
        for (state, cause, waits) in [
            (State::Held, Cause::TagMissing, true),
            (State::Held, Cause::TagTwice, true),
            (State::Held, Cause::AtBrake, false),
            (State::Review, Cause::TagTwice, true),
            (State::Review, Cause::TagMissing, false),
            (State::Failed, Cause::TagTwice, false),
        ] {
            (subject.state, subject.reason.cause) = (state, cause);
            assert_eq!(waits_for_reference_data(&subject), waits, "{state:?} {cause:?}");
        }
    }
}
