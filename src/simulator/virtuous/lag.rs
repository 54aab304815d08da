//! Reads that show contacts as they were a while ago (E1).

use std::time::Duration;

use super::{
    model::Contact,
    organisation::Organisation,
    unreliable::{Past, Unreliable},
};
use crate::domain::Timestamp;

/// Versions kept of one contact while reads lag.
const VERSIONS_MAX: usize = 64;

impl Unreliable {
    /// The longest lag of any answer.
    fn lag_max(&self) -> u64 {
        self.lag_ms.max(self.query_lag_ms)
    }
}

impl Organisation {
    /// Changes how reliable the answers are, from now on.
    pub fn set_unreliable(&mut self, unreliable: Unreliable, now: Timestamp) {
        if unreliable.lag_max() != self.unreliable.lag_max() {
            let all = self.book.contacts().iter();
            self.past = match unreliable.lag_max() {
                0 => Past::default(),
                _ => Past(all.map(|contact| (contact.id, vec![(now, contact.clone())])).collect()),
            };
        }
        self.unreliable = unreliable;
    }

    /// Keeps how a contact is after a change, for reads that lag.
    pub(super) fn remember(&mut self, contact: i64, now: Timestamp) {
        if self.unreliable.lag_max() == 0 {
            return;
        }
        let Some(held) = self.book.contact(contact) else { return };
        let versions = self.past.0.entry(contact).or_default();
        if versions.len() >= VERSIONS_MAX {
            versions.remove(0);
        }
        versions.push((now, held.clone()));
    }

    /// A contact as a read shows it now.
    pub(super) fn shown<'a>(&'a self, contact: &'a Contact, now: Timestamp) -> &'a Contact {
        self.version(contact, self.unreliable.lag_ms, now).unwrap_or(contact)
    }

    /// A contact as a query shows it now, if it is there already.
    pub(super) fn queried<'a>(&'a self, contact: &'a Contact, now: Timestamp) -> Option<&'a Contact> {
        if self.unreliable.lag_max() == 0 {
            return Some(contact);
        }
        self.version(contact, self.unreliable.lag_max(), now)
    }

    /// A contact as it was; none if it was not there, the oldest version that is kept if that is younger.
    fn version<'a>(&'a self, contact: &'a Contact, lag_ms: u64, now: Timestamp) -> Option<&'a Contact> {
        let Some(versions) = self.past.0.get(&contact.id).filter(|_| lag_ms > 0) else {
            return Some(contact);
        };
        let at = now.minus(Duration::from_millis(lag_ms));
        let held = versions.iter().rev().find(|(since, _)| *since <= at);
        let first = || versions.first().filter(|(_, first)| first.created <= at);
        held.or_else(first).map(|(_, contact)| contact)
    }
}
