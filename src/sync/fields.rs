//! The fields facet: custom fields, owned by Constant Contact (F1).

use crate::domain::{
    Cause, Effect, FieldId, FieldValue, Person, Reason, Rule, Subject, plain,
    reference_data::{CcField, FieldHolder, FieldKind, VirtuousField, VirtuousFieldKind},
};

use super::{Household, Mapping, mapping::MappedField};

/// What is to become of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// What to write, in one effect.
    pub effect: Option<(Effect, Reason)>,
    /// Fields agreed on now: Virtuous name and value.
    pub agreed: Vec<(String, String)>,
    /// Values that could not be converted.
    pub remarks: Vec<Reason>,
}

/// Every wanted field value of a subscriber: Virtuous field and value, empty where Constant Contact has none.
#[must_use]
pub fn wanted<'a>(
    subject: &Subject,
    mapping: &'a Mapping,
) -> (Vec<(&'a VirtuousField, String)>, Vec<Reason>) {
    let mut values = Vec::new();
    let mut remarks = Vec::new();
    for (id, mapped) in &mapping.fields {
        match value_in(&subject.cc.fields, id, mapped) {
            Ok(value) => values.push((&mapped.to, value)),
            Err(NotConvertible) => {
                remarks.push(Reason::about(Rule::F1, Cause::FieldNotConvertible, mapped.from.label.clone()));
            }
        }
    }
    (values, remarks)
}

/// The value of a mapped field, empty where Constant Contact has none.
fn value_in(
    fields: &[(FieldId, FieldValue)],
    id: &FieldId,
    mapped: &MappedField,
) -> Result<String, NotConvertible> {
    let value = fields.iter().find(|(field, _)| field == id).map(|(_, value)| value);
    value.map_or(Ok(String::new()), |value| convert(value, &mapped.from, &mapped.to))
}

/// Whether the subscriber is heard of a field: always of the individual's own; of the contact's the first living subscriber with a value,
/// so that two people do not overwrite one another for ever (F1, I4). A deletion changes no field (D1).
fn is_heard(
    subject: &Subject,
    field: &VirtuousField,
    value: &str,
    mapping: &Mapping,
    household: &Household,
) -> bool {
    if field.holder != FieldHolder::Contact {
        return true;
    }
    if subject.cc.deletion.is_some() {
        return false;
    }
    let mapped = mapping.fields.iter().filter(|(_, mapped)| mapped.to.name == field.name);
    let has_value = |fields: &[(FieldId, FieldValue)]| {
        mapped.clone().any(|(id, mapped)| value_in(fields, id, mapped).is_ok_and(|value| !value.is_empty()))
    };
    let mut before = household.living.iter().filter(|(id, _)| value.is_empty() || *id < subject.id);
    !before.any(|(_, fields)| has_value(fields))
}

/// Decides the fields for a linked subscriber (F1).
#[must_use]
pub fn decide(subject: &Subject, person: &Person, mapping: &Mapping, household: &Household) -> Decision {
    let (values, remarks) = wanted(subject, mapping);
    let mut decision = Decision { remarks, ..Decision::default() };
    let mut writes = Vec::new();
    for (field, value) in values {
        if !is_heard(subject, field, &value, mapping, household) {
            continue;
        }
        let current = value_of(&person.fields, field).unwrap_or_default();
        let is_written = || value_of(&subject.base.fields, field).is_some();
        if same(current, &value, field.kind) || is_form(subject, field, &value, current) {
            if !value.is_empty() {
                decision.agreed.push((field.name.clone(), value));
            }
        } else if !value.is_empty() || is_written() {
            writes.push((field.name.clone(), value, field.holder));
        }
        // Empty in Constant Contact and never written by Tandem: somebody else's value stays.
    }
    if !writes.is_empty() {
        let names: Vec<&str> = writes.iter().map(|(name, ..)| name.as_str()).collect();
        let reason = Reason::about(Rule::F1, Cause::FieldDiffers, names.join(", "));
        let (contact, individual) = (person.contact, person.individual);
        decision.effect = Some((Effect::SetFields { contact, individual, fields: writes }, reason));
    }
    decision.agreed.sort();
    decision
}

/// Whether Virtuous shows the value in the form that is agreed on (E3).
fn is_form(subject: &Subject, field: &VirtuousField, sent: &str, shown: &str) -> bool {
    subject.forms.iter().any(|form| form.name == field.name && form.sent == sent && form.shown == shown)
}

/// The value cannot become one of the Virtuous field's type (F1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotConvertible;

/// Converts a Constant Contact value to the wire form of a Virtuous field (reference/virtuous.md 7): digits, ISO date,
/// `true`/`false`, or exactly one of a dropdown's options. An empty value stays empty.
///
/// # Errors
/// When the value does not fit the type.
pub fn convert(value: &FieldValue, from: &CcField, to: &VirtuousField) -> Result<String, NotConvertible> {
    let text = text_of(value, from)?;
    if text.is_empty() {
        return Ok(text);
    }
    match to.kind {
        VirtuousFieldKind::Text => Ok(text),
        VirtuousFieldKind::Number => plain::number(&text).ok_or(NotConvertible),
        VirtuousFieldKind::Date => plain::date(&text).ok_or(NotConvertible),
        VirtuousFieldKind::Boolean => plain::flag(&text).map(|flag| flag.to_string()).ok_or(NotConvertible),
        VirtuousFieldKind::Dropdown => {
            let options = &to.options;
            let found = options
                .iter()
                .find(|option| **option == text)
                .or_else(|| options.iter().find(|option| same(option, &text, to.kind)));
            match found {
                Some(option) => Ok(option.clone()),
                None if options.is_empty() => Ok(text),
                None => Err(NotConvertible),
            }
        }
    }
}

/// The value as text: chosen options by their labels, sorted, joined by `"; "`.
fn text_of(value: &FieldValue, from: &CcField) -> Result<String, NotConvertible> {
    if value.choices.is_empty() {
        return Ok(value.value.as_deref().unwrap_or_default().trim().to_owned());
    }
    let label = |id: &String| {
        let same = |known: &&String| **known == *id || trim_zeros(known) == trim_zeros(id);
        from.choices.keys().find(same).and_then(|known| from.choices.get(known)).map(String::as_str)
    };
    let mut labels: Vec<&str> =
        value.choices.iter().map(label).collect::<Option<_>>().ok_or(NotConvertible)?;
    labels.sort_unstable();
    if from.kind == FieldKind::SingleSelect && labels.len() > 1 {
        return Err(NotConvertible);
    }
    Ok(labels.join("; "))
}

/// Choice ids come as numbers or as text with leading zeros (reference/constant-contact.md 5).
fn trim_zeros(id: &str) -> &str {
    id.trim_start_matches('0')
}

/// The value of a field, among values by their fields' names.
pub(super) fn value_of<'a>(values: &'a [(String, String)], field: &VirtuousField) -> Option<&'a str> {
    values.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value.as_str())
}

/// Whether two values of a field mean the same; what is read may be formatted otherwise than what was written (F1).
pub(super) fn same(one: &str, other: &str, kind: VirtuousFieldKind) -> bool {
    one == other || plain::meaning(one, kind) == plain::meaning(other, kind)
}

/// Whether two readings of a person agree in every mapped field: the server shows a written value in its own form,
/// which no person changed (F1).
#[must_use]
pub fn same_fields<'a>(one: &'a Person, other: &'a Person, mapping: &Mapping) -> bool {
    let of = |person: &'a Person, field| value_of(&person.fields, field).unwrap_or_default();
    let mut mapped = mapping.fields.values().map(|mapped| &mapped.to).chain(&mapping.list_field);
    mapped.all(|field| same(of(one, field), of(other, field), field.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_values_are_converted_by_type() {
        let check = |kind, text: &str, expect: Result<&str, NotConvertible>| {
            let to = VirtuousField {
                name: "x".into(),
                display_name: "x".into(),
                kind,
                options: vec!["Blue".into()],
                holder: FieldHolder::Contact,
            };
            let value = FieldValue { value: Some(text.into()), choices: vec![] };
            assert_eq!(convert(&value, &CcField::default(), &to), expect.map(str::to_owned), "{text}");
        };
        check(VirtuousFieldKind::Text, " a ", Ok("a"));
        check(VirtuousFieldKind::Number, "1,234.5", Ok("1234.5"));
        check(VirtuousFieldKind::Number, "many", Err(NotConvertible));
        check(VirtuousFieldKind::Number, "12,5", Err(NotConvertible));
        check(VirtuousFieldKind::Number, "1.234,50", Err(NotConvertible));
        check(VirtuousFieldKind::Date, "2016-07-08T23:30:00-05:00", Ok("2016-07-08"));
        check(VirtuousFieldKind::Date, "0001-01-01", Ok(""));
        check(VirtuousFieldKind::Date, "2016-07-08T10:00:00Z", Ok("2016-07-08"));
        check(VirtuousFieldKind::Date, "soon", Err(NotConvertible));
        check(VirtuousFieldKind::Boolean, "Yes", Ok("true"));
        check(VirtuousFieldKind::Dropdown, "blue", Ok("Blue"));
        check(VirtuousFieldKind::Dropdown, "Red", Err(NotConvertible));
        check(VirtuousFieldKind::Number, "", Ok(""));
    }

    #[test]
    fn f1_values_compare_by_meaning() {
        assert!(same("4/23/2016", "2016-04-23", VirtuousFieldKind::Date));
        assert!(same("True", "true", VirtuousFieldKind::Boolean));
        assert!(same("1.0", "1", VirtuousFieldKind::Number));
        assert!(!same("a", "A", VirtuousFieldKind::Text));
    }
}
