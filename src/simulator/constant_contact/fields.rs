//! `GET /contact_custom_fields` (reference 5).

use serde::{Deserialize, Serialize};

use super::{
    call::Call,
    errors::Reply,
    id_source::IdSource,
    model::{Choice, CustomField},
    paging::{Links, Page},
};
use crate::{
    domain::Timestamp,
    simulator::{ids::Stamp, wire::SimResponse},
};

/// A new custom field.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldSeed {
    /// Its label.
    pub label: String,
    /// `string` where empty; `date`, `single_select`, `multi_select`, ...
    pub kind: String,
    /// The labels of a select type's choices.
    pub choices: Vec<String>,
}

impl FieldSeed {
    pub(super) fn plant(&self, ids: &mut IdSource, now: Timestamp) -> CustomField {
        let at = Stamp::at(now);
        let custom_field_id = ids.uuid(now);
        let kind = if self.kind.is_empty() { "string" } else { &self.kind };
        let choices = (1_u32..).zip(&self.choices).map(|(number, label)| Choice {
            custom_field_id,
            choice_id: number,
            choice_label: label.as_str().into(),
            display_order: number,
            created_at: at,
            updated_at: at,
        });
        CustomField {
            custom_field_id,
            label: self.label.as_str().into(),
            name: self.label.replace(' ', "_").into(),
            kind: kind.into(),
            version: (kind == "date").then_some(2),
            choices: choices.collect(),
            created_at: at,
            updated_at: at,
        }
    }
}

#[derive(Serialize)]
struct FieldsPage<'a> {
    custom_fields: &'a [CustomField],
    #[serde(rename = "_links")]
    links: Links,
}

pub(super) fn list(call: &mut Call<'_>) -> Reply {
    let page = Page::read(call.request, 50, 100, call.switches)?;
    let (custom_fields, links) =
        page.cut(&call.account.custom_fields, "/v3/contact_custom_fields", call.switches);
    Ok(SimResponse::json(200, &FieldsPage { custom_fields, links }))
}
