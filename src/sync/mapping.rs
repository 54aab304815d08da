//! What of Constant Contact stands for what in Virtuous, resolved once from the reference data of both and the customer's rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    CustomerRules, FieldId, ListId, ListTarget, ReferenceData, SegmentKey, Timestamp,
    reference_data::{CcField, TagLookup, VirtuousField, tag_key},
};

/// The tag of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedTag {
    /// Its whole name, prefix included.
    pub name: String,
    /// What the name is in Virtuous.
    pub lookup: TagLookup,
    /// Since when this tag stands under the name, if another one stood there before (S5).
    pub since: Option<Timestamp>,
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
        let mut wanted = Vec::new();
        for (id, list) in &reference.cc.lists {
            let selected = self.selected.as_ref().is_none_or(|selected| selected.contains(id));
            if !list.deleted && selected {
                let segment = SegmentKey::List(id.clone());
                self.names.insert(segment.clone(), list.name.clone());
                self.former_names.insert(segment.clone(), list.former_names.clone());
                if rules.lists == ListTarget::Tags {
                    wanted.push((segment, format!("{}{}", rules.tag_prefix, list.name)));
                }
            }
        }
        if rules.cc_tags {
            let tags = reference.cc.tags.iter();
            wanted.extend(
                tags.map(|(id, name)| {
                    (SegmentKey::Tag(id.clone()), format!("{}{name}", rules.cc_tag_prefix))
                }),
            );
        }
        self.add_tags(reference, wanted);
        if let ListTarget::Field(name) = &rules.lists {
            self.list_field = find_field(reference, name).cloned();
            if self.list_field.is_none() {
                self.unknown_fields.push(name.clone());
            }
        }
    }

    /// A tag whose name differs in case or blanks is meant only where no other segment could mean it (S4).
    fn add_tags(&mut self, reference: &ReferenceData, wanted: Vec<(SegmentKey, String)>) {
        let mut alike: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, name) in &wanted {
            alike.entry(tag_key(name)).or_default().insert(name.clone());
        }
        for (segment, name) in wanted {
            let is_only = alike.get(&tag_key(&name)).is_some_and(|names| names.len() == 1);
            let name = if is_only { reference.virtuous.tag_name(&name).to_owned() } else { name };
            let lookup = reference.virtuous.tag(&name);
            let since = match lookup {
                TagLookup::One(id) => reference.virtuous.tags_since.get(&id).copied(),
                TagLookup::Missing | TagLookup::Several => None,
            };
            let sendable = !name.contains(';');
            self.by_name.insert(name.clone(), segment.clone());
            self.tags.insert(segment, MappedTag { name, lookup, since, sendable });
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{TagId, reference_data::List};

    fn mapping(lists: &[&str], tags: &[&str]) -> Vec<(String, TagLookup)> {
        let mut reference = ReferenceData::default();
        for (number, name) in lists.iter().enumerate() {
            let list =
                List { name: (*name).to_owned(), former_names: Vec::new(), deleted: false, members: None };
            reference.cc.lists.insert(ListId::new(&format!("l-{number}")), list);
        }
        for (number, name) in (0..).zip(tags) {
            reference.virtuous.tags.insert((*name).to_owned(), vec![TagId(number)]);
        }
        let mapping = Mapping::new(&reference, &CustomerRules::default());
        mapping.tags.into_values().map(|tag| (tag.name, tag.lookup)).collect()
    }

    #[test]
    fn s4_a_name_that_differs_in_case_and_blanks_only_is_meant_if_it_is_the_only_one() {
        let found = |name: &str| vec![(name.to_owned(), TagLookup::One(TagId(0)))];
        let missing = vec![("CC: Big News".to_owned(), TagLookup::Missing)];
        assert_eq!(mapping(&["Big News"], &["cc:  big news "]), found("cc:  big news "));
        assert_eq!(mapping(&["Big News"], &["CC: Big News", "cc: big news"]), found("CC: Big News"));
        assert_eq!(mapping(&["Big News"], &["CC: BIG NEWS", "cc: big news"]), missing);
        let both = mapping(&["News", "news"], &["CC: News"]);
        assert_eq!(both[1], ("CC: news".to_owned(), TagLookup::Missing), "another list's");
        assert!(CustomerRules::default().may_own_tag("cc:  big news "));
    }
}
