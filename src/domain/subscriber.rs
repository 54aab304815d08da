//! A subscriber as Constant Contact shows them.
//! Source of every field: reference/constant-contact.md 3.3 (the published schema and live samples).

use super::{CcTagId, ContactId, FieldId, ListId, Timestamp, email_key};

/// `email_address.permission_to_send`. An unknown value is kept apart and never read as consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Permission {
    /// `explicit`: the person said yes.
    Explicit,
    /// `implicit`: the account says that there is a relation.
    Implicit,
    /// `not_set`.
    NotSet,
    /// `pending_confirmation`: asked, not yet confirmed.
    PendingConfirmation,
    /// `temp_hold`: meaning undocumented; not mailable.
    TempHold,
    /// `unsubscribed`.
    Unsubscribed,
    /// Absent or a value that Tandem does not know.
    #[default]
    Unknown,
}

impl Permission {
    /// All that have a wire name.
    pub const NAMED: [Self; 6] = [
        Self::Explicit,
        Self::Implicit,
        Self::NotSet,
        Self::PendingConfirmation,
        Self::TempHold,
        Self::Unsubscribed,
    ];

    /// The wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
            Self::NotSet => "not_set",
            Self::PendingConfirmation => "pending_confirmation",
            Self::TempHold => "temp_hold",
            Self::Unsubscribed => "unsubscribed",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the wire name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        Self::NAMED.into_iter().find(|permission| permission.as_str() == name).unwrap_or_default()
    }

    /// Whether a contact may be made of the subscriber (C1).
    #[must_use]
    pub const fn is_mailable(self) -> bool {
        matches!(self, Self::Explicit | Self::Implicit)
    }
}

/// Who caused an opt-in or opt-out (`opt_in_source`, `opt_out_source`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Actor {
    /// The person.
    Contact,
    /// The nonprofit.
    Account,
    /// Absent or unknown.
    #[default]
    Unknown,
}

impl Actor {
    /// Reads the wire name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "Contact" => Self::Contact,
            "Account" => Self::Account,
            _ => Self::Unknown,
        }
    }

    /// The wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "Contact",
            Self::Account => "Account",
            Self::Unknown => "unknown",
        }
    }
}

/// Why mail did not arrive (P4). Codes: reference/constant-contact.md 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BounceKind {
    /// `B`, `S`: the address does not exist.
    Hard,
    /// `D`, `F`, `X`, `Z`: it may work again.
    Soft,
}

impl BounceKind {
    /// The category of a bounce code; `None` for `V` (it was delivered) and for codes that Tandem does not know.
    #[must_use]
    pub const fn of_code(code: char) -> Option<Self> {
        match code {
            'B' | 'S' => Some(Self::Hard),
            'D' | 'F' | 'X' | 'Z' => Some(Self::Soft),
            _ => None,
        }
    }
}

/// A bounce, from a campaign's bounce report: the contact itself does not show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// The report's letter.
    pub code: char,
    /// When it bounced.
    pub at: Timestamp,
    /// The address that bounced, which may not be the present one (P6).
    pub address: String,
    /// The campaign's name, or the id of its sending where the name is not known.
    pub campaign: String,
}

/// How a deletion was found out (D1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeletionProof {
    /// The contact carries `deleted_at`.
    DeletedAt,
    /// The contact answers 404, checked twice.
    NotFound,
    /// Gone from a complete sweep, and then 404.
    Sweep,
}

/// A deletion in Constant Contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// When, as far as known: `deleted_at` may be a bare date; the other proofs give the time of finding.
    pub at: Timestamp,
    /// How it was found.
    pub proof: DeletionProof,
}

impl Deletion {
    /// The latest moment at which it can have been: a bare date is the whole of the account's own day, which ends 12 hours after
    /// midnight UTC at the latest (D1, P3).
    #[must_use]
    pub fn latest(&self) -> Timestamp {
        const DAY: i64 = 86_400;
        const BEHIND_UTC_MOST: i64 = 12 * 3_600;
        let is_bare_date = self.proof == DeletionProof::DeletedAt && self.at.as_secs() % DAY == 0;
        let end = self.at.as_secs() + DAY + BEHIND_UTC_MOST - 1;
        if is_bare_date { Timestamp::from_secs(end) } else { self.at }
    }
}

/// A value of a custom field: text, or chosen options.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FieldValue {
    /// The text value; absent for pure choices.
    pub value: Option<String>,
    /// The chosen options' ids, as text (the API gives them as numbers or strings).
    pub choices: Vec<String>,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the parts of an address are what their names say")]
pub struct Address {
    pub street: String,
    pub city: String,
    pub state: String,
    pub postal_code: String,
    pub country: String,
}

/// Name, phone and address: the CRM's business (F2). Empty text means not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// One phone number: the mobile one if there is one, else the first.
    pub phone: String,
    /// One postal address: the home one if there is one, else the first.
    pub address: Option<Address>,
}

/// What Constant Contact was last seen to say of a subscriber, with the facts that only its reports show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CcView {
    /// The server's time of the reading.
    pub seen_at: Timestamp,
    /// The address as written there; `None` for people known by name or SMS only.
    pub email: Option<String>,
    /// The permission to send.
    pub permission: Permission,
    /// Who opted the person in; often absent once unsubscribed.
    pub opt_in_source: Actor,
    /// `opt_in_date`.
    pub opt_in_at: Option<Timestamp>,
    /// Who opted the person out.
    pub opt_out_source: Actor,
    /// `opt_out_date`: the time of the event (P3).
    pub opt_out_at: Option<Timestamp>,
    /// `opt_out_reason`, which may name a complaint (P4). At most 255 characters.
    pub opt_out_reason: Option<String>,
    /// Set while the contact is deleted.
    pub deletion: Option<Deletion>,
    /// The lists, sorted.
    pub lists: Vec<ListId>,
    /// The Constant Contact tags, sorted (S6).
    pub tags: Vec<CcTagId>,
    /// Custom fields, sorted by id.
    pub fields: Vec<(FieldId, FieldValue)>,
    /// Name, phone, address.
    pub profile: Profile,
    /// `updated_at` of the contact record, which unsubscribes do not move.
    pub updated_at: Option<Timestamp>,
    /// The newest bounce of an address of this subscriber (P4).
    pub bounce: Option<Bounce>,
}

impl CcView {
    /// The address in the form by which addresses are compared.
    #[must_use]
    pub fn email_key(&self) -> Option<String> {
        self.email.as_deref().map(email_key)
    }

    /// Whether the opt-out's reason speaks of spam or abuse (P4).
    #[must_use]
    pub fn is_complaint(&self) -> bool {
        self.permission == Permission::Unsubscribed
            && self.opt_out_reason.as_deref().is_some_and(|reason| {
                let reason = reason.to_lowercase();
                ["spam", "abuse", "complain"].iter().any(|word| reason.contains(word))
            })
    }
}

/// What one reading of a contact showed. What the flags say was not in the answer stays as it was known before: it was not asked
/// for, or is a gap (E2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Who.
    pub id: ContactId,
    /// What was read; `lists`, `tags`, `fields` count only where the flags below say so.
    pub view: CcView,
    /// Whether `list_memberships` was in the answer.
    pub has_lists: bool,
    /// Whether `taggings` was in the answer.
    pub has_tags: bool,
    /// Whether `custom_fields` was in the answer.
    pub has_fields: bool,
    /// Whether phones and addresses were in the answer.
    pub has_profile: bool,
    /// Whether names were in the answer.
    pub has_names: bool,
    /// Whether an address was in the answer.
    pub has_email: bool,
    /// Whether the permission was in the answer, and could be read.
    pub has_permission: bool,
    /// A hash of the record's bytes as they came: equal means unchanged.
    pub fingerprint: u64,
}

impl Observation {
    /// A reading that told every part.
    #[must_use]
    pub const fn whole(id: ContactId, view: CcView, fingerprint: u64) -> Self {
        Self {
            id,
            view,
            has_lists: true,
            has_tags: true,
            has_fields: true,
            has_profile: true,
            has_names: true,
            has_email: true,
            has_permission: true,
            fingerprint,
        }
    }
}
