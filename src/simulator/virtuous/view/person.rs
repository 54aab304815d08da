//! An individual.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    field::FieldViews,
    manner::{Each, Manner},
    method::MethodView,
    time::{Time, USER},
};
use crate::simulator::virtuous::{model::Individual, organisation::Organisation};

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
        let fields = FieldViews {
            definitions: &organisation.individual_fields,
            values: &person.custom_fields,
            as_shown: switches.values_as_shown,
            old_names: switches.old_type_names,
            forms: &organisation.unreliable.forms,
        };
        map.serialize_entry("customFields", &fields)?;
        map.serialize_entry("customCollections", &[(); 0])?;
        map.end()
    }
}
