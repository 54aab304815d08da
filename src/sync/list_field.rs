//! Lists as one custom field (S1): the names, sorted, joined by `"; "`, one way.

use std::collections::BTreeSet;

use crate::domain::{
    Cause, CustomerRules, Effect, FieldValue, Person, Reason, Rule, SegmentKey, Subject,
    reference_data::{CcField, FieldHolder, VirtuousField},
};

use super::{
    Household, Mapping,
    fields::{self, NotConvertible},
    segments,
};

/// What stands between two names.
const BETWEEN: &str = "; ";

/// What is to become of the field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// What to write.
    pub effect: Option<(Effect, Reason)>,
    /// Virtuous name and value, if both sides agree.
    pub agreed: Option<(String, String)>,
    /// The field cannot hold the names (F1).
    pub remark: Option<Reason>,
}

/// The segments that count for the field: on a contact those of the whole household (I4).
fn memberships(
    subject: &Subject,
    field: &VirtuousField,
    household: &Household,
    rules: &CustomerRules,
) -> BTreeSet<SegmentKey> {
    let mut memberships = segments::memberships(&subject.cc, rules);
    if field.holder == FieldHolder::Contact {
        memberships.extend(household.segments.iter().cloned());
    }
    memberships
}

fn text(
    memberships: &BTreeSet<SegmentKey>,
    mapping: &Mapping,
    field: &VirtuousField,
) -> Result<String, NotConvertible> {
    let mut names: Vec<&str> =
        memberships.iter().filter_map(|key| mapping.names.get(key)).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let value = FieldValue { value: Some(names.join(BETWEEN)), choices: Vec::new() };
    fields::convert(&value, &CcField::default(), field)
}

/// The field's value for a contact that is created.
#[must_use]
pub fn of_new<'a>(
    subject: &Subject,
    mapping: &'a Mapping,
    rules: &CustomerRules,
) -> Option<(&'a VirtuousField, String)> {
    let field = mapping.list_field.as_ref()?;
    let memberships = memberships(subject, field, &Household::default(), rules);
    Some((field, text(&memberships, mapping, field).ok()?))
}

/// Decides the field for a linked subscriber.
#[must_use]
pub fn decide(
    subject: &Subject,
    person: &Person,
    mapping: &Mapping,
    household: &Household,
    rules: &CustomerRules,
) -> Decision {
    let Some(field) = &mapping.list_field else { return Decision::default() };
    let memberships = memberships(subject, field, household, rules);
    let Ok(value) = text(&memberships, mapping, field) else {
        let remark = Reason::about(Rule::F1, Cause::FieldNotConvertible, field.name.clone());
        return Decision { remark: Some(remark), ..Decision::default() };
    };
    let current = fields::value_of(&person.fields, field).unwrap_or_default();
    let before = fields::value_of(&subject.base.fields, field);
    if fields::same(current, &value, field.kind) {
        let agreed = (!value.is_empty()).then(|| (field.name.clone(), value));
        return Decision { agreed, ..Decision::default() };
    }
    if value.is_empty() && before.is_none() {
        // On no list and never written by Tandem: somebody else's value stays.
        return Decision::default();
    }
    let reason = reason(before.unwrap_or_default(), &value, &memberships, mapping);
    let (contact, individual) = (person.contact, person.individual);
    let fields = vec![(field.name.clone(), value, field.holder)];
    Decision {
        effect: Some((Effect::SetFields { contact, individual, fields }, reason)),
        ..Decision::default()
    }
}

/// Why the field is written: a name that goes says more than a name that comes.
fn reason(before: &str, value: &str, memberships: &BTreeSet<SegmentKey>, mapping: &Mapping) -> Reason {
    let now: Vec<&str> = value.split(BETWEEN).collect();
    let gone: Vec<&str> =
        before.split(BETWEEN).filter(|name| !name.is_empty() && !now.contains(name)).collect();
    let is_list = |name: &str| mapping.names.values().any(|known| known == name);
    let was_renamed = |name: &str| {
        let mut former = memberships.iter().filter_map(|key| mapping.former_names.get(key));
        former.any(|names| names.iter().any(|known| known == name))
    };
    let (left, other): (Vec<&str>, Vec<&str>) = gone.into_iter().partition(|name| is_list(name));
    let (renamed, deleted): (Vec<&str>, Vec<&str>) = other.into_iter().partition(|name| was_renamed(name));
    let (rule, cause, names) = if !left.is_empty() {
        (Rule::S1, Cause::OffList, left)
    } else if !deleted.is_empty() {
        (Rule::S3, Cause::ListDeleted, deleted)
    } else if !renamed.is_empty() {
        (Rule::S3, Cause::ListRenamed, renamed)
    } else {
        (Rule::S1, Cause::OnList, now)
    };
    Reason::about(rule, cause, names.join(BETWEEN))
}

#[cfg(test)]
#[path = "list_field_test.rs"]
mod tests;
