//! Which part of a Virtuous contact is the subscriber (I2, I4), with what a reading leaves out filled from what is known (E2).

use std::collections::BTreeSet;

use crate::domain::{
    CustomerRules, EmailMethod, Gaps, Individual, IndividualId, LinkedBy, Parts, Person, ReadBy, Subject,
    Timestamp, VirtuousContact, has_email_key_of,
};

use super::{consent, other_methods, unseen};

/// Readings in a row that may leave out whether a contact is private, before that counts as never told (E2, I3).
const STANDING_READINGS: u8 = 2;

/// The subscriber's part of a contact that was read by itself; `None` if no individual of it can be meant. What Tandem wrote stands there as it was written
/// wherever the reading is late (E1).
#[must_use]
pub fn person_of(
    contact: &VirtuousContact,
    subject: &Subject,
    rules: &CustomerRules,
    wanted_fields: &BTreeSet<String>,
    now: Timestamp,
) -> Option<Person> {
    let mut person = as_read(contact, subject, rules, wanted_fields, now)?;
    unseen::show_written(&mut person, subject, ReadBy::Id, now);
    Some(person)
}

/// The subscriber's part of a contact as the reading shows it.
#[must_use]
pub fn as_read(
    contact: &VirtuousContact,
    subject: &Subject,
    rules: &CustomerRules,
    wanted_fields: &BTreeSet<String>,
    now: Timestamp,
) -> Option<Person> {
    let addresses = consent::addresses(subject);
    let linked = subject.virtuous.linked().filter(|person| person.contact == contact.id);
    if let (Some(known), Some(into)) = (linked, contact.merged_into) {
        // A merge takes the individuals along, so that none needs to be found here: the contact that they went to is read next (I3).
        return Some(Person { merged_into: Some(into), seen_at: now, ..known.clone() });
    }
    let known = subject.virtuous.person_of(contact.id).or_else(|| subject.further_contact(contact.id));
    let shown = contact.individual_for(linked.map(|person| person.individual), &addresses);
    let individual = match (shown, linked) {
        (Some(shown), _) => shown.id,
        // The individual that is known is among those that are not told (E2).
        (None, Some(linked)) if !contact.individuals.is_whole() => linked.individual,
        (None, _) => return None,
    };
    let known = known.filter(|person| person.individual == individual);
    let mut reading = Reading { known, untold: Parts::NONE };
    let has_reference = reading.has_reference(contact, rules, subject);
    let emails = reading.emails(shown, &addresses);
    let others = other_methods::of(contact, individual, subject, known, &emails);
    if shown.is_some() {
        reading.neighbours(contact, individual);
    }
    let shows =
        |one: &Individual| one.emails.iter().any(|method| has_email_key_of(&method.value, &addresses));
    let has_address = emails.iter().any(|method| method.is_at(&addresses))
        || shown.is_some_and(shows)
        || !others.is_empty();
    if linked.is_none() && !has_reference && !has_address {
        return None;
    }
    Some(Person {
        contact: contact.id,
        individual,
        linked_by: if has_reference { LinkedBy::Reference } else { LinkedBy::Email },
        has_reference,
        emails,
        others,
        tags: reading.tags(contact, rules),
        fields: reading.fields(contact, shown, wanted_fields),
        archived: reading.archived(contact),
        private: reading.private(contact),
        merged_into: contact.merged_into,
        seen_at: now,
        gaps: reading.gaps(),
        late: Vec::new(),
    })
}

/// A reading beside what is known of the same person: the one place where gaps are filled (E2).
struct Reading<'a> {
    known: Option<&'a Person>,
    untold: Parts,
}

impl Reading<'_> {
    fn has_reference(&mut self, contact: &VirtuousContact, rules: &CustomerRules, subject: &Subject) -> bool {
        if contact.has_reference(&rules.reference_source, &subject.id.to_string()) {
            return true;
        }
        if contact.references.is_whole() {
            return false;
        }
        self.untold.add(Parts::REFERENCES);
        self.known.is_some_and(|known| known.has_reference)
    }

    /// The methods in the order of their ids, in which no two readings differ.
    fn emails(&mut self, shown: Option<&Individual>, addresses: &[String]) -> Vec<EmailMethod> {
        let seen_at = self.known.map(|known| known.seen_at);
        let known = self.known.map(|known| known.emails.as_slice()).unwrap_or_default();
        let told = shown.map(|one| &one.emails);
        let mut emails = Vec::new();
        for method in told.into_iter().flatten() {
            let known = self.known.and_then(|known| other_methods::known_of(known, method.id));
            let filled = method.filled(known);
            if method.opted_in.is_none() && (filled.is_some() || has_email_key_of(&method.value, addresses)) {
                self.untold.add(Parts::METHODS);
            }
            emails.extend(filled.map(|method| with_moved_date(method, known, seen_at)));
        }
        if !told.is_some_and(|told| told.is_whole()) {
            self.untold.add(Parts::METHODS);
            let is_shown = |known: &&EmailMethod| emails.iter().any(|method| method.id == known.id);
            let others: Vec<EmailMethod> = known.iter().filter(|known| !is_shown(known)).cloned().collect();
            emails.extend(others);
        }
        emails.sort_by_key(|method| method.id);
        emails
    }

    /// Other individuals that are left out are read again; what is known of them stays (E2).
    fn neighbours(&mut self, contact: &VirtuousContact, individual: IndividualId) {
        let others = contact.individuals.iter().filter(|one| one.id != individual);
        if !contact.individuals.is_whole() || others.into_iter().any(|one| !one.emails.is_whole()) {
            self.untold.add(Parts::NEIGHBOURS);
        }
    }

    fn tags(&mut self, contact: &VirtuousContact, rules: &CustomerRules) -> Vec<String> {
        let mut tags: Vec<String> =
            contact.tags.iter().filter(|tag| rules.may_own_tag(tag)).cloned().collect();
        if !contact.tags.is_whole() {
            self.untold.add(Parts::TAGS);
            tags.extend(self.known.into_iter().flat_map(|known| known.tags.iter().cloned()));
        }
        tags.sort();
        tags.dedup();
        tags
    }

    fn fields(
        &mut self,
        contact: &VirtuousContact,
        shown: Option<&Individual>,
        wanted: &BTreeSet<String>,
    ) -> Vec<(String, String)> {
        let of_individual = shown.map(|one| &one.fields);
        let told = contact.fields.iter().chain(of_individual.into_iter().flatten());
        let mut fields: Vec<(String, String)> =
            told.filter(|(name, _)| wanted.contains(name)).cloned().collect();
        if !contact.fields.is_whole() || !of_individual.is_some_and(|told| told.is_whole()) {
            self.untold.add(Parts::FIELDS);
            let is_told = |name: &str| fields.iter().any(|(told, _)| told == name);
            let known = self.known.into_iter().flat_map(|known| &known.fields);
            let others: Vec<_> = known.filter(|(name, _)| !is_told(name)).cloned().collect();
            fields.extend(others);
        }
        fields.retain(|(_, value)| !value.is_empty());
        fields.sort();
        fields.dedup_by(|one, other| one.0 == other.0);
        fields
    }

    /// Archived is told by few answers, so that its absence says nothing more than before (I3).
    fn archived(&self, contact: &VirtuousContact) -> bool {
        contact.archived.unwrap_or_else(|| self.known.is_some_and(|known| known.archived))
    }

    /// What the first readings leave out is waited for, and then believed to be never told; once told it stays (I3, E2).
    fn private(&mut self, contact: &VirtuousContact) -> bool {
        let known = self.known.is_some_and(|known| known.private);
        let is_open = |known: &Person| {
            known.gaps.unknown.has(Parts::STANDING) && known.gaps.readings < STANDING_READINGS
        };
        if contact.private.is_none() && self.known.is_none_or(is_open) {
            self.untold.add(Parts::STANDING);
        }
        contact.private.unwrap_or(known)
    }

    fn gaps(&self) -> Gaps {
        if self.untold.is_empty() {
            return Gaps::default();
        }
        let before = self.known.map(|known| known.gaps);
        Gaps {
            untold: self.untold,
            unknown: before.map_or(self.untold, |before| self.untold.common(before.unknown)),
            readings: before.unwrap_or_default().readings.saturating_add(1),
        }
    }
}

/// The method, without the date of its opt-out if that is not newer than the last reading which showed the method opted in (P3):
/// what opted it out did not move the date. The date that stood beside the opt-in is compared where one was told, as readings lag (E1).
fn with_moved_date(
    method: EmailMethod,
    known: Option<&EmailMethod>,
    seen_at: Option<Timestamp>,
) -> EmailMethod {
    let was_in_until = match known {
        Some(known) if known.opted_in => known.modified_at.or(seen_at),
        // The date was left out before; a reading without any date says nothing of that.
        Some(known) if known.modified_at.is_none() && known.created_at.is_some() => seen_at,
        _ => None,
    };
    if method.opted_in || was_in_until.is_none_or(|until| method.modified_at > Some(until)) {
        return method;
    }
    EmailMethod { modified_at: None, ..method }
}

#[cfg(test)]
#[path = "link_test.rs"]
pub mod tests;
