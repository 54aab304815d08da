//! Which call is which: paths, methods, scopes and the query parameters that each takes.

use super::{
    account_read, activities,
    call::Call,
    contact_write, contacts_read,
    errors::{ApiError, Reply},
    fields, lists, reports, sign_up, tags,
};
use crate::transport::Method::{self, Delete, Get, Post, Put};

pub(super) type Handler = fn(&mut Call<'_>) -> Reply;

/// A call that the simulator answers.
#[derive(Clone, Copy)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path with at most one placeholder, as in the contract behind its base path `/v3`.
    pub pattern: &'static str,
    /// The query parameters.
    pub parameters: &'static [&'static str],
    pub(super) scope: Option<&'static str>,
    pub(super) handler: Handler,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.pattern)
    }
}

const CONTACT: Option<&str> = Some("contact_data");
const CAMPAIGN: Option<&str> = Some("campaign_data");

const fn route(
    method: Method,
    pattern: &'static str,
    parameters: &'static [&'static str],
    scope: Option<&'static str>,
    handler: Handler,
) -> Route {
    Route { method, pattern, parameters, scope, handler }
}

/// Literal paths come before those with a placeholder.
pub(super) static ROUTES: &[Route] = &[
    route(
        Get,
        "/contacts",
        &[
            "status",
            "email",
            "lists",
            "segment_id",
            "tags",
            "updated_after",
            "updated_before",
            "created_after",
            "created_before",
            "optout_after",
            "optout_before",
            "include",
            "sms_status",
            "include_count",
            "limit",
            "cursor",
        ],
        CONTACT,
        contacts_read::list,
    ),
    route(Post, "/contacts", &[], CONTACT, contact_write::post),
    route(Get, "/contacts/counts", &["include"], CONTACT, contacts_read::counts),
    route(Post, "/contacts/sign_up_form", &[], CONTACT, sign_up::sign_up_form),
    route(Put, "/contacts/resubscribe/{contact_id}", &[], CONTACT, sign_up::resubscribe),
    route(Get, "/contacts/{contact_id}", &["include"], CONTACT, contacts_read::get),
    route(Put, "/contacts/{contact_id}", &[], CONTACT, contact_write::put),
    route(Delete, "/contacts/{contact_id}", &[], CONTACT, contact_write::delete),
    route(
        Get,
        "/contact_lists",
        &["limit", "include_count", "include_membership_count", "name", "status", "channel_type", "cursor"],
        CONTACT,
        lists::list,
    ),
    route(Post, "/contact_lists", &[], CONTACT, lists::post),
    route(Get, "/contact_lists/{list_id}", &["include_membership_count"], CONTACT, lists::get),
    route(Put, "/contact_lists/{list_id}", &[], CONTACT, lists::put),
    route(Delete, "/contact_lists/{list_id}", &[], CONTACT, lists::delete),
    route(Get, "/contact_custom_fields", &["limit", "cursor"], CONTACT, fields::list),
    route(Get, "/contact_tags", &["limit", "include_count", "cursor"], CONTACT, tags::list),
    route(Get, "/activities", &["limit", "state", "cursor"], CONTACT, activities::list),
    route(Get, "/activities/{activity_id}", &[], CONTACT, activities::get),
    route(Post, "/activities/add_list_memberships", &[], CONTACT, activities::add_lists),
    route(Post, "/activities/remove_list_memberships", &[], CONTACT, activities::remove_lists),
    route(Post, "/activities/contacts_taggings_add", &[], CONTACT, activities::add_tags),
    route(Post, "/activities/contacts_taggings_remove", &[], CONTACT, activities::remove_tags),
    route(Post, "/activities/contact_delete", &[], CONTACT, activities::delete_contacts),
    route(Post, "/activities/list_delete", &[], CONTACT, activities::delete_lists),
    route(Get, "/emails", &["limit", "before_date", "after_date", "cursor"], CAMPAIGN, reports::campaigns),
    route(Get, "/emails/{campaign_id}", &[], CAMPAIGN, reports::campaign),
    route(
        Get,
        "/reports/summary_reports/email_campaign_summaries",
        &["limit", "cursor"],
        CAMPAIGN,
        reports::summaries,
    ),
    route(
        Get,
        "/reports/email_reports/{campaign_activity_id}/tracking/bounces",
        &["bounce_code", "limit", "cursor"],
        CAMPAIGN,
        reports::bounces,
    ),
    route(
        Get,
        "/reports/email_reports/{campaign_activity_id}/tracking/optouts",
        &["limit", "cursor"],
        CAMPAIGN,
        reports::optouts,
    ),
    route(
        Get,
        "/reports/contact_reports/{contact_id}/activity_details",
        &[
            "tracking_activities_list",
            "tracking_activity_type",
            "include_campaign_activity_names",
            "limit",
            "cursor",
        ],
        CONTACT,
        reports::activity_details,
    ),
    route(Get, "/account/summary", &["extra_fields"], Some("account_read"), account_read::summary),
    route(Get, "/account/user/privileges", &[], None, account_read::privileges),
];

/// Finds the route of a path below `/v3`, and what stands in its placeholder.
pub(super) fn find<'a>(
    method: Method,
    segments: &[&'a str],
) -> Result<(&'static Route, Option<&'a str>), ApiError> {
    let mut miss = ApiError::UnknownPath;
    for route in ROUTES {
        if let Some(capture) = fit(route.pattern, segments) {
            if route.method == method {
                return Ok((route, capture));
            }
            miss = ApiError::MethodNotAllowed;
        }
    }
    Err(miss)
}

fn fit<'a>(pattern: &str, segments: &[&'a str]) -> Option<Option<&'a str>> {
    let mut capture = None;
    let mut rest = segments.iter();
    for part in pattern.split('/').skip(1) {
        let segment = rest.next()?;
        if part.starts_with('{') {
            capture = Some(*segment);
        } else if part != *segment {
            return None;
        }
    }
    rest.next().is_none().then_some(capture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_paths_win_and_unknown_ones_are_forbidden() {
        let (route, capture) = find(Get, &["contacts", "counts"]).unwrap();
        assert_eq!((route.pattern, capture), ("/contacts/counts", None));
        let (route, capture) = find(Get, &["contacts", "x"]).unwrap();
        assert_eq!((route.pattern, capture), ("/contacts/{contact_id}", Some("x")));
        assert!(matches!(find(Get, &["nothing"]), Err(ApiError::UnknownPath)));
        assert!(matches!(find(Delete, &["contacts"]), Err(ApiError::MethodNotAllowed)));
    }
}
