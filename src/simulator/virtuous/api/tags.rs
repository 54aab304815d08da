//! Tag definitions, which no call can make, and tags on contacts, which are taken off by join id (section 6).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::simulator::virtuous::{
    answer::{self, Outcome},
    call::{Call, loose_int, loose_text},
    model::{TagDefinition, TagJoin},
    organisation::Organisation,
    switches::RepeatedTag,
    view::Page,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TagView<'a> {
    id: i64,
    tag_name: &'a str,
    tag_group_name: &'a str,
    contacts_by_tag_url: String,
}

fn page<'a>(call: &Call<'_>, found: impl Iterator<Item = &'a TagDefinition>) -> Outcome {
    let (skip, take) = call.page((None, None))?;
    let found: Vec<_> = found.collect();
    let list = found
        .iter()
        .skip(skip)
        .take(take)
        .map(|tag| TagView {
            id: tag.id,
            tag_name: &tag.name,
            tag_group_name: &tag.group,
            contacts_by_tag_url: format!("/api/Contact/ByTag/{}", tag.id),
        })
        .collect();
    answer::ok(&Page { list, total: found.len() })
}

pub(super) fn list(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let (_, take) = call.page((None, None))?;
    if take > organisation.switches.max_tags_page {
        return Err(answer::bad_request("Take is too large."));
    }
    page(call, organisation.tags().iter())
}

#[derive(Deserialize)]
struct Search {
    #[serde(default, deserialize_with = "loose_text")]
    search: Option<String>,
}

/// Finds parts of names, ignoring case.
pub(super) fn search(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let wanted: Search = call.body("searchBindingModel")?;
    let wanted = wanted.search.unwrap_or_default().to_lowercase();
    page(call, organisation.tags().iter().filter(|tag| tag.name.to_lowercase().contains(&wanted)))
}

fn join_view(organisation: &Organisation, contact: i64, join: TagJoin) -> Value {
    let mut view = Map::new();
    view.insert(organisation.switches.join_id_name.clone(), json!(join.id));
    view.insert("contactId".to_owned(), json!(contact));
    view.insert("tagId".to_owned(), json!(join.tag));
    let name = organisation.tag(join.tag).map_or("", |tag| &tag.name);
    view.insert("tagName".to_owned(), json!(name));
    Value::Object(view)
}

pub(super) fn by_contact(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let contact = organisation.book.contact(call.id(2)).ok_or_else(answer::not_found)?;
    let contact = organisation.shown(contact, call.now);
    let (skip, take) = call.page((None, None))?;
    let shown = contact.tags.iter().skip(skip).take(take);
    let list = shown.map(|join| join_view(organisation, contact.id, *join)).collect();
    answer::ok(&Page::<Value> { list, total: contact.tags.len() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JoinBody {
    #[serde(default, deserialize_with = "loose_int")]
    tag_id: Option<i64>,
    #[serde(default, deserialize_with = "loose_int")]
    contact_id: Option<i64>,
}

pub(super) fn apply(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let body: JoinBody = call.body("contactTagBindingModel")?;
    let (Some(tag), Some(contact)) = (body.tag_id, body.contact_id) else {
        return Err(answer::bad_request("tagId and contactId are required."));
    };
    organisation.tag(tag).ok_or_else(answer::not_found)?;
    let target = organisation.book.contact(contact).ok_or_else(answer::not_found)?;
    if let Some(held) = target.tags.iter().find(|held| held.tag == tag).copied() {
        organisation.meter.repeats.tags += 1;
        match organisation.switches.repeated_tag {
            RepeatedTag::Conflict => return Err(answer::conflict("The contact has this tag already.")),
            RepeatedTag::Accept => return answer::ok(&join_view(organisation, contact, held)),
            RepeatedTag::Duplicate => {}
        }
    }
    if organisation.unreliable.tags_without_effect {
        let id = organisation.new_join();
        return answer::ok(&join_view(organisation, contact, TagJoin { id, tag }));
    }
    let id = organisation.join_tag(contact, tag).ok_or_else(answer::not_found)?;
    organisation.tag_changed(contact, call.now);
    answer::ok(&join_view(organisation, contact, TagJoin { id, tag }))
}

/// Takes the join id; a tag id finds nothing.
pub(super) fn remove(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let join = call.id(1);
    let contact = organisation.contact_of_join(join).ok_or_else(answer::not_found)?;
    if organisation.unreliable.tags_without_effect {
        return answer::empty();
    }
    if let Some(contact) = organisation.book.contact_mut(contact) {
        contact.tags.retain(|held| held.id != join);
    }
    organisation.tag_changed(contact, call.now);
    answer::empty()
}
