//! What each system says of a person, and what both agreed on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Actor, Base, CcReferenceData, CcView, EmailMethod, FieldId, FieldValue, LinkedBy, ListId, Permission,
    Person, Timestamp, VirtuousView,
};

/// Constant Contact's view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CcSide {
    /// When Tandem last read the contact.
    pub seen_at: Timestamp,
    /// The address.
    pub email: Option<String>,
    /// `permission_to_send`.
    pub permission: Permission,
    /// What caused the opt-in.
    pub opt_in_source: Actor,
    /// When the opt-in was made.
    pub opt_in_at: Option<Timestamp>,
    /// What caused the opt-out.
    pub opt_out_source: Actor,
    /// When the opt-out was made.
    pub opt_out_at: Option<Timestamp>,
    /// The reason that was given with the opt-out.
    pub opt_out_reason: Option<String>,
    /// When the contact was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Names of the lists that the contact is on.
    pub lists: Vec<String>,
    /// Names of the contact's tags.
    pub tags: Vec<String>,
    /// Custom fields by label.
    pub fields: BTreeMap<String, String>,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The last bounce (P4).
    pub bounce: Option<BounceView>,
    /// When Constant Contact last changed the contact.
    pub updated_at: Option<Timestamp>,
}

/// A bounce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BounceView {
    /// The report's letter.
    pub code: char,
    /// When mail bounced.
    pub at: Timestamp,
    /// The address that bounced.
    pub address: String,
    /// The campaign's name.
    pub campaign: String,
}

/// Virtuous' view: the linked contact, or the candidates (I2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum VirtuousSide {
    /// Linked.
    Linked(Box<PersonView>),
    /// Found by the address, not decided yet.
    Candidates {
        /// Every contact that could be the subscriber.
        candidates: Vec<PersonView>,
    },
}

/// The part of a Virtuous contact that concerns a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonView {
    /// The contact's id.
    pub contact: i64,
    /// The individual's id.
    pub individual: i64,
    /// How the contact was found.
    pub linked_by: LinkedBy,
    /// Whether the contact carries the subscriber's reference (I1).
    pub has_reference: bool,
    /// The individual's addresses.
    pub emails: Vec<AddressView>,
    /// Tags with one of the customer's prefixes (S2).
    pub tags: Vec<String>,
    /// Mapped custom fields.
    pub fields: BTreeMap<String, String>,
    /// Archived or private: only opt-outs are written (I3).
    pub restricted: bool,
    /// The contact that this one was merged into (I3).
    pub merged_into: Option<i64>,
    /// When Tandem last read the contact.
    pub seen_at: Timestamp,
}

/// An email ContactMethod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressView {
    /// Its id.
    pub id: i64,
    /// Its type, such as `Home Email`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The address.
    pub value: String,
    /// `isOptedIn`.
    pub opted_in: bool,
    /// `isPrimary`.
    pub primary: bool,
    /// When Virtuous last changed it.
    pub modified_at: Option<Timestamp>,
}

/// What both sides agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaseSide {
    /// Consent.
    pub consent: Option<AgreedConsentView>,
    /// The address.
    pub email: Option<String>,
    /// Addresses before the present one (P6).
    pub former_emails: Vec<String>,
    /// Tags that stand for lists and tags.
    pub segments: Vec<String>,
    /// Mapped custom fields.
    pub fields: BTreeMap<String, String>,
    /// Keys of notes that were written (N1).
    pub notes: Vec<String>,
}

/// Consent as agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgreedConsentView {
    /// Whether the subscriber is opted in.
    pub opted_in: bool,
    /// Since when.
    pub at: Option<Timestamp>,
}

impl CcSide {
    /// The view with the names of lists, tags and fields.
    #[must_use]
    pub fn of(cc: &CcView, reference: &CcReferenceData) -> Self {
        let list =
            |id: &ListId| reference.lists.get(id).map_or_else(|| id.to_string(), |list| list.name.clone());
        let tags = cc.tags.iter().map(|id| reference.tags.get(id).cloned().unwrap_or_else(|| id.to_string()));
        Self {
            seen_at: cc.seen_at,
            email: cc.email.clone(),
            permission: cc.permission,
            opt_in_source: cc.opt_in_source,
            opt_in_at: cc.opt_in_at,
            opt_out_source: cc.opt_out_source,
            opt_out_at: cc.opt_out_at,
            opt_out_reason: cc.opt_out_reason.clone(),
            deleted_at: cc.deletion.map(|deletion| deletion.at),
            lists: cc.lists.iter().map(list).collect(),
            tags: tags.collect(),
            fields: cc.fields.iter().map(|(id, value)| labelled(id, value, reference)).collect(),
            first_name: cc.profile.first_name.clone(),
            last_name: cc.profile.last_name.clone(),
            bounce: cc.bounce.as_ref().map(|bounce| BounceView {
                code: bounce.code,
                at: bounce.at,
                address: bounce.address.clone(),
                campaign: bounce.campaign.clone(),
            }),
            updated_at: cc.updated_at,
        }
    }
}

/// A custom field's label, and its value with the names of choices.
fn labelled(id: &FieldId, value: &FieldValue, reference: &CcReferenceData) -> (String, String) {
    let field = reference.fields.get(id);
    let label = field.map_or_else(|| id.to_string(), |field| field.label.clone());
    let name = |choice: &String| field.and_then(|field| field.choices.get(choice)).unwrap_or(choice).clone();
    let choices = || value.choices.iter().map(name).collect::<Vec<_>>().join("; ");
    (label, value.value.clone().unwrap_or_else(choices))
}

impl VirtuousSide {
    /// The view; `None` without a contact.
    #[must_use]
    pub fn of(view: &VirtuousView) -> Option<Self> {
        match view {
            VirtuousView::Linked(person) => Some(Self::Linked(Box::new(PersonView::of(person)))),
            VirtuousView::Candidates(people) if !people.is_empty() => {
                Some(Self::Candidates { candidates: people.iter().map(PersonView::of).collect() })
            }
            _ => None,
        }
    }
}

impl PersonView {
    fn of(person: &Person) -> Self {
        Self {
            contact: person.contact.0,
            individual: person.individual.0,
            linked_by: person.linked_by,
            has_reference: person.has_reference,
            emails: person.emails.iter().map(AddressView::of).collect(),
            tags: person.tags.clone(),
            fields: person.fields.iter().cloned().collect(),
            restricted: person.is_restricted(),
            merged_into: person.merged_into.map(|id| id.0),
            seen_at: person.seen_at,
        }
    }
}

impl AddressView {
    fn of(method: &EmailMethod) -> Self {
        Self {
            id: method.id.0,
            kind: method.kind.clone(),
            value: method.value.clone(),
            opted_in: method.opted_in,
            primary: method.primary,
            modified_at: method.modified_at,
        }
    }
}

impl BaseSide {
    /// What is agreed; `None` before anything is.
    #[must_use]
    pub fn of(base: &Base) -> Option<Self> {
        (*base != Base::default()).then(|| Self {
            consent: base
                .consent
                .map(|consent| AgreedConsentView { opted_in: consent.opted_in, at: consent.at }),
            email: base.email.clone(),
            former_emails: base.former.clone(),
            segments: base.segments.iter().map(|(_, tag)| tag.clone()).collect(),
            fields: base.fields.iter().cloned().collect(),
            notes: base.notes.clone(),
        })
    }
}
