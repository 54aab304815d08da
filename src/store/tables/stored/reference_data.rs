//! Reference data on disk, version 1; of Virtuous, version 2 with the times since which tags stand under their names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    CcReferenceData, CcTagId, FieldId, ListId, TagId, Timestamp, VirtuousReferenceData,
    reference_data::{CcField, FieldHolder, FieldKind, List, QueryTerms, VirtuousField, VirtuousFieldKind},
};

use super::{time::Millis, view::IdV1};

const KINDS: [(&str, FieldKind); 8] = [
    ("string", FieldKind::Text),
    ("date", FieldKind::Date),
    ("datetime", FieldKind::DateTime),
    ("number", FieldKind::Number),
    ("currency", FieldKind::Currency),
    ("boolean", FieldKind::Boolean),
    ("single_select", FieldKind::SingleSelect),
    ("multi_select", FieldKind::MultiSelect),
];
const VIRTUOUS_KINDS: [(&str, VirtuousFieldKind); 5] = [
    ("Text", VirtuousFieldKind::Text),
    ("Number", VirtuousFieldKind::Number),
    ("Date", VirtuousFieldKind::Date),
    ("Boolean", VirtuousFieldKind::Boolean),
    ("Dropdown", VirtuousFieldKind::Dropdown),
];

fn name_of<T: PartialEq + Copy>(table: &[(&str, T)], value: T) -> String {
    table.iter().find(|(_, known)| *known == value).map_or(String::new(), |(name, _)| (*name).to_owned())
}

/// The time on disk of reference data that were never read.
const NEVER: Millis = 0;

fn read_at(stored: Millis) -> Option<Timestamp> {
    (stored != NEVER).then(|| Timestamp::from_millis(stored))
}

/// A list: id, name, former names, deleted, members.
type ListV1 = (IdV1, String, Vec<String>, bool, Option<u64>);

/// Constant Contact's reference data: fields as (id, label, type, choices), tags as (id, name).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CcReferenceDataV1 {
    lists: Vec<ListV1>,
    fields: Vec<(IdV1, String, String, BTreeMap<String, String>)>,
    tags: Vec<(IdV1, String)>,
    read_at: Millis,
}

impl From<&CcReferenceData> for CcReferenceDataV1 {
    fn from(reference: &CcReferenceData) -> Self {
        let list = |(id, list): (&ListId, &List)| {
            (IdV1::from(&id.0), list.name.clone(), list.former_names.clone(), list.deleted, list.members)
        };
        let field = |(id, field): (&FieldId, &CcField)| {
            (IdV1::from(&id.0), field.label.clone(), name_of(&KINDS, field.kind), field.choices.clone())
        };
        Self {
            lists: reference.lists.iter().map(list).collect(),
            fields: reference.fields.iter().map(field).collect(),
            tags: reference.tags.iter().map(|(id, name)| (IdV1::from(&id.0), name.clone())).collect(),
            read_at: reference.read_at.map_or(NEVER, Timestamp::as_millis),
        }
    }
}

impl From<CcReferenceDataV1> for CcReferenceData {
    fn from(stored: CcReferenceDataV1) -> Self {
        Self {
            lists: stored
                .lists
                .into_iter()
                .map(|(id, name, former_names, deleted, members)| {
                    (ListId(id.into()), List { name, former_names, deleted, members })
                })
                .collect(),
            fields: stored
                .fields
                .into_iter()
                .map(|(id, label, kind, choices)| {
                    (FieldId(id.into()), CcField { label, kind: FieldKind::parse(&kind), choices })
                })
                .collect(),
            tags: stored.tags.into_iter().map(|(id, name)| (CcTagId(id.into()), name)).collect(),
            read_at: read_at(stored.read_at),
        }
    }
}

type StoredTerm = Option<(String, String)>;

/// Virtuous' reference data: fields as (name, display name, type, options, hangs on the individual).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VirtuousReferenceDataV1 {
    organisation: String,
    tags: BTreeMap<String, Vec<i64>>,
    fields: Vec<(String, String, String, Vec<String>, bool)>,
    contact_types: Vec<String>,
    method_types: Vec<String>,
    note_types: Vec<String>,
    query_terms: (StoredTerm, StoredTerm, StoredTerm),
    chosen_tags: BTreeMap<String, i64>,
    read_at: Millis,
}

impl From<&VirtuousReferenceData> for VirtuousReferenceDataV1 {
    fn from(reference: &VirtuousReferenceData) -> Self {
        let field = |field: &VirtuousField| {
            (
                field.name.clone(),
                field.display_name.clone(),
                name_of(&VIRTUOUS_KINDS, field.kind),
                field.options.clone(),
                field.holder == FieldHolder::Individual,
            )
        };
        let terms = &reference.query_terms;
        Self {
            organisation: reference.organisation.clone(),
            tags: reference
                .tags
                .iter()
                .map(|(name, ids)| (name.clone(), ids.iter().map(|id| id.0).collect()))
                .collect(),
            fields: reference.fields.iter().map(field).collect(),
            contact_types: reference.contact_types.clone(),
            method_types: reference.method_types.clone(),
            note_types: reference.note_types.clone(),
            query_terms: (terms.modified_since.clone(), terms.id_above.clone(), terms.email_is.clone()),
            chosen_tags: reference.chosen_tags.iter().map(|(name, id)| (name.clone(), id.0)).collect(),
            read_at: reference.read_at.map_or(NEVER, Timestamp::as_millis),
        }
    }
}

impl From<VirtuousReferenceDataV1> for VirtuousReferenceData {
    fn from(stored: VirtuousReferenceDataV1) -> Self {
        let (modified_since, id_above, email_is) = stored.query_terms;
        Self {
            organisation: stored.organisation,
            tags: stored
                .tags
                .into_iter()
                .map(|(name, ids)| (name, ids.into_iter().map(TagId).collect()))
                .collect(),
            fields: stored
                .fields
                .into_iter()
                .map(|(name, display_name, kind, options, on_individual)| VirtuousField {
                    name,
                    display_name,
                    kind: VirtuousFieldKind::parse(&kind),
                    options,
                    holder: if on_individual { FieldHolder::Individual } else { FieldHolder::Contact },
                })
                .collect(),
            contact_types: stored.contact_types,
            method_types: stored.method_types,
            note_types: stored.note_types,
            query_terms: QueryTerms { modified_since, id_above, email_is },
            chosen_tags: stored.chosen_tags.into_iter().map(|(name, id)| (name, TagId(id))).collect(),
            tags_since: BTreeMap::new(),
            read_at: read_at(stored.read_at),
        }
    }
}

/// Virtuous' reference data since a tag made anew is told from the one before it (S5): what version 1 holds, and since when
/// tags stand under their names, by id. What version 1 holds was there before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VirtuousReferenceDataV2(VirtuousReferenceDataV1, Vec<(i64, Millis)>);

impl From<&VirtuousReferenceData> for VirtuousReferenceDataV2 {
    fn from(reference: &VirtuousReferenceData) -> Self {
        let since = reference.tags_since.iter().map(|(id, since)| (id.0, since.as_millis()));
        Self(VirtuousReferenceDataV1::from(reference), since.collect())
    }
}

impl From<VirtuousReferenceDataV2> for VirtuousReferenceData {
    fn from(VirtuousReferenceDataV2(stored, since): VirtuousReferenceDataV2) -> Self {
        let since = since.into_iter().map(|(id, since)| (TagId(id), Timestamp::from_millis(since)));
        Self { tags_since: since.collect(), ..stored.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_data_that_were_never_read_are_of_the_epoch() {
        for read_at in [None, Some(Timestamp::from_secs(1_800_000_000))] {
            let millis = read_at.map_or(0, Timestamp::as_millis);
            let cc = CcReferenceData { read_at, ..CcReferenceData::default() };
            assert_eq!(CcReferenceDataV1::from(&cc).read_at, millis);
            assert_eq!(CcReferenceData::from(CcReferenceDataV1::from(&cc)), cc);
            let virtuous = VirtuousReferenceData { read_at, ..VirtuousReferenceData::default() };
            assert_eq!(VirtuousReferenceDataV1::from(&virtuous).read_at, millis);
            assert_eq!(VirtuousReferenceData::from(VirtuousReferenceDataV1::from(&virtuous)), virtuous);
        }
    }

    #[test]
    fn s5_the_tags_of_version_1_were_always_there() {
        let now = Timestamp::from_secs(1_800_000_000);
        let tags = BTreeMap::from([("CC: News".to_owned(), vec![TagId(7)])]);
        let mut virtuous = VirtuousReferenceData { tags, read_at: Some(now), ..Default::default() };
        assert_eq!(VirtuousReferenceData::from(VirtuousReferenceDataV1::from(&virtuous)), virtuous);
        virtuous.tags_since.insert(TagId(7), now);
        assert_eq!(VirtuousReferenceData::from(VirtuousReferenceDataV2::from(&virtuous)), virtuous);
    }
}
