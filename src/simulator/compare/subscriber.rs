//! One subscriber: its contact, its reference, its address (I1 to I4, C1 to C3, P6).

use super::{
    check::{Check, is_on_hold},
    consent::Verdict,
    fields,
    index::Link,
};
use crate::simulator::{
    constant_contact::{Contact, Permission},
    virtuous::model,
};

impl<'a> Check<'a> {
    pub(super) fn contact(&mut self, contact: &'a Contact) {
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

    /// No contact in Virtuous: should there be one (C1 to C3)?
    fn absent(&mut self, contact: &Contact, mailable: bool) {
        let on_hold = contact.deleted_at.is_none() && contact.permission().is_some_and(is_on_hold);
        if !mailable {
            if on_hold { self.found.held += 1 } else { self.found.excluded += 1 }
        } else if matches!(self.verdict(contact), Verdict::Out(_)) {
            // An address that bounced is no reason to create a contact.
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
    fn email(&mut self, contact: &Contact, held: &model::Contact) {
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
