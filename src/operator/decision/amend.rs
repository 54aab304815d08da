//! Puts a decision on a subject, with its line in the timeline.

use crate::{
    domain::{
        Cause, Confirmation, Event, Lane, LinkedBy, ListId, Person, Reason, State, Subject, Timestamp,
        Verdict, VirtuousView, What, Work,
    },
    operator::{Verb, review},
    sync::requeue,
};

/// What a decision is about, looked up.
#[derive(Debug)]
pub enum Chosen {
    /// Nothing was to be chosen.
    Nothing,
    /// This contact is the subscriber (I2).
    Contact(Box<Person>),
    /// By confirming, the subscriber joins these lists (P5).
    Lists(Vec<ListId>),
}

/// Puts a decision on a subject, with its line in the timeline.
pub(super) fn amend(subject: &mut Subject, verb: Verb, chosen: Chosen, now: Timestamp) {
    let reason = match verb {
        Verb::Retry => retry(subject),
        Verb::Drop => drop(subject),
        Verb::Accept => accept(subject, chosen),
        Verb::Confirm => confirm(subject, chosen),
    };
    if verb != Verb::Drop {
        subject.work = Some(Work { lane: Lane::Change, due: now });
    }
    subject.recent.push(Event { at: now, what: What::Decided, reason });
}

fn retry(subject: &mut Subject) -> Reason {
    let Reason { rule, cause, .. } = subject.reason;
    (subject.failure, subject.attempts, subject.verdict) = (None, 0, None);
    // P6: staff may have put it right, so the address is looked for again.
    subject.email_taken = None;
    // P5: an email that could not be sent is an open question again.
    subject.confirmation.take_if(|asked| asked.sent_at.is_none());
    requeue::look_again_if_gone(subject);
    requeue::look_at_hits_again(subject);
    if cause == Cause::WaitingInImports {
        // The operator looked into Virtuous Imports: the row is to be sent again (V1).
        subject.submission = None;
    }
    Reason::about(rule, Cause::Retried, cause.text())
}

fn drop(subject: &mut Subject) -> Reason {
    let Reason { rule, cause, .. } = subject.reason;
    subject.verdict = Some((Verdict::Leave, subject.revision));
    subject.state = State::Excluded;
    let owes_opt_out = subject.opt_out_owed_since.is_some();
    let question = if owes_opt_out { subject.reason.to_string() } else { cause.text().to_owned() };
    subject.reason = Reason::about(rule, Cause::Dropped, question);
    // What is dropped is the question: an opt-out goes on to be written, and its age to be shown (P1, P2).
    if !owes_opt_out {
        subject.work = None;
    }
    subject.reason.clone()
}

fn accept(subject: &mut Subject, chosen: Chosen) -> Reason {
    let Reason { rule, cause, .. } = subject.reason;
    subject.verdict = Some((Verdict::Accept, subject.revision));
    let mut detail = review::meaning(cause).to_owned();
    if let Chosen::Contact(person) = chosen {
        detail = format!("{detail}: {}", person.contact);
        let person = Person { linked_by: LinkedBy::Operator, ..*person };
        // The others have the address still: an opt-out goes to them too (P2).
        if let VirtuousView::Candidates(people) = &subject.virtuous {
            subject.hits = people.iter().filter(|it| it.contact != person.contact).cloned().collect();
        }
        subject.virtuous = VirtuousView::Linked(Box::new(person));
        // The link answers this question; the consent of the linked contact is another one (P3).
        subject.verdict = None;
    } else if cause == Cause::UnprovedOptIn {
        // The operator answers what Constant Contact took back without proof (P3).
        subject.unanswered = None;
    }
    Reason::about(rule, Cause::Decided, detail)
}

fn confirm(subject: &mut Subject, chosen: Chosen) -> Reason {
    let lists = if let Chosen::Lists(lists) = chosen { lists } else { Vec::new() };
    subject.confirmation = Some(Confirmation { lists, revision: subject.revision, sent_at: None });
    subject.verdict = None;
    Reason::new(subject.reason.rule, Cause::ConfirmationAsked)
}
