//! A full contact.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    field::FieldViews,
    manner::{Each, Manner},
    person::IndividualView,
    time::{Time, USER},
};
use crate::simulator::virtuous::{
    model::{Address, Contact},
    organisation::Organisation,
};

/// The path of what belongs to a contact.
struct Url(&'static str, i64);

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("/api/{}/{}", self.0, self.1))
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
        let mut map = to.serialize_map(None)?;
        self.names(&mut map)?;
        map.serialize_entry("address", &self.contact.address.as_deref().map(|held| self.address(held)))?;
        map.serialize_entry("giftAskAmount", "$0")?;
        map.serialize_entry("giftAskType", "LTG")?;
        map.serialize_entry("lifeToDateGiving", "$0")?;
        map.serialize_entry("yearToDateGiving", "$0")?;
        map.serialize_entry("lastGiftAmount", "Unavailable")?;
        map.serialize_entry("lastGiftDate", "Unavailable")?;
        self.members(&mut map)?;
        if self.by_id {
            map.serialize_entry("isCurrentUserFollowing", &false)?;
        }
        map.end()
    }
}

impl<'a> ContactView<'a> {
    /// What the contact is called.
    fn names<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let contact = self.contact;
        let extras = contact.extras.as_deref();
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
        Ok(())
    }

    fn address(&self, address: &'a Address) -> AddressView<'a> {
        AddressView {
            id: self.contact.id + 4_000_000,
            label: "Home Address",
            address1: &address.address1,
            address2: None,
            city: &address.city,
            state: &address.state,
            postal: &address.postal,
            country: &address.country,
            is_primary: true,
            can_be_primary: true,
        }
    }

    /// What belongs to the contact.
    fn members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let Self { organisation, contact, manner, .. } = self;
        let switches = &organisation.switches;
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
        let fields = FieldViews {
            definitions: &organisation.contact_fields,
            values: &contact.custom_fields,
            as_shown: switches.values_as_shown,
            old_names: switches.old_type_names,
            forms: &organisation.unreliable.forms,
        };
        map.serialize_entry("customFields", &fields)?;
        map.serialize_entry("customCollections", &[(); 0])?;
        Ok(())
    }
}

impl Organisation {
    /// How records that were read are written.
    pub(crate) const fn read_manner(&self) -> Manner {
        Manner { zulu: self.switches.times_with_z, omit_methods: false }
    }

    pub(crate) fn view<'a>(&'a self, contact: &'a Contact) -> ContactView<'a> {
        ContactView { organisation: self, contact, manner: self.read_manner(), by_id: false }
    }
}
