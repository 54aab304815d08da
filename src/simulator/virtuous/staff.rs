//! What people do in the CRM, beside every API: the edits that Tandem has to notice and respect.

use super::{
    book::set_field,
    model::{ContactExtras, NewContact, NewIndividual, Note, Writer},
    organisation::Organisation,
};
use crate::domain::Timestamp;

impl Organisation {
    /// Adds a contact; fires `contactCreate`.
    pub fn add_contact(&mut self, new: &NewContact, now: Timestamp) -> i64 {
        let at = new.created.unwrap_or(now);
        let named = new.individuals.first().map(|p| format!("{} {}", p.first_name, p.last_name));
        let named = named.unwrap_or_default();
        let name = if new.name.is_empty() { named.trim() } else { &new.name };
        let kind = if new.contact_type.is_empty() { "Household" } else { &new.contact_type };
        let id = self.book.add_contact(kind, name, at);
        for person in &new.individuals {
            self.book.add_individual(id, person, at);
        }
        for (source, reference) in &new.references {
            self.book.add_reference(id, source, reference);
        }
        for tag in &new.tags {
            let tag = self.tag_named(tag).unwrap_or_else(|| self.add_tag(tag, "Staff"));
            self.join_tag(id, tag);
        }
        let mut fields = Vec::new();
        for (name, value) in &new.custom_fields {
            let Some(field) = self.contact_fields.iter().position(|definition| definition.name == *name)
            else {
                continue;
            };
            set_field(&mut fields, u16::try_from(field).unwrap_or(u16::MAX), value);
        }
        if let Some(contact) = self.book.contact_mut(id) {
            contact.custom_fields = fields;
            contact.address = new.address.clone().map(Box::new);
            contact.extras = (new.extras != ContactExtras::default()).then(|| Box::new(new.extras.clone()));
            contact.archived = new.archived;
            contact.private = new.private;
        }
        if self.unreliable.opted_out_by_default
            && let Some(contact) = self.book.contact_mut(id)
        {
            contact.individuals.iter_mut().flat_map(|person| &mut person.methods).for_each(|method| {
                (method.opted_in, method.modified) = (false, method.created);
            });
        }
        self.remember(id, now);
        self.webhooks.queue("ContactCreate", vec![id], now);
        id
    }

    /// Adds a person to a contact, as a second member of the household.
    pub fn staff_add_individual(
        &mut self,
        contact: i64,
        person: &NewIndividual,
        now: Timestamp,
    ) -> Option<i64> {
        let id = self.book.add_individual(contact, person, now)?;
        self.touch(contact, true, true, now);
        Some(id)
    }

    /// Opts a method in or out; false if it is unknown.
    pub fn staff_set_opt_in(&mut self, method: i64, opted_in: bool, now: Timestamp) -> bool {
        let Some(contact) = self.book.of_method(method).map(|contact| contact.id) else { return false };
        if let Some(method) = self.book.method_mut(method) {
            method.opted_in = opted_in;
            method.writer = Writer::Staff;
            method.modified = now;
        }
        self.method_changed(contact, now);
        true
    }

    /// Somebody opts out by Virtuous' own unsubscribe link; false if the method is unknown.
    pub fn unsubscribe_by_link(&mut self, method: i64, now: Timestamp) -> bool {
        let Some(before) = self.book.method(method).map(|method| method.modified) else { return false };
        self.staff_set_opt_in(method, false, now);
        let leaves_date = self.unreliable.link_leaves_dates;
        if let Some(method) = self.book.method_mut(method).filter(|_| leaves_date) {
            method.modified = before;
        }
        let Some(contact) = self.book.of_method(method).map(|contact| contact.id) else { return false };
        self.remember(contact, now);
        true
    }

    /// Removes a contact for good; false if it is unknown. Nothing tells so.
    pub fn staff_remove(&mut self, contact: i64) -> bool {
        self.past.0.remove(&contact);
        self.book.remove(contact)
    }

    /// Opts every method with this address in or out; returns how many.
    pub fn staff_set_opt_in_by_email(&mut self, address: &str, opted_in: bool, now: Timestamp) -> usize {
        let methods: Vec<i64> = self
            .book
            .by_email(address)
            .flat_map(|contact| contact.methods().filter(|method| method.has_address(address)))
            .map(|method| method.id)
            .collect();
        methods.iter().filter(|method| self.staff_set_opt_in(**method, opted_in, now)).count()
    }

    /// Corrects an address or number; false if the method is unknown.
    pub fn staff_set_value(&mut self, method: i64, value: &str, now: Timestamp) -> bool {
        let Some(held) = self.book.method(method) else { return false };
        let kind = held.kind.to_string();
        self.book.set_method_value(method, &kind, value);
        if let Some(held) = self.book.method_mut(method) {
            held.modified = now;
        }
        let Some(contact) = self.book.of_method(method).map(|contact| contact.id) else { return false };
        self.method_changed(contact, now);
        true
    }

    fn method_changed(&mut self, contact: i64, now: Timestamp) {
        let (bump, fire) = (self.switches.method_bumps_contact, self.switches.method_fires);
        self.touch(contact, bump, fire, now);
    }

    /// Puts a tag on a contact, making its definition if there is none; false if it was there.
    pub fn staff_add_tag(&mut self, contact: i64, name: &str, now: Timestamp) -> bool {
        let tag = self.tag_named(name).unwrap_or_else(|| self.add_tag(name, "Staff"));
        let held = self.book.contact(contact).is_none_or(|c| c.tags.iter().any(|join| join.tag == tag));
        if held {
            return false;
        }
        self.join_tag(contact, tag);
        self.tag_changed(contact, now);
        true
    }

    /// Takes every tag of this name off a contact; false if there was none.
    pub fn staff_remove_tag(&mut self, contact: i64, name: &str, now: Timestamp) -> bool {
        let named: Vec<i64> = self.tags().iter().filter(|tag| *tag.name == *name).map(|tag| tag.id).collect();
        let Some(held) = self.book.contact_mut(contact) else { return false };
        let before = held.tags.len();
        held.tags.retain(|join| !named.contains(&join.tag));
        let removed = held.tags.len() < before;
        if removed {
            self.tag_changed(contact, now);
        }
        removed
    }

    /// Marks a contact as changed by a tag, as far as this organisation does that.
    pub(crate) fn tag_changed(&mut self, contact: i64, now: Timestamp) {
        let (bump, fire) = (self.switches.tag_bumps_contact, self.switches.tag_fires);
        self.touch(contact, bump, fire, now);
    }

    /// Renames the first individual of a contact; false if there is none.
    pub fn staff_rename(&mut self, contact: i64, first: &str, last: &str, now: Timestamp) -> bool {
        let Some(held) = self.book.contact_mut(contact) else { return false };
        let Some(person) = held.individuals.first_mut() else { return false };
        person.first_name = first.into();
        person.last_name = last.into();
        person.modified = now;
        held.name = format!("{first} {last}").trim().into();
        self.touch(contact, true, true, now);
        true
    }

    /// Archives or unarchives a contact, which moves its time of change (section 4.4).
    pub fn staff_archive(&mut self, contact: i64, archived: bool, now: Timestamp) -> bool {
        let Some(held) = self.book.contact_mut(contact) else { return false };
        held.archived = archived;
        self.touch(contact, true, true, now);
        true
    }

    /// Merges `loser` into `winner`: the loser keeps its id and says where it went (section 9). False if either is
    /// unknown, both are one, or one was merged already.
    pub fn staff_merge(&mut self, loser: i64, winner: i64, now: Timestamp) -> bool {
        let open = |id| self.book.contact(id).is_some_and(|contact| contact.merged_into.is_none());
        if loser == winner || !open(loser) || !open(winner) {
            return false;
        }
        self.book.move_individuals(loser, winner);
        let Some(gone) = self.book.contact_mut(loser) else { return false };
        gone.merged_into = Some(winner);
        gone.archived = true;
        let tags = std::mem::take(&mut gone.tags);
        let references = gone.references.clone();
        if self.switches.merge_moves_references {
            for held in references {
                self.book.remove_reference(&held.source, &held.id);
                self.book.add_reference(winner, &held.source, &held.id);
            }
        }
        if let Some(contact) = self.book.contact_mut(winner) {
            for join in tags {
                if !contact.tags.iter().any(|held| held.tag == join.tag) {
                    contact.tags.push(join);
                }
            }
        }
        self.touch(loser, true, true, now);
        self.touch(winner, true, true, now);
        true
    }

    /// Writes a note.
    pub fn staff_note(&mut self, contact: i64, text: &str, now: Timestamp) -> i64 {
        self.add_note(Note {
            id: 0,
            contact_id: contact,
            kind: "General".into(),
            text: text.into(),
            date: now,
            important: false,
            private: false,
            created: now,
        })
    }
}
