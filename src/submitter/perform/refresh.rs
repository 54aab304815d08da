//! Reading a linked contact again, following merges (I3).

use crate::{
    domain::{Finding, Person, VirtuousView},
    submitter::{hand::PlannedSubject, performed::Outcome, reach::Reach},
    sync::method_dates,
    virtuous::VirtuousError,
};

use super::{
    gone::look_elsewhere,
    look_up::look_up,
    merges::{Follower, MERGES_MAX},
};

/// The person as the plan saw them: linked, or the only candidate.
#[must_use]
pub fn known(view: &VirtuousView) -> Option<&Person> {
    match view {
        VirtuousView::Linked(person) => Some(person),
        VirtuousView::Candidates(people) => people.first(),
        VirtuousView::Unknown | VirtuousView::Absent { .. } | VirtuousView::LookAgain => None,
    }
}

/// Reads the linked contact again.
///
/// # Errors
/// The call's; nothing is known then.
pub async fn refresh(reach: &Reach<'_>, hand: &PlannedSubject) -> Result<Outcome, VirtuousError> {
    let Some(known) = known(&hand.subject().virtuous) else {
        return Ok(Outcome::of(vec![look_up(reach, hand).await?]));
    };
    if let Some(person) = dated(reach, hand, known).await? {
        return Ok(Outcome::of(vec![Finding::Found(person)]));
    }
    let mut id = known.merged_into.unwrap_or(known.contact);
    for _ in 0..MERGES_MAX {
        let read = reach.virtuous.call(hand.lane(), |client| async move { client.contact(id).await }).await?;
        let Some(read) = read else { break };
        match read.contact.merged_into {
            Some(into) if into != id => id = into,
            _ => {
                let Some(person) = reach.person(hand.subject(), &read.contact) else { break };
                let follower = Follower::of(reach, hand.lane());
                let seen = follower.follow(std::slice::from_ref(&read.contact)).await?;
                return Ok(Outcome { findings: vec![Finding::Found(person)], seen });
            }
        }
    }
    Ok(Outcome::of(vec![look_elsewhere(reach, hand, known.contact).await?]))
}

/// The known person with the dates of the methods that no contact told; `None` if no date is to be asked for, or if a method is not as
/// it is known (P3).
async fn dated(
    reach: &Reach<'_>,
    hand: &PlannedSubject,
    known: &Person,
) -> Result<Option<Person>, VirtuousError> {
    let asked = method_dates::to_ask(hand.subject(), &reach.planner.rules);
    let mut person = known.clone();
    for method in person.emails.iter_mut().filter(|method| asked.contains(&method.id)) {
        let id = method.id;
        let answer = reach.virtuous.call(hand.lane(), |client| async move { client.method(id).await });
        match answer.await? {
            Some(answer) if answer.opted_in == method.opted_in => {
                (method.created_at, method.modified_at) = (answer.created_at, answer.modified_at);
            }
            _ => return Ok(None),
        }
    }
    Ok((!asked.is_empty()).then_some(person))
}

#[cfg(test)]
#[path = "refresh_test.rs"]
mod tests;
