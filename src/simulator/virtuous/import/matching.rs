//! Which contact a row belongs to: by reference, then email, then phone, then name and address (section 3.2).

use std::collections::HashMap;

use super::row::{Row, filled};
use crate::{
    domain::Timestamp,
    simulator::virtuous::{book::Book, model::Contact},
};

/// The indexes that only an import needs, built when it runs.
pub(super) struct Matcher {
    by_phone: HashMap<u64, i64>,
    by_home: HashMap<String, i64>,
}

/// The digits of a phone, without a leading country code 1; none if there are too few to mean anybody.
fn phone_key(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = if digits.len() == 11 { digits.strip_prefix('1').unwrap_or(&digits) } else { &digits };
    if digits.len() < 7 { None } else { digits.parse().ok() }
}

fn home_key(first: &str, last: &str, street: &str, postal: &str) -> Option<String> {
    let all = [last, street, postal].iter().all(|text| !text.trim().is_empty());
    all.then(|| format!("{first}|{last}|{street}|{postal}").to_lowercase())
}

impl Matcher {
    pub(super) fn new(book: &Book) -> Self {
        let mut matcher = Self { by_phone: HashMap::new(), by_home: HashMap::new() };
        for contact in book.contacts().iter().filter(|contact| contact.merged_into.is_none()) {
            matcher.learn_contact(contact);
        }
        matcher
    }

    fn learn_contact(&mut self, contact: &Contact) {
        for phone in contact.methods().filter(|method| method.is_phone()) {
            if let Some(key) = phone_key(&phone.value) {
                self.by_phone.entry(key).or_insert(contact.id);
            }
        }
        let Some(address) = contact.address.as_deref() else { return };
        for person in &contact.individuals {
            let key = home_key(&person.first_name, &person.last_name, &address.address1, &address.postal);
            if let Some(key) = key {
                self.by_home.entry(key).or_insert(contact.id);
            }
        }
    }

    /// Remembers what a row brought to a contact.
    pub(super) fn learn(&mut self, row: &Row, contact: i64) {
        if let Some(key) = filled(&row.phone).and_then(phone_key) {
            self.by_phone.entry(key).or_insert(contact);
        }
        if let Some(key) = row_home(row) {
            self.by_home.entry(key).or_insert(contact);
        }
    }

    /// The contact of a row, merges followed. With `blind`, contacts made at that moment do not count.
    pub(super) fn find(&self, book: &Book, row: &Row, blind: Option<Timestamp>) -> Option<i64> {
        let usable = |contact: &&Contact| blind != Some(contact.created);
        let source = row.reference_source.as_deref().unwrap_or_default();
        let followed = |id: i64| book.follow(id).filter(usable).map(|contact| contact.id);
        let by_reference = || followed(book.by_reference(source, filled(&row.reference_id)?)?.id);
        let by_email = || {
            let mut hits = book.by_email(filled(&row.email)?);
            hits.find(|contact| contact.merged_into.is_none() && usable(contact)).map(|contact| contact.id)
        };
        let by_phone = || followed(*self.by_phone.get(&phone_key(filled(&row.phone)?)?)?);
        let by_home = || followed(*self.by_home.get(&row_home(row)?)?);
        by_reference().or_else(by_email).or_else(by_phone).or_else(by_home)
    }
}

fn row_home(row: &Row) -> Option<String> {
    let text = |field| filled(field).unwrap_or_default();
    home_key(text(&row.first_name), text(&row.last_name), text(&row.address1), text(&row.postal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_compared_by_their_digits() {
        assert_eq!(phone_key("+1-555-555-0100"), phone_key("(555) 555 0100"));
        assert_eq!(phone_key("n/a"), None);
    }
}
