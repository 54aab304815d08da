//! `GET /contact_tags` (reference 5).

use std::collections::HashMap;

use serde::Serialize;

use super::{
    call::Call,
    errors::{ApiError, Reply},
    model::Tag,
    paging::{Links, Page},
};
use crate::simulator::{ids::Uuid, wire::SimResponse};

#[derive(Serialize)]
struct TagView<'a> {
    #[serde(flatten)]
    tag: &'a Tag,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts_count: Option<usize>,
}

#[derive(Serialize)]
struct TagsPage<'a> {
    tags: Vec<TagView<'a>>,
    #[serde(rename = "_links")]
    links: Links,
}

pub(super) fn list(call: &mut Call<'_>) -> Reply {
    let page = Page::read(call.request, 50, 500, call.switches)?;
    let include_count = page.filter("include_count").map_or(Some(false), |text| text.parse().ok());
    let include_count =
        include_count.ok_or_else(|| ApiError::validation("include_count does not have a valid value"))?;
    let (tags, links) = page.cut(&call.account.tags, "/v3/contact_tags", call.switches);
    let mut counts: HashMap<Uuid, usize> = HashMap::new();
    if include_count {
        for contact in call.account.roster.iter().filter(|contact| contact.deleted_at.is_none()) {
            for tag in &contact.tags {
                *counts.entry(*tag).or_default() += 1;
            }
        }
    }
    let count = |tag: &Tag| include_count.then(|| counts.get(&tag.tag_id).copied().unwrap_or(0));
    let tags = tags.iter().map(|tag| TagView { tag, contacts_count: count(tag) }).collect();
    Ok(SimResponse::json(200, &TagsPage { tags, links }))
}
