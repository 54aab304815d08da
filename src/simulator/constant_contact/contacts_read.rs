//! `GET /contacts`, `GET /contacts/{contact_id}`, `GET /contacts/counts` (reference 3, 7).

use std::collections::HashMap;

use serde::Serialize;
use serde_json::json;

use super::{
    call::Call,
    contact_query::ContactQuery,
    contact_view::{ContactView, ContactViews, Include},
    errors::{ApiError, Reply},
    model::Permission,
    paging::{Links, Page},
};
use crate::simulator::{ids::Stamp, wire::SimResponse};

#[derive(Serialize)]
struct ContactsPage<'a> {
    contacts: ContactViews<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts_count: Option<usize>,
    #[serde(rename = "_links")]
    links: Links,
}

pub(super) fn list(call: &mut Call<'_>) -> Reply {
    let page = Page::read(call.request, 50, 500, call.switches)?;
    let query = ContactQuery::read(&page, call.switches)?;
    let found = call.account.roster.page(&query, page.offset, page.limit);
    let more = found.matching > page.offset.saturating_add(found.rows.len());
    let body = ContactsPage {
        contacts: ContactViews { contacts: &found.rows, include: query.include, switches: call.switches },
        contacts_count: query.include_count.then_some(found.matching),
        links: Links::new(more.then(|| page.next_href("/v3/contacts", call.switches))),
    };
    Ok(SimResponse::json(200, &body))
}

pub(super) fn get(call: &mut Call<'_>) -> Reply {
    let include = call.request.query_value("include").map_or(Some(Include::default()), Include::parse);
    let include = include.ok_or_else(|| ApiError::validation("include does not have a valid value"))?;
    let contact = call.account.roster.get(call.id()?).ok_or(ApiError::NotFound)?;
    if contact.deleted_at.is_some() && !call.switches.get_finds_deleted {
        return Err(ApiError::NotFound);
    }
    Ok(SimResponse::json(200, &ContactView::new(contact, include, call.switches)))
}

/// Deleted contacts, `not_set` and `temp_hold` have no counter of their own.
pub(super) fn counts(call: &mut Call<'_>) -> Reply {
    let new_subscriber = match call.request.query_value("include") {
        None => false,
        Some("new_subscriber") => true,
        Some(_) => return Err(ApiError::validation("include does not have a valid value")),
    };
    let present = || call.account.roster.iter().filter(|contact| contact.deleted_at.is_none());
    let mut total = 0_usize;
    let mut of = HashMap::new();
    for contact in present() {
        total += 1;
        *of.entry(contact.permission()).or_insert(0_usize) += 1;
    }
    let of = |permission| of.get(&Some(permission)).copied().unwrap_or_default();
    let mut body = json!({
        "total": total,
        "explicit": of(Permission::Explicit),
        "implicit": of(Permission::Implicit),
        "pending": of(Permission::PendingConfirmation),
        "unsubscribed": of(Permission::Unsubscribed),
    });
    if new_subscriber {
        const MONTH: std::time::Duration = std::time::Duration::from_secs(30 * 86_400);
        let since = Stamp::at(call.now.minus(MONTH));
        body["new_subscriber"] = json!(present().filter(|contact| contact.created_at >= since).count());
    }
    Ok(SimResponse::json(200, &body))
}
