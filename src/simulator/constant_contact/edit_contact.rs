//! What people and staff do to contacts, besides the API.

use serde::{Deserialize, Serialize};

use super::{
    CcSimulator, ContactSeed, EditError, Permission, Proof, Switches,
    account::Account,
    campaign::Tracked,
    edit_account::campaign_mut,
    jobs,
    model::{Contact, FieldValue, PhoneInput, Profile, Source, Street, StreetInput},
};
use crate::{
    domain::Timestamp,
    simulator::ids::{Stamp, Uuid},
};

/// Changes to the record: what is absent stays; custom fields are merged by id, the arrays replaced.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactEdit {
    /// Core properties; those present replace.
    #[serde(flatten)]
    pub profile: Profile,
    /// Values to set.
    pub custom_fields: Vec<FieldValue>,
    /// All phone numbers.
    pub phone_numbers: Option<Vec<PhoneInput>>,
    /// All street addresses.
    pub street_addresses: Option<Vec<StreetInput>>,
}

/// How a contact opts out.
#[derive(Debug, Clone, Copy)]
pub struct OptOut<'a> {
    /// The contact itself, or staff.
    pub source: Source,
    /// The reason that was given.
    pub reason: Option<&'a str>,
    /// The campaign activity whose link was used.
    pub through: Option<Uuid>,
}

impl OptOut<'_> {
    /// Without a reason, and through no campaign.
    #[must_use]
    pub const fn by(source: Source) -> Self {
        Self { source, reason: None, through: None }
    }
}

fn merge_profile(own: &mut Profile, new: Profile) {
    own.first_name = new.first_name.or(own.first_name.take());
    own.last_name = new.last_name.or(own.last_name.take());
    own.job_title = new.job_title.or(own.job_title.take());
    own.company_name = new.company_name.or(own.company_name.take());
    own.birthday_month = new.birthday_month.or(own.birthday_month);
    own.birthday_day = new.birthday_day.or(own.birthday_day);
    own.anniversary = new.anniversary.or(own.anniversary.take());
}

impl CcSimulator {
    /// Finds a contact by id or address, deleted or not.
    #[must_use]
    pub fn find_contact(&self, account: &str, id_or_address: &str) -> Option<Uuid> {
        let roster = &self.account(account)?.roster;
        let by_id = id_or_address.parse().ok().and_then(|id| roster.get(id));
        by_id.or_else(|| roster.by_email(id_or_address)).map(|contact| contact.id)
    }

    /// Adds a contact. An address that is there twice is taken as it is: real accounts have such rows (reference 10.6).
    ///
    /// # Errors
    /// When the account is unknown.
    pub fn add_contact(
        &mut self,
        account: &str,
        seed: ContactSeed,
        now: Timestamp,
    ) -> Result<Uuid, EditError> {
        let contact = seed.plant(&mut self.ids, now);
        let id = contact.id;
        self.account_mut(account)?.roster.insert(contact);
        Ok(id)
    }

    fn change<T>(
        &mut self,
        account: &str,
        contact: Uuid,
        change: impl FnOnce(&mut Contact, &Switches) -> T,
    ) -> Result<T, EditError> {
        let Self { accounts, switches, .. } = self;
        let account =
            accounts.get_mut(account).ok_or_else(|| EditError::UnknownAccount(account.to_owned()))?;
        let contact = account.roster.get_mut(contact).ok_or(EditError::UnknownContact(contact))?;
        Ok(change(contact, switches))
    }

    /// Changes the record, which moves `updated_at`.
    ///
    /// # Errors
    /// When account or contact are unknown.
    pub fn edit_contact(
        &mut self,
        account: &str,
        contact: Uuid,
        edit: ContactEdit,
        now: Timestamp,
    ) -> Result<(), EditError> {
        let at = Stamp::at(now);
        let mut new_id = {
            // A contact has at most three phone numbers and three addresses.
            let ids: [Uuid; 6] = std::array::from_fn(|_| self.ids.uuid(now));
            let mut ids = ids.into_iter().chain(std::iter::repeat_with(Uuid::default));
            move || ids.next().unwrap_or_default()
        };
        self.change(account, contact, |contact, _| {
            merge_profile(&mut contact.profile, edit.profile);
            for field in edit.custom_fields {
                contact.custom_fields.retain(|known| known.custom_field_id != field.custom_field_id);
                contact.custom_fields.push(field);
            }
            if let Some(phones) = edit.phone_numbers {
                let phone = |input| super::Phone {
                    phone_number_id: new_id(),
                    input,
                    created_at: at,
                    updated_at: at,
                    update_source: Source::Account,
                    create_source: Source::Account,
                };
                contact.phones = phones.into_iter().map(phone).collect();
            }
            if let Some(streets) = edit.street_addresses {
                let street =
                    |input| Street { street_address_id: new_id(), input, created_at: at, updated_at: at };
                contact.streets = streets.into_iter().map(street).collect();
            }
            contact.update_source = Some(Source::Account);
            contact.updated_at = at;
        })
    }

    /// Changes the address; by the switch, only the email's own clock moves.
    ///
    /// # Errors
    /// When account or contact are unknown, or somebody else has the address.
    pub fn change_email(
        &mut self,
        account: &str,
        contact: Uuid,
        address: &str,
        now: Timestamp,
    ) -> Result<(), EditError> {
        let holder = self.account(account).and_then(|account| account.roster.by_email(address));
        if let Some(holder) = holder.filter(|holder| holder.id != contact) {
            return Err(EditError::AddressTaken(holder.id));
        }
        let at = Stamp::at(now);
        let old = self.change(account, contact, |contact, switches| {
            if switches.email_change_touches_updated_at {
                contact.updated_at = at;
            }
            let email = contact.email.get_or_insert_with(|| {
                super::contact_write::new_email(address, Permission::Implicit, Source::Account, at)
            });
            email.updated_at = at;
            std::mem::replace(&mut email.address, address.into())
        })?;
        self.account_mut(account)?.roster.reindex_email(contact, Some(&old));
        Ok(())
    }

    /// Unsubscribes; through a campaign's link if there is one. Whether anything changed.
    ///
    /// # Errors
    /// When account, contact or campaign activity are unknown.
    pub fn unsubscribe(
        &mut self,
        account: &str,
        contact: Uuid,
        opt_out: OptOut<'_>,
        now: Timestamp,
    ) -> Result<bool, EditError> {
        let OptOut { source, reason, through } = opt_out;
        let at = Stamp::at(now);
        let changed =
            self.change(account, contact, |contact, switches| contact.opt_out(source, reason, at, switches))?;
        if let Some(activity) = through {
            let account = self.account_mut(account)?;
            let address = account.roster.get(contact).and_then(|contact| contact.email.as_ref());
            let address = address.map(|email| email.address.clone()).unwrap_or_default();
            let reason = reason.map(Into::into);
            let row = Tracked { activity, contact, address, at, code: None, reason };
            campaign_mut(account, activity)?.optouts.push(row);
        }
        Ok(changed)
    }

    /// Marks a campaign's mail as spam: counted there without a name, and an opt-out with such a reason (GUESS).
    ///
    /// # Errors
    /// When account, contact or campaign activity are unknown.
    pub fn complain(
        &mut self,
        account: &str,
        contact: Uuid,
        campaign_activity: Uuid,
        now: Timestamp,
    ) -> Result<(), EditError> {
        campaign_mut(self.account_mut(account)?, campaign_activity)?.abuse += 1;
        self.unsubscribe(
            account,
            contact,
            OptOut { source: Source::Contact, reason: Some("Spam complaint"), through: None },
            now,
        )
        .map(|_| ())
    }

    /// Subscribes again with this evidence. After [`Proof::Confirmed`] the lists of the confirmation email come along.
    ///
    /// # Errors
    /// When account or contact are unknown.
    pub fn resubscribe(
        &mut self,
        account: &str,
        contact: Uuid,
        proof: Proof,
        now: Timestamp,
    ) -> Result<(), EditError> {
        self.change(account, contact, |contact, switches| {
            let lists = contact.resubscribe_sent.take().unwrap_or_default();
            contact.opt_in_with(proof, Stamp::at(now), switches);
            for list in lists.iter().filter(|_| proof == Proof::Confirmed) {
                if !contact.lists.contains(list) {
                    contact.lists.push(*list);
                }
            }
        })
    }

    /// Sets a permission that is neither an opt-out nor an opt-in, such as `temp_hold`; the email's clock moves.
    ///
    /// # Errors
    /// When account or contact are unknown.
    pub fn set_permission(
        &mut self,
        account: &str,
        contact: Uuid,
        permission: Permission,
        now: Timestamp,
    ) -> Result<(), EditError> {
        self.change(account, contact, |contact, _| {
            if let Some(email) = contact.email.as_mut() {
                email.permission = permission;
                email.updated_at = Stamp::at(now);
            }
        })
    }

    /// Soft-deletes; whether anything changed.
    ///
    /// # Errors
    /// When account or contact are unknown.
    pub fn delete_contact(
        &mut self,
        account: &str,
        contact: Uuid,
        now: Timestamp,
    ) -> Result<bool, EditError> {
        self.change(account, contact, |contact, switches| contact.delete(Stamp::at(now), switches))
    }

    /// Revives a deleted one; whether anything changed.
    ///
    /// # Errors
    /// When account or contact are unknown.
    pub fn revive_contact(
        &mut self,
        account: &str,
        contact: Uuid,
        now: Timestamp,
    ) -> Result<bool, EditError> {
        self.change(account, contact, |contact, switches| contact.revive(Stamp::at(now), switches))
    }

    /// Removes for good: 404 from then on (GUESS, reference 4).
    ///
    /// # Errors
    /// When account or contact are unknown.
    pub fn erase_contact(&mut self, account: &str, contact: Uuid) -> Result<(), EditError> {
        let erased = self.account_mut(account)?.roster.erase(contact);
        if erased { Ok(()) } else { Err(EditError::UnknownContact(contact)) }
    }

    /// Puts a contact on lists and takes it off others.
    ///
    /// # Errors
    /// When account, contact or a list are unknown, or the lists are too many.
    pub fn move_lists(
        &mut self,
        account: &str,
        contact: Uuid,
        add: &[Uuid],
        remove: &[Uuid],
        now: Timestamp,
    ) -> Result<(), EditError> {
        let known = |account: &Account, id: Uuid| account.list(id).is_some();
        let owner = self.account_mut(account)?;
        if let Some(unknown) = add.iter().find(|id| !known(owner, **id)) {
            return Err(EditError::UnknownList(*unknown));
        }
        let moved = self.change(account, contact, |contact, switches| {
            jobs::change_lists(contact, add, remove, Stamp::at(now), switches)
        })?;
        moved.map_err(EditError::Refused)
    }

    /// Tags a contact and untags it.
    ///
    /// # Errors
    /// When account or contact are unknown, or the tags are too many.
    pub fn move_tags(
        &mut self,
        account: &str,
        contact: Uuid,
        add: &[Uuid],
        remove: &[Uuid],
        now: Timestamp,
    ) -> Result<(), EditError> {
        let moved = self.change(account, contact, |contact, switches| {
            jobs::change_tags(contact, add, remove, Stamp::at(now), switches)
        })?;
        moved.map_err(EditError::Refused)
    }
}
