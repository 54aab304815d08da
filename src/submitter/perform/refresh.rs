//! Reading a linked contact again, following merges (I3).

use crate::{
    domain::{Finding, Person, VirtuousView},
    submitter::{hand::PlannedSubject, performed::Outcome, reach::Reach},
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

#[cfg(test)]
#[path = "refresh_test.rs"]
mod tests;
