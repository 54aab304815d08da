//! What makes an organisation's answers unreliable (E1, E3), off at first. Unlike the switches, none of this is a way in which an
//! organisation is set up: it comes and goes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{model::Contact, organisation::Organisation};
use crate::domain::Timestamp;

/// Versions kept of one contact while reads lag.
const VERSIONS_MAX: usize = 64;

/// How answers differ from what is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unreliable {
    /// Reads show contacts as they were so many milliseconds ago; answers to writes do not lag.
    pub lag_ms: u64,
    /// A tag is put on or taken off with an answer of success, and is not.
    pub tags_without_effect: bool,
    /// PUT ContactMethod answers 200 and changes nothing.
    pub methods_without_effect: bool,
    /// PUT of custom fields answers 200 and changes nothing.
    pub fields_without_effect: bool,
    /// PUT ContactMethod answers 200 without a body.
    pub method_answers_empty: bool,
}

/// Contacts as they were, while reads lag: versions with the time since when each holds, oldest first.
#[derive(Debug, Default)]
pub(super) struct Past(HashMap<i64, Vec<(Timestamp, Contact)>>);

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
        let at = now.minus(std::time::Duration::from_millis(self.unreliable.lag_ms));
        let held = versions.iter().rev().find(|(since, _)| *since <= at).or(versions.first());
        held.map_or(contact, |(_, contact)| contact)
    }
}
