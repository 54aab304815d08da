//! Calls for lists, tags and custom fields. Source: reference/constant-contact.md 5.

use std::collections::BTreeMap;

use super::{
    AccessToken, Answer, Call, CcError, Client, Page, PagePath, body,
    page::{RECORDS_MAX, too_many},
    wire::{ContactList, CustomField, CustomFieldsPage, Links, ListsPage, Tag, TagsPage, number, trimmed},
};
use crate::domain::{
    CcTagId, FieldId, ListId,
    reference_data::{CcField, FieldKind, List},
};

impl Client {
    /// One page of lists, deleted ones included, with their numbers of members. First: [`super::streams::lists::first`].
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn lists_page(
        &self,
        token: &AccessToken,
        at: &PagePath,
    ) -> Result<Answer<Page<(ListId, List)>>, CcError> {
        self.call(token, Call::get(at.as_str())).await?.try_map(|body| {
            let body = body::into_text(body);
            let wire: ListsPage<'_> = body::decode(&body)?;
            collect(&wire.lists, wire.links, list, at, self.api_url())
        })
    }

    /// One page of tags. First: [`super::streams::lists::first_tags`].
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn tags_page(
        &self,
        token: &AccessToken,
        at: &PagePath,
    ) -> Result<Answer<Page<(CcTagId, String)>>, CcError> {
        self.call(token, Call::get(at.as_str())).await?.try_map(|body| {
            let body = body::into_text(body);
            let wire: TagsPage<'_> = body::decode(&body)?;
            collect(&wire.tags, wire.links, tag, at, self.api_url())
        })
    }

    /// One page of custom fields. First: [`super::streams::fields::first`].
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn custom_fields_page(
        &self,
        token: &AccessToken,
        at: &PagePath,
    ) -> Result<Answer<Page<(FieldId, CcField)>>, CcError> {
        self.call(token, Call::get(at.as_str())).await?.try_map(|body| {
            let body = body::into_text(body);
            let wire: CustomFieldsPage<'_> = body::decode(&body)?;
            collect(&wire.custom_fields, wire.links, field, at, self.api_url())
        })
    }
}

/// Converts the items of a page; unreadable items are counted.
pub(super) fn collect<W, T>(
    wire: &[Option<W>],
    links: Option<Links>,
    convert: impl Fn(&W) -> Option<T>,
    at: &PagePath,
    api_url: &str,
) -> Result<Page<T>, CcError> {
    let next = at.follow(Links::next(links).as_deref(), api_url)?;
    if wire.len() > RECORDS_MAX {
        return Err(CcError::Odd(too_many(wire.len())));
    }
    let items: Vec<T> = wire.iter().filter_map(|item| convert(item.as_ref()?)).collect();
    Ok(Page { odd: wire.len() - items.len(), items, next })
}

fn list(wire: &ContactList<'_>) -> Option<(ListId, List)> {
    let list = List {
        name: trimmed(wire.name.as_ref()).unwrap_or_default().to_owned(),
        former_names: Vec::new(),
        deleted: trimmed(wire.deleted_at.as_ref()).is_some(),
        members: number(wire.membership_count.as_ref()),
    };
    Some((ListId::new(trimmed(wire.list_id.as_ref())?), list))
}

fn tag(wire: &Tag<'_>) -> Option<(CcTagId, String)> {
    Some((CcTagId::new(trimmed(wire.tag_id.as_ref())?), trimmed(wire.name.as_ref())?.to_owned()))
}

fn field(wire: &CustomField<'_>) -> Option<(FieldId, CcField)> {
    let choices: BTreeMap<String, String> = wire
        .choices
        .iter()
        .flatten()
        .filter_map(|choice| {
            let id = trimmed(choice.choice_id.as_ref())?.to_owned();
            Some((id, trimmed(choice.choice_label.as_ref())?.to_owned()))
        })
        .collect();
    let label = trimmed(wire.label.as_ref()).or_else(|| trimmed(wire.name.as_ref()))?.to_owned();
    let kind = trimmed(wire.r#type.as_ref()).map_or(FieldKind::Text, FieldKind::parse);
    Some((FieldId::new(trimmed(wire.custom_field_id.as_ref())?), CcField { label, kind, choices }))
}

#[cfg(test)]
#[path = "reference_data_tests.rs"]
mod tests;
