//! Contacts on the wire, written straight from where they are kept: a page of 500 builds no tree.

use serde::{Serialize, Serializer, ser::SerializeSeq};

use super::{
    model::{
        ConfirmStatus, Contact, Email, FieldValue, Note, Permission, Phone, Profile, Sms, Source, Street,
    },
    switches::Switches,
};
use crate::simulator::ids::{Stamp, Uuid};

/// Which sub-resources were asked for; the others are absent, not empty (reference 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Include {
    pub(super) custom_fields: bool,
    pub(super) list_memberships: bool,
    pub(super) phone_numbers: bool,
    pub(super) street_addresses: bool,
    pub(super) taggings: bool,
    pub(super) notes: bool,
}

impl Include {
    pub(super) const ALL: Self = Self {
        custom_fields: true,
        list_memberships: true,
        phone_numbers: true,
        street_addresses: true,
        taggings: true,
        notes: true,
    };

    pub(super) fn parse(csv: &str) -> Option<Self> {
        let mut include = Self::default();
        for name in csv.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let flag = match name {
                "custom_fields" => &mut include.custom_fields,
                "list_memberships" => &mut include.list_memberships,
                "phone_numbers" => &mut include.phone_numbers,
                "street_addresses" => &mut include.street_addresses,
                "taggings" => &mut include.taggings,
                "notes" => &mut include.notes,
                _ => return None,
            };
            *flag = true;
        }
        Some(include)
    }
}

#[derive(Serialize)]
struct EmailView<'a> {
    address: &'a str,
    permission_to_send: Permission,
    created_at: Stamp,
    updated_at: Stamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_in_source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_in_date: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_out_source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_out_date: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_out_reason: Option<&'a str>,
    confirm_status: ConfirmStatus,
}

impl<'a> EmailView<'a> {
    fn new(email: &'a Email, switches: &Switches) -> Self {
        let hidden = switches.unsubscribed_hides_opt_in && email.permission == Permission::Unsubscribed;
        Self {
            address: &email.address,
            permission_to_send: email.permission,
            created_at: email.created_at,
            updated_at: email.updated_at,
            opt_in_source: email.opt_in_source.filter(|_| !hidden),
            opt_in_date: email.opt_in_date.filter(|_| !hidden),
            opt_out_source: email.opt_out_source,
            opt_out_date: email.opt_out_date,
            opt_out_reason: email.opt_out_reason.as_deref(),
            confirm_status: email.confirm_status,
        }
    }
}

#[derive(Serialize)]
struct SmsView<'a> {
    sms_channel_id: Uuid,
    sms_address: &'a str,
    dial_code: &'static str,
    country_code: &'static str,
    sms_channel_consents: [SmsConsentView; 1],
}

#[derive(Serialize)]
struct SmsConsentView {
    sms_consent_permission: Permission,
    consent_type: &'static str,
    opt_in_date: Stamp,
}

impl<'a> SmsView<'a> {
    fn new(sms: &'a Sms) -> Self {
        let consent = SmsConsentView {
            sms_consent_permission: sms.permission,
            consent_type: "promotional_sms",
            opt_in_date: sms.opt_in_date,
        };
        Self {
            sms_channel_id: sms.id,
            sms_address: &sms.address,
            dial_code: "1",
            country_code: "US",
            sms_channel_consents: [consent],
        }
    }
}

/// `deleted_at`: a date in the contract, a time in some samples.
pub(super) struct DeletedAt {
    at: Stamp,
    date_only: bool,
}

impl DeletedAt {
    pub(super) fn new(at: Stamp, switches: &Switches) -> Self {
        Self { at, date_only: switches.deleted_at_is_date }
    }
}

impl Serialize for DeletedAt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.date_only {
            serializer.serialize_str(&self.at.timestamp().to_date())
        } else {
            self.at.serialize(serializer)
        }
    }
}

#[derive(Serialize)]
pub(super) struct ContactView<'a> {
    contact_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<EmailView<'a>>,
    #[serde(flatten)]
    profile: &'a Profile,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_source: Option<Source>,
    create_source: Source,
    created_at: Stamp,
    updated_at: Stamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<DeletedAt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_fields: Option<&'a [FieldValue]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_numbers: Option<&'a [Phone]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    street_addresses: Option<&'a [Street]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_memberships: Option<&'a [Uuid]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taggings: Option<&'a [Uuid]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a [Note]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_channel: Option<SmsView<'a>>,
}

impl<'a> ContactView<'a> {
    pub(super) fn new(contact: &'a Contact, include: Include, switches: &Switches) -> Self {
        Self {
            contact_id: contact.id,
            email_address: contact.email.as_ref().map(|email| EmailView::new(email, switches)),
            profile: &contact.profile,
            update_source: contact.update_source,
            create_source: contact.create_source,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
            deleted_at: contact.deleted_at.map(|at| DeletedAt::new(at, switches)),
            custom_fields: include.custom_fields.then_some(&contact.custom_fields),
            phone_numbers: include.phone_numbers.then_some(&contact.phones),
            street_addresses: include.street_addresses.then_some(&contact.streets),
            list_memberships: include.list_memberships.then_some(&contact.lists),
            taggings: include.taggings.then_some(&contact.tags),
            notes: include.notes.then_some(&contact.notes),
            sms_channel: contact.sms.as_deref().map(SmsView::new),
        }
    }
}

/// A page's contacts.
pub(super) struct ContactViews<'a> {
    pub(super) contacts: &'a [&'a Contact],
    pub(super) include: Include,
    pub(super) switches: &'a Switches,
}

impl Serialize for ContactViews<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.contacts.len()))?;
        for contact in self.contacts {
            list.serialize_element(&ContactView::new(contact, self.include, self.switches))?;
        }
        list.end()
    }
}
