//! The reference data of a customer that mapping needs: lists, custom fields and tags of both systems.

use std::collections::BTreeMap;

use super::{CcTagId, FieldId, ListId, TagId, Timestamp};

/// A Constant Contact list. Source: reference/constant-contact.md 5.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    /// Its name now.
    pub name: String,
    /// Names it had before, newest last (S3).
    pub former_names: Vec<String>,
    /// Set once it was deleted, or is not shown any more.
    pub deleted: bool,
    /// `membership_count`, for drift (W3).
    pub members: Option<u64>,
}

/// The type of a Constant Contact custom field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the variants are the API's own type names")]
pub enum FieldKind {
    #[default]
    Text,
    Date,
    DateTime,
    Number,
    Currency,
    Boolean,
    SingleSelect,
    MultiSelect,
}

impl FieldKind {
    /// Reads the API's type name; unknown ones are text.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "number" => Self::Number,
            "currency" => Self::Currency,
            "boolean" => Self::Boolean,
            "single_select" => Self::SingleSelect,
            "multi_select" => Self::MultiSelect,
            _ => Self::Text,
        }
    }
}

/// A Constant Contact custom field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CcField {
    /// Its label.
    pub label: String,
    /// Its type.
    pub kind: FieldKind,
    /// Options of select types: id to label.
    pub choices: BTreeMap<String, String>,
}

/// The reference data of Constant Contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CcReferenceData {
    /// Lists by id.
    pub lists: BTreeMap<ListId, List>,
    /// Custom fields by id.
    pub fields: BTreeMap<FieldId, CcField>,
    /// Names of tags by id (S6).
    pub tags: BTreeMap<CcTagId, String>,
    /// When it was read, by the server's time; `None` if never.
    pub read_at: Option<Timestamp>,
}

/// Where a Virtuous custom field hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldHolder {
    /// On the contact.
    Contact,
    /// On the individual.
    Individual,
}

/// The type of a Virtuous custom field (reference/virtuous.md 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the variants are the API's own type names")]
pub enum VirtuousFieldKind {
    #[default]
    Text,
    Number,
    Date,
    Boolean,
    Dropdown,
}

impl VirtuousFieldKind {
    /// Reads the API's type names, new and old; unknown ones are text.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "number" | "int" | "integer" | "decimal" | "currency" => Self::Number,
            "date" | "datetime" => Self::Date,
            "boolean" | "bool" => Self::Boolean,
            "dropdown" | "list" => Self::Dropdown,
            _ => Self::Text,
        }
    }
}

/// A Virtuous custom field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtuousField {
    /// The name that writes use.
    pub name: String,
    /// The name that people see.
    pub display_name: String,
    /// Its type.
    pub kind: VirtuousFieldKind,
    /// Options of a dropdown; writes must match one exactly.
    pub options: Vec<String>,
    /// Where it hangs.
    pub holder: FieldHolder,
}

/// How the last-modified filter of `Contact/Query` is spelled in this organisation: taken from QueryOptions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryTerms {
    /// The parameter and operator for "modified on or after", if offered.
    pub modified_since: Option<(String, String)>,
    /// The parameter and operator for "id greater than", if offered.
    pub id_above: Option<(String, String)>,
    /// The parameter and operator for "has this email address", if offered.
    pub email_is: Option<(String, String)>,
}

/// The reference data of Virtuous.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VirtuousReferenceData {
    /// The organisation's name, to notice a key of another one.
    pub organisation: String,
    /// Tags by exact name; a name may have several ids (S4), or none any more where an earlier reading showed one (S5).
    pub tags: BTreeMap<String, Vec<TagId>>,
    /// Custom fields.
    pub fields: Vec<VirtuousField>,
    /// Types of contacts.
    pub contact_types: Vec<String>,
    /// Types of contact methods.
    pub method_types: Vec<String>,
    /// Types of notes, as writes use them.
    pub note_types: Vec<String>,
    /// How to ask.
    pub query_terms: QueryTerms,
    /// Which of several tags of one name the operator chose (S4).
    pub chosen_tags: BTreeMap<String, TagId>,
    /// Since when a tag stands under its name: of those before which another one stood there (S5).
    pub tags_since: BTreeMap<TagId, Timestamp>,
    /// When it was read; `None` if never.
    pub read_at: Option<Timestamp>,
}

/// What a tag name stands for in Virtuous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagLookup {
    /// This tag.
    One(TagId),
    /// There is none.
    Missing,
    /// There are several, and no person chose yet.
    Several,
}

impl VirtuousReferenceData {
    /// Takes over what an earlier reading and a person's choice tell of these tags (S4, S5). A name that has no tag any more is
    /// kept: the next tag under it is another one. The first tag under a name replaces none, however late it is seen: an
    /// import may make it before its name is read.
    pub fn follow(&mut self, known: &Self) {
        self.chosen_tags.clone_from(&known.chosen_tags);
        let since = |name: &String, id: &TagId| {
            let before = known.tags.get(name)?;
            if before.contains(id) { known.tags_since.get(id).copied() } else { self.read_at }
        };
        let all = self.tags.iter().flat_map(|(name, ids)| ids.iter().map(move |id| (name, id)));
        self.tags_since = all.filter_map(|(name, id)| Some((*id, since(name, id)?))).collect();
        for name in known.tags.keys() {
            self.tags.entry(name.clone()).or_default();
        }
    }

    /// The name by which the tag goes here: the same, else the only name that is equal but for case and blanks (S4).
    #[must_use]
    pub fn tag_name<'a>(&'a self, name: &'a str) -> &'a str {
        if self.tags.get(name).is_some_and(|ids| !ids.is_empty()) {
            return name;
        }
        let key = tag_key(name);
        let mut alike = self.tags.iter().filter(|(known, ids)| !ids.is_empty() && tag_key(known) == key);
        match (alike.next(), alike.next()) {
            (Some((only, _)), None) => only,
            _ => name,
        }
    }

    /// The tag of exactly this name.
    #[must_use]
    pub fn tag(&self, name: &str) -> TagLookup {
        match self.tags.get(name).map(Vec::as_slice) {
            None | Some([]) => TagLookup::Missing,
            Some([only]) => TagLookup::One(*only),
            Some(several) => match self.chosen_tags.get(name) {
                Some(chosen) if several.contains(chosen) => TagLookup::One(*chosen),
                _ => TagLookup::Several,
            },
        }
    }
}

/// The form by which names of tags are alike: case and blanks do not count (S4).
#[must_use]
pub fn tag_key(name: &str) -> String {
    name.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The reference data of both systems.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferenceData {
    /// Constant Contact's.
    pub cc: CcReferenceData,
    /// Virtuous'.
    pub virtuous: VirtuousReferenceData,
}
