//! What the API sends, as it sends it. These types stay in this folder: the rest of Tandem sees the domain's.
//!
//! Every field is optional and every reader lenient, because the schema marks nothing as required. No type here has a
//! `Debug`: they hold personal data.

mod contact;
mod lenient;
mod reference_data;
mod reports;

pub(super) use contact::{
    Contact, ContactsEnvelope, CustomFieldValue, EmailAddress, PhoneNumber, StreetAddress,
};
pub(super) use lenient::Text;
pub(super) use reference_data::{
    ContactList, CustomField, CustomFieldsPage, ListsPage, Tag, TagsPage, items,
};
pub(super) use reports::{
    Account, Activity, BounceRow, BouncesPage, Campaign, CampaignSummary, Counts, Privilege, SummariesPage,
    TokenAnswer,
};
use serde::Deserialize;

/// `_links`, which may be missing, `null`, or `{}` on the last page (reference/constant-contact.md 3.2).
///
/// Its types are strict: a link that cannot be read must not pass for a last page.
#[derive(Default, Deserialize)]
pub(super) struct Links {
    #[serde(default)]
    next: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    href: Option<String>,
}

impl Links {
    /// The next page's address, as given.
    pub(super) fn next(links: Option<Self>) -> Option<String> {
        links?.next?.href.filter(|href| !href.is_empty())
    }
}

/// A whole number that came as a number or as text.
pub(super) fn number(text: Option<&Text<'_>>) -> Option<u64> {
    text?.trim().parse().ok()
}

/// Trimmed text; nothing is left of empty text.
pub(super) fn trimmed<'t>(text: Option<&'t Text<'_>>) -> Option<&'t str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}
