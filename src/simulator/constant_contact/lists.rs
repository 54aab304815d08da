//! Contact lists (reference 5): hidden once deleted unless asked for, deleted asynchronously.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{
    account::Account,
    activities,
    activity::Job,
    call::Call,
    errors::{ApiError, Reply},
    model::{Contact, List, Permission},
    paging::{Links, Page},
};
use crate::simulator::{ids::Uuid, wire::SimResponse};

#[derive(Serialize)]
struct ListView<'a> {
    #[serde(flatten)]
    list: &'a List,
    #[serde(skip_serializing_if = "Option::is_none")]
    membership_count: Option<usize>,
}

#[derive(Serialize)]
struct ListsPage<'a> {
    lists: Vec<ListView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lists_count: Option<usize>,
    #[serde(rename = "_links")]
    links: Links,
}

/// Members by list, all or only those who may be mailed; `None` where not asked for.
fn membership_counts(
    account: &Account,
    wanted: Option<&str>,
) -> Result<Option<HashMap<Uuid, usize>>, ApiError> {
    let counted: fn(&Contact) -> bool = match wanted {
        None => return Ok(None),
        Some("all") => |_| true,
        Some("active") => {
            |contact| matches!(contact.permission(), Some(Permission::Explicit | Permission::Implicit))
        }
        Some(_) => {
            return Err(ApiError::validation("include_membership_count does not have a valid value"));
        }
    };
    let mut counts = HashMap::new();
    for contact in account.roster.iter().filter(|contact| contact.deleted_at.is_none() && counted(contact)) {
        for list in &contact.lists {
            *counts.entry(*list).or_default() += 1;
        }
    }
    Ok(Some(counts))
}

pub(super) fn list(call: &mut Call<'_>) -> Reply {
    // The text says at most 500, the schema 1,000 (reference 5): the larger is accepted.
    let page = Page::read(call.request, 50, 1_000, call.switches)?;
    let (mut active, mut deleted) = (false, false);
    for status in page.filter("status").unwrap_or("active").split(',') {
        match status {
            "all" => (active, deleted) = (true, true),
            "active" => active = true,
            "deleted" => deleted = true,
            _ => return Err(ApiError::validation("status does not have a valid value")),
        }
    }
    let email_lists = match page.filter("channel_type") {
        None | Some("email") => true,
        // SMS lists are not simulated: there are none.
        Some("sms") => false,
        Some(_) => return Err(ApiError::validation("channel_type does not have a valid value")),
    };
    let include_count = page.filter("include_count").map_or(Some(false), |text| text.parse().ok());
    let include_count =
        include_count.ok_or_else(|| ApiError::validation("include_count does not have a valid value"))?;
    let counts = membership_counts(call.account, page.filter("include_membership_count"))?;
    let name = page.filter("name");
    let rows: Vec<&List> = call
        .account
        .lists
        .iter()
        .filter(|list| email_lists && if list.deleted_at.is_some() { deleted } else { active })
        .filter(|list| name.is_none_or(|name| &*list.name == name))
        .collect();
    let (shown, links) = page.cut(&rows, "/v3/contact_lists", call.switches);
    let count = |list: &List| counts.as_ref().map(|counts| counts.get(&list.list_id).copied().unwrap_or(0));
    let lists = shown.iter().map(|list| ListView { list, membership_count: count(list) }).collect();
    let lists_count = include_count.then_some(rows.len());
    Ok(SimResponse::json(200, &ListsPage { lists, lists_count, links }))
}

pub(super) fn get(call: &mut Call<'_>) -> Reply {
    let id = call.id()?;
    let counts = membership_counts(call.account, call.request.query_value("include_membership_count"))?;
    let list = call.account.list(id).ok_or(ApiError::NotFound)?;
    let membership_count = counts.map(|counts| counts.get(&id).copied().unwrap_or(0));
    Ok(SimResponse::json(200, &ListView { list, membership_count }))
}

#[derive(Deserialize)]
struct ListInput {
    name: Box<str>,
    description: Option<Box<str>>,
    #[serde(default)]
    favorite: bool,
}

fn input(call: &Call<'_>, own: Option<Uuid>) -> Result<ListInput, ApiError> {
    let input: ListInput = call.body()?;
    if input.name.is_empty() || input.name.chars().count() > 255 {
        return Err(ApiError::validation("name does not have a valid value"));
    }
    let same =
        |list: &&List| list.deleted_at.is_none() && list.name == input.name && Some(list.list_id) != own;
    if call.account.lists.iter().any(|list| same(&list)) {
        return Err(ApiError::Conflict(format!("List name {} already exists", input.name)));
    }
    Ok(input)
}

pub(super) fn post(call: &mut Call<'_>) -> Reply {
    let input = input(call, None)?;
    let at = call.stamp();
    let list = List {
        list_id: call.ids.uuid(call.now),
        name: input.name,
        description: input.description,
        favorite: input.favorite,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    };
    let answer = SimResponse::json(201, &list);
    call.account.lists.push(list);
    Ok(answer)
}

pub(super) fn put(call: &mut Call<'_>) -> Reply {
    let id = call.id()?;
    let input = input(call, Some(id))?;
    let at = call.stamp();
    let list = call.account.lists.iter_mut().find(|list| list.list_id == id && list.deleted_at.is_none());
    let list = list.ok_or(ApiError::NotFound)?;
    list.name = input.name;
    list.description = input.description;
    list.favorite = input.favorite;
    list.updated_at = at;
    Ok(SimResponse::json(200, list))
}

/// 202 at once; the members lose the list when the activity is through.
pub(super) fn delete(call: &mut Call<'_>) -> Reply {
    let id = call.id()?;
    if call.account.list(id).is_none_or(|list| list.deleted_at.is_some()) {
        return Err(ApiError::NotFound);
    }
    activities::queue(call, Job::DeleteLists { lists: vec![id] }, 202)
}
