//! The contacts of one account: found by id and by address, walked newest first.

use std::{collections::HashMap, time::Duration};

use super::{
    blocks::{Blocks, Found},
    contact_query::ContactQuery,
    model::Contact,
};
use crate::{
    domain::Timestamp,
    simulator::{ids::Uuid, versions::Versions},
};

/// All contacts, deleted ones included.
#[derive(Debug, Default)]
pub struct Roster {
    contacts: Vec<Contact>,
    by_id: HashMap<Uuid, u32>,
    by_email: HashMap<Box<str>, u32>,
    /// Places in `contacts`, oldest `created_at` first; the list goes through it backwards.
    order: Vec<u32>,
    sorted: bool,
    /// Places in `order`, by place in `contacts`; of the last sorting.
    positions: Vec<u32>,
    blocks: Blocks,
    versions: Versions<Contact>,
}

/// Addresses are compared without regard to case.
fn key(address: &str) -> Box<str> {
    address.to_lowercase().into_boxed_str()
}

impl Roster {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The contact with this id.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Contact> {
        self.by_id.get(&id).and_then(|place| self.contacts.get(*place as usize))
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Contact> {
        let place = *self.by_id.get(&id)? as usize;
        let contact = self.contacts.get_mut(place)?;
        self.versions.note(place, Some(contact));
        self.blocks.touch(self.positions.get(place).map_or(0, |position| *position as usize));
        Some(contact)
    }

    /// Moves the clock of the earlier versions.
    pub(super) fn tick(&mut self, now: Timestamp, lag: Duration) {
        self.versions.tick(now, lag);
    }

    /// Turns the contacts back to the moment that reads show.
    pub(super) fn turn_back(&mut self) {
        // The order is of now: contacts that are not there yet have no place in it.
        self.sort();
        self.versions.turn_back(&mut self.contacts);
        self.blocks.forget();
    }

    /// Ends [`Roster::turn_back`].
    pub(super) fn return_to_now(&mut self) {
        self.versions.return_to_now(&mut self.contacts);
        self.blocks.forget();
    }

    /// The contact with this address, deleted or not.
    #[must_use]
    pub fn by_email(&self, address: &str) -> Option<&Contact> {
        self.by_email.get(&key(address)).and_then(|place| self.contacts.get(*place as usize))
    }

    pub(super) fn insert(&mut self, contact: Contact) {
        let place = u32::try_from(self.contacts.len()).unwrap_or(u32::MAX);
        let last = self.order.last().and_then(|last| self.contacts.get(*last as usize));
        let in_order = last.is_none_or(|last| last.created_at <= contact.created_at);
        // Sorting waits for the next reading, so that an account of many is filled quickly.
        self.sorted = in_order && (self.sorted || self.order.is_empty());
        self.by_id.insert(contact.id, place);
        if let Some(email) = &contact.email {
            self.by_email.entry(key(&email.address)).or_insert(place);
        }
        let position = self.order.len();
        self.order.push(place);
        self.positions.push(u32::try_from(position).unwrap_or(u32::MAX));
        self.blocks.touch(position);
        self.versions.note(self.contacts.len(), None);
        self.contacts.push(contact);
    }

    /// Takes a contact out for good, as an erasure request would; its place stays unused.
    pub(super) fn erase(&mut self, id: Uuid) -> bool {
        let Some(place) = self.by_id.remove(&id) else { return false };
        self.order.retain(|other| *other != place);
        self.note_positions();
        self.by_email.retain(|_, other| *other != place);
        true
    }

    /// Notes that a contact's address changed.
    pub(super) fn reindex_email(&mut self, id: Uuid, old: Option<&str>) {
        let Some(place) = self.by_id.get(&id).copied() else { return };
        if let Some(old) = old.map(key)
            && self.by_email.get(&old) == Some(&place)
        {
            self.by_email.remove(&old);
        }
        let address = self.contacts.get(place as usize).and_then(|contact| contact.email.as_ref());
        if let Some(email) = address {
            self.by_email.entry(key(&email.address)).or_insert(place);
        }
    }

    /// Brings the order up to date; which a page and an earlier moment are read in.
    pub(super) fn sort(&mut self) {
        if !self.sorted {
            let contacts = &self.contacts;
            self.order.sort_by_key(|place| contacts.get(*place as usize).map(|contact| contact.created_at));
            self.sorted = true;
            self.note_positions();
        }
    }

    fn note_positions(&mut self) {
        for (position, place) in (0..).zip(&self.order) {
            if let Some(known) = self.positions.get_mut(*place as usize) {
                *known = position;
            }
        }
        self.blocks.forget();
    }

    /// A page of the contacts that a query admits, by `created_at` descending as the one real fixture shows them (reference 3.2).
    pub(super) fn page(&mut self, query: &ContactQuery, offset: usize, limit: usize) -> Found<'_> {
        self.sort();
        let contacts = &self.contacts;
        self.blocks.page(&self.order, |place| contacts.get(place as usize), query, (offset, limit))
    }

    /// All contacts, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.order.iter().filter_map(|place| self.contacts.get(*place as usize))
    }
}
