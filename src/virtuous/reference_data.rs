//! The organisation's reference data: types, tags, custom fields, query words. Never hard-coded, read at set-up and
//! daily (reference/virtuous.md 1, 4.4, 5 to 8). All reads: a repetition costs a call and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    client::{Client, needed_json},
    error::VirtuousError,
    lenient::{as_flag, as_text},
    page::{Cut, text_of},
    paths, query_terms,
    wire::{integer_of, name_of},
};
use crate::domain::{
    TagId,
    reference_data::{FieldHolder, QueryTerms, VirtuousField, VirtuousFieldKind},
};

/// Tags asked for in one call: the limit of the queries, since that of `Tag` is not stated.
pub const TAGS_TAKE: usize = 1000;
/// Tags asked for in one call where more are refused (W7).
pub const TAGS_TAKE_FEW: usize = 100;

/// The organisation that a key belongs to (reference 1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Organisation {
    /// `organizationUserId`, as text.
    pub id: String,
    /// `organizationName`.
    pub name: String,
    /// `organizationTimeZone`: the zone of dates that name none.
    pub time_zone: String,
    /// `isEnabled`; false is a soft failure. True if it is not told.
    pub enabled: bool,
    /// `isAdministrator`.
    pub administrator: bool,
}

/// One thing that a key may or may not do (reference 1). Names of modules and actions are not documented.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// The module, such as `Contact`.
    pub module: String,
    /// The action, such as `Edit`.
    pub action: String,
    /// Whether it is allowed.
    pub allowed: bool,
}

/// A page of the organisation's tags. Names are not unique (S4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagPage {
    /// Those that could be read.
    pub tags: Vec<(TagId, String)>,
    /// How many there are in all, if told.
    pub total: Option<u64>,
    /// Records in the page, odd ones included.
    pub raw_count: usize,
}

impl TagPage {
    /// Where the next page begins, if there is one. A server that gives less than asked for is taken at its word only
    /// if it does not say that there are more.
    #[must_use]
    pub fn next_skip(&self, skip: usize, take: usize) -> Option<usize> {
        let next = skip.saturating_add(self.raw_count);
        let more = match self.total {
            Some(total) => u64::try_from(next).is_ok_and(|next| next < total),
            None => self.raw_count >= take,
        };
        (self.raw_count > 0 && more).then_some(next)
    }
}

/// Whether a page of tags was refused for its size, as far as that can be told: the limit is not stated (W7).
#[must_use]
pub const fn fewer_may_do(error: &VirtuousError, take: usize) -> bool {
    take > TAGS_TAKE_FEW && matches!(error, VirtuousError::Refused { status: 400 | 413 | 422, .. })
}

impl Client {
    /// `GET Organization/Current`: whose key it is. The cheapest proof that a key works.
    ///
    /// # Errors
    /// [`VirtuousError`]; `Odd` when no name can be read.
    pub async fn organisation(&self) -> Result<Organisation, VirtuousError> {
        let response = self.get(paths::ORGANISATION).await?;
        let record = needed_json(&response, "an organisation")?;
        let text = |key: &str| record.get(key).and_then(as_text).unwrap_or_default();
        let flag = |key: &str| record.get(key).and_then(as_flag);
        let organisation = Organisation {
            id: text("organizationUserId"),
            name: text("organizationName"),
            time_zone: text("organizationTimeZone"),
            enabled: flag("isEnabled").unwrap_or(true),
            administrator: flag("isAdministrator").unwrap_or(false),
        };
        if organisation.name.is_empty() {
            Err(VirtuousError::odd("an organisation"))
        } else {
            Ok(organisation)
        }
    }

    /// `GET Permission`: what the key may do, as far as it can be read: the shape is not published, so nothing may rely
    /// on it, and an empty answer says nothing.
    ///
    /// # Errors
    /// [`VirtuousError`]; `NotFound` where the endpoint does not exist.
    pub async fn permissions(&self) -> Result<Vec<Permission>, VirtuousError> {
        let response = self.get(paths::PERMISSIONS).await?;
        let mut found = BTreeSet::new();
        collect_permissions(&needed_json(&response, "permissions")?, "", &mut found);
        Ok(found.into_iter().collect())
    }

    /// `GET Contact/Types`: names for a transaction's `contactType`.
    ///
    /// # Errors
    /// [`VirtuousError`]; `Odd` when the answer is no list.
    pub async fn contact_types(&self) -> Result<Vec<String>, VirtuousError> {
        self.names(paths::CONTACT_TYPES).await
    }

    /// `GET ContactMethod/Types`: names for `emailType` and `phoneType`.
    ///
    /// # Errors
    /// As for [`Client::contact_types`].
    pub async fn method_types(&self) -> Result<Vec<String>, VirtuousError> {
        self.names(paths::METHOD_TYPES).await
    }

    /// `GET ContactNote/Types`: an object whose values are what writes use (reference 8).
    ///
    /// # Errors
    /// As for [`Client::contact_types`].
    pub async fn note_types(&self) -> Result<Vec<String>, VirtuousError> {
        self.names(paths::NOTE_TYPES).await
    }

    /// One page of `GET Tag`. One call.
    ///
    /// # Errors
    /// As for [`Client::contact_types`].
    pub async fn tags_page(&self, skip: usize, take: usize) -> Result<TagPage, VirtuousError> {
        let response = self.get(&paths::tags(skip, take)).await?;
        let body = text_of(&response.body);
        let cut = Cut::of(&body).ok_or_else(|| VirtuousError::odd("a page of tags"))?;
        let (records, _) = cut.read::<Value>();
        let tag = |record: &Value| {
            let name = name_of(record, &["tagName", "name"])?;
            Some((TagId(integer_of(record, &["id", "tagId"])?), name))
        };
        Ok(TagPage {
            tags: records.iter().filter_map(tag).collect(),
            total: cut.total,
            raw_count: cut.records.len(),
        })
    }

    /// All tags. A call a page: one for up to 1,000 tags as a rule. Ends when a page brings nothing new, so that a
    /// server that ignores `skip` does not hold it.
    ///
    /// # Errors
    /// As for [`Client::contact_types`].
    pub async fn tags(&self) -> Result<Vec<(TagId, String)>, VirtuousError> {
        let mut all = BTreeSet::new();
        let (mut next, mut take) = (Some(0), TAGS_TAKE);
        while let Some(skip) = next {
            let page = match self.tags_page(skip, take).await {
                Err(error) if fewer_may_do(&error, take) => {
                    take = TAGS_TAKE_FEW;
                    continue;
                }
                page => page?,
            };
            next = page.next_skip(skip, take);
            let before = all.len();
            all.extend(page.tags);
            if all.len() == before {
                break;
            }
        }
        Ok(all.into_iter().collect())
    }

    /// The custom fields that hang on contacts, or on individuals. One call.
    ///
    /// # Errors
    /// As for [`Client::contact_types`].
    pub async fn fields_of(&self, holder: FieldHolder) -> Result<Vec<VirtuousField>, VirtuousError> {
        let path = match holder {
            FieldHolder::Contact => paths::CONTACT_FIELDS,
            FieldHolder::Individual => paths::INDIVIDUAL_FIELDS,
        };
        let response = self.get(path).await?;
        let body = text_of(&response.body);
        let cut = Cut::of(&body).ok_or_else(|| VirtuousError::odd("a list of custom fields"))?;
        let (records, _) = cut.read::<Value>();
        Ok(records.iter().filter_map(|record| field(record, holder)).collect())
    }

    /// All custom fields, those of contacts first. Two calls.
    ///
    /// # Errors
    /// As for [`Client::contact_types`].
    pub async fn custom_fields(&self) -> Result<Vec<VirtuousField>, VirtuousError> {
        let mut fields = self.fields_of(FieldHolder::Contact).await?;
        fields.extend(self.fields_of(FieldHolder::Individual).await?);
        Ok(fields)
    }

    /// `GET Contact/QueryOptions`: how this organisation's queries are spelled ([`query_terms::choose`]).
    ///
    /// # Errors
    /// As for [`Client::contact_types`].
    pub async fn query_options(&self) -> Result<QueryTerms, VirtuousError> {
        let response = self.get(paths::QUERY_OPTIONS).await?;
        Ok(query_terms::choose(&needed_json(&response, "query options")?))
    }

    async fn names(&self, path: &str) -> Result<Vec<String>, VirtuousError> {
        let response = self.get(path).await?;
        match needed_json(&response, "a list of types")? {
            Value::Object(map) => match map.get("list") {
                Some(Value::Array(items)) => Ok(items.iter().filter_map(type_name).collect()),
                _ => Ok(map.values().filter_map(type_name).collect()),
            },
            Value::Array(items) => Ok(items.iter().filter_map(type_name).collect()),
            _ => Err(VirtuousError::odd("a list of types")),
        }
    }
}

fn type_name(value: &Value) -> Option<String> {
    name_of(value, &["name", "type", "contactType", "displayName"])
}

fn field(record: &Value, holder: FieldHolder) -> Option<VirtuousField> {
    let display_name = name_of(record, &["displayName"]).filter(|name| !name.is_empty());
    let name =
        record.get("name").and_then(as_text).filter(|name| !name.is_empty()).or(display_name.clone())?;
    let options = record.get("options").and_then(Value::as_array);
    let option =
        |option: &Value| name_of(option, &["value", "name", "option", "label"]).or_else(|| as_text(option));
    Some(VirtuousField {
        display_name: display_name.unwrap_or_else(|| name.clone()),
        name,
        kind: VirtuousFieldKind::parse(&record.get("dataType").and_then(as_text).unwrap_or_default()),
        options: options.into_iter().flatten().filter_map(option).collect(),
        holder,
    })
}

/// Walks whatever was sent for objects that carry an "allowed" flag; the names nearest to it are taken.
fn collect_permissions(value: &Value, module: &str, found: &mut BTreeSet<Permission>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_permissions(item, module, found)),
        Value::Object(map) => {
            let text = |keys: &[&str]| keys.iter().find_map(|key| as_text(map.get(*key)?));
            let module =
                text(&["module", "moduleName", "permissionModule"]).unwrap_or_else(|| module.to_owned());
            let allowed = ["allowed", "isAllowed", "hasPermission", "enabled"]
                .iter()
                .find_map(|key| as_flag(map.get(*key)?));
            if let Some(allowed) = allowed {
                let action = text(&["action", "actionName", "name", "permission"]).unwrap_or_default();
                found.insert(Permission { module: module.clone(), action, allowed });
            }
            for inner in map.values().filter(|inner| inner.is_array() || inner.is_object()) {
                collect_permissions(inner, &module, found);
            }
        }
        _ => {}
    }
}

/// Tags as the reference keeps them: by exact name, which may have several ids (S4).
pub(super) fn by_name(tags: Vec<(TagId, String)>) -> BTreeMap<String, Vec<TagId>> {
    let mut reference: BTreeMap<String, Vec<TagId>> = BTreeMap::new();
    for (id, name) in tags {
        let ids = reference.entry(name).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    reference
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::virtuous::script::{Script, any_json};

    #[tokio::test]
    async fn an_organisation_is_read() {
        let script = Script::new()
            .then(200, json!({"organizationUserId": 7, "organizationName": "Hope", "isEnabled": "False"}))
            .then(200, json!({"organizationUserId": 7}));
        let organisation = script.client().organisation().await.unwrap();
        assert_eq!((organisation.id.as_str(), organisation.name.as_str()), ("7", "Hope"));
        assert!(!organisation.enabled);
        assert!(matches!(script.client().organisation().await, Err(VirtuousError::Odd { .. })));
    }

    #[tokio::test]
    async fn types_come_as_lists_and_as_maps() {
        let script = Script::new()
            .then(200, json!(["Household", {"name": "Foundation"}]))
            .then(200, json!({"general": "General", "text Message": "Text Message"}))
            .then(200, "7");
        let client = script.client();
        assert_eq!(client.contact_types().await.unwrap(), ["Household", "Foundation"]);
        assert_eq!(client.note_types().await.unwrap(), ["General", "Text Message"]);
        assert!(client.method_types().await.is_err());
    }

    #[tokio::test]
    async fn tags_are_read_to_the_end() {
        let page = |range: std::ops::Range<usize>, total: usize| {
            let list: Vec<_> = range.map(|id| json!({"id": id, "tagName": format!("t{id}")})).collect();
            json!({"list": list, "total": total})
        };
        // The server caps its pages at 2, whatever was asked for.
        let script = Script::new().then(200, page(1..3, 3)).then(200, page(3..4, 3));
        assert_eq!(script.client().tags().await.unwrap().len(), 3);
        assert_eq!(script.asked(), ["GET /api/Tag?skip=0&take=1000", "GET /api/Tag?skip=2&take=1000"]);
        // This one ignores skip.
        let script = Script::new().then(200, page(1..3, 9)).then(200, page(1..3, 9));
        assert_eq!(script.client().tags().await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn fields_of_both_ages_are_read() {
        let script = Script::new()
            .then(
                200,
                json!([{"name": "Program", "displayName": "Program Interest", "dataType": "Dropdown",
                               "options": ["Arts", {"value": "Music"}, 5]}, 7, {}]),
            )
            .then(200, json!([{"name": "Since", "dataType": "DateTime", "options": null}]));
        let fields = script.client().custom_fields().await.unwrap();
        assert_eq!(fields.len(), 2);
        assert_eq!(fields[0].options, ["Arts", "Music", "5"]);
        assert_eq!((fields[0].kind, fields[1].kind), (VirtuousFieldKind::Dropdown, VirtuousFieldKind::Date));
        assert_eq!((fields[1].display_name.as_str(), fields[1].holder), ("Since", FieldHolder::Individual));
    }

    #[test]
    fn permissions_are_found_wherever_they_are() {
        let mut found = BTreeSet::new();
        let flat = json!([{"module": "Contact", "action": "Edit", "allowed": true}]);
        collect_permissions(&flat, "", &mut found);
        let nested = json!([{"module": "Tag", "permissions": [{"name": "View", "isAllowed": "false"}]}]);
        collect_permissions(&nested, "", &mut found);
        let allowed: Vec<_> = found.iter().map(|one| (one.module.as_str(), one.allowed)).collect();
        assert_eq!(allowed, [("Contact", true), ("Tag", false)]);
    }

    proptest! {
        #[test]
        fn no_answer_panics(value in any_json()) {
            let _ = field(&value, FieldHolder::Contact);
            collect_permissions(&value, "", &mut BTreeSet::new());
            let page = TagPage { raw_count: 3, total: crate::virtuous::lenient::as_integer(&value).and_then(|n| u64::try_from(n).ok()),
                ..TagPage::default() };
            let _ = page.next_skip(usize::MAX, TAGS_TAKE);
        }
    }
}
