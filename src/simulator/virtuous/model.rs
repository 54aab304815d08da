//! The records of a Virtuous organisation, kept small: a demo holds forty thousand of them.

use std::sync::Arc;

use crate::domain::Timestamp;

/// A contact: a household or an organisation. Holds tags, notes and references (section 6, 9).
#[derive(Debug, Clone)]
pub struct Contact {
    /// The id.
    pub id: i64,
    /// `Household`, `Organization`, ...
    pub contact_type: Arc<str>,
    /// The display name.
    pub name: Box<str>,
    /// The people in it; the first is the primary one.
    pub individuals: Vec<Individual>,
    /// The one address that is kept.
    pub address: Option<Box<Address>>,
    /// External references.
    pub references: Vec<Reference>,
    /// Applied tags.
    pub tags: Vec<TagJoin>,
    /// Custom field values.
    pub custom_fields: Vec<FieldValue>,
    /// What few contacts have.
    pub extras: Option<Box<ContactExtras>>,
    /// The winner of a merge, on the loser.
    pub merged_into: Option<i64>,
    /// Archived.
    pub archived: bool,
    /// Private.
    pub private: bool,
    /// Removed by staff: no call finds it any more, though its id stays taken.
    pub removed: bool,
    /// `createDateTimeUtc`.
    pub created: Timestamp,
    /// `modifiedDateTimeUtc`.
    pub modified: Timestamp,
}

impl Contact {
    /// The primary individual.
    #[must_use]
    pub fn primary(&self) -> Option<&Individual> {
        self.individuals.iter().find(|person| person.primary).or_else(|| self.individuals.first())
    }

    /// Every method of every individual.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        self.individuals.iter().flat_map(|person| &person.methods)
    }

    /// Whether a person could still write to it: neither merged away, archived nor removed.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.merged_into.is_none() && !self.archived && !self.removed
    }
}

/// Rare texts of a contact, which a careless PUT would clear.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ContactExtras {
    /// `informalName`.
    pub informal_name: Option<Box<str>>,
    /// `description`.
    pub description: Option<Box<str>>,
    /// `website`.
    pub website: Option<Box<str>>,
}

/// A person within a contact. Holds contact methods.
#[derive(Debug, Clone)]
pub struct Individual {
    /// The id.
    pub id: i64,
    /// First name, may be empty.
    pub first_name: Box<str>,
    /// Last name, may be empty.
    pub last_name: Box<str>,
    /// Email addresses, phones and the like.
    pub methods: Vec<Method>,
    /// Custom field values.
    pub custom_fields: Vec<FieldValue>,
    /// What few individuals have.
    pub extras: Option<Box<IndividualExtras>>,
    /// The primary individual of the contact.
    pub primary: bool,
    /// Deceased.
    pub deceased: bool,
    /// `createDateTimeUtc`.
    pub created: Timestamp,
    /// `modifiedDateTimeUtc`.
    pub modified: Timestamp,
}

/// Rare texts of an individual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct IndividualExtras {
    /// `prefix`.
    pub prefix: Option<Box<str>>,
    /// `middleName`.
    pub middle_name: Option<Box<str>>,
    /// `suffix`.
    pub suffix: Option<Box<str>>,
    /// `passion`.
    pub passion: Option<Box<str>>,
}

/// Who set a method's opt-in last: not shown in the API, but what the comparison judges by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Writer {
    /// It was so before anybody looked.
    #[default]
    Seed,
    /// An import.
    Import,
    /// A person in the CRM.
    Staff,
    /// A call of the API.
    Api,
}

/// A contact method: one address or number, with its opt-in (section 5).
#[derive(Debug, Clone)]
pub struct Method {
    /// The id.
    pub id: i64,
    /// `Home Email`, `Mobile Phone`, ...
    pub kind: Arc<str>,
    /// The address or number.
    pub value: Box<str>,
    /// The flag that all this is about.
    pub opted_in: bool,
    /// Who set the flag last.
    pub writer: Writer,
    /// The primary method of its sort.
    pub primary: bool,
    /// `createDateTimeUtc`.
    pub created: Timestamp,
    /// `modifiedDateTimeUtc`.
    pub modified: Timestamp,
}

impl Method {
    /// Whether it is an email address.
    #[must_use]
    pub fn is_email(&self) -> bool {
        self.kind.ends_with("Email")
    }

    /// Whether it is this address, ignoring case.
    #[must_use]
    pub fn has_address(&self, address: &str) -> bool {
        self.is_email() && same_text(&self.value, address)
    }

    /// Whether it is a phone.
    #[must_use]
    pub fn is_phone(&self) -> bool {
        self.kind.ends_with("Phone")
    }
}

/// Equal, ignoring case.
#[must_use]
pub fn same_text(one: &str, other: &str) -> bool {
    one == other || (one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase)))
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// `address1`.
    pub address1: Box<str>,
    /// `city`.
    pub city: Box<str>,
    /// `state`.
    pub state: Box<str>,
    /// `postal`.
    pub postal: Box<str>,
    /// `country`.
    pub country: Box<str>,
}

/// An external reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The source, such as `Constant Contact`.
    pub source: Arc<str>,
    /// The id there.
    pub id: Box<str>,
}

/// A tag on a contact, with the id that takes it off again (section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TagJoin {
    /// The join id.
    pub id: i64,
    /// The tag.
    pub tag: i64,
}

/// A tag of the organisation. Names are not unique.
#[derive(Debug, Clone)]
pub struct TagDefinition {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: Arc<str>,
    /// The group.
    pub group: Arc<str>,
}

/// A custom field's value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldValue {
    /// The position of the field's definition.
    pub field: u16,
    /// The value as written: ISO dates, `true`/`false`.
    pub value: Box<str>,
}

/// A note on a contact.
#[derive(Debug, Clone)]
pub struct Note {
    /// The id.
    pub id: i64,
    /// The contact.
    pub contact_id: i64,
    /// The type.
    pub kind: Box<str>,
    /// The text.
    pub text: Box<str>,
    /// `noteDate`.
    pub date: Timestamp,
    /// `important`.
    pub important: bool,
    /// `isPrivate`.
    pub private: bool,
    /// `createDateTimeUtc`.
    pub created: Timestamp,
}

/// A contact to be added by a person or the generator.
#[derive(Debug, Clone, Default)]
pub struct NewContact {
    /// The type; empty: `Household`.
    pub contact_type: String,
    /// The display name; empty: made from the first individual.
    pub name: String,
    /// The people.
    pub individuals: Vec<NewIndividual>,
    /// The address.
    pub address: Option<Address>,
    /// References: source and id.
    pub references: Vec<(String, String)>,
    /// Tag names; those that do not exist are made.
    pub tags: Vec<String>,
    /// Custom fields by name.
    pub custom_fields: Vec<(String, String)>,
    /// Rare texts.
    pub extras: ContactExtras,
    /// Archived.
    pub archived: bool,
    /// Private.
    pub private: bool,
    /// When it was made; none: now.
    pub created: Option<Timestamp>,
}

/// An individual to be added.
#[derive(Debug, Clone, Default)]
pub struct NewIndividual {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Methods.
    pub methods: Vec<NewMethod>,
    /// Rare texts.
    pub extras: IndividualExtras,
    /// Deceased.
    pub deceased: bool,
}

/// A method to be added.
#[derive(Debug, Clone, Default)]
pub struct NewMethod {
    /// The type, such as `Home Email`.
    pub kind: String,
    /// The address or number.
    pub value: String,
    /// The opt-in.
    pub opted_in: bool,
    /// When it was last changed; none: as the contact.
    pub modified: Option<Timestamp>,
    /// Who sets the flag.
    pub writer: Writer,
}

impl NewMethod {
    /// A home email address.
    #[must_use]
    pub fn email(value: &str, opted_in: bool) -> Self {
        Self { kind: "Home Email".to_owned(), value: value.to_owned(), opted_in, ..Self::default() }
    }

    /// A mobile phone.
    #[must_use]
    pub fn phone(value: &str) -> Self {
        Self { kind: "Mobile Phone".to_owned(), value: value.to_owned(), opted_in: true, ..Self::default() }
    }
}
