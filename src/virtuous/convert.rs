//! From the wire to the domain.

use serde::Deserialize;
use serde_json::Value;

use super::{
    lenient::{List, as_text},
    wire,
};
use crate::domain::{
    EmailMethod, Individual, IndividualId, MethodId, ShownMethod, Told, VirtuousContact, VirtuousContactId,
};

/// A record that tells nothing: no object, or an object without an id. Everything else that is absent, null or unreadable is a
/// part that was not told, and spoils no other part (E2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record with an unreadable {0}")]
pub struct OddRecord(&'static str);

/// Reads a full contact (reference/virtuous.md 4.2).
///
/// # Errors
/// When the id cannot be read.
pub fn contact(record: &Value) -> Result<VirtuousContact, OddRecord> {
    let wire = read::<wire::Contact>(record)?;
    let id = wire.id.filter(|id| *id > 0).ok_or(OddRecord("id"))?;
    Ok(VirtuousContact {
        id: VirtuousContactId(id),
        merged_into: wire
            .merged_into_contact_id
            .filter(|into| *into > 0 && *into != id)
            .map(VirtuousContactId),
        archived: wire.is_archived,
        private: wire.is_private,
        references: told(wire.contact_references, |reference| Some((reference.source?, reference.id?))),
        tags: told(wire.tags, |tag| Some(tag.0)),
        fields: fields(wire.custom_fields),
        individuals: told(wire.contact_individuals, |one| individual_of(one).ok()),
        modified_at: wire.modified_date_time_utc,
    })
}

/// Reads an individual as `ContactIndividual/Find` gives it, with the contact that it belongs to (reference 4.3).
///
/// # Errors
/// As for [`contact`].
pub fn individual(record: &Value) -> Result<(VirtuousContactId, Individual), OddRecord> {
    let wire = read::<wire::Individual>(record)?;
    let contact = wire.contact_id.filter(|id| *id > 0).ok_or(OddRecord("contact id"))?;
    Ok((VirtuousContactId(contact), individual_of(wire)?))
}

/// Reads a ContactMethod as `ContactMethod/{id}` gives it, whatever its type (reference 5).
///
/// # Errors
/// When the id or the opt-in cannot be read.
pub fn method(record: &Value) -> Result<EmailMethod, OddRecord> {
    method_of(read(record)?)
}

/// Only objects are records: serde would read an array by position.
fn read<'a, T: Deserialize<'a>>(record: &'a Value) -> Result<T, OddRecord> {
    let object = Some(record).filter(|record| record.is_object()).ok_or(OddRecord("shape"))?;
    T::deserialize(object).map_err(|_| OddRecord("shape"))
}

fn individual_of(wire: wire::Individual) -> Result<Individual, OddRecord> {
    let id = wire.id.filter(|id| *id > 0).ok_or(OddRecord("individual id"))?;
    Ok(Individual {
        id: IndividualId(id),
        primary: wire.is_primary.unwrap_or(false),
        emails: emails(wire.contact_methods),
        fields: fields(wire.custom_fields),
    })
}

/// The email methods. A method without an id, or of which neither type nor address can be read, may be one (E2).
fn emails(list: List<wire::Method>) -> Told<ShownMethod> {
    let mut is_whole = list.is_whole();
    let mut emails = Vec::new();
    for method in list.items {
        let is_clear =
            method.value.is_some() || method.kind.as_deref().is_some_and(|kind| !is_email_type(kind));
        if !is_clear || is_email(&method) && method.id.is_none() {
            is_whole = false;
        } else if is_email(&method) {
            match shown(method) {
                Ok(method) => emails.push(method),
                Err(_) => is_whole = false,
            }
        }
    }
    if is_whole { Told::whole(emails) } else { Told::partly(emails) }
}

fn is_email_type(kind: &str) -> bool {
    kind.to_ascii_lowercase().contains("email")
}

/// Types are the organisation's own words, so an address under any type counts too.
fn is_email(method: &wire::Method) -> bool {
    let typed = method.kind.as_deref().is_some_and(is_email_type);
    let value = method.value.as_deref().unwrap_or_default();
    !value.trim().is_empty() && (typed || value.contains('@'))
}

fn method_of(wire: wire::Method) -> Result<EmailMethod, OddRecord> {
    shown(wire)?.filled(None).ok_or(OddRecord("opt-in"))
}

fn shown(wire: wire::Method) -> Result<ShownMethod, OddRecord> {
    Ok(ShownMethod {
        id: MethodId(wire.id.filter(|id| *id > 0).ok_or(OddRecord("contact method id"))?),
        kind: wire.kind,
        value: wire.value.unwrap_or_default(),
        opted_in: wire.is_opted_in,
        primary: wire.is_primary,
        created_at: wire.create_date_time_utc,
        modified_at: wire.modified_date_time_utc,
    })
}

/// The elements that can be read; the others are not told (E2).
fn told<T, U>(list: List<T>, read: impl Fn(T) -> Option<U>) -> Told<U> {
    let (is_whole, count) = (list.is_whole(), list.items.len());
    let items: Vec<U> = list.items.into_iter().filter_map(read).collect();
    if is_whole && items.len() == count { Told::whole(items) } else { Told::partly(items) }
}

/// Fields that have a name and a value; a field without a value is shown as `null` (reference/virtuous.md 7).
fn fields(list: List<wire::CustomField>) -> Told<(String, String)> {
    let value = |value: &Value| if value.is_null() { Some(String::new()) } else { as_text(value) };
    told(list, |field| Some((field.name.or(field.display_name)?, value(&field.value)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::virtuous::script::{any_json, full_contact};

    #[test]
    fn a_full_contact_is_read() {
        let read = contact(&full_contact(41, "ann@example.org")).unwrap();
        assert_eq!(read.id, VirtuousContactId(41));
        assert_eq!(*read.references, [("Constant Contact".to_owned(), "cc-41".to_owned())]);
        assert_eq!(*read.tags, ["CC: News", "Board"]);
        let emails = &read.individuals[0].emails;
        assert_eq!(emails.len(), 1, "the phone is no email");
        assert_eq!((emails[0].opted_in, emails[0].primary), (Some(true), Some(true)));
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(*read.fields, [field("Program", "Arts"), field("Empty", "")]);
        assert!(read.tags.is_whole() && read.fields.is_whole() && !read.may_hide_subscriber());
        assert!(read.modified_at.is_some());
    }

    #[test]
    fn strings_and_objects_serve_as_well() {
        let mut record = full_contact(41, "ann@example.org");
        record["id"] = json!("41");
        record["tags"] = json!([{"id": 1, "tagName": "CC: News"}, {"name": "Board"}]);
        record["contactIndividuals"][0]["contactMethods"][0]["isOptedIn"] = json!("False");
        record["contactReferences"] = json!([{"referenceSource": "Constant Contact", "referenceId": 5}, 7]);
        let read = contact(&record).unwrap();
        assert_eq!(*read.tags, ["CC: News", "Board"]);
        assert_eq!(read.individuals[0].emails[0].opted_in, Some(false));
        assert!(read.has_reference("Constant Contact", "5") && !read.references.is_whole());
    }

    /// The full contact after an edit.
    fn edited(edit: impl FnOnce(&mut Value)) -> VirtuousContact {
        let mut record = full_contact(41, "ann@example.org");
        edit(&mut record);
        contact(&record).unwrap()
    }

    #[test]
    fn e2_an_unreadable_part_spoils_no_other() {
        let read = edited(|record| {
            record["contactIndividuals"][0]["contactMethods"][0]["isOptedIn"] = Value::Null;
        });
        let emails = &read.individuals[0].emails;
        assert!(emails.is_whole() && emails[0].opted_in.is_none() && emails[0].id.0 == 4100);
        let read = edited(|record| record["tags"] = json!(["CC: News", 7, null]));
        assert!(*read.tags == ["CC: News"] && !read.tags.is_whole());
        let read = edited(|record| record["contactIndividuals"] = json!([[7, 41, true]]));
        assert!(read.individuals.is_empty() && !read.individuals.is_whole());
        assert_eq!(contact(&json!([41, null, false])), Err(OddRecord("shape")));
    }

    #[test]
    fn e2_what_is_absent_or_null_is_not_told() {
        for part in ["tags", "contactReferences", "customFields", "contactIndividuals"] {
            for absent in [true, false] {
                let read = edited(|record| {
                    if absent {
                        record.as_object_mut().unwrap().remove(part);
                    } else {
                        record[part] = Value::Null;
                    }
                });
                let whole = [
                    ("tags", read.tags.is_whole()),
                    ("contactReferences", read.references.is_whole()),
                    ("customFields", read.fields.is_whole()),
                    ("contactIndividuals", read.individuals.is_whole()),
                ];
                assert!(whole.into_iter().all(|(name, whole)| whole == (name != part)), "{part}");
            }
        }
        let read = edited(|record| record["contactIndividuals"][0]["contactMethods"] = Value::Null);
        assert!(read.may_hide_address());
        let mut phone = None;
        edited(|record| {
            phone = record["contactIndividuals"][0]["contactMethods"].get(1).cloned();
        });
        for (method, hides) in [(json!(null), true), (json!({"id": 9}), true), (phone.unwrap(), false)] {
            let read = edited(|record| {
                record["contactIndividuals"][0]["contactMethods"].as_array_mut().unwrap().push(method);
            });
            assert_eq!(read.may_hide_address(), hides);
        }
    }

    proptest! {
        #[test]
        fn any_json_reads_or_is_odd(value in any_json()) {
            let _ = contact(&value);
            let _ = individual(&value);
            let _ = method(&value);
        }
    }
}
