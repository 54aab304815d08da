//! `Contact/Query` and `Contact/Query/FullContact` (section 4.4): conditions are joined by AND within a group and by OR
//! between groups; no group at all means every contact.

use serde::Deserialize;

use super::{
    conditions::{Condition, Filter, Group, Test},
    query_options::PARAMETERS,
};
use crate::{
    simulator::virtuous::{
        answer::{self, Outcome},
        call::{Call, loose_bool},
        model::Contact,
        organisation::Organisation,
        view::{AbbreviatedView, Page},
    },
    transport::Response,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryBody {
    #[serde(default)]
    groups: Vec<Group>,
    #[serde(default)]
    sort_by: Option<String>,
    #[serde(default, deserialize_with = "loose_bool")]
    descending: Option<bool>,
    #[serde(default, deserialize_with = "loose_bool")]
    include_archived: Option<bool>,
    #[serde(default)]
    skip: Option<usize>,
    #[serde(default)]
    take: Option<usize>,
}

/// A condition on contacts.
fn test<'a>(organisation: &'a Organisation, condition: &'a Condition) -> Result<Test<'a, Contact>, Response> {
    Ok(match condition.parameter.as_str() {
        "Contact Id" => {
            let test = condition.number(organisation)?;
            Box::new(move |contact| test(&contact.id))
        }
        "Contact Name" => {
            let test = condition.text(organisation)?;
            Box::new(move |contact| test.one(&contact.name))
        }
        "Email Address" => {
            let test = condition.text(organisation)?;
            Box::new(move |contact| {
                test.any(contact.methods().filter(|method| method.is_email()).map(|method| &*method.value))
            })
        }
        "Last Modified Date" => {
            let test = condition.date(organisation)?;
            Box::new(move |contact| test(&contact.modified))
        }
        "Create Date" => {
            let test = condition.date(organisation)?;
            Box::new(move |contact| test(&contact.created))
        }
        "Tags" => tags(organisation, condition)?,
        _ => return Err(condition.unknown()),
    })
}

fn tags<'a>(organisation: &'a Organisation, condition: &'a Condition) -> Result<Test<'a, Contact>, Response> {
    let inside = match &*condition.operator(organisation.switches.operators)? {
        "In" | "Is" | "IsAnyOf" => true,
        "NotIn" | "IsNoneOf" => false,
        _ => return Err(condition.refused()),
    };
    let wanted = condition.listed();
    Ok(Box::new(move |contact| {
        organisation.tag_names(&contact.tags).any(|name| wanted.contains(&name)) == inside
    }))
}

/// The contacts worth looking at: those with an address or id that every group asks for, or all.
fn candidates<'a>(organisation: &'a Organisation, groups: &[Group]) -> Vec<&'a Contact> {
    let mut found = Vec::new();
    for group in groups {
        let narrow = group.conditions.iter().find_map(|condition| {
            match (condition.parameter.as_str(), condition.operator.as_str()) {
                ("Email Address", "Is") => {
                    Some(organisation.book.positions_by_email(condition.value.as_deref().unwrap_or_default()))
                }
                _ => None,
            }
        });
        match narrow {
            Some(positions) => found.extend(positions),
            None => return organisation.book.contacts().iter().collect(),
        }
    }
    if groups.is_empty() {
        return organisation.book.contacts().iter().collect();
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().filter_map(|position| organisation.book.at(position)).collect()
}

/// Operators that the parameter does not have are refused, as `QueryOptions` says.
fn check_operators(groups: &[Group]) -> Result<(), Response> {
    for condition in groups.iter().flat_map(|group| &group.conditions) {
        let known = PARAMETERS.iter().find(|(name, ..)| *name == condition.parameter);
        let (_, _, operators) = known.ok_or_else(|| condition.unknown())?;
        let pascal: String = condition.operator.split(' ').collect();
        if !operators.contains(&pascal.as_str()) {
            return Err(condition.refused());
        }
    }
    Ok(())
}

fn run<'a>(organisation: &'a Organisation, call: &Call<'_>) -> Result<(Vec<&'a Contact>, usize), Response> {
    let body: QueryBody = call.body("queryBindingModel")?;
    check_operators(&body.groups)?;
    let filter = Filter::new(&body.groups, |condition| test(organisation, condition))?;
    let inside = if organisation.switches.paging_in_body { (body.skip, body.take) } else { (None, None) };
    let (skip, take) = call.page(inside)?;
    let archived = body.include_archived.unwrap_or(false);
    let mut found = Vec::new();
    for contact in candidates(organisation, &body.groups) {
        let Some(contact) = organisation.queried(contact, call.now) else { continue };
        // What was merged away is hidden like what was archived, and shown with it (section 4.4).
        if contact.removed || !archived && !contact.is_live() {
            continue;
        }
        if filter.holds(contact) {
            found.push(contact);
        }
    }
    sort(&mut found, body.sort_by.as_deref())?;
    if body.descending == Some(true) {
        found.reverse();
    }
    let total = found.len();
    Ok((found.into_iter().skip(skip).take(take).collect(), total))
}

fn sort(found: &mut [&Contact], by: Option<&str>) -> Result<(), Response> {
    match by {
        None | Some("Id" | "") => {}
        Some("Name" | "Contact Name") => found.sort_by(|one, other| one.name.cmp(&other.name)),
        Some("Create DateTime UTC" | "CreatedDateTime") => found.sort_by_key(|contact| contact.created),
        Some("Last Modified Date") => found.sort_by_key(|contact| contact.modified),
        Some(other) => return Err(answer::bad_request(&format!("Cannot sort by {other:?}."))),
    }
    Ok(())
}

pub(super) fn full(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let (found, total) = run(organisation, call)?;
    let unreadable = organisation.switches.unreadable_contact;
    if found.iter().any(|contact| Some(contact.id) == unreadable) {
        return Err(answer::broken());
    }
    let list = found.into_iter().map(|contact| organisation.view(contact)).collect();
    answer::ok(&Page { list, total })
}

pub(super) fn abbreviated(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let (found, total) = run(organisation, call)?;
    let list = found.into_iter().map(AbbreviatedView::new).collect();
    answer::ok(&Page { list, total })
}

/// The members of a tag, abbreviated: the cheapest full read of a membership (section 4.4).
pub(super) fn by_tag(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let tag = organisation.tag(call.id(2)).ok_or_else(answer::not_found)?.id;
    let (skip, take) = call.page((None, None))?;
    let has = |contact: &&Contact| contact.is_live() && contact.tags.iter().any(|held| held.tag == tag);
    let all = organisation.book.contacts().iter();
    let mut found: Vec<_> =
        all.filter_map(|contact| organisation.queried(contact, call.now)).filter(has).collect();
    sort(&mut found, call.query("sortBy"))?;
    let list = found.iter().skip(skip).take(take).map(|contact| AbbreviatedView::new(contact)).collect();
    answer::ok(&Page { list, total: found.len() })
}
