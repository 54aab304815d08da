//! A contact method.

use serde::Serialize;

use super::time::{Time, USER};
use crate::simulator::virtuous::model::Method;

/// A contact method.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MethodView<'a> {
    id: i64,
    #[serde(rename = "type")]
    kind: &'a str,
    value: &'a str,
    is_opted_in: bool,
    is_primary: bool,
    can_be_primary: bool,
    create_date_time_utc: Time,
    created_by_user: &'static str,
    modified_date_time_utc: Time,
    modified_by_user: &'static str,
}

impl<'a> MethodView<'a> {
    pub(crate) fn new(method: &'a Method, zulu: bool) -> Self {
        Self {
            id: method.id,
            kind: &method.kind,
            value: &method.value,
            is_opted_in: method.opted_in,
            is_primary: method.primary,
            can_be_primary: true,
            create_date_time_utc: Time(method.created, zulu),
            created_by_user: USER,
            modified_date_time_utc: Time(method.modified, zulu),
            modified_by_user: USER,
        }
    }
}
