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

impl Organisation {
    /// Changes how reliable the answers are, from now on.
    pub fn set_unreliable(&mut self, unreliable: Unreliable, now: Timestamp) {
        if unreliable.lag_ms != self.unreliable.lag_ms {
            let all = self.book.contacts().iter();
            self.past = match unreliable.lag_ms {
                0 => Past::default(),
                _ => Past(all.map(|contact| (contact.id, vec![(now, contact.clone())])).collect()),
            };
        }
        self.unreliable = unreliable;
    }

    /// Keeps how a contact is after a change, for reads that lag.
    pub(super) fn remember(&mut self, contact: i64, now: Timestamp) {
        if self.unreliable.lag_ms == 0 {
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
        let Some(versions) = self.past.0.get(&contact.id) else { return contact };
        let at = now.minus(Duration::from_millis(self.unreliable.lag_ms));
        let held = versions.iter().rev().find(|(since, _)| *since <= at).or(versions.first());
        held.map_or(contact, |(_, contact)| contact)
    }
}
