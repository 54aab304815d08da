//! What staff do in the demo: one opt-out and one tag in Virtuous, which have to reach Constant Contact.

use serde::Serialize;

use super::{World, world::ACCOUNT};
use crate::{
    domain::Timestamp,
    simulator::{Simulator, constant_contact::Contact, ids::Uuid, virtuous::model::Method},
};

/// What came to Constant Contact, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ToCc {
    /// Staff's opt-outs that unsubscribed a contact (P1).
    pub opt_outs: u64,
    /// Seconds from staff's opt-out to there.
    pub opt_out_seconds: f64,
    /// Tags by staff that became list memberships (S5).
    pub memberships: u64,
    /// Seconds from staff's tag to there.
    pub membership_seconds: f64,
}

/// What staff did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edits {
    opted_out: Uuid,
    tagged: Uuid,
    list: Uuid,
}

impl World {
    /// Opts one subscriber out in Virtuous, and puts the tag of a list on another. `None` if the account has no subscriber for it.
    #[must_use]
    pub fn staff_edits(&self, now: Timestamp) -> Option<Edits> {
        let mut simulator = self.simulator();
        let (opted_out, method) = mailable(&simulator).next()?;
        let (tagged, contact, list, tag) = mailable(&simulator).skip(1).find_map(|(id, method)| {
            let organisation = simulator.virtuous.organisation(ACCOUNT)?;
            let contact = organisation.book.of_method(method.id)?;
            let account = simulator.constant_contact.account(ACCOUNT)?;
            let on = &account.roster.get(id)?.lists;
            let list = account.lists.iter().find(|list| {
                let tag = format!("CC: {}", list.name);
                list.deleted_at.is_none()
                    && !on.contains(&list.list_id)
                    && organisation.tags().iter().filter(|known| *known.name == *tag).count() == 1
            })?;
            Some((id, contact.id, list.list_id, format!("CC: {}", list.name)))
        })?;
        let organisation = simulator.virtuous.organisation_mut(ACCOUNT)?;
        organisation.staff_set_opt_in(method.id, false, now);
        organisation.staff_add_tag(contact, &tag, now);
        Some(Edits { opted_out, tagged, list })
    }

    /// Which of them Constant Contact has: the opt-out, the membership.
    #[must_use]
    pub fn has(&self, edits: &Edits) -> (bool, bool) {
        let simulator = self.simulator();
        let contact = |id| simulator.constant_contact.account(ACCOUNT)?.roster.get(id);
        (
            contact(edits.opted_out).is_some_and(Contact::is_unsubscribed),
            contact(edits.tagged).is_some_and(|contact| contact.lists.contains(&edits.list)),
        )
    }
}

/// Subscribers who are mailable in both systems, each alone on a contact of Virtuous with a single address.
fn mailable(simulator: &Simulator) -> impl Iterator<Item = (Uuid, Method)> {
    let account = simulator.constant_contact.account(ACCOUNT);
    let organisation = simulator.virtuous.organisation(ACCOUNT);
    let contacts = account.into_iter().flat_map(|account| account.roster.iter());
    contacts.filter(|contact| contact.deleted_at.is_none() && !contact.is_unsubscribed()).filter_map(
        move |contact| {
            let held = organisation?.book.by_reference("Constant Contact", &contact.id.to_string())?;
            let alone = held.references.len() == 1 && !held.archived && held.merged_into.is_none();
            let mut methods = held.methods().filter(|method| method.is_email());
            let method = methods.next().filter(|method| method.opted_in && alone)?;
            let address = contact.email.as_ref()?;
            (methods.next().is_none() && method.has_address(&address.address))
                .then(|| (contact.id, method.clone()))
        },
    )
}
