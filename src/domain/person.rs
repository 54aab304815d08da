//! People as Virtuous shows them: contacts (households) with individuals, their email methods, tags and fields.
//! Source of every field: reference/virtuous.md 4.2, 5, 6, 7, 9.

use super::{
    EmailMethod, Gaps, IndividualId, MethodId, OtherMethod, ShownMethod, Timestamp, Told, VirtuousContactId,
    Written, has_email_key,
};

/// One person of a Virtuous contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Individual {
    /// Its id.
    pub id: IndividualId,
    /// Whether it is the contact's primary person.
    pub primary: bool,
    /// Email methods only.
    pub emails: Told<ShownMethod>,
    /// Custom fields of the individual.
    pub fields: Told<(String, String)>,
}

/// A whole contact as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtuousContact {
    /// Its id.
    pub id: VirtuousContactId,
    /// The contact that this one was merged into (I3).
    pub merged_into: Option<VirtuousContactId>,
    /// Archived (I3); `None` if not told (E2).
    pub archived: Option<bool>,
    /// Private (I3); `None` if not told (E2).
    pub private: Option<bool>,
    /// References as (source, id).
    pub references: Told<(String, String)>,
    /// Names of the tags on it.
    pub tags: Told<String>,
    /// Custom fields of the contact.
    pub fields: Told<(String, String)>,
    /// Its people.
    pub individuals: Told<Individual>,
    /// `modifiedDateTimeUtc`.
    pub modified_at: Option<Timestamp>,
}

impl VirtuousContact {
    /// The individual that a subscriber is: the one stored before, else the one with the first of the addresses that is there,
    /// else the primary one if no other could be meant. Where not all of them are told, it is only the one stored before, or one
    /// with an address if none was (E2).
    #[must_use]
    pub fn individual_for(&self, known: Option<IndividualId>, addresses: &[String]) -> Option<&Individual> {
        let by_id = known.and_then(|id| self.individuals.iter().find(|individual| individual.id == id));
        if by_id.is_some() || known.is_some() && !self.individuals.is_whole() {
            return by_id;
        }
        let with = |address: &String| {
            let has = |individual: &&Individual| {
                individual.emails.iter().any(|method| has_email_key(&method.value, address))
            };
            self.individuals.iter().find(has)
        };
        let by_address = addresses.iter().find_map(with);
        by_address.or_else(|| match self.individuals.as_slice() {
            _ if self.may_hide_address() => None,
            [only] => Some(only),
            several => several.iter().find(|individual| individual.primary),
        })
    }

    /// Whether an address may be on the contact that was not told (E2).
    #[must_use]
    pub fn may_hide_address(&self) -> bool {
        !self.individuals.is_whole() || self.individuals.iter().any(|one| !one.emails.is_whole())
    }

    /// Whether the contact may be about a subscriber of whom it tells nothing (E2).
    #[must_use]
    pub fn may_hide_subscriber(&self) -> bool {
        self.may_hide_address() || !self.references.is_whole()
    }

    /// Whether the contact carries this reference (I1).
    #[must_use]
    pub fn has_reference(&self, source: &str, id: &str) -> bool {
        self.references.iter().any(|(s, i)| s.eq_ignore_ascii_case(source) && i.eq_ignore_ascii_case(id))
    }
}

/// How a subscriber was found in Virtuous (I2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkedBy {
    /// By its reference.
    Reference,
    /// By one hit on its email address.
    Email,
    /// By an operator's choice.
    Operator,
}

/// The part of a Virtuous contact that concerns one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The contact: tags, notes, references hang on it.
    pub contact: VirtuousContactId,
    /// The individual: email methods hang on it.
    pub individual: IndividualId,
    /// How it was found.
    pub linked_by: LinkedBy,
    /// What its readings left out (E2).
    pub gaps: Gaps,
    /// Whether the contact carries the subscriber's reference.
    pub has_reference: bool,
    /// The individual's email methods.
    pub emails: Vec<EmailMethod>,
    /// Further methods of the contact with the subscriber's present address (P2).
    pub others: Vec<OtherMethod>,
    /// Tags that begin with one of the customer's prefixes, sorted. Others are staff's and not looked at (S2).
    pub tags: Vec<String>,
    /// Mapped custom fields that have a value, sorted by name.
    pub fields: Vec<(String, String)>,
    /// Archived: opt-outs only (I3).
    pub archived: bool,
    /// Private: opt-outs only (I3).
    pub private: bool,
    /// The contact that it was merged into, not yet followed (I3).
    pub merged_into: Option<VirtuousContactId>,
    /// Tandem's time of the reading.
    pub seen_at: Timestamp,
    /// What the reading shows as it was before Tandem wrote it: stands here as it was written (E1). Never stored.
    pub late: Vec<Written>,
}

impl Person {
    /// Whether the contact gets opt-outs and nothing else (I3).
    #[must_use]
    pub const fn is_restricted(&self) -> bool {
        self.archived || self.private
    }

    /// The methods that such a wish reaches: of an opt-out also those beside the individual's own (P2).
    pub fn reached(&self, opted_in: bool) -> impl Iterator<Item = &EmailMethod> {
        let others = self.others.iter().filter(move |_| !opted_in).map(|other| &other.method);
        self.emails.iter().chain(others)
    }

    /// A method by its id, wherever it is on the contact.
    #[must_use]
    pub fn method(&self, id: MethodId) -> Option<&EmailMethod> {
        self.reached(false).find(|method| method.id == id)
    }

    /// The same, to be changed.
    pub fn method_mut(&mut self, id: MethodId) -> Option<&mut EmailMethod> {
        let others = self.others.iter_mut().map(|other| &mut other.method);
        self.emails.iter_mut().chain(others).find(|method| method.id == id)
    }

    /// The email methods with this address (P2), ignoring case.
    pub fn methods_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a EmailMethod> {
        self.emails.iter().filter(move |method| has_email_key(&method.value, key))
    }
}

/// What Tandem knows of a subscriber in Virtuous.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VirtuousView {
    /// Not looked up yet.
    #[default]
    Unknown,
    /// Looked up and not found.
    Absent {
        /// When.
        since: Timestamp,
    },
    /// Not linked, and an earlier look-up says nothing any more: the address changed, or a contact was met with it (I2).
    LookAgain,
    /// Found by email only, not yet decided: one is the link, several are for review (I2).
    Candidates(Vec<Person>),
    /// Linked.
    Linked(Box<Person>),
}

impl VirtuousView {
    /// Every contact of the view: the linked one, or the candidates.
    #[must_use]
    pub fn contacts(&self) -> Vec<VirtuousContactId> {
        match self {
            Self::Unknown | Self::Absent { .. } | Self::LookAgain => Vec::new(),
            Self::Candidates(people) => people.iter().map(|person| person.contact).collect(),
            Self::Linked(person) => vec![person.contact],
        }
    }

    /// What is known of the person of this contact, linked or candidate.
    #[must_use]
    pub fn person_of(&self, contact: VirtuousContactId) -> Option<&Person> {
        match self {
            Self::Unknown | Self::Absent { .. } | Self::LookAgain => None,
            Self::Candidates(people) => people.iter().find(|person| person.contact == contact),
            Self::Linked(person) => Some(&**person).filter(|person| person.contact == contact),
        }
    }

    /// The same, to be changed.
    pub fn person_of_mut(&mut self, contact: VirtuousContactId) -> Option<&mut Person> {
        match self {
            Self::Unknown | Self::Absent { .. } | Self::LookAgain => None,
            Self::Candidates(people) => people.iter_mut().find(|person| person.contact == contact),
            Self::Linked(person) => (person.contact == contact).then_some(&mut **person),
        }
    }

    /// The linked person.
    #[must_use]
    pub fn linked(&self) -> Option<&Person> {
        match self {
            Self::Linked(person) => Some(person),
            _ => None,
        }
    }
}
