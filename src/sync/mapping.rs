//! What of Constant Contact stands for what in Virtuous, resolved once from the reference data of both and the customer's rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    CustomerRules, FieldId, ListId, ListTarget, ReferenceData, SegmentKey,
    reference_data::{CcField, TagLookup, VirtuousField},
};

/// The tag of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedTag {
    /// Its whole name, prefix included.
    pub name: String,
    /// What the name is in Virtuous.
    pub lookup: TagLookup,
    /// Whether the name can go into a transaction, where a semicolon separates tags.
    pub sendable: bool,
}

/// A mapped custom field (F1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedField {
    /// Constant Contact's field.
    pub from: CcField,
    /// Virtuous' field.
    pub to: VirtuousField,
}

/// The whole mapping of a customer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mapping {
    /// Segments that are synced, with their tags.
    pub tags: BTreeMap<SegmentKey, MappedTag>,
    /// The same, by tag name.
    pub by_name: BTreeMap<String, SegmentKey>,
    /// Names of all mapped segments, for the one-field form of S1.
    pub names: BTreeMap<SegmentKey, String>,
    /// Names that lists had before (S3), for the same.
    pub former_names: BTreeMap<SegmentKey, Vec<String>>,
    /// Mapped fields.
    pub fields: BTreeMap<FieldId, MappedField>,
    /// The field that holds the lists' names, when lists map to a field (S1).
    pub list_field: Option<VirtuousField>,
    /// Lists that count for C1; `None` means all.
    pub selected: Option<BTreeSet<ListId>>,
    /// Warnings for staff: fields of the customer's table that do not exist (F1).
    pub unknown_fields: Vec<String>,
}

impl Mapping {
    /// Resolves the mapping.
    #[must_use]
    pub fn new(reference: &ReferenceData, rules: &CustomerRules) -> Self {
        let mut mapping = Self { selected: selected_lists(reference, rules), ..Self::default() };
        mapping.add_segments(reference, rules);
        mapping.add_fields(reference, rules);
        mapping
    }

    fn add_segments(&mut self, reference: &ReferenceData, rules: &CustomerRules) {
        for (id, list) in &reference.cc.lists {
            let selected = self.selected.as_ref().is_none_or(|selected| selected.contains(id));
            if !list.deleted && selected {
                self.names.insert(SegmentKey::List(id.clone()), list.name.clone());
                self.former_names.insert(SegmentKey::List(id.clone()), list.former_names.clone());
                if rules.lists == ListTarget::Tags {
                    self.add_tag(
                        reference,
                        SegmentKey::List(id.clone()),
                        format!("{}{}", rules.tag_prefix, list.name),
                    );
                }
            }
        }
        if rules.cc_tags {
            for (id, name) in &reference.cc.tags {
                self.add_tag(
                    reference,
                    SegmentKey::Tag(id.clone()),
                    format!("{}{name}", rules.cc_tag_prefix),
                );
            }
        }
        if let ListTarget::Field(name) = &rules.lists {
            self.list_field = find_field(reference, name).cloned();
            if self.list_field.is_none() {
                self.unknown_fields.push(name.clone());
            }
        }
    }

    fn add_tag(&mut self, reference: &ReferenceData, segment: SegmentKey, name: String) {
        let lookup = reference.virtuous.tag(&name);
        let sendable = !name.contains(';');
        self.by_name.insert(name.clone(), segment.clone());
        self.tags.insert(segment, MappedTag { name, lookup, sendable });
    }

    fn add_fields(&mut self, reference: &ReferenceData, rules: &CustomerRules) {
        for (label, name) in &rules.fields {
            if find_field(reference, name).is_none() {
                self.unknown_fields.push(name.clone());
            }
            if !reference.cc.fields.values().any(|field| field.label.eq_ignore_ascii_case(label)) {
                self.unknown_fields.push(label.clone());
            }
        }
        // One Virtuous field takes one value: of two fields that map to it, one of the table comes first, else the first.
        let in_table =
            |field: &CcField| rules.fields.iter().any(|(label, _)| label.eq_ignore_ascii_case(&field.label));
        let mut fields: Vec<_> = reference.cc.fields.iter().collect();
        fields.sort_by_key(|(_, field)| !in_table(field));
        let mut taken: BTreeSet<&str> = self.list_field.iter().map(|field| field.name.as_str()).collect();
        let mut mapped = BTreeMap::new();
        for (id, field) in fields {
            let table = rules.fields.iter().find(|(label, _)| label.eq_ignore_ascii_case(&field.label));
            let wanted = table.map_or(field.label.as_str(), |(_, name)| name.as_str());
            if let Some(to) = find_field(reference, wanted)
                && taken.insert(&to.name)
            {
                mapped.insert(id.clone(), MappedField { from: field.clone(), to: to.clone() });
            }
        }
        self.fields = mapped;
    }

    /// Names of Virtuous fields that a person's view needs.
    #[must_use]
    pub fn field_names(&self) -> BTreeSet<String> {
        let list_field = self.list_field.iter().map(|field| field.name.clone());
        self.fields.values().map(|field| field.to.name.clone()).chain(list_field).collect()
    }

    /// Tags that staff need to create in Virtuous (S4).
    #[must_use]
    pub fn missing_tags(&self) -> Vec<String> {
        let missing = |tag: &&MappedTag| tag.lookup == TagLookup::Missing;
        self.tags.values().filter(missing).map(|tag| tag.name.clone()).collect()
    }

    /// Tag names that exist several times in Virtuous (S4).
    #[must_use]
    pub fn doubled_tags(&self) -> Vec<String> {
        let several = |tag: &&MappedTag| tag.lookup == TagLookup::Several;
        self.tags.values().filter(several).map(|tag| tag.name.clone()).collect()
    }
}

/// The lists that count for C1, by id or by name.
fn selected_lists(reference: &ReferenceData, rules: &CustomerRules) -> Option<BTreeSet<ListId>> {
    if rules.only_lists.is_empty() {
        return None;
    }
    let chosen = |id: &ListId, name: &str| {
        let text = id.to_string();
        rules.only_lists.iter().any(|wanted| *wanted == text || wanted.eq_ignore_ascii_case(name))
    };
    let ids = reference.cc.lists.iter().filter(|(id, list)| chosen(id, &list.name)).map(|(id, _)| id.clone());
    Some(ids.collect())
}

/// A Virtuous field by its name or display name, ignoring case; fields of the contact come first.
fn find_field<'a>(reference: &'a ReferenceData, name: &str) -> Option<&'a VirtuousField> {
    let fields = &reference.virtuous.fields;
    let by_name = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    by_name.or_else(|| fields.iter().find(|field| field.display_name.eq_ignore_ascii_case(name)))
}
