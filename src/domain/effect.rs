//! Effects: what a plan wants written, each the fewest calls that the API allows, and what came of it.

use super::{
    Action, EffectKind, IndividualId, Lane, ListId, ListsInFlight, Membership, MethodId, Person, Reason,
    Refused, SegmentKey, Submission, TagId, Timestamp, VirtuousContactId, reference_data::FieldHolder,
};

/// One row for Virtuous' nightly import (C4). Shape: reference/virtuous.md 3.1. Empty text is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are the API's own")]
pub struct Transaction {
    pub reference_id: String,
    pub contact_type: String,
    pub first_name: String,
    pub last_name: String,
    pub email_type: String,
    pub email: String,
    pub phone_type: String,
    pub phone: String,
    pub address1: String,
    pub city: String,
    pub state: String,
    pub postal: String,
    pub country: String,
    /// Tag names; joined by semicolons on the wire.
    pub tags: Vec<String>,
    /// Custom fields by Virtuous name.
    pub custom_fields: Vec<(String, String)>,
    /// Whether one of the two names is missing, which some organisations refuse.
    pub partial_name: bool,
}

/// A note to be added (N1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its identity within the subscriber: kind and date of the fact.
    pub key: String,
    /// The whole text, in plain English.
    pub text: String,
    /// The date of the fact.
    pub at: Timestamp,
}

/// Something to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Opt in or out: every email method of the individual with one of these addresses (P2).
    SetOptIn {
        /// The contact.
        contact: VirtuousContactId,
        /// The individual.
        individual: IndividualId,
        /// Addresses, as compared.
        addresses: Vec<String>,
        /// The wish.
        opted_in: bool,
    },
    /// Change the value of an email method (P6).
    SetEmail {
        /// The contact.
        contact: VirtuousContactId,
        /// The method.
        method: MethodId,
        /// The new address, as written in Constant Contact.
        to: String,
    },
    /// Write the subscriber's reference onto the contact (I2).
    AddReference {
        /// The contact.
        contact: VirtuousContactId,
    },
    /// Put a tag on (S1).
    AddTag {
        /// The contact.
        contact: VirtuousContactId,
        /// The tag.
        tag: TagId,
        /// Its name.
        name: String,
        /// What it stands for.
        segment: SegmentKey,
    },
    /// Take a tag off (S1).
    RemoveTag {
        /// The contact.
        contact: VirtuousContactId,
        /// The tag's name.
        name: String,
        /// What it stands for.
        segment: SegmentKey,
    },
    /// Set mapped custom fields (F1).
    SetFields {
        /// The contact.
        contact: VirtuousContactId,
        /// The individual, for fields that hang there.
        individual: IndividualId,
        /// Name, value (empty clears), holder.
        fields: Vec<(String, String, FieldHolder)>,
    },
    /// Add a note (N1).
    AddNote {
        /// The contact.
        contact: VirtuousContactId,
        /// The note.
        note: Note,
    },
    /// Unsubscribe in Constant Contact (P1).
    Unsubscribe {
        /// The reason that is written.
        reason: &'static str,
    },
    /// Have Constant Contact send its one confirmation email (P5). The person stays unsubscribed until they confirm.
    SendConfirmation {
        /// The lists that they join by confirming.
        lists: Vec<ListId>,
    },
    /// Change list memberships in Constant Contact (S5): only the difference, and one direction at a time.
    ChangeLists {
        /// Whether the subscriber joins or leaves the lists.
        membership: Membership,
        /// The lists.
        lists: Vec<ListId>,
    },
}

impl Effect {
    /// Its kind, by which code decides and people read.
    #[must_use]
    pub const fn kind(&self) -> EffectKind {
        match self {
            Self::SetOptIn { opted_in: false, .. } => EffectKind::OptOut,
            Self::SetOptIn { opted_in: true, .. } => EffectKind::OptIn,
            Self::SetEmail { .. } => EffectKind::SetEmail,
            Self::AddReference { .. } => EffectKind::AddReference,
            Self::AddTag { .. } => EffectKind::AddTag,
            Self::RemoveTag { .. } => EffectKind::RemoveTag,
            Self::SetFields { .. } => EffectKind::SetFields,
            Self::AddNote { .. } => EffectKind::AddNote,
            Self::Unsubscribe { .. } => EffectKind::Unsubscribe,
            Self::ChangeLists { .. } => EffectKind::ChangeLists,
            Self::SendConfirmation { .. } => EffectKind::SendConfirmation,
        }
    }
}

/// How a call failed, sorted by what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// For good: dead letter (B3). Status and scrubbed text.
    Permanent {
        /// HTTP status.
        status: u16,
        /// Scrubbed error text.
        text: String,
    },
    /// Passing: try again, not before `after` if told. `arrived` is false when the request surely had no effect.
    Transient {
        /// Status and scrubbed text, or the transport's words.
        text: String,
        /// Not before.
        after: Option<Timestamp>,
        /// Whether the call may have taken effect.
        may_have_arrived: bool,
    },
    /// The budget or the other side's limit says not now: not an attempt.
    NotNow {
        /// Whose limit: one of Constant Contact is none of Virtuous (W4).
        system: System,
        /// Not before.
        until: Timestamp,
    },
    /// The call never left this machine: an outage, and not an attempt (E4).
    Unreachable {
        /// Which system was meant.
        system: System,
        /// The transport's words.
        text: String,
    },
    /// The key or grant is refused: the customer pauses (B3).
    Unauthorized {
        /// Which system, for the operator.
        system: System,
        /// What it refuses.
        of: Refused,
        /// Scrubbed text.
        text: String,
    },
}

/// One of the two systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// Constant Contact.
    ConstantContact,
    /// Virtuous.
    Virtuous,
}

impl System {
    /// The name in metrics and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConstantContact => "constant_contact",
            Self::Virtuous => "virtuous",
        }
    }
}

/// What a step brought, to be settled onto the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The Virtuous contact was read (looked up, or read again).
    Found(Person),
    /// The contact was read just before its write, and is not as the plan saw it (P2).
    Differs(Person),
    /// A contact with the address that the subscriber is not linked to was read just before its write, and is not as the plan saw
    /// it (I2, P2).
    Hit(Person),
    /// Such a contact is gone, merged, or has the address no more.
    HitGone(VirtuousContactId),
    /// Such a contact was read again, as something of it was not visible or not told yet (E1, E2).
    HitSeen(Person),
    /// Several contacts carry the address.
    FoundSeveral {
        /// The subscriber as each of them shows it.
        people: Vec<Person>,
        /// Whether there are more than were read.
        more: bool,
    },
    /// No contact was found.
    NotFound,
    /// A note of Tandem's on the contact says that the opt-out there is its own (E5).
    OwnOptOut {
        /// When the note was added: the event that it tells of is not newer.
        noted_at: Option<Timestamp>,
    },
    /// A note of Tandem's tells of an opt-out on the contact, and the opt-out that is shown there is of later: it may be staff's (E5).
    NoteInDoubt,
    /// The linked contact is gone, and the subscriber was looked for again by reference and address (I3).
    Gone {
        /// The contact.
        contact: VirtuousContactId,
        /// What was found in its place.
        instead: Vec<Person>,
        /// Whether more contacts have the address than were read.
        more: bool,
    },
    /// The transaction went out, with this address: the one by which the contact that comes of it is known (P6).
    Submitted {
        /// When and how surely.
        submission: Submission,
        /// The address that was sent.
        email: Option<String>,
    },
    /// The transaction was refused because a name is missing (C3).
    NameRefused,
    /// A write was done.
    Done {
        /// What was written.
        effect: Effect,
        /// The person as known after it, if the person changed.
        person: Option<Person>,
        /// Why it was written.
        reason: Reason,
        /// Which call, and what came back, for the timeline.
        call: String,
    },
    /// Constant Contact took a change of lists, and carries it out later (S5).
    ListsSent {
        /// What was sent.
        flight: ListsInFlight,
        /// Why.
        reason: Reason,
    },
    /// It is not done yet.
    ListsUnderWay,
    /// It was carried out, and the contact read again; what went wrong there, scrubbed, if anything.
    ListsDone {
        /// Texts of errors.
        errors: String,
    },
    /// It was carried out for many at once, without an error; the contacts were not read again.
    ListsTrusted,
    /// It failed as a whole; scrubbed text.
    ListsFailed(String),
    /// The reference was refused; scrubbed text.
    ReferenceRefused(String),
    /// The new address sits on another contact (P6).
    EmailTaken(String),
    /// The contact is gone in Constant Contact (404 on a known id).
    GoneInCc,
    /// A call failed.
    Failed {
        /// What the call was made for.
        action: Action,
        /// How.
        refusal: Refusal,
    },
}

/// What the submitter hands back for one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Who.
    pub id: super::ContactId,
    /// The lane that it was taken from.
    pub lane: Lane,
    /// The subject's revision that the plan was made for.
    pub revision: u32,
    /// Whether an earlier write may have arrived without its answer: tags that are newly seen are Tandem's then (S2).
    pub unsure: bool,
    /// The contact that the subject was linked to when it was taken. What was found of it says nothing any more once a merge was
    /// followed meanwhile (I3).
    pub contact: Option<VirtuousContactId>,
    /// What happened, in order.
    pub findings: Vec<Finding>,
}
