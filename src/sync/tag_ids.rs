//! The ids of the tags that both sides agreed on: a tag made anew under its name is another tag, and taken off by no person (S5).

use crate::domain::{Base, Person, SegmentKey, TagId, reference_data::TagLookup};

use super::{Mapping, mapping::MappedTag, windows::OVERLAP};

/// The ids of the agreed tags, by name. The id of a tag that a reading shows is taken over if the reading is not older than the
/// tag: an older one may show the tag that was there before under this name. Where the tag was agreed on before, a reading that
/// lags may show that one too (E1).
#[must_use]
pub fn agreed(
    before: &Base,
    segments: &[(SegmentKey, String)],
    person: &Person,
    mapping: &Mapping,
) -> Vec<(String, TagId)> {
    let is_shown = |tag: &MappedTag, was_agreed: bool| {
        let since = tag.since.map(|since| if was_agreed { since.plus(OVERLAP) } else { since });
        since.is_none_or(|since| person.seen_at >= since) && person.tags.contains(&tag.name)
    };
    let agreed_id = |(segment, name): &(SegmentKey, String)| {
        let was_agreed = before.segments.iter().any(|(_, known)| known == name);
        let tag = mapping.tags.get(segment).filter(|tag| tag.name == *name);
        let shown = tag.filter(|tag| is_shown(tag, was_agreed)).and_then(id_of);
        Some((name.clone(), shown.or_else(|| of(&before.tag_ids, name))?))
    };
    let mut ids: Vec<_> = segments.iter().filter_map(agreed_id).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Whether a tag has the id that was agreed on under its name. Where that is not known, it must be the first tag under the name.
#[must_use]
pub fn is_agreed(before: &[(String, TagId)], tag: &MappedTag) -> bool {
    let is_known = |id| of(before, &tag.name).map_or(tag.since.is_none(), |known| known == id);
    id_of(tag).is_some_and(is_known)
}

/// The tag's id, if only one tag is meant.
#[must_use]
pub const fn id_of(tag: &MappedTag) -> Option<TagId> {
    match tag.lookup {
        TagLookup::One(id) => Some(id),
        TagLookup::Missing | TagLookup::Several => None,
    }
}

/// Keeps the id of a tag that Tandem put on, or that staff put on to have the subscriber join a list.
pub fn put_on(ids: &mut Vec<(String, TagId)>, name: &str, id: TagId) {
    ids.retain(|(known, _)| known != name);
    ids.push((name.to_owned(), id));
    ids.sort();
}

fn of(ids: &[(String, TagId)], name: &str) -> Option<TagId> {
    ids.iter().find(|(known, _)| known == name).map(|(_, id)| *id)
}

#[cfg(test)]
#[path = "tag_ids_test.rs"]
mod tests;
