//! Looking a subscriber up in Virtuous: by reference, then by address (I2).

use crate::{
    domain::{Finding, Gaps, IndividualId, LinkedBy, Parts, Person, Timestamp, VirtuousContact, email_key},
    submitter::{hand::PlannedSubject, reach::Reach},
    virtuous::VirtuousError,
};

use super::by_address::{by_address, has_address};

/// Looks a subscriber up.
///
/// # Errors
/// The call's; nothing is known then.
pub async fn look_up(reach: &Reach<'_>, hand: &PlannedSubject) -> Result<Finding, VirtuousError> {
    let (subject, lane) = (hand.subject(), hand.lane());
    let source = reach.planner.rules.reference_source.as_str();
    let id = subject.id.to_string();
    let by_reference =
        reach.virtuous.call(lane, |client| async move { client.find_by_reference(source, &id).await });
    if let Some(read) = by_reference.await? {
        match reach.person(subject, &read.contact) {
            Some(person) => return Ok(Finding::Found(person)),
            // The subscriber may be an individual that was not told (E2).
            None if read.contact.may_hide_subscriber() => {
                let text = "a contact without its individuals".to_owned();
                return Err(VirtuousError::Odd { text });
            }
            None => {}
        }
    }
    let Some(address) = &subject.cc.email else { return Ok(Finding::NotFound) };
    let hits = by_address(reach.virtuous, &reach.reference.query_terms, lane, address).await?;
    let (key, more) = (email_key(address), hits.more);
    let mut people: Vec<Person> = hits
        .read
        .iter()
        .filter(|contact| has_address(contact, &key))
        .filter_map(|contact| reach.person(subject, contact))
        .collect();
    // A hit that is not told may be the subscriber: the link is not guessed beside it, and what is readable is acted on (I2, E2).
    if !people.is_empty() {
        people.extend(hits.untold.iter().map(|contact| untold(contact, reach.now())));
    }
    if people.len() < 2 {
        hits.all_read()?;
    }
    Ok(match people.len() {
        0 => Finding::NotFound,
        1 => Finding::Found(people.remove(0)),
        _ => Finding::FoundSeveral { people, more },
    })
}

/// A contact with the address, of which the part with the address is not told.
fn untold(contact: &VirtuousContact, now: Timestamp) -> Person {
    Person {
        contact: contact.id,
        individual: contact.individuals.first().map_or(IndividualId(0), |one| one.id),
        linked_by: LinkedBy::Email,
        has_reference: false,
        gaps: Gaps { untold: Parts::METHODS, unknown: Parts::METHODS, readings: 1 },
        emails: Vec::new(),
        others: Vec::new(),
        tags: Vec::new(),
        fields: Vec::new(),
        archived: contact.archived.unwrap_or(false),
        private: contact.private.unwrap_or(false),
        merged_into: None,
        seen_at: now,
        late: Vec::new(),
    }
}

#[cfg(test)]
#[path = "look_up_test.rs"]
mod tests;
