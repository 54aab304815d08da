//! What an import does with a row: a new contact, or data merged into a contact that is there.

use super::row::{Row, filled};
use crate::{
    domain::Timestamp,
    simulator::virtuous::{
        book::set_field,
        fields::FieldDefinition,
        model::{Address, NewIndividual, NewMethod, Writer, same_text},
        organisation::Organisation,
    },
};

impl Organisation {
    /// Makes a contact of a row; its email gets the opt-in that imports give here.
    pub(super) fn create_from_row(&mut self, row: &Row, now: Timestamp) -> i64 {
        let text = |field| filled(field).unwrap_or_default();
        let kind = filled(&row.contact_type).unwrap_or("Household");
        let full = format!("{} {}", text(&row.first_name), text(&row.last_name));
        let id = self.book.add_contact(kind, filled(&row.name).unwrap_or(full.trim()), now);
        let person = NewIndividual {
            first_name: text(&row.first_name).to_owned(),
            last_name: text(&row.last_name).to_owned(),
            methods: self.row_methods(row).into_iter().flatten().collect(),
            ..NewIndividual::default()
        };
        self.book.add_individual(id, &person, now);
        self.apply_row(id, row, now);
        id
    }

    fn row_methods(&self, row: &Row) -> [Option<NewMethod>; 2] {
        let email = filled(&row.email).map(|value| NewMethod {
            kind: filled(&row.email_type).unwrap_or("Home Email").to_owned(),
            value: value.to_owned(),
            opted_in: self.switches.import_opt_in_default && !self.unreliable.opted_out_by_default,
            modified: None,
            writer: Writer::Import,
        });
        let phone = filled(&row.phone).map(|value| NewMethod {
            kind: filled(&row.phone_type).unwrap_or("Mobile Phone").to_owned(),
            value: value.to_owned(),
            opted_in: true,
            modified: None,
            writer: Writer::Import,
        });
        [email, phone]
    }

    /// Merges a row into a contact: the person with the row's address, else of its name, else the primary one, takes
    /// names and methods; by switch an address that was there is opted in (section 15.4).
    pub(super) fn merge_row(&mut self, id: i64, row: &Row, now: Timestamp) {
        let Some(contact) = self.book.contact(id) else { return };
        let text = |field| filled(field).unwrap_or_default();
        let by_email = filled(&row.email).and_then(|address| {
            contact.individuals.iter().find(|person| person.methods.iter().any(|m| m.has_address(address)))
        });
        let by_name = || {
            contact.individuals.iter().find(|person| {
                same_text(&person.first_name, text(&row.first_name))
                    && same_text(&person.last_name, text(&row.last_name))
            })
        };
        let person = by_email.or_else(by_name).or_else(|| contact.primary()).map(|person| person.id);
        if let Some(person) = person {
            self.merge_person(person, row, now);
        } else {
            let methods = self.row_methods(row).into_iter().flatten().collect();
            let (first_name, last_name) = (text(&row.first_name).to_owned(), text(&row.last_name).to_owned());
            let new = NewIndividual { first_name, last_name, methods, ..NewIndividual::default() };
            self.book.add_individual(id, &new, now);
        }
        if self.switches.import_replaces_tags
            && row.tag_names().next().is_some()
            && let Some(contact) = self.book.contact_mut(id)
        {
            contact.tags.clear();
        }
        self.apply_row(id, row, now);
        if let Some(contact) = self.book.contact_mut(id) {
            contact.modified = now;
        }
    }

    fn merge_person(&mut self, id: i64, row: &Row, now: Timestamp) {
        let methods = self.row_methods(row);
        let flips = self.switches.import_flips_opt_in;
        let Some(person) = self.book.individual_mut(id) else { return };
        if let Some(first) = filled(&row.first_name) {
            person.first_name = first.into();
        }
        if let Some(last) = filled(&row.last_name) {
            person.last_name = last.into();
        }
        person.modified = now;
        for method in methods.into_iter().flatten() {
            let Some(person) = self.book.individual_mut(id) else { return };
            match person.methods.iter_mut().find(|held| same_text(&held.value, &method.value)) {
                Some(held) if flips && held.is_email() => {
                    held.opted_in = true;
                    held.writer = Writer::Import;
                    held.modified = now;
                }
                Some(_) => {}
                None => {
                    self.book.add_method(id, &method, now);
                }
            }
        }
    }

    /// What new and matched contacts take alike: reference, address, tags, custom fields.
    fn apply_row(&mut self, id: i64, row: &Row, now: Timestamp) {
        if let (Some(source), Some(reference)) = (filled(&row.reference_source), filled(&row.reference_id)) {
            self.book.add_reference(id, source, reference);
        }
        let fields = taken(&self.contact_fields, row);
        let person_fields = taken(&self.individual_fields, row);
        let wanted: Vec<i64> = row.tag_names().filter_map(|name| self.tag_for_import(name)).collect();
        for tag in wanted {
            let held = self.book.contact(id).is_some_and(|c| c.tags.iter().any(|join| join.tag == tag));
            if !held {
                self.join_tag(id, tag);
            }
        }
        let email = filled(&row.email).unwrap_or_default();
        let Some(contact) = self.book.contact_mut(id) else { return };
        if let Some(street) = filled(&row.address1) {
            let text = |field| Box::from(filled(field).unwrap_or_default());
            contact.address = Some(Box::new(Address {
                address1: street.into(),
                city: text(&row.city),
                state: text(&row.state),
                postal: text(&row.postal),
                country: text(&row.country),
            }));
        }
        for (field, value) in fields {
            set_field(&mut contact.custom_fields, field, &value);
        }
        if person_fields.is_empty() {
            return;
        }
        let at = contact.individuals.iter().position(|p| p.methods.iter().any(|m| m.has_address(email)));
        if let Some(person) = contact.individuals.get_mut(at.unwrap_or(0)) {
            for (field, value) in person_fields {
                set_field(&mut person.custom_fields, field, &value);
            }
            person.modified = now;
        }
    }

    /// A tag by name; unknown ones are made in "Imported Tags", or dropped (section 3.2: GUESS).
    fn tag_for_import(&mut self, name: &str) -> Option<i64> {
        match self.tag_named(name) {
            None if self.switches.import_creates_tags => Some(self.add_tag(name, "Imported Tags")),
            found => found,
        }
    }
}

/// The row's values for these fields; unknown names and values that do not fit are left out.
fn taken(definitions: &[FieldDefinition], row: &Row) -> Vec<(u16, String)> {
    let value = |name: &str, value: &str| {
        let at = definitions.iter().position(|definition| definition.name == name)?;
        Some((u16::try_from(at).ok()?, definitions[at].accept(value)?))
    };
    row.custom_fields.iter().filter_map(|(name, text)| value(name, text)).collect()
}
