//! From the wire to the domain.

use serde::Deserialize;
use serde_json::Value;

use super::{lenient::List, wire};
use crate::domain::{
    CustomerRules, EmailMethod, Individual, IndividualId, LinkedBy, MethodId, Person, Timestamp,
    VirtuousContact, VirtuousContactId,
};

/// A record that cannot be read whole. What makes a record odd is whatever, left out, would be read as a fact: an
/// unreadable opt-in is neither an opt-out by staff (P1) nor an opt-in, a lost tag is no membership removed by staff
/// (S5). What is merely missing is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record with an unreadable {0}")]
pub struct OddRecord(&'static str);

/// Reads a full contact (reference/virtuous.md 4.2).
///
/// # Errors
/// When the id, the tags, the people, or an email method's id or opt-in cannot be read.
pub fn contact(record: &Value) -> Result<VirtuousContact, OddRecord> {
    let wire = read::<wire::Contact>(record)?;
    let id = wire.id.filter(|id| *id > 0).ok_or(OddRecord("id"))?;
    let tags = whole(wire.tags, "tag")?.into_iter().map(|tag| tag.0).collect();
    let individuals = whole(wire.contact_individuals, "individual")?
        .into_iter()
        .map(individual_of)
        .collect::<Result<_, _>>()?;
    Ok(VirtuousContact {
        id: VirtuousContactId(id),
        merged_into: wire
            .merged_into_contact_id
            .filter(|into| *into > 0 && *into != id)
            .map(VirtuousContactId),
        archived: wire.is_archived.unwrap_or(false),
        private: wire.is_private.unwrap_or(false),
        references: wire
            .contact_references
            .items
            .into_iter()
            .filter_map(|reference| Some((reference.source?, reference.id?)))
            .collect(),
        tags,
        fields: fields(wire.custom_fields),
        individuals,
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
    let emails = whole(wire.contact_methods, "contact method")?
        .into_iter()
        .filter(is_email)
        .map(method_of)
        .collect::<Result<_, _>>()?;
    Ok(Individual {
        id: IndividualId(id),
        primary: wire.is_primary.unwrap_or(false),
        emails,
        fields: fields(wire.custom_fields),
    })
}

/// Types are the organisation's own words, so an address under any type counts too.
fn is_email(method: &wire::Method) -> bool {
    let typed = method.kind.as_deref().is_some_and(|kind| kind.to_ascii_lowercase().contains("email"));
    let value = method.value.as_deref().unwrap_or_default();
    !value.trim().is_empty() && (typed || value.contains('@'))
}

fn method_of(wire: wire::Method) -> Result<EmailMethod, OddRecord> {
    Ok(EmailMethod {
        id: MethodId(wire.id.filter(|id| *id > 0).ok_or(OddRecord("contact method id"))?),
        kind: wire.kind.unwrap_or_default(),
        value: wire.value.unwrap_or_default(),
        opted_in: wire.is_opted_in.ok_or(OddRecord("opt-in"))?,
        primary: wire.is_primary.unwrap_or(false),
        created_at: wire.create_date_time_utc,
        modified_at: wire.modified_date_time_utc,
    })
}

fn whole<T>(list: List<T>, what: &'static str) -> Result<Vec<T>, OddRecord> {
    if list.odd == 0 { Ok(list.items) } else { Err(OddRecord(what)) }
}

/// Fields that have a name and a value; `null` is no value.
fn fields(list: List<wire::CustomField>) -> Vec<(String, String)> {
    list.items
        .into_iter()
        .filter_map(|field| Some((field.name.or(field.display_name)?, field.value?)))
        .collect()
}

/// Whom to pick out of a contact, and what of it.
#[derive(Clone, Copy)]
pub struct Pick<'a> {
    /// The individual that was stored before.
    pub known: Option<IndividualId>,
    /// Addresses of the subscriber, as compared.
    pub addresses: &'a [String],
    /// Which tags may be Tandem's (S2), and the reference's source (I1).
    pub rules: &'a CustomerRules,
    /// The subscriber's id, as its reference carries it (I1).
    pub reference_id: &'a str,
    /// Virtuous names of the mapped fields (F1).
    pub fields: &'a [String],
    /// Tandem's time of the reading.
    pub seen_at: Timestamp,
    /// How the contact was found.
    pub linked_by: LinkedBy,
}

/// The part of a contact that concerns one subscriber: tags that may be Tandem's and mapped fields only, both sorted.
/// `None` if no individual of the contact could be the subscriber.
#[must_use]
pub fn pick(contact: &VirtuousContact, pick: &Pick<'_>) -> Option<Person> {
    let individual = contact.individual_for(pick.known, pick.addresses)?;
    let mut tags: Vec<String> =
        contact.tags.iter().filter(|name| pick.rules.may_own_tag(name)).cloned().collect();
    tags.sort();
    tags.dedup();
    // A name on both is the contact's: the reference lists contact fields first.
    let held = || contact.fields.iter().chain(&individual.fields).filter(|(_, value)| !value.is_empty());
    let mut fields: Vec<(String, String)> = pick
        .fields
        .iter()
        .filter_map(|wanted| {
            let exact = held().find(|(name, _)| name == wanted);
            let (_, value) = exact.or_else(|| held().find(|(name, _)| name.eq_ignore_ascii_case(wanted)))?;
            Some((wanted.clone(), value.clone()))
        })
        .collect();
    fields.sort();
    fields.dedup_by(|later, earlier| later.0 == earlier.0);
    Some(Person {
        contact: contact.id,
        individual: individual.id,
        linked_by: pick.linked_by,
        has_reference: contact.has_reference(&pick.rules.reference_source, pick.reference_id),
        emails: individual.emails.clone(),
        tags,
        fields,
        restricted: contact.archived || contact.private,
        merged_into: contact.merged_into,
        seen_at: pick.seen_at,
        late: Vec::new(),
    })
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
        assert_eq!(read.references, vec![("Constant Contact".to_owned(), "cc-41".to_owned())]);
        assert_eq!(read.tags, vec!["CC: News", "Board"]);
        let emails = &read.individuals[0].emails;
        assert_eq!(emails.len(), 1, "the phone is no email");
        assert!(emails[0].opted_in && emails[0].primary);
        assert_eq!(read.fields, vec![("Program".to_owned(), "Arts".to_owned())]);
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
        assert_eq!(read.tags, vec!["CC: News", "Board"]);
        assert!(!read.individuals[0].emails[0].opted_in);
        assert!(read.has_reference("Constant Contact", "5"));
        record["contactIndividuals"][0]["contactMethods"] = Value::Null;
        assert!(contact(&record).unwrap().individuals[0].emails.is_empty());
    }

    #[test]
    fn an_unreadable_opt_in_is_no_evidence() {
        let mut record = full_contact(41, "ann@example.org");
        record["contactIndividuals"][0]["contactMethods"][0]["isOptedIn"] = Value::Null;
        assert_eq!(contact(&record), Err(OddRecord("opt-in")));
        let mut record = full_contact(41, "ann@example.org");
        record["tags"] = json!(["CC: News", 7]);
        assert_eq!(contact(&record), Err(OddRecord("tag")));
    }

    #[test]
    fn an_array_is_no_record() {
        assert_eq!(contact(&json!([41, null, false])), Err(OddRecord("shape")));
        let mut record = full_contact(41, "ann@example.org");
        record["contactIndividuals"] = json!([[7, 41, true]]);
        assert_eq!(contact(&record), Err(OddRecord("individual")));
    }

    #[test]
    fn only_what_is_owned_is_picked() {
        let read = contact(&full_contact(41, "ann@example.org")).unwrap();
        let rules = CustomerRules::default();
        let person = pick(
            &read,
            &Pick {
                known: None,
                addresses: &["ann@example.org".to_owned()],
                rules: &rules,
                reference_id: "cc-41",
                fields: &["Nickname".to_owned(), "program".to_owned()],
                seen_at: Timestamp::from_secs(1),
                linked_by: LinkedBy::Reference,
            },
        )
        .unwrap();
        assert_eq!(person.tags, vec!["CC: News"]);
        assert_eq!(
            person.fields,
            vec![("Nickname".to_owned(), "Annie".to_owned()), ("program".to_owned(), "Arts".to_owned())]
        );
        assert!(person.has_reference && !person.restricted);
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
