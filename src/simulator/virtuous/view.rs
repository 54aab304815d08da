//! Records as reads give them (section 4.2), written straight to JSON without a tree in between: a page of 1,000 full
//! contacts is 3 MB.

mod short;

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

pub(crate) use self::short::{AbbreviatedView, NoteView, Page};
use super::{
    fields::FieldDefinition,
    model::{Contact, FieldValue, Individual, Method},
    organisation::Organisation,
};
use crate::domain::Timestamp;

const USER: &str = "Integration User";

/// A time as Virtuous writes it: up to seven fraction digits, and mostly without a zone although it is UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time(pub(crate) Timestamp, pub(crate) bool);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use chrono::{Datelike, Timelike};
        let at = self.0.to_datetime();
        let (date, time) = (at.date_naive(), at.time());
        let (year, month, day) = (date.year(), date.month(), date.day());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            time.hour(),
            time.minute(),
            time.second()
        )?;
        let millis = time.nanosecond() / 1_000_000;
        if millis != 0 {
            // SQL Server's datetime2 gives seven digits; we know three and invent the rest.
            write!(f, ".{millis:03}3333")?;
        }
        if self.1 { f.write_str("Z") } else { Ok(()) }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

struct Url(&'static str, i64);

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("/api/{}/{}", self.0, self.1))
    }
}

/// Writes a sequence lazily.
struct Each<F>(F);

impl<I: IntoIterator<Item: Serialize>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}

/// How a view is to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Times end in `Z`.
    pub(crate) zulu: bool,
    /// `contactMethods` are left out (a webhook that was seen in the field).
    pub(crate) omit_methods: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MethodView<'a> {
    id: i64,
    #[serde(rename = "type")]
    kind: &'a str,
    value: &'a str,
    is_opted_in: bool,
    is_primary: bool,
    can_be_primary: bool,
    create_date_time_utc: Time,
    created_by_user: &'static str,
    modified_date_time_utc: Time,
    modified_by_user: &'static str,
}

impl<'a> MethodView<'a> {
    pub(crate) fn new(method: &'a Method, zulu: bool) -> Self {
        Self {
            id: method.id,
            kind: &method.kind,
            value: &method.value,
            is_opted_in: method.opted_in,
            is_primary: method.primary,
            can_be_primary: true,
            create_date_time_utc: Time(method.created, zulu),
            created_by_user: USER,
            modified_date_time_utc: Time(method.modified, zulu),
            modified_by_user: USER,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldView<'a> {
    name: &'a str,
    value: Option<String>,
    display_name: &'a str,
    data_type: &'static str,
}

/// Every defined field; those without a value are null.
struct FieldViews<'a>(&'a [FieldDefinition], &'a [FieldValue], bool, bool);

impl Serialize for FieldViews<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(definitions, values, as_shown, old) = *self;
        to.collect_seq(definitions.iter().enumerate().map(|(at, definition)| {
            let value = values.iter().find(|value| usize::from(value.field) == at);
            FieldView {
                name: &definition.name,
                value: value.map(|value| definition.show(&value.value, as_shown)),
                display_name: &definition.display_name,
                data_type: definition.type_name(old),
            }
        }))
    }
}

/// An individual.
pub(crate) struct IndividualView<'a> {
    pub(crate) organisation: &'a Organisation,
    pub(crate) contact_id: i64,
    pub(crate) person: &'a Individual,
    pub(crate) manner: Manner,
}

impl Serialize for IndividualView<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { organisation, person, manner, .. } = self;
        let extras = person.extras.as_deref();
        let switches = &organisation.switches;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("id", &person.id)?;
        map.serialize_entry("contactId", &self.contact_id)?;
        map.serialize_entry("prefix", &extras.and_then(|e| e.prefix.as_deref()))?;
        map.serialize_entry("prefix2", &None::<()>)?;
        map.serialize_entry("firstName", &*person.first_name)?;
        map.serialize_entry("middleName", &extras.and_then(|e| e.middle_name.as_deref()))?;
        map.serialize_entry("lastName", &*person.last_name)?;
        map.serialize_entry("preMarriageName", &None::<()>)?;
        map.serialize_entry("suffix", &extras.and_then(|e| e.suffix.as_deref()))?;
        map.serialize_entry("nickname", &None::<()>)?;
        map.serialize_entry("gender", &None::<()>)?;
        map.serialize_entry("isPrimary", &person.primary)?;
        map.serialize_entry("canBePrimary", &!person.deceased)?;
        map.serialize_entry("isSecondary", &!person.primary)?;
        map.serialize_entry("canBeSecondary", &!person.deceased)?;
        for name in ["birthMonth", "birthDay", "birthYear"] {
            map.serialize_entry(name, &0)?;
        }
        map.serialize_entry("birthDate", "Unavailable")?;
        map.serialize_entry("approximateAge", &None::<()>)?;
        map.serialize_entry("isDeceased", &person.deceased)?;
        map.serialize_entry("deceasedDate", "")?;
        map.serialize_entry("passion", &extras.and_then(|e| e.passion.as_deref()))?;
        map.serialize_entry("avatarUrl", &None::<()>)?;
        if !manner.omit_methods {
            let methods = Each(|| person.methods.iter().map(|method| MethodView::new(method, manner.zulu)));
            map.serialize_entry("contactMethods", &methods)?;
        }
        map.serialize_entry("createDateTimeUtc", &Time(person.created, manner.zulu))?;
        map.serialize_entry("createdByUser", USER)?;
        map.serialize_entry("modifiedDateTimeUtc", &Time(person.modified, manner.zulu))?;
        map.serialize_entry("modifiedByUser", USER)?;
        let (shown, old) = (switches.values_as_shown, switches.old_type_names);
        let fields = FieldViews(&organisation.individual_fields, &person.custom_fields, shown, old);
        map.serialize_entry("customFields", &fields)?;
        map.serialize_entry("customCollections", &[(); 0])?;
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressView<'a> {
    id: i64,
    label: &'static str,
    address1: &'a str,
    address2: Option<()>,
    city: &'a str,
    state: &'a str,
    postal: &'a str,
    country: &'a str,
    is_primary: bool,
    can_be_primary: bool,
}

#[derive(Serialize)]
struct ReferenceView<'a> {
    source: &'a str,
    id: &'a str,
}

/// A full contact.
pub(crate) struct ContactView<'a> {
    pub(crate) organisation: &'a Organisation,
    pub(crate) contact: &'a Contact,
    pub(crate) manner: Manner,
    /// `isCurrentUserFollowing`, which only the read by id has.
    pub(crate) by_id: bool,
}

impl Serialize for ContactView<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { organisation, contact, manner, by_id } = self;
        let extras = contact.extras.as_deref();
        let switches = &organisation.switches;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("id", &contact.id)?;
        map.serialize_entry("contactType", &*contact.contact_type)?;
        map.serialize_entry("isPrivate", &contact.private)?;
        map.serialize_entry("isArchived", &contact.archived)?;
        map.serialize_entry("name", &*contact.name)?;
        map.serialize_entry("informalName", &extras.and_then(|e| e.informal_name.as_deref()))?;
        for name in ["formalContactName", "alternateContactName", "preferredSalutationName"] {
            map.serialize_entry(name, &None::<()>)?;
        }
        map.serialize_entry("preferredAddresseeName", &None::<()>)?;
        map.serialize_entry("description", &extras.and_then(|e| e.description.as_deref()))?;
        map.serialize_entry("website", &extras.and_then(|e| e.website.as_deref()))?;
        map.serialize_entry("maritalStatus", &None::<()>)?;
        for name in ["anniversaryMonth", "anniversaryDay", "anniversaryYear"] {
            map.serialize_entry(name, &None::<()>)?;
        }
        map.serialize_entry("mergedIntoContactId", &contact.merged_into)?;
        let address = contact.address.as_deref().map(|address| AddressView {
            id: contact.id + 4_000_000,
            label: "Home Address",
            address1: &address.address1,
            address2: None,
            city: &address.city,
            state: &address.state,
            postal: &address.postal,
            country: &address.country,
            is_primary: true,
            can_be_primary: true,
        });
        map.serialize_entry("address", &address)?;
        map.serialize_entry("giftAskAmount", "$0")?;
        map.serialize_entry("giftAskType", "LTG")?;
        map.serialize_entry("lifeToDateGiving", "$0")?;
        map.serialize_entry("yearToDateGiving", "$0")?;
        map.serialize_entry("lastGiftAmount", "Unavailable")?;
        map.serialize_entry("lastGiftDate", "Unavailable")?;
        let people = Each(|| {
            contact.individuals.iter().map(|person| IndividualView {
                organisation,
                contact_id: contact.id,
                person,
                manner: *manner,
            })
        });
        map.serialize_entry("contactIndividuals", &people)?;
        map.serialize_entry("contactGiftsUrl", &Url("Gift/ByContact", contact.id))?;
        map.serialize_entry("contactTagsUrl", &Url("ContactTag/ByContact", contact.id))?;
        map.serialize_entry("contactNotesUrl", &Url("ContactNote/ByContact", contact.id))?;
        let references = Each(|| {
            contact.references.iter().map(|held| ReferenceView { source: &held.source, id: &held.id })
        });
        map.serialize_entry("contactReferences", &references)?;
        map.serialize_entry("originSegmentId", &None::<()>)?;
        map.serialize_entry("originSegment", &None::<()>)?;
        map.serialize_entry("createDateTimeUtc", &Time(contact.created, manner.zulu))?;
        map.serialize_entry("createdByUser", USER)?;
        map.serialize_entry("modifiedDateTimeUtc", &Time(contact.modified, manner.zulu))?;
        map.serialize_entry("modifiedByUser", USER)?;
        map.serialize_entry("tags", &Each(|| organisation.tag_names(&contact.tags)))?;
        map.serialize_entry("organizationGroups", &[(); 0])?;
        let (shown, old) = (switches.values_as_shown, switches.old_type_names);
        let fields = FieldViews(&organisation.contact_fields, &contact.custom_fields, shown, old);
        map.serialize_entry("customFields", &fields)?;
        map.serialize_entry("customCollections", &[(); 0])?;
        if *by_id {
            map.serialize_entry("isCurrentUserFollowing", &false)?;
        }
        map.end()
    }
}

impl Organisation {
    /// How records that were read are written.
    pub(crate) const fn read_manner(&self) -> Manner {
        Manner { zulu: self.switches.times_with_z, omit_methods: false }
    }

    /// How records that were just written are written: their times end in `Z` (section 4.2).
    pub(crate) const fn written_manner() -> Manner {
        Manner { zulu: true, omit_methods: false }
    }

    pub(crate) fn view<'a>(&'a self, contact: &'a Contact) -> ContactView<'a> {
        ContactView { organisation: self, contact, manner: self.read_manner(), by_id: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_no_zone_and_seven_digits() {
        let at = Timestamp::parse("2023-11-30T14:20:56.323Z").unwrap();
        assert_eq!(Time(at, false).to_string(), "2023-11-30T14:20:56.3233333");
        assert_eq!(Time(at, true).to_string(), "2023-11-30T14:20:56.3233333Z");
        assert_eq!(Timestamp::parse(&Time(at, false).to_string()), Some(at));
        assert_eq!(Time(Timestamp::EPOCH, false).to_string(), "1970-01-01T00:00:00");
    }
}
