//! `[mapping]`: how a customer's lists, tags and fields meet in Virtuous (S1, S6, C3, F1, F2).

use std::collections::{BTreeMap, HashMap};

use toml::Value;

use super::reader::Section;

/// How one customer's data maps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingSettings {
    /// Where list membership goes (S1).
    pub lists: ListsAs,
    /// What a list's tag starts with (S1).
    pub tag_prefix: String,
    /// Ids or names of the lists that take part; empty: all (C1).
    pub only_lists: Vec<String>,
    /// Whether CC tags map too (S6).
    pub cc_tags: bool,
    /// What a CC tag's tag starts with (S6).
    pub cc_tag_prefix: String,
    /// Virtuous contact type of a created contact.
    pub contact_type: String,
    /// Virtuous type of the email ContactMethod.
    pub email_type: String,
    /// Virtuous type of the phone ContactMethod.
    pub phone_type: String,
    /// What becomes of a subscriber without a name (C3).
    pub nameless: Nameless,
    /// When name, phone and address are sent (F2).
    pub profile: Profile,
    /// CC label to Virtuous field (F1); empty: by the same name.
    pub fields: BTreeMap<String, String>,
}

/// Where list membership goes in Virtuous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListsAs {
    /// A tag a list, both ways.
    Tags,
    /// All names in this custom field, one way.
    Field(String),
}

/// What becomes of a subscriber without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nameless {
    /// Held, and shown as such.
    Hold,
    /// Created with these names.
    Placeholder {
        /// The first name.
        first: String,
        /// The last name.
        last: String,
    },
}

/// When name, phone and address are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Only when the contact is created.
    CreateOnly,
    /// By transaction when they change.
    Transaction,
}

/// Takes the section; `mapping.fields` included.
pub(super) fn read(mut section: Section<'_>) -> MappingSettings {
    let mapping = MappingSettings {
        lists: section.parsed(
            "lists",
            ListsAs::Tags,
            "\"tags\" or \"field:\" and the name of a Virtuous custom field",
            "\"field:Email Lists\"",
            parse_lists,
        ),
        tag_prefix: section.text("tag_prefix", "CC: "),
        only_lists: section.texts("only_lists"),
        cc_tags: section.flag("cc_tags", false),
        cc_tag_prefix: section.text("cc_tag_prefix", "CC tag: "),
        contact_type: section.filled("contact_type", "Household"),
        email_type: section.filled("email_type", "Home Email"),
        phone_type: section.filled("phone_type", "Mobile Phone"),
        nameless: section.value(
            "nameless",
            Nameless::Hold,
            "\"hold\" or a first and a last name",
            "{ first = \"Friend\", last = \"Unknown\" }",
            parse_nameless,
        ),
        profile: section.parsed(
            "profile",
            Profile::CreateOnly,
            "\"create_only\" or \"transaction\"",
            "\"create_only\"",
            |text| match text {
                "create_only" => Some(Profile::CreateOnly),
                "transaction" => Some(Profile::Transaction),
                _ => None,
            },
        ),
        fields: read_fields(section.section("fields")),
    };
    if mapping.cc_tags && mapping.tag_prefix == mapping.cc_tag_prefix {
        // A list and a CC tag of one name would then own the same Virtuous tag (S2).
        section.problem("cc_tag_prefix", "expected another text than tag_prefix while cc_tags is true");
    }
    section.finish();
    mapping
}

fn parse_lists(text: &str) -> Option<ListsAs> {
    match text.strip_prefix("field:") {
        Some(name) => {
            Some(name.trim()).filter(|name| !name.is_empty()).map(|name| ListsAs::Field(name.to_owned()))
        }
        None => (text == "tags").then_some(ListsAs::Tags),
    }
}

fn parse_nameless(value: &Value) -> Option<Nameless> {
    match value {
        Value::String(text) => (text == "hold").then_some(Nameless::Hold),
        Value::Table(table) if table.len() == 2 => {
            let name = |key: &str| table.get(key)?.as_str().map(str::trim).filter(|name| !name.is_empty());
            Some(Nameless::Placeholder { first: name("first")?.to_owned(), last: name("last")?.to_owned() })
        }
        _ => None,
    }
}

/// Both sides ignore case (F1), so two rows that differ only in case would fight over one field: refused.
fn read_fields(mut section: Section<'_>) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let (mut labels, mut targets) = (HashMap::new(), HashMap::new());
    for (label, value) in section.rest() {
        let Some(field) = value.as_str().map(str::trim).filter(|field| !field.is_empty()) else {
            section
                .problem(&label, "expected the name of a Virtuous field, for example \"Program Interest\"");
            continue;
        };
        if let Some(other) = labels.insert(label.to_lowercase(), label.clone()) {
            section.problem(
                &label,
                format!("is the same Constant Contact label as {other:?}, which has a row already"),
            );
        }
        if let Some(other) = targets.insert(field.to_lowercase(), label.clone()) {
            section.problem(
                &label,
                format!("maps to {field:?}, as {other:?} already does; a field has one source"),
            );
        }
        fields.insert(label, field.to_owned());
    }
    fields
}
