//! A comparison under way, and the questions that every part of it asks.

use std::collections::{HashMap, HashSet};

use super::{CompareRules, Comparison, index::Index};
use crate::simulator::{
    constant_contact::{Account, Contact, Permission},
    ids::Uuid,
    virtuous::{model, organisation::Organisation},
};

/// A comparison under way.
pub(super) struct Check<'a> {
    pub(super) account: &'a Account,
    pub(super) organisation: &'a Organisation,
    pub(super) rules: &'a CompareRules,
    pub(super) index: Index,
    /// The addresses of the living subscribers, in small letters (P6).
    pub(super) living: HashSet<String>,
    pub(super) found: Comparison,
    /// The subscribers of each Virtuous contact whose tags count (I4).
    pub(super) linked: HashMap<i64, Vec<&'a Contact>>,
}

impl Check<'_> {
    /// C1: on a selected list, if lists are selected.
    pub(super) fn selected(&self, contact: &Contact) -> bool {
        let chosen = |list: &Uuid| {
            let name = self.account.list(*list).map(|list| &*list.name);
            let id = list.to_string();
            self.rules.only_lists.iter().any(|only| *only == id || Some(only.as_str()) == name)
        };
        self.rules.only_lists.is_empty() || contact.lists.iter().any(chosen)
    }

    pub(super) fn has_needed_names(&self, contact: &Contact) -> bool {
        let filled = |name: &Option<Box<str>>| name.as_deref().is_some_and(|name| !name.trim().is_empty());
        let (first, last) = (filled(&contact.profile.first_name), filled(&contact.profile.last_name));
        let both = self.organisation.switches.both_names_required;
        self.rules.create_nameless || if both { first && last } else { first || last }
    }

    pub(super) fn is_submitted(&self, contact: &Contact) -> bool {
        self.index.submitted.contains(contact.id.to_string().as_str())
    }

    /// How many subscribers a contact has by reference.
    pub(super) fn references(&self, held: &model::Contact) -> usize {
        held.references.iter().filter(|held| *held.source == *self.rules.reference_source).count()
    }

    /// Whether several subscribers have this contact (I4): by reference, or by address where it takes one reference only.
    pub(super) fn is_shared(&self, held: &model::Contact) -> bool {
        let has_subscriber = |value: &str| self.account.roster.by_email(value).is_some();
        let addresses =
            held.methods().filter(|method| method.is_email() && has_subscriber(&method.value)).count();
        self.references(held) > 1 || !self.organisation.switches.several_references && addresses > 1
    }
}

/// Whether an address is neither mailable nor opted out.
pub(super) const fn is_on_hold(permission: Permission) -> bool {
    matches!(permission, Permission::NotSet | Permission::TempHold | Permission::PendingConfirmation)
}
