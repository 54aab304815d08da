//! Whom a week of edits is about: people on whom both systems agree and who stand alone, so that what the rules make of
//! each edit is known beforehand.

use std::collections::{HashMap, HashSet};

use crate::simulator::{
    constant_contact::{Account, Contact, Permission},
    ids::Uuid,
    virtuous::{model, organisation::Organisation},
};

/// I1: where Virtuous keeps a subscriber's id.
pub(super) const SOURCE: &str = "Constant Contact";

/// People to be edited, each once.
pub(super) struct People {
    mailable: Vec<(Uuid, i64)>,
    opted_out: Vec<(Uuid, i64)>,
}

impl People {
    /// Everybody who stands alone, in an order that the seed decides.
    pub(super) fn choose(account: &Account, organisation: &Organisation, random: &mut fastrand::Rng) -> Self {
        let bounced: HashSet<Uuid> =
            account.campaigns.iter().flat_map(|campaign| &campaign.bounces).map(|row| row.contact).collect();
        let mut holders: HashMap<String, usize> = HashMap::new();
        for email in account.roster.iter().filter_map(|contact| contact.email.as_ref()) {
            *holders.entry(email.address.to_lowercase()).or_default() += 1;
        }
        let (mut mailable, mut opted_out) = (Vec::new(), Vec::new());
        for contact in account.roster.iter().filter(|contact| contact.deleted_at.is_none()) {
            let Some(email) = &contact.email else { continue };
            if bounced.contains(&contact.id) || holders.get(&email.address.to_lowercase()) != Some(&1) {
                continue;
            }
            let Some((held, opted_in)) = alone(contact, &email.address, organisation) else { continue };
            match email.permission {
                Permission::Explicit | Permission::Implicit if opted_in => mailable.push((contact.id, held)),
                Permission::Unsubscribed if !opted_in => opted_out.push((contact.id, held)),
                _ => {}
            }
        }
        random.shuffle(&mut mailable);
        random.shuffle(&mut opted_out);
        Self { mailable, opted_out }
    }

    /// So many who are opted in on both sides, or as many as there are; with their contacts of Virtuous.
    pub(super) fn mailable(&mut self, count: usize) -> Vec<(Uuid, i64)> {
        self.mailable.split_off(self.mailable.len().saturating_sub(count))
    }

    /// So many who are opted out on both sides, or as many as there are.
    pub(super) fn opted_out(&mut self, count: usize) -> Vec<Uuid> {
        let taken = self.opted_out.split_off(self.opted_out.len().saturating_sub(count));
        taken.into_iter().map(|(id, _)| id).collect()
    }
}

/// The contact of Virtuous that is this subscriber's alone, and the opt-in of its only method of the address.
fn alone(contact: &Contact, address: &str, organisation: &Organisation) -> Option<(i64, bool)> {
    let book = &organisation.book;
    let mut by_email = book.by_email(address);
    let held = by_email.next().filter(|_| by_email.next().is_none())?;
    let id = contact.id.to_string();
    let own = held.references.iter().filter(|reference| &*reference.source == SOURCE);
    // Who was opted out at the first sync is found by the address and may carry no reference (C2).
    let others = own.filter(|reference| *reference.id != *id).count();
    let elsewhere = book.by_reference(SOURCE, &id).is_some_and(|other| other.id != held.id);
    if others > 0 || elsewhere || held.archived || held.private || held.merged_into.is_some() {
        return None;
    }
    let mut methods = held.methods().filter(|method| method.has_address(address));
    let method: &model::Method = methods.next().filter(|_| methods.next().is_none())?;
    Some((held.id, method.opted_in))
}

/// An address of somebody in Virtuous who is no subscriber.
pub(super) fn taken_address(account: &Account, organisation: &Organisation) -> Option<String> {
    let strangers = organisation.book.contacts().iter().filter(|contact| {
        let ours = contact.references.iter().any(|reference| &*reference.source == SOURCE);
        !ours && !contact.archived && !contact.private && contact.merged_into.is_none()
    });
    let addresses = strangers.flat_map(model::Contact::methods).filter(|method| method.is_email());
    let mut free = addresses.filter(|method| account.roster.by_email(&method.value).is_none());
    free.next().map(|method| method.value.to_string())
}
