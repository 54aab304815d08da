//! Times of a subject or a customer that a clock made which was ahead: they are brought to the present before anything is decided by
//! them (W8). Dates that another system told are left: they are events of its own.

use std::time::Duration;

use crate::domain::{
    CustomerRecord, DeletionProof, Person, Subject, Timestamp, VirtuousView,
    kept_time::{SLACK, due, is_to_come, longest_wait, since},
};

/// The longest wait for another look at what was written, or at a change of lists.
const LOOK_MAX: Duration = Duration::from_secs(24 * 3600);

/// Brings times to the present, and tells whether any was ahead.
struct Present {
    now: Timestamp,
    changed: bool,
}

impl Present {
    const fn at(now: Timestamp) -> Self {
        Self { now, changed: false }
    }

    /// Something was, or has been so, since then.
    fn since(&mut self, at: &mut Timestamp) {
        self.set(at, since(*at, self.now));
    }

    fn since_any<'a>(&mut self, all: impl IntoIterator<Item = &'a mut Timestamp>) {
        all.into_iter().for_each(|at| self.since(at));
    }

    /// A reading was made then: the next reading is newer, whatever its answer's clock says.
    fn seen(&mut self, at: &mut Timestamp) {
        if is_to_come(*at, self.now) {
            self.set(at, self.now.minus(SLACK));
        }
    }

    /// Something is due then, which waits for `longest` at most.
    fn due(&mut self, at: &mut Timestamp, longest: Duration) {
        self.set(at, due(*at, longest.saturating_add(SLACK), self.now));
    }

    fn set(&mut self, at: &mut Timestamp, to: Timestamp) {
        self.changed |= *at != to;
        *at = to;
    }
}

/// Brings what a subject keeps by Tandem's clock to the present. Returns whether anything was ahead.
pub fn subject(subject: &mut Subject, now: Timestamp) -> bool {
    let mut present = Present::at(now);
    present.since(&mut subject.first_seen);
    present.seen(&mut subject.cc.seen_at);
    if let Some(deletion) = subject.cc.deletion.as_mut().filter(|it| it.proof != DeletionProof::DeletedAt) {
        present.since(&mut deletion.at);
    }
    let people: Box<dyn Iterator<Item = &mut Person>> = match &mut subject.virtuous {
        VirtuousView::Unknown | VirtuousView::LookAgain => Box::new(std::iter::empty()),
        VirtuousView::Absent { since } => {
            present.since(since);
            Box::new(std::iter::empty())
        }
        VirtuousView::Candidates(people) => Box::new(people.iter_mut()),
        VirtuousView::Linked(person) => Box::new(std::iter::once(&mut **person)),
    };
    people.chain(&mut subject.hits).for_each(|person| present.seen(&mut person.seen_at));
    present.since_any([&mut subject.fresh_since, &mut subject.gone_since].into_iter().flatten());
    present.since_any(subject.opt_out_owed_since.as_mut());
    present.since_any(subject.submission.as_mut().map(|submission| &mut submission.sent_at));
    present.since_any(subject.failure.as_mut().map(|failure| &mut failure.at));
    present.since_any(subject.confirmation.as_mut().and_then(|asked| asked.sent_at.as_mut()));
    present.since_any(subject.forms.iter_mut().map(|form| &mut form.since));
    for unseen in &mut subject.unseen {
        present.since(&mut unseen.at);
        unseen.next_look.iter_mut().for_each(|look| present.due(look, LOOK_MAX));
    }
    if let Some(flight) = &mut subject.lists_in_flight {
        present.since(&mut flight.sent_at);
        present.due(&mut flight.next_look, LOOK_MAX);
    }
    if let Some(work) = &mut subject.work {
        present.due(&mut work.due, longest_wait(work.lane));
    }
    present.changed
}

/// Brings what a customer's record keeps by Tandem's clock to the present. Returns whether anything was ahead. How far the query of
/// changes came is the query's own affair (V2).
pub fn record(record: &mut CustomerRecord, now: Timestamp) -> bool {
    let mut present = Present::at(now);
    present.since(&mut record.created_at);
    if let Some(anew) = &mut record.anew {
        present.since(&mut anew.since);
    }
    let begun = [&mut record.import_started_at, &mut record.import_done_at, &mut record.replan_since];
    present.since_any(begun.into_iter().flatten());
    present.since_any([&mut record.brake.counting_since, &mut record.confirmed_until].into_iter().flatten());
    if let Some(scan) = &mut record.scan {
        present.since_any([&mut scan.started_at, &mut scan.done_at].into_iter().flatten());
    }
    if let Some(reading) = &mut record.reading {
        present.since(&mut reading.asked_at);
        let sides = [&mut reading.constant_contact.done_at, &mut reading.virtuous.done_at];
        present.since_any(sides.into_iter().flatten());
    }
    present.changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, Failure, Lane, Scan, Submission, Work, reading::WholeReading};

    #[test]
    fn w8_what_a_subject_keeps_of_a_time_to_come_is_of_now_and_the_rest_stays() {
        let now = Timestamp::from_secs(1_800_000_000);
        let (ahead, before) = (now.plus(2 * LOOK_MAX), now.minus(LOOK_MAX));
        let made = |at: Timestamp| {
            let mut subject = Subject::new(ContactId::new("x"), at);
            subject.submission = Some(Submission { sent_at: at, certain: true, creates: true });
            subject.failure =
                Some(Failure { effect: String::new(), attempts: 1, response: String::new(), at });
            (subject.opt_out_owed_since, subject.gone_since) = (Some(at), Some(at));
            subject.virtuous = VirtuousView::Absent { since: at };
            subject.work = Some(Work { lane: Lane::Consent, due: at });
            subject
        };
        let (mut wrong, mut right) = (made(ahead), made(before));
        assert!(super::subject(&mut wrong, now));
        assert_eq!(wrong, made(now));
        assert!(!super::subject(&mut right, now));
        assert_eq!(right, made(before));
        wrong.cc.seen_at = ahead;
        super::subject(&mut wrong, now);
        assert!(wrong.cc.seen_at < now, "an answer of this second is newer");
    }

    #[test]
    fn w8_a_whole_reading_that_was_asked_for_in_a_time_to_come_ends() {
        let now = Timestamp::from_secs(1_800_000_000);
        let ahead = now.plus(2 * LOOK_MAX);
        let mut customer = CustomerRecord::new("hope".parse().unwrap(), 1, now);
        customer.reading = Some(WholeReading::asked(ahead));
        customer.scan =
            Some(Scan { started_at: Some(ahead), upto: None, skipped: 0, read: 0, done_at: Some(ahead) });
        customer.replan_since = Some(ahead);
        assert!(record(&mut customer, now));
        assert_eq!(customer.reading, Some(WholeReading::asked(now)));
        assert_eq!(customer.scan.as_ref().unwrap().done_at, Some(now));
        assert_eq!(customer.replan_since, Some(now));
        assert!(!record(&mut customer, now));
    }
}
