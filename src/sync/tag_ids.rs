//! The ids of the tags that both sides agreed on: a tag made anew under its name is another tag, and taken off by no person (S5).

use crate::domain::{Person, SegmentKey, TagId, reference_data::TagLookup};

use super::{Mapping, mapping::MappedTag};

/// The ids of the agreed tags, by name. The id of a tag that a reading shows is taken over if the reading is not older than the
/// names of tags are: an older one may show the tag that was there before under this name.
#[must_use]
pub fn agreed(
    before: &[(String, TagId)],
    segments: &[(SegmentKey, String)],
    person: &Person,
    mapping: &Mapping,
) -> Vec<(String, TagId)> {
    let is_newer = mapping.tags_read_at.is_none_or(|read_at| person.seen_at >= read_at);
    let id_of = |(segment, name): &(SegmentKey, String)| {
        let known = of(before, name);
        let shown = mapping.tags.get(segment).filter(|tag| tag.name == *name && person.tags.contains(name));
        let shown = shown.and_then(|tag| match tag.lookup {
            TagLookup::One(id) => Some(id),
            TagLookup::Missing | TagLookup::Several => None,
        });
        let id = if is_newer { shown.or(known) } else { known.or(shown) };
        id.map(|id| (name.clone(), id))
    };
    let mut ids: Vec<_> = segments.iter().filter_map(id_of).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Whether a tag has the id that was agreed on under its name. Where no id was kept, any has.
#[must_use]
pub fn is_agreed(before: &[(String, TagId)], tag: &MappedTag) -> bool {
    match tag.lookup {
        TagLookup::One(id) => of(before, &tag.name).is_none_or(|known| known == id),
        TagLookup::Missing | TagLookup::Several => false,
    }
}

/// Keeps the id of a tag that Tandem put on.
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
