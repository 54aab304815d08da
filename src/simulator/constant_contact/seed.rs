//! Contacts as tests and the generator describe them.

use serde::{Deserialize, Serialize};

use super::{
    id_source::IdSource,
    model::{
        ConfirmStatus, Contact, Email, FieldValue, Note, Permission, Phone, PhoneInput, Profile, Sms, Source,
        Street, StreetInput,
    },
};
use crate::{
    domain::Timestamp,
    simulator::ids::{Stamp, Uuid},
};

/// A contact to be: whatever is left out is what Constant Contact would have put there for a contact that staff added.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactSeed {
    /// Its id; made where absent.
    pub contact_id: Option<Uuid>,
    /// Its address; absent for name-only and SMS-only contacts.
    pub email: Option<String>,
    /// Its permission.
    pub permission: Permission,
    /// Who opted in; the account where absent.
    pub opt_in_source: Option<Source>,
    /// When; at creation where absent.
    pub opt_in_date: Option<Stamp>,
    /// No `opt_in_*` at all, as many real contacts have it.
    pub without_opt_in: bool,
    /// Who opted out, for an unsubscribed one; the contact where absent.
    pub opt_out_source: Option<Source>,
    /// When; at creation where absent.
    pub opt_out_date: Option<Stamp>,
    /// Why.
    pub opt_out_reason: Option<String>,
    /// The state of confirmation; by permission where absent.
    pub confirm_status: Option<ConfirmStatus>,
    /// When the email came; at creation where absent.
    pub email_created_at: Option<Stamp>,
    /// When the email changed; at its latest date where absent.
    pub email_updated_at: Option<Stamp>,
    /// Core properties.
    #[serde(flatten)]
    pub profile: Profile,
    /// Who made it; the account where absent.
    pub create_source: Option<Source>,
    /// Who changed it last; absent where it never changed.
    pub update_source: Option<Source>,
    /// Since when; now where absent.
    pub created_at: Option<Stamp>,
    /// Last change of the record; at creation where absent.
    pub updated_at: Option<Stamp>,
    /// Set for a deleted one.
    pub deleted_at: Option<Stamp>,
    /// Custom fields.
    pub custom_fields: Vec<FieldValue>,
    /// Phone numbers.
    pub phone_numbers: Vec<PhoneInput>,
    /// Street addresses.
    pub street_addresses: Vec<StreetInput>,
    /// Lists.
    pub lists: Vec<Uuid>,
    /// Tags.
    pub tags: Vec<Uuid>,
    /// Texts of notes.
    pub notes: Vec<String>,
    /// A number that agreed to SMS.
    pub sms_number: Option<String>,
}

impl ContactSeed {
    /// Somebody with an address, implicit permission and nothing else.
    #[must_use]
    pub fn with_email(address: &str) -> Self {
        Self { email: Some(address.to_owned()), ..Self::default() }
    }

    /// The same with a name.
    #[must_use]
    pub fn named(mut self, first: &str, last: &str) -> Self {
        self.profile.first_name = Some(first.into());
        self.profile.last_name = Some(last.into());
        self
    }

    /// The same on these lists.
    #[must_use]
    pub fn on_lists(mut self, lists: &[Uuid]) -> Self {
        self.lists = lists.to_vec();
        self
    }

    pub(super) fn plant(self, ids: &mut IdSource, now: Timestamp) -> Contact {
        let created_at = self.created_at.unwrap_or(Stamp::at(now));
        let created = created_at.timestamp();
        let create_source = self.create_source.unwrap_or(Source::Account);
        let email = self.email.as_deref().map(|address| self.plant_email(address, created_at));
        let phones = self.phone_numbers.into_iter().map(|input| Phone {
            phone_number_id: ids.uuid(created),
            input,
            created_at,
            updated_at: created_at,
            update_source: create_source,
            create_source,
        });
        let phones = phones.collect();
        let streets = self.street_addresses.into_iter().map(|input| Street {
            street_address_id: ids.uuid(created),
            input,
            created_at,
            updated_at: created_at,
        });
        let streets = streets.collect();
        let notes = self.notes.into_iter().map(|content| Note {
            note_id: ids.uuid(created),
            created_at,
            content: content.into(),
        });
        let notes = notes.collect();
        let sms = self.sms_number.map(|number| {
            Box::new(Sms {
                id: ids.uuid(created),
                address: number.into(),
                permission: Permission::Explicit,
                opt_in_date: created_at,
            })
        });
        Contact {
            id: self.contact_id.unwrap_or_else(|| ids.uuid(created)),
            email,
            profile: self.profile,
            create_source,
            update_source: self.update_source,
            created_at,
            updated_at: self.updated_at.unwrap_or(created_at),
            deleted_at: self.deleted_at,
            custom_fields: self.custom_fields,
            phones,
            streets,
            lists: if self.deleted_at.is_some() { Vec::new() } else { self.lists },
            tags: self.tags,
            notes,
            sms,
            resubscribe_sent: None,
        }
    }

    fn plant_email(&self, address: &str, created_at: Stamp) -> Email {
        let opted_in = !self.without_opt_in;
        let opted_out = self.permission == Permission::Unsubscribed;
        let opt_in_date = opted_in.then(|| self.opt_in_date.unwrap_or(created_at));
        let opt_out_date = opted_out.then(|| self.opt_out_date.unwrap_or(created_at));
        let email_created_at = self.email_created_at.unwrap_or(created_at);
        let latest = opt_in_date.into_iter().chain(opt_out_date).fold(email_created_at, Ord::max);
        Email {
            address: address.into(),
            permission: self.permission,
            created_at: email_created_at,
            updated_at: self.email_updated_at.unwrap_or(latest),
            opt_in_source: opted_in.then(|| self.opt_in_source.unwrap_or(Source::Account)),
            opt_in_date,
            opt_out_source: opted_out.then(|| self.opt_out_source.unwrap_or(Source::Contact)),
            opt_out_date,
            opt_out_reason: self.opt_out_reason.as_deref().filter(|_| opted_out).map(Into::into),
            confirm_status: self.confirm_status.unwrap_or(match self.permission {
                Permission::PendingConfirmation => ConfirmStatus::Pending,
                _ => ConfirmStatus::Off,
            }),
        }
    }
}
