//! `Contact/Query` and `Contact/Query/FullContact` (section 4.4): conditions are joined by AND within a group and by OR
//! between groups; no group at all means every contact.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::Deserialize;

use super::query_options::{PARAMETERS, spaced};
use crate::{
    domain::Timestamp,
    simulator::virtuous::{
        answer::{self, Outcome},
        call::{Call, loose_bool, loose_text},
        model::Contact,
        organisation::Organisation,
        switches::Operators,
        view::{AbbreviatedView, Page},
    },
    transport::Response,
};

/// Conditions that must all hold.
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    #[serde(default)]
    conditions: Vec<Condition>,
}

/// One condition.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Condition {
    #[serde(default)]
    pub(super) parameter: String,
    #[serde(default)]
    operator: String,
    #[serde(default, deserialize_with = "loose_text")]
    value: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    secondary_value: Option<String>,
    #[serde(default)]
    values: Option<Vec<String>>,
}

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

/// Whether a record is in any group; an unknown parameter or a value that does not fit is refused.
pub(super) fn conditions_hold(
    groups: &[Group],
    mut holds: impl FnMut(&Condition) -> Option<Result<bool, Response>>,
) -> Result<bool, Response> {
    let mut any = groups.is_empty();
    'groups: for group in groups {
        for condition in &group.conditions {
            let answer = holds(condition).ok_or_else(|| {
                answer::bad_request(&format!("The query parameter {:?} is not valid.", condition.parameter))
            })?;
            if !answer? {
                continue 'groups;
            }
        }
        any = true;
        break;
    }
    Ok(any)
}

impl Condition {
    /// The operator in PascalCase, if it is written as this organisation wants it.
    fn operator(&self, style: Operators) -> Result<Cow<'_, str>, Response> {
        let has_space = self.operator.contains(' ');
        let one_word = self.operator.chars().skip(1).all(|letter| !letter.is_ascii_uppercase());
        let pascal: String = self.operator.split(' ').collect();
        let fits = match style {
            Operators::Pascal => !has_space,
            Operators::Spaced => one_word || (has_space && spaced(&pascal) == self.operator),
            Operators::Both => true,
        };
        if !fits {
            return Err(self.refused());
        }
        Ok(if has_space { Cow::Owned(pascal) } else { Cow::Borrowed(&self.operator) })
    }

    fn refused(&self) -> Response {
        answer::bad_request(&format!(
            "The operator {:?} is not valid for {:?}.",
            self.operator, self.parameter
        ))
    }

    fn value(&self) -> Result<&str, Response> {
        self.value.as_deref().ok_or_else(|| answer::bad_request("A value is required."))
    }

    /// The values of `In` and its kin: the list, or one value.
    fn listed(&self) -> Vec<&str> {
        let listed = self.values.as_deref().unwrap_or_default();
        if listed.is_empty() {
            self.value.as_deref().into_iter().collect()
        } else {
            listed.iter().map(String::as_str).collect()
        }
    }

    fn ordered<T: PartialOrd>(
        &self,
        style: Operators,
        found: &T,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<bool, Response> {
        let parsed = |text: &str| {
            read(text).ok_or_else(|| answer::bad_request(&format!("The value {text:?} is not valid.")))
        };
        let operator = self.operator(style)?;
        if matches!(&*operator, "In" | "NotIn") {
            let values: Vec<T> = self.listed().into_iter().map(parsed).collect::<Result<_, _>>()?;
            return Ok(values.iter().any(|value| value == found) == (operator == "In"));
        }
        let wanted = parsed(self.value()?)?;
        Ok(match &*operator {
            "Is" => *found == wanted,
            "IsNot" => *found != wanted,
            "LessThan" | "Before" => *found < wanted,
            "LessThanOrEqual" | "OnOrBefore" => *found <= wanted,
            "GreaterThan" | "After" => *found > wanted,
            "GreaterThanOrEqual" | "OnOrAfter" => *found >= wanted,
            "Between" => {
                let until = parsed(self.secondary_value.as_deref().unwrap_or_default())?;
                *found >= wanted && *found <= until
            }
            _ => return Err(self.refused()),
        })
    }

    /// A whole number.
    pub(super) fn number(&self, organisation: &Organisation, found: i64) -> Result<bool, Response> {
        self.ordered(organisation.switches.operators, &found, |text| text.trim().parse().ok())
    }

    /// A date: whole days in the organisation's zone, or the moment by switch. A date-time that is sent while days
    /// are compared is cut to its day in that zone.
    pub(super) fn date(&self, organisation: &Organisation, found: Timestamp) -> Result<bool, Response> {
        let style = organisation.switches.operators;
        if organisation.switches.exact_dates {
            return self.ordered(style, &found, Timestamp::parse);
        }
        self.ordered(style, &organisation.local_date(found), |text| {
            let bare = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
            bare.or_else(|| Timestamp::parse(text).map(|at| organisation.local_date(at)))
        })
    }

    /// A text, ignoring case.
    pub(super) fn text(&self, organisation: &Organisation, found: &str) -> Result<bool, Response> {
        self.any_text(organisation, std::iter::once(found).filter(|text| !text.is_empty()))
    }

    fn any_text<'a>(
        &self,
        organisation: &Organisation,
        mut found: impl Iterator<Item = &'a str>,
    ) -> Result<bool, Response> {
        let operator = self.operator(organisation.switches.operators)?;
        let test: fn(&str, &str) -> bool = match &*operator {
            "IsKnown" => return Ok(found.next().is_some()),
            "IsNotKnown" => return Ok(found.next().is_none()),
            "Is" => |text, wanted| text == wanted,
            "Contains" => |text, wanted| text.contains(wanted),
            "StartsWith" => |text, wanted| text.starts_with(wanted),
            "EndsWith" => |text, wanted| text.ends_with(wanted),
            _ => return Err(self.refused()),
        };
        let wanted = self.value()?.trim().to_lowercase();
        Ok(found.any(|text| test(&text.to_lowercase(), &wanted)))
    }

    fn tags(&self, organisation: &Organisation, contact: &Contact) -> Result<bool, Response> {
        let inside = match &*self.operator(organisation.switches.operators)? {
            "In" | "Is" | "IsAnyOf" => true,
            "NotIn" | "IsNoneOf" => false,
            _ => return Err(self.refused()),
        };
        let wanted = self.listed();
        Ok(organisation.tag_names(&contact.tags).any(|name| wanted.contains(&name)) == inside)
    }

    fn holds(&self, organisation: &Organisation, contact: &Contact) -> Option<Result<bool, Response>> {
        Some(match self.parameter.as_str() {
            "Contact Id" => self.number(organisation, contact.id),
            "Contact Name" => self.text(organisation, &contact.name),
            "Email Address" => {
                let emails = contact.methods().filter(|method| method.is_email());
                self.any_text(organisation, emails.map(|method| &*method.value))
            }
            "Last Modified Date" => self.date(organisation, contact.modified),
            "Create Date" => self.date(organisation, contact.created),
            "Tags" => self.tags(organisation, contact),
            _ => return None,
        })
    }
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

/// Checks parameters even if no contact is looked at.
fn checked(groups: &[Group]) -> Result<(), Response> {
    for condition in groups.iter().flat_map(|group| &group.conditions) {
        let known = PARAMETERS.iter().find(|(name, ..)| *name == condition.parameter);
        let Some((_, _, operators)) = known else {
            let text = format!("The query parameter {:?} is not valid.", condition.parameter);
            return Err(answer::bad_request(&text));
        };
        let pascal: String = condition.operator.split(' ').collect();
        if !operators.contains(&pascal.as_str()) {
            return Err(condition.refused());
        }
        condition.operator(Operators::Both)?;
    }
    Ok(())
}

fn run<'a>(organisation: &'a Organisation, call: &Call<'_>) -> Result<(Vec<&'a Contact>, usize), Response> {
    let body: QueryBody = call.body("queryBindingModel")?;
    checked(&body.groups)?;
    for condition in body.groups.iter().flat_map(|group| &group.conditions) {
        condition.operator(organisation.switches.operators)?;
    }
    let inside = if organisation.switches.paging_in_body { (body.skip, body.take) } else { (None, None) };
    let (skip, take) = call.page(inside)?;
    let archived = body.include_archived.unwrap_or(false);
    let mut found = Vec::new();
    for contact in candidates(organisation, &body.groups) {
        // What was merged away is hidden like what was archived, and shown with it (section 4.4).
        if !archived && !contact.is_live() {
            continue;
        }
        if conditions_hold(&body.groups, |condition| condition.holds(organisation, contact))? {
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
    let mut found: Vec<_> = organisation.book.contacts().iter().filter(has).collect();
    sort(&mut found, call.query("sortBy"))?;
    let list = found.iter().skip(skip).take(take).map(|contact| AbbreviatedView::new(contact)).collect();
    answer::ok(&Page { list, total: found.len() })
}
