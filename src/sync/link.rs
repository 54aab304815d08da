//! Which part of a Virtuous contact is the subscriber (I2, I4).

use std::collections::BTreeSet;

use crate::domain::{CustomerRules, LinkedBy, Person, Subject, Timestamp, VirtuousContact};

use super::consent;

/// The subscriber's part of a contact; `None` if no individual of it can be meant.
#[must_use]
pub fn person_of(
    contact: &VirtuousContact,
    subject: &Subject,
    rules: &CustomerRules,
    wanted_fields: &BTreeSet<String>,
    now: Timestamp,
) -> Option<Person> {
    let addresses = consent::addresses(subject);
    let known = subject.virtuous.linked().filter(|person| person.contact == contact.id);
    if let (Some(known), Some(into)) = (known, contact.merged_into) {
        // A merge takes the individuals along: the contact they went to is read next (I3).
        return Some(Person { merged_into: Some(into), seen_at: now, ..known.clone() });
    }
    let has_reference = contact.has_reference(&rules.reference_source, &subject.id.to_string());
    let individual = contact.individual_for(known.map(|person| person.individual), &addresses)?;
    let has_address = individual.emails.iter().any(|method| method.is_at(&addresses));
    if known.is_none() && !has_reference && !has_address {
        return None;
    }
    let mut tags: Vec<String> = contact.tags.iter().filter(|tag| rules.may_own_tag(tag)).cloned().collect();
    tags.sort();
    tags.dedup();
    let mut fields: Vec<(String, String)> = contact
        .fields
        .iter()
        .chain(&individual.fields)
        .filter(|(name, value)| wanted_fields.contains(name) && !value.is_empty())
        .cloned()
        .collect();
    fields.sort();
    fields.dedup_by(|one, other| one.0 == other.0);
    Some(Person {
        contact: contact.id,
        individual: individual.id,
        linked_by: if has_reference { LinkedBy::Reference } else { LinkedBy::Email },
        has_reference,
        emails: individual.emails.clone(),
        tags,
        fields,
        restricted: contact.archived || contact.private,
        merged_into: contact.merged_into,
        seen_at: now,
    })
}
