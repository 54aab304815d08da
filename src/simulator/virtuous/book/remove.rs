//! What staff remove for good: the id stays taken, and finds nothing.

use super::{Book, FIRST_CONTACT, GONE, email_key, reference_key, slot};

impl Book {
    /// Empties the record of a contact and forgets what found it; false if there is none.
    pub(crate) fn remove(&mut self, id: i64) -> bool {
        let Some(position) = slot(id, FIRST_CONTACT).and_then(|at| u32::try_from(at).ok()) else {
            return false;
        };
        let Some(contact) = self.contact_mut(id).filter(|contact| !contact.removed) else { return false };
        contact.removed = true;
        let people = std::mem::take(&mut contact.individuals);
        let references = std::mem::take(&mut contact.references);
        contact.tags.clear();
        contact.custom_fields.clear();
        contact.address = None;
        for held in references {
            self.by_reference.remove(&reference_key(&held.source, &held.id));
        }
        let addresses = people.iter().flat_map(|person| &person.methods).map(|method| &method.value);
        for address in addresses {
            if let Some(held) = self.by_email.get_mut(&email_key(address)) {
                held.retain(|other| *other != position);
            }
        }
        for slot in self.individuals.iter_mut().chain(&mut self.methods).filter(|slot| **slot == position) {
            *slot = GONE;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Timestamp,
        simulator::virtuous::model::{NewIndividual, NewMethod},
    };

    #[test]
    fn nothing_finds_what_was_removed() {
        let mut book = Book::default();
        let contact = book.add_contact("Household", "Lee", Timestamp::EPOCH);
        let person =
            NewIndividual { methods: vec![NewMethod::email("d@example.com", true)], ..Default::default() };
        let individual = book.add_individual(contact, &person, Timestamp::EPOCH).unwrap();
        let method = book.individual(individual).unwrap().methods[0].id;
        book.add_reference(contact, "Constant Contact", "1");
        assert!(book.remove(contact) && !book.remove(contact));
        assert!(book.contact(contact).is_none() && book.method(method).is_none());
        assert!(
            book.by_reference("Constant Contact", "1").is_none() && book.individual(individual).is_none()
        );
        assert_eq!(book.by_email("d@example.com").count(), 0);
        assert!(
            book.add_contact("Household", "Lee", Timestamp::EPOCH) > contact,
            "its id is not given again"
        );
    }
}
