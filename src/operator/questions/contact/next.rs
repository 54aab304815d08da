//! What happens next with a person, and when.

use crate::{
    domain::{Cause, CustomerRecord, State, Subject},
    operator::{Verb, review},
    sync::{Plan, Step},
};

/// What happens next, and when.
pub(super) fn next(record: &CustomerRecord, subject: &Subject) -> String {
    if let Some(pause) = &record.pause {
        return format!(
            "nothing while the customer is paused ({}): `tandem customer resume {}`",
            pause.reason, record.id
        );
    }
    if !record.stage.may_write() && subject.state != State::Excluded {
        return match record.import_started_at {
            None => format!("nothing is written until `tandem import {} start`", record.id),
            Some(_) => "written once all contacts of Virtuous were read".to_owned(),
        };
    }
    if subject.is_at_brake() {
        return match &record.brake.held {
            Some(_) => format!(
                "the brake holds: `tandem work {id}` shows what it stops, `tandem work {id} accept brake` lets it go on",
                id = record.id
            ),
            None => "written once everybody is counted who comes with it, if they are few (B1)".to_owned(),
        };
    }
    while_waiting(record, subject)
}

/// What happens next with a subscriber that nothing holds back.
fn while_waiting(record: &CustomerRecord, subject: &Subject) -> String {
    let due =
        subject.work.map(|work| format!("looked at again from {} on, in the {} lane", work.due, work.lane));
    match (subject.state, due) {
        (State::Review, _) => format!(
            "waits for a person's decision: {}{}",
            answers(record, subject),
            if review::may_confirm(subject) {
                ", or confirm to have Constant Contact ask them by email"
            } else {
                ""
            }
        ),
        (State::Held, _) if subject.reason.cause == Cause::ConfirmationSent => format!(
            "waits for the subscriber's answer to the email; `tandem work {} accept {}` puts the opt-out back, drop leaves \
             the difference",
            record.id, subject.id
        ),
        (State::Failed, _) => format!(
            "given up until `tandem work {} retry {}`, or until the contact changes",
            record.id, subject.id
        ),
        (State::Submitted, Some(due)) => format!("waits for Virtuous' import; {due}"),
        (_, Some(due)) => due,
        (State::InSync | State::Excluded, None) => {
            "nothing until something changes in either system".to_owned()
        }
        (_, None) => "waits until what is missing comes, or something changes".to_owned(),
    }
}

/// How the question can be answered, and what an acceptance does.
fn answers(record: &CustomerRecord, subject: &Subject) -> String {
    let (customer, id, cause) = (&record.id, &subject.id, subject.reason.cause);
    let verbs = review::verbs(cause);
    if cause == Cause::SeveralHits {
        let contacts = subject.virtuous.contacts();
        let choices = contacts
            .iter()
            .map(|contact| format!("`tandem work {customer} accept {id} --contact {contact}`"));
        return format!("{}, or drop", choices.collect::<Vec<_>>().join(" or "));
    }
    if verbs.contains(&Verb::Accept) {
        return format!("`tandem work {customer} accept {id}` ({}) or drop", review::meaning(cause));
    }
    format!("put it right in Virtuous, then `tandem work {customer} retry {id}`; or drop")
}

/// The writes that are planned, a line each.
pub(super) fn to_do(plan: &Plan) -> Vec<String> {
    match &plan.step {
        Step::Nothing => Vec::new(),
        Step::LookUp => vec![format!("look up in Virtuous ({})", plan.reason)],
        Step::Refresh => vec![format!("read the contact of Virtuous again ({})", plan.reason)],
        Step::ReadHits(contacts) => {
            let ids: Vec<String> = contacts.iter().map(ToString::to_string).collect();
            vec![format!("read the contacts of Virtuous {} again, which have the address", ids.join(", "))]
        }
        Step::LookAtLists => vec![format!("ask Constant Contact how far it is ({})", plan.reason)],
        Step::Submit(_) => vec![format!("send a row for the nightly import ({})", plan.reason)],
        Step::Apply(planned) => planned
            .iter()
            .map(|planned| format!("{} ({}, {})", planned.effect.kind(), planned.reason.rule, planned.reason))
            .collect(),
    }
}
