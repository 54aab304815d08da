//! What a merge in the UI does to the people of both contacts (D-dup).

use super::{Book, FIRST_CONTACT, FIRST_INDIVIDUAL, FIRST_METHOD, GONE, slot};
use crate::simulator::virtuous::model::{Individual, same_text};

impl Book {
    /// Moves the individuals of `loser` to `winner`. A person of the same name is folded into the winner's: addresses
    /// that the winner lacks go over with their ids, and the rest are gone (as a merge in the UI does, D-dup).
    pub(crate) fn move_individuals(&mut self, loser: i64, winner: i64) {
        let (Some(from), Some(to)) = (slot(loser, FIRST_CONTACT), slot(winner, FIRST_CONTACT)) else {
            return;
        };
        let Some(source) = self.contacts.get_mut(from) else { return };
        let people = std::mem::take(&mut source.individuals);
        let (from, to) = (u32::try_from(from).unwrap_or(GONE), u32::try_from(to).unwrap_or(GONE));
        for mut person in people {
            person.primary = false;
            for method in person.methods.iter().filter(|method| method.is_email()) {
                self.unindex_email(&method.value, from);
            }
            self.take_in(to, person);
        }
    }

    fn take_in(&mut self, to: u32, person: Individual) {
        let Some(target) = self.contacts.get_mut(to as usize) else { return };
        let twin = target.individuals.iter_mut().find(|other| {
            same_text(&other.first_name, &person.first_name) && same_text(&other.last_name, &person.last_name)
        });
        let folded = twin.is_some();
        let mut moved = Vec::new();
        let mut gone = Vec::new();
        if let Some(twin) = twin {
            for mut method in person.methods {
                let known = twin.methods.iter().any(|held| same_text(&held.value, &method.value));
                if known {
                    gone.push(method.id);
                } else {
                    moved.push((method.id, method.is_email().then(|| method.value.clone())));
                    method.primary = false;
                    twin.methods.push(method);
                }
            }
        } else {
            moved.extend(person.methods.iter().map(|m| (m.id, m.is_email().then(|| m.value.clone()))));
            self.point_individual(person.id, to);
            if let Some(target) = self.contacts.get_mut(to as usize) {
                target.individuals.push(person.clone());
            }
        }
        if folded {
            self.point_individual(person.id, GONE);
        }
        for (method, address) in moved {
            self.point_method(method, to);
            if let Some(address) = address {
                self.index_email(&address, to);
            }
        }
        for method in gone {
            self.point_method(method, GONE);
        }
    }

    fn point_individual(&mut self, id: i64, position: u32) {
        if let Some(held) = slot(id, FIRST_INDIVIDUAL).and_then(|at| self.individuals.get_mut(at)) {
            *held = position;
        }
    }

    fn point_method(&mut self, id: i64, position: u32) {
        if let Some(held) = slot(id, FIRST_METHOD).and_then(|at| self.methods.get_mut(at)) {
            *held = position;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Timestamp,
        simulator::virtuous::model::{NewIndividual, NewMethod},
    };

    fn person(first: &str, email: &str) -> NewIndividual {
        NewIndividual {
            first_name: first.to_owned(),
            last_name: "Lee".to_owned(),
            methods: vec![NewMethod::email(email, true)],
            ..NewIndividual::default()
        }
    }

    #[test]
    fn a_merge_folds_the_same_person_and_keeps_other_addresses() {
        let mut book = Book::default();
        let winner = book.add_contact("Household", "Lee", Timestamp::EPOCH);
        let loser = book.add_contact("Household", "Lee", Timestamp::EPOCH);
        book.add_individual(winner, &person("Dana", "a@example.com"), Timestamp::EPOCH);
        let folded = book.add_individual(loser, &person("dana", "b@example.com"), Timestamp::EPOCH).unwrap();
        let moved = book.add_individual(loser, &person("Sam", "c@example.com"), Timestamp::EPOCH).unwrap();
        book.move_individuals(loser, winner);
        assert!(book.individual(folded).is_none());
        assert_eq!(book.of_individual(moved).unwrap().id, winner);
        assert_eq!(book.by_email("b@example.com").map(|c| c.id).collect::<Vec<_>>(), [winner]);
        assert_eq!(book.contact(winner).unwrap().individuals.len(), 2);
        assert!(book.contact(loser).unwrap().individuals.is_empty());
    }
}
