//! An oracle: do the two systems agree, by the rules alone? Written from RULES.md and from nothing of Tandem's code, so
//! that a mistake there is not repeated here. Rule numbers are those of RULES.md.

mod baseline;
mod consent;
mod fields;
mod index;
mod tags;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

pub use self::baseline::VirtuousSnapshot;
use self::{
    consent::Verdict,
    index::{Index, Link},
};
use super::{
    Simulator,
    constant_contact::{Account, Contact, Permission},
    virtuous::organisation::Organisation,
};

/// The customer's settings, as far as they decide what agreement is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompareRules {
    /// I1.
    pub reference_source: String,
    /// S1.
    pub tag_prefix: String,
    /// C1: ids or names; empty: all lists.
    pub only_lists: Vec<String>,
    /// Names that lists had before: their tags must be off (S3).
    pub former_lists: Vec<String>,
    /// Nameless ones are created with a placeholder instead of held (C3).
    pub create_nameless: bool,
    /// F1: labels in Constant Contact to names in Virtuous, beside those that are the same.
    pub fields: BTreeMap<String, String>,
    /// P4: a hard bounce opts out.
    pub hard_bounce_opts_out: bool,
    /// P4: a soft bounce opts out.
    pub soft_bounce_opts_out: bool,
}

impl Default for CompareRules {
    fn default() -> Self {
        Self {
            reference_source: "Constant Contact".to_owned(),
            tag_prefix: "CC: ".to_owned(),
            only_lists: Vec::new(),
            former_lists: Vec::new(),
            create_nameless: false,
            fields: BTreeMap::new(),
            hard_bounce_opts_out: true,
            soft_bounce_opts_out: true,
        }
    }
}

/// Something on which the systems do not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The subscriber's id; for what concerns only Virtuous, `virtuous:<id>`.
    pub contact_id: String,
    /// `contact`, `reference`, `email`, `consent`, `segments`, `fields`, `deleted`, `staff`.
    pub facet: &'static str,
    /// What the rules want.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// What a comparison found. Only `differences` are disagreements; the counts are people whom the rules leave alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Disagreements.
    pub differences: Vec<Difference>,
    /// Subscribers with a contact on which all that was compared agrees.
    pub agreed: usize,
    /// Without a name, unconfirmed, on hold (C2, C3).
    pub held: usize,
    /// For a person to decide (I2, P3, P5, P6, S4).
    pub review: usize,
    /// Neither created nor found (C2), or not on a selected list (C1).
    pub excluded: usize,
    /// Submitted, and still with the import (C4).
    pub submitted: usize,
    /// An opt-out in Virtuous that Constant Contact has yet to learn of (P1).
    pub to_cc: usize,
    /// Linked, but archived or private: opt-outs only (I3).
    pub restricted: usize,
    /// Memberships whose tag does not exist in Virtuous (S4).
    pub waiting_tags: usize,
}

impl Comparison {
    fn differ(
        &mut self,
        contact: impl ToString,
        facet: &'static str,
        expected: impl ToString,
        found: impl ToString,
    ) {
        let (contact_id, expected, found) = (contact.to_string(), expected.to_string(), found.to_string());
        self.differences.push(Difference { contact_id, facet, expected, found });
    }
}

/// Compares an account with an organisation; none if either is unknown. With a `baseline`, also whether anything was
/// deleted or changed in Virtuous that is not Tandem's.
#[must_use]
pub fn differences(
    simulator: &Simulator,
    account: &str,
    organisation: &str,
    rules: &CompareRules,
    baseline: Option<&VirtuousSnapshot>,
) -> Option<Comparison> {
    let account = simulator.constant_contact.account(account)?;
    let organisation = simulator.virtuous.organisation(organisation)?;
    let mut check = Check {
        account,
        organisation,
        rules,
        index: Index::new(organisation, &rules.reference_source),
        found: Comparison::default(),
        linked: HashMap::new(),
    };
    for contact in account.roster.iter() {
        check.contact(contact);
    }
    tags::compare(&mut check);
    if let Some(baseline) = baseline {
        baseline.compare(organisation, rules, &mut check.found);
    }
    Some(check.found)
}

/// A comparison under way.
struct Check<'a> {
    account: &'a Account,
    organisation: &'a Organisation,
    rules: &'a CompareRules,
    index: Index,
    found: Comparison,
    /// The subscribers of each Virtuous contact whose tags count (I4).
    linked: HashMap<i64, Vec<&'a Contact>>,
}

impl<'a> Check<'a> {
    /// C1: on a selected list, if lists are selected.
    fn selected(&self, contact: &Contact) -> bool {
        let chosen = |list: &super::ids::Uuid| {
            let name = self.account.list(*list).map(|list| &*list.name);
            let id = list.to_string();
            self.rules.only_lists.iter().any(|only| *only == id || Some(only.as_str()) == name)
        };
        self.rules.only_lists.is_empty() || contact.lists.iter().any(chosen)
    }

    fn has_needed_names(&self, contact: &Contact) -> bool {
        let filled = |name: &Option<Box<str>>| name.as_deref().is_some_and(|name| !name.trim().is_empty());
        let (first, last) = (filled(&contact.profile.first_name), filled(&contact.profile.last_name));
        let both = self.organisation.switches.both_names_required;
        self.rules.create_nameless || if both { first && last } else { first || last }
    }

    fn is_submitted(&self, contact: &Contact) -> bool {
        self.index.submitted.contains(contact.id.to_string().as_str())
    }

    fn contact(&mut self, contact: &'a Contact) {
        let address = contact.email.as_ref().map(|email| &*email.address);
        let mailable = contact.deleted_at.is_none()
            && matches!(contact.permission(), Some(Permission::Explicit | Permission::Implicit))
            && self.selected(contact);
        let (holder, by_reference) = match self.index.link(&contact.id.to_string(), address) {
            Link::Doubled(count) => {
                self.found.differ(contact.id, "contact", "one contact with the reference", count);
                return;
            }
            Link::Several => {
                self.found.review += 1;
                return;
            }
            Link::None => {
                self.absent(contact, mailable);
                return;
            }
            Link::Reference(id) => (id, true),
            Link::Email(id) => (id, false),
        };
        let before = self.found.differences.len();
        let Some(held) = self.organisation.book.contact(holder) else { return };
        let restricted = held.archived || held.private;
        self.consent(contact, held);
        if restricted {
            self.found.restricted += 1;
            return;
        }
        // Where a contact takes one reference only, the second of a household is linked without (I1, GUESS), and its lists
        // count all the same (I4).
        let takes_none = !self.organisation.switches.several_references && self.references(held) > 0;
        if by_reference || mailable && takes_none {
            self.linked.entry(holder).or_default().push(contact);
            self.email(contact, held);
        } else if mailable {
            let expected = format!("reference on {holder}");
            self.found.differ(contact.id, "reference", expected, "linked by email only");
        }
        if mailable && by_reference {
            fields::compare(self, contact, held);
        }
        if !mailable && matches!(contact.permission(), Some(p) if is_on_hold(p)) {
            self.found.held += 1;
        }
        if self.found.differences.len() == before {
            self.found.agreed += 1;
        }
    }

    /// How many subscribers a contact has by reference.
    fn references(&self, held: &super::virtuous::model::Contact) -> usize {
        held.references.iter().filter(|held| *held.source == *self.rules.reference_source).count()
    }

    /// Whether several subscribers have this contact (I4): by reference, or by address where it takes one reference only.
    fn is_shared(&self, held: &super::virtuous::model::Contact) -> bool {
        let has_subscriber = |value: &str| self.account.roster.by_email(value).is_some();
        let addresses =
            held.methods().filter(|method| method.is_email() && has_subscriber(&method.value)).count();
        self.references(held) > 1 || !self.organisation.switches.several_references && addresses > 1
    }

    /// Nobody in Virtuous: should there be somebody (C1 to C3)?
    fn absent(&mut self, contact: &Contact, mailable: bool) {
        let on_hold = contact.deleted_at.is_none() && contact.permission().is_some_and(is_on_hold);
        if !mailable {
            if on_hold { self.found.held += 1 } else { self.found.excluded += 1 }
        } else if matches!(self.verdict(contact), Verdict::Out(_)) {
            // An address that bounced is no address to create somebody for.
            self.found.excluded += 1;
        } else if !self.has_needed_names(contact) {
            self.found.held += 1;
        } else if self.is_submitted(contact) {
            self.found.submitted += 1;
        } else {
            self.found.differ(contact.id, "contact", "a contact with the reference", "none");
        }
    }

    /// P6: the linked contact has the address, whatever address it was created with.
    fn email(&mut self, contact: &Contact, held: &super::virtuous::model::Contact) {
        let Some(email) = contact.email.as_ref().filter(|_| contact.deleted_at.is_none()) else { return };
        if held.methods().any(|method| method.has_address(&email.address)) {
            return;
        }
        if self.index.holders(&email.address).is_empty() {
            let emails: Vec<&str> = held.methods().filter(|m| m.is_email()).map(|m| &*m.value).collect();
            self.found.differ(contact.id, "email", &email.address, emails.join(", "));
        } else {
            self.found.review += 1;
        }
    }
}

const fn is_on_hold(permission: Permission) -> bool {
    matches!(permission, Permission::NotSet | Permission::TempHold | Permission::PendingConfirmation)
}

#[cfg(test)]
mod settle_tests;
#[cfg(test)]
mod tests;
