//! What an account holds, in the shapes of reference 3.3, 4 and 5.

use serde::{Deserialize, Serialize};

use crate::simulator::ids::{Stamp, Uuid};

/// `permission_to_send`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Asked and agreed.
    Explicit,
    /// By a relation.
    #[default]
    Implicit,
    /// Never set.
    NotSet,
    /// Asked, not yet agreed.
    PendingConfirmation,
    /// Suspended (meaning undocumented).
    TempHold,
    /// Opted out.
    Unsubscribed,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The person.
    Contact,
    /// The nonprofit.
    Account,
    /// Constant Contact itself.
    System,
}

/// `confirm_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmStatus {
    /// The confirmation email is out.
    Pending,
    /// The person confirmed.
    Confirmed,
    /// Confirmed opt-in is off.
    Off,
}

/// The email sub-resource, with its own clock.
#[derive(Debug, Clone)]
pub struct Email {
    /// The address as it was written.
    pub address: Box<str>,
    /// The permission.
    pub permission: Permission,
    /// When the address came.
    pub created_at: Stamp,
    /// When anything of the email changed.
    pub updated_at: Stamp,
    /// Who opted in.
    pub opt_in_source: Option<Source>,
    /// When.
    pub opt_in_date: Option<Stamp>,
    /// Who opted out.
    pub opt_out_source: Option<Source>,
    /// When.
    pub opt_out_date: Option<Stamp>,
    /// Why.
    pub opt_out_reason: Option<Box<str>>,
    /// The state of confirmation.
    pub confirm_status: ConfirmStatus,
}

/// The core properties: a PUT replaces all of them (reference 6.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Box<str>>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Box<str>>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<Box<str>>,
    /// Company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<Box<str>>,
    /// 1 to 12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday_month: Option<u8>,
    /// 1 to 31.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday_day: Option<u8>,
    /// A date as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anniversary: Option<Box<str>>,
}

/// A custom field's value on a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValue {
    /// Which field.
    pub custom_field_id: Uuid,
    /// The value as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<str>>,
    /// For select types: the chosen ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choice_ids: Vec<Box<str>>,
}

/// A phone number as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneInput {
    /// The number.
    pub phone_number: Box<str>,
    /// home, work, mobile or other.
    #[serde(default = "home")]
    pub kind: Box<str>,
}

fn home() -> Box<str> {
    "home".into()
}

/// A phone number as it is kept.
#[derive(Debug, Clone, Serialize)]
pub struct Phone {
    /// Its id.
    pub phone_number_id: Uuid,
    /// Number and kind.
    #[serde(flatten)]
    pub input: PhoneInput,
    /// Since when.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
    /// Who changed it.
    pub update_source: Source,
    /// Who made it.
    pub create_source: Source,
}

/// A street address as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreetInput {
    /// home, work or other.
    pub kind: Box<str>,
    /// Street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<Box<str>>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Box<str>>,
    /// State.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Box<str>>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Box<str>>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Box<str>>,
}

/// A street address as it is kept.
#[derive(Debug, Clone, Serialize)]
pub struct Street {
    /// Its id.
    pub street_address_id: Uuid,
    /// The address.
    #[serde(flatten)]
    pub input: StreetInput,
    /// Since when.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// A note on a contact.
#[derive(Debug, Clone, Serialize)]
pub struct Note {
    /// Its id.
    pub note_id: Uuid,
    /// Since when.
    pub created_at: Stamp,
    /// The text.
    pub content: Box<str>,
}

/// A contact's SMS channel.
#[derive(Debug, Clone)]
pub struct Sms {
    /// Its id.
    pub id: Uuid,
    /// The number without its country code.
    pub address: Box<str>,
    /// `explicit`, `unsubscribed`, ...
    pub permission: Permission,
    /// When it opted in.
    pub opt_in_date: Stamp,
}

/// One contact.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Its id.
    pub id: Uuid,
    /// The email, absent for name-only and SMS-only contacts.
    pub email: Option<Email>,
    /// Core properties.
    pub profile: Profile,
    /// Who made it.
    pub create_source: Source,
    /// Who changed it last; absent until it is changed.
    pub update_source: Option<Source>,
    /// Since when.
    pub created_at: Stamp,
    /// Last change of the contact record, which is not that of its email (reference 4).
    pub updated_at: Stamp,
    /// Set while soft-deleted.
    pub deleted_at: Option<Stamp>,
    /// Custom fields.
    pub custom_fields: Vec<FieldValue>,
    /// Phone numbers.
    pub phones: Vec<Phone>,
    /// Street addresses.
    pub streets: Vec<Street>,
    /// Lists it is on.
    pub lists: Vec<Uuid>,
    /// Tags it has.
    pub tags: Vec<Uuid>,
    /// Notes.
    pub notes: Vec<Note>,
    /// SMS channel.
    pub sms: Option<Box<Sms>>,
    /// The one confirmation email that an unsubscribed contact may get was sent (reference 6.1), for these lists.
    pub resubscribe_sent: Option<Box<[Uuid]>>,
}

/// A list.
#[derive(Debug, Clone, Serialize)]
pub struct List {
    /// Its id.
    pub list_id: Uuid,
    /// Its name.
    pub name: Box<str>,
    /// A description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Box<str>>,
    /// Whether staff marked it.
    pub favorite: bool,
    /// Since when.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
    /// Set once deleted; the list stays readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Stamp>,
}

/// A tag.
#[derive(Debug, Clone, Serialize)]
pub struct Tag {
    /// Its id.
    pub tag_id: Uuid,
    /// Its name.
    pub name: Box<str>,
    /// Since when.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
    /// `Contact` for ordinary tags.
    pub tag_source: Box<str>,
}

/// One choice of a select field.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// Its field.
    pub custom_field_id: Uuid,
    /// Its id: a number here, a string on contacts (reference 5).
    pub choice_id: u32,
    /// The label.
    pub choice_label: Box<str>,
    /// The place.
    pub display_order: u32,
    /// Since when.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

impl Choice {
    /// The id as contacts carry it, `"000001"`.
    #[must_use]
    pub fn id_on_contacts(&self) -> String {
        format!("{:06}", self.choice_id)
    }
}

/// A custom field of the account.
#[derive(Debug, Clone, Serialize)]
pub struct CustomField {
    /// Its id.
    pub custom_field_id: Uuid,
    /// What people see.
    pub label: Box<str>,
    /// Made from the first label.
    pub name: Box<str>,
    /// `string`, `date`, `single_select`, ...
    #[serde(rename = "type")]
    pub kind: Box<str>,
    /// 1 for the legacy date kept as text, 2 for a real one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u8>,
    /// The choices of a select type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Since when.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}
