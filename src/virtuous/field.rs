//! Custom fields of linked people (F1): read, then the whole model back (reference/virtuous.md 7, 12).
//!
//! The published schema says that a PUT clears what it leaves out, recorded traffic that it keeps it (CONFLICT), so
//! everything that was read and can be written goes back. What the write knows by another name is renamed; what only
//! reads have (ids, dates, sums, addresses of pages) is left out, and so are the lists that have calls of their own.

use serde_json::{Map, Value, json};

use super::{client::Client, error::VirtuousError, lenient::as_text, lookup::ReadContact, paths};
use crate::domain::{
    IndividualId, plain,
    reference_data::{VirtuousField, VirtuousFieldKind},
};

/// Scalars that reads have and writes do not. Beside these: `...Url` but for the avatar's, and who created or modified it when.
const READ_ONLY: &[&str] = &[
    "id",
    "contactId",
    "mergedIntoContactId",
    "contactName",
    "giftAskAmount",
    "giftAskType",
    "lifeToDateGiving",
    "yearToDateGiving",
    "lastGiftAmount",
    "lastGiftDate",
    "originSegment",
    "isCurrentUserFollowing",
    "canBePrimary",
    "canBeSecondary",
    "birthDate",
];

/// Read keys that writes spell otherwise (reference 5, 12).
const RENAMED: &[(&str, &str)] = &[("isPrimary", "setAsPrimary"), ("isSecondary", "setAsSecondary")];

impl Client {
    /// Sets custom fields of a contact just read, by GET-then-PUT of the whole model; an empty value clears.
    ///
    /// `kinds` are the organisation's fields, for fields that the reading gives no type of.
    ///
    /// One call; the reading was another. Idempotent: the same again leaves the same contact. Last write wins, so
    /// `read` must be fresh.
    ///
    /// # Errors
    /// [`VirtuousError`]; `Odd` when the fields that were read cannot be understood, since to write then would lose
    /// them.
    pub async fn put_contact_fields(
        &self,
        read: &ReadContact,
        changes: &[(String, String)],
        kinds: &[VirtuousField],
    ) -> Result<(), VirtuousError> {
        let model = model(&read.raw, changes, kinds)?;
        self.put(&paths::contact(read.contact.id), &Value::Object(model)).await.map(drop)
    }

    /// Sets custom fields of an individual of a contact just read. As [`Client::put_contact_fields`] otherwise.
    ///
    /// # Errors
    /// As for [`Client::put_contact_fields`]; `NotFound` without a call when the individual is not in the contact.
    pub async fn put_individual_fields(
        &self,
        read: &ReadContact,
        individual: IndividualId,
        changes: &[(String, String)],
        kinds: &[VirtuousField],
    ) -> Result<(), VirtuousError> {
        let people = read.raw.get("contactIndividuals").and_then(Value::as_array);
        let is_meant = |person: &&Value| super::wire::integer_of(person, &["id"]) == Some(individual.0);
        let person = people.into_iter().flatten().find(is_meant).ok_or(VirtuousError::NotFound)?;
        let mut model = model(person, changes, kinds)?;
        model.insert("contactId".to_owned(), json!(read.contact.id.0));
        self.put(&paths::individual(individual), &Value::Object(model)).await.map(drop)
    }
}

/// The write model of a record as read, with these custom fields changed.
fn model(
    raw: &Value,
    changes: &[(String, String)],
    kinds: &[VirtuousField],
) -> Result<Map<String, Value>, VirtuousError> {
    let record = raw.as_object().ok_or_else(|| VirtuousError::odd("a record"))?;
    let mut model = Map::new();
    for (key, value) in record {
        let scalar = matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
        // An empty text is nothing to keep, and an empty date may be refused.
        if scalar && !is_read_only(key) && value.as_str() != Some("") {
            let renamed = RENAMED.iter().find(|(read, _)| read == key);
            model.insert(renamed.map_or(key.as_str(), |(_, write)| write).to_owned(), value.clone());
        }
    }
    model.insert("customFields".to_owned(), custom_fields(record.get("customFields"), changes, kinds)?);
    Ok(model)
}

/// Custom fields as an array, unlike in a transaction (reference 7): all that were read, the changed ones replaced
/// under the name that was read, new ones behind.
fn custom_fields(
    read: Option<&Value>,
    changes: &[(String, String)],
    kinds: &[VirtuousField],
) -> Result<Value, VirtuousError> {
    let odd = || VirtuousError::odd("custom fields");
    let mut fields: Vec<(String, String)> = Vec::new();
    match read {
        // Fields that were not told would be cleared by a PUT without them (E2).
        None => return Err(odd()),
        Some(Value::Array(items)) => {
            for item in items {
                let name = item.get("name").and_then(as_text).ok_or_else(odd)?;
                match item.get("value") {
                    None | Some(Value::Null) => {}
                    Some(value) => {
                        let value = as_text(value).ok_or_else(odd)?;
                        let told = item.get("dataType").and_then(as_text);
                        let known = kinds.iter().find(|field| field.name.eq_ignore_ascii_case(&name));
                        let kind = told
                            .map(|text| VirtuousFieldKind::parse(&text))
                            .or(known.map(|known| known.kind));
                        fields.push((name, as_written(value, kind)));
                    }
                }
            }
        }
        Some(_) => return Err(odd()),
    }
    for (name, value) in changes {
        let exact = fields.iter().position(|(held, _)| held == name);
        let place = exact.or_else(|| fields.iter().position(|(held, _)| held.eq_ignore_ascii_case(name)));
        match place {
            Some(place) => fields[place].1.clone_from(value),
            None => fields.push((name.clone(), value.clone())),
        }
    }
    Ok(fields.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect())
}

/// A value as reads show it, the way that writes take it: `True` as `true`, `4/23/2016` as `2016-04-23`, `1,234` as `1234`
/// (reference 7).
fn as_written(shown: String, kind: Option<VirtuousFieldKind>) -> String {
    let plain = match kind {
        Some(VirtuousFieldKind::Boolean) => plain::flag(&shown).map(|flag| flag.to_string()),
        Some(VirtuousFieldKind::Date) => plain::date(&shown),
        Some(VirtuousFieldKind::Number) => plain::number(&shown),
        _ => None,
    };
    plain.unwrap_or(shown)
}

fn is_read_only(key: &str) -> bool {
    READ_ONLY.contains(&key)
        || (key.ends_with("Url") && key != "avatarUrl")
        || key.starts_with("createDateTime")
        || key.starts_with("createdBy")
        || key.starts_with("modifiedDateTime")
        || key.starts_with("modifiedBy")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::virtuous::{
        convert,
        script::{Script, any_json, full_contact},
    };

    fn read(raw: Value) -> ReadContact {
        ReadContact { contact: convert::contact(&raw).unwrap(), raw }
    }

    fn change(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[tokio::test]
    async fn a_contact_goes_back_whole() {
        let script = Script::new().then(200, "{}");
        let mut raw = full_contact(4, "a@b.example");
        raw["customFields"].as_array_mut().unwrap().push(json!({"name": "Count", "value": 5}));
        script.client().put_contact_fields(&read(raw), &change("program", "Music"), &[]).await.unwrap();
        assert_eq!(script.asked(), ["PUT /api/Contact/4"]);
        assert_eq!(
            script.body(0),
            json!({
                "contactType": "Household", "isPrivate": false, "name": "Ann Example", "informalName": "Ann",
                "preferredSalutationName": "Ann", "maritalStatus": "Single", "anniversaryMonth": 5,
                "originSegmentId": 3,
                "customFields": [{"name": "Program", "value": "Music"}, {"name": "Count", "value": "5"}],
            })
        );
    }

    #[test]
    fn what_reads_show_goes_back_as_writes_take_it() {
        let read = json!([
            {"name": "Volunteer", "value": "True", "dataType": "Boolean"},
            {"name": "Since", "value": "4/23/2016"},
            {"name": "Motto", "value": "True"},
        ]);
        let since = VirtuousField {
            name: "since".to_owned(),
            display_name: "Since".to_owned(),
            kind: VirtuousFieldKind::Date,
            options: Vec::new(),
            holder: crate::domain::reference_data::FieldHolder::Contact,
        };
        let written = custom_fields(Some(&read), &change("Motto", "Go"), &[since]).unwrap();
        assert_eq!(
            written,
            json!([
                {"name": "Volunteer", "value": "true"},
                {"name": "Since", "value": "2016-04-23"},
                {"name": "Motto", "value": "Go"},
            ])
        );
    }

    #[tokio::test]
    async fn an_individual_keeps_its_place() {
        let script = Script::new().then(200, "");
        let read = read(full_contact(4, "a@b.example"));
        let changes = change("Colour", "");
        script.client().put_individual_fields(&read, IndividualId(40), &changes, &[]).await.unwrap();
        assert_eq!(script.asked(), ["PUT /api/ContactIndividual/40"]);
        assert_eq!(
            script.body(0),
            json!({
                "contactId": 4, "firstName": "Ann", "lastName": "Example", "setAsPrimary": true,
                "setAsSecondary": false, "birthMonth": 2, "isDeceased": false,
                "avatarUrl": "https://example.org/a.png",
                "customFields": [{"name": "Nickname", "value": "Annie"}, {"name": "Colour", "value": ""}],
            })
        );
        let missing = script.client().put_individual_fields(&read, IndividualId(1), &changes, &[]).await;
        assert_eq!(missing, Err(VirtuousError::NotFound));
    }

    #[test]
    fn what_is_not_understood_is_not_overwritten() {
        for odd in [json!(null), json!("x"), json!([7]), json!([{"name": "A", "value": {"deep": 1}}])] {
            let record = json!({"name": "A", "customFields": odd});
            assert!(matches!(model(&record, &[], &[]), Err(VirtuousError::Odd { .. })), "{record}");
        }
    }

    proptest! {
        #[test]
        fn nothing_readable_is_lost(
            fields in proptest::collection::btree_map("[A-Z][a-z]{0,6}", ".{0,8}", 0..6),
            name in "[A-Z][a-z]{0,6}", value in ".{1,8}",
        ) {
            let mut raw = full_contact(4, "a@b.example");
            raw["customFields"] =
                fields.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
            let model = model(&raw, &change(&name, &value), &[]).unwrap();
            // Read again as if the server kept just this, every field but the changed one is as before.
            let written = convert::contact(&json!({"id": 4, "customFields": model["customFields"]})).unwrap();
            for (held, before) in &fields {
                let after = written.fields.iter().find(|(name, _)| name == held).map(|(_, value)| value);
                if !held.eq_ignore_ascii_case(&name) {
                    prop_assert_eq!(after, Some(before));
                }
            }
            let is_changed =
                |(held, now): &(String, String)| held.eq_ignore_ascii_case(&name) && *now == value;
            prop_assert!(written.fields.iter().any(is_changed));
        }

        #[test]
        fn no_record_panics(value in any_json()) {
            let _ = model(&value, &change("A", "b"), &[]);
        }
    }
}
