//! The contacts that a hint names (W5): ordinary work, which leaves the reserve of the day to opt-outs.

use crate::{
    constant_contact::CcError,
    domain::{ContactId, Lane, Observation, email_key},
    poller::reach::Reach,
    turn::TurnError,
};

use super::one_contact::{self, Look};

/// What following a hint showed.
#[derive(Debug, Default)]
pub struct HintRead {
    /// Contacts that were looked at by id, in order.
    pub looks: Vec<(ContactId, Look)>,
    /// Contacts that Constant Contact found by the address.
    pub by_address: Vec<Observation>,
    /// Why the reading ended early; what was found until then counts.
    pub stop: Option<TurnError>,
}

impl HintRead {
    async fn look(&mut self, reach: &Reach<'_>, id: ContactId) {
        match one_contact::look(reach, Lane::Change, &id).await {
            Ok(look) => self.looks.push((id, look)),
            Err(error) => self.stop = Some(error),
        }
    }

    /// Whether a contact lives under this address.
    fn lives(&self, key: &str) -> bool {
        let mut shown = self.looks.iter().filter_map(|(_, look)| match look {
            Look::Shown(observation) => Some(&observation.view),
            Look::NotFound | Look::Nothing => None,
        });
        shown.any(|view| view.deletion.is_none() && view.email_key().as_deref() == Some(key))
    }
}

/// Reads contacts again.
pub async fn by_id(reach: &Reach<'_>, ids: Vec<ContactId>) -> HintRead {
    let mut read = HintRead::default();
    for id in ids {
        read.look(reach, id).await;
        if read.stop.is_some() {
            break;
        }
    }
    read
}

/// Reads the contacts with this address. A known address is read by id: that finds the person even if the address changed
/// meanwhile.
pub async fn by_address(reach: &Reach<'_>, address: &str, known: Vec<ContactId>) -> HintRead {
    let mut read = by_id(reach, known).await;
    if read.stop.is_some() {
        return read;
    }
    // A deleted contact, or a contact with another address now, may have been made again under another id.
    if read.lives(&email_key(address)) {
        return read;
    }
    let include = reach.include;
    let found = reach.cc.call(Lane::Change, |client, token| async move {
        client.contacts_by_email(&token, address, include).await
    });
    match found.await {
        Ok(answer) => {
            let seen_at = reach.seen_at(&answer);
            read.by_address =
                answer.value.records().filter_map(|record| record.observe(seen_at).ok()).collect();
        }
        // Not an address that Constant Contact can have.
        Err(CcError::NotFound | CcError::Refused { .. }) => {}
        Err(error) => read.stop = Some(reach.cc.turn_error(error)),
    }
    read
}

#[cfg(test)]
#[path = "hint_test.rs"]
mod tests;
