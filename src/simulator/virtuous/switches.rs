//! Where the notes say GUESS or CONFLICT, both behaviours, chosen by a switch (reference/virtuous.md).

use serde::{Deserialize, Serialize};

/// Which spelling of query operators is understood (section 4.4: docs and recorded traffic disagree).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operators {
    /// `OnOrAfter`, as recorded.
    Pascal,
    /// `On Or After`, as the docs' samples write.
    Spaced,
    /// Either.
    Both,
}

/// What a second `POST /api/ContactTag` of the same tag does (section 6: undocumented).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedTag {
    /// 409.
    Conflict,
    /// A second join record.
    Duplicate,
    /// 200 with the join record that is there.
    Accept,
}

/// The body of a webhook delivery (section 11.2: the docs' sample and real consumers disagree).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Envelope {
    /// `{"event":"ContactUpdate","contact":{..}}`, or `models` for several: what consumers read.
    Models,
    /// `{"eventType":"contact.updated","eventId":..,"timestamp":..,"data":{..}}`: what the docs show.
    EventType,
}

/// How the signature is written (section 11.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// Base64, as the help centre says.
    Base64,
    /// Hexadecimal, as the docs presume.
    Hex,
}

/// Every switch of one organisation. The defaults are the behaviours that the notes hold likeliest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Calls an hour for the whole organisation (section 2: 5,000 now, 1,500 in stale places).
    pub hourly_limit: u64,
    /// Calls an hour that other tools make, spread evenly over the hour.
    pub other_tools_per_hour: u64,
    /// Seconds between imports; none: at midnight in the organisation's zone (section 3.2).
    pub import_every: Option<u64>,
    /// Imports wait for a person to press Run.
    pub import_waits_for_person: bool,
    /// Rows that match a contact wait in "Update Needed" for a person (SUP-imp).
    pub updates_wait_for_person: bool,
    /// The opt-in that an import gives to an email address it adds (section 3.1: undocumented).
    pub import_opt_in_default: bool,
    /// An import sets the opt-in of an address that was there already.
    pub import_flips_opt_in: bool,
    /// Unknown tag names are created by an import; otherwise dropped.
    pub import_creates_tags: bool,
    /// Tags of a row replace those of the matched contact; otherwise they are added.
    pub import_replaces_tags: bool,
    /// Rows of one import do not see each other's contacts, so that one reference twice makes two contacts.
    pub import_rows_blind: bool,
    /// First and last name are both needed; otherwise either suffices (section 3.1: CONFLICT).
    pub both_names_required: bool,
    /// A row without the needed names is taken with 200 and then never becomes a contact (section 15.11).
    pub names_checked_at_import: bool,
    /// The most rows of a batch (section 3.1: undocumented).
    pub max_batch: usize,
    /// The spelling of query operators.
    pub operators: Operators,
    /// Date parameters compare to the moment; otherwise whole days in the organisation's zone.
    pub exact_dates: bool,
    /// `skip` and `take` are also read from the body of a query (section 4.4: CONFLICT).
    pub paging_in_body: bool,
    /// Every time ends in `Z`; otherwise only those of a record just written (section 4.2).
    pub times_with_z: bool,
    /// A tag applied a second time.
    pub repeated_tag: RepeatedTag,
    /// The name of the join id in tag lists (section 6: unverified).
    pub join_id_name: String,
    /// A contact may hold several references of one source (section 9: GUESS).
    pub several_references: bool,
    /// PUT clears what was left out (section 12: the spec says so, recorded traffic does not).
    pub put_clears_omitted: bool,
    /// An email address that sits on another contact is refused with 409 (section 5).
    pub emails_unique: bool,
    /// Which of several contacts `Find` by email gives: the newest; otherwise the oldest.
    pub find_gives_newest: bool,
    /// A change of a method moves the contact's `modifiedDateTimeUtc` (section 4.4: unproven).
    pub method_bumps_contact: bool,
    /// A change of a tag moves the contact's `modifiedDateTimeUtc`.
    pub tag_bumps_contact: bool,
    /// A merge moves the references to the winner; otherwise they stay on the loser.
    pub merge_moves_references: bool,
    /// Custom field values are read as the UI shows them: `True`, `4/23/2016` (section 7).
    pub values_as_shown: bool,
    /// Field types are named as in old recordings: `List`, `DateTime`.
    pub old_type_names: bool,
    /// The status of a refused value: 400 or 422.
    pub invalid_status: u16,
    /// The most characters of a note (section 8: undocumented).
    pub max_note: usize,
    /// A change of a method fires `contactUpdate` (section 11.1: unproven).
    pub method_fires: bool,
    /// A change of a tag fires `contactUpdate`.
    pub tag_fires: bool,
    /// The body of deliveries.
    pub webhook_envelope: Envelope,
    /// The signature's writing.
    pub webhook_signature: Signature,
    /// The signature's header.
    pub webhook_header: String,
    /// Imports deliver several contacts in one body (`models`).
    pub webhook_bulk: bool,
    /// Deliveries leave out `contactMethods` (seen in the field).
    pub webhook_omits_methods: bool,
    /// The most tags of a page; more are refused (section 6: undocumented).
    pub max_tags_page: usize,
    /// A contact for which every page of whole contacts fails with 500.
    pub unreadable_contact: Option<i64>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            hourly_limit: 5000,
            other_tools_per_hour: 0,
            import_every: None,
            import_waits_for_person: false,
            updates_wait_for_person: false,
            import_opt_in_default: true,
            import_flips_opt_in: false,
            import_creates_tags: true,
            import_replaces_tags: false,
            import_rows_blind: false,
            both_names_required: false,
            names_checked_at_import: false,
            max_batch: 500,
            operators: Operators::Pascal,
            exact_dates: false,
            paging_in_body: false,
            times_with_z: false,
            repeated_tag: RepeatedTag::Conflict,
            join_id_name: "id".to_owned(),
            several_references: true,
            put_clears_omitted: false,
            emails_unique: false,
            find_gives_newest: false,
            method_bumps_contact: true,
            tag_bumps_contact: true,
            merge_moves_references: true,
            values_as_shown: true,
            old_type_names: false,
            invalid_status: 400,
            max_note: 2000,
            method_fires: true,
            tag_fires: true,
            webhook_envelope: Envelope::Models,
            webhook_signature: Signature::Base64,
            webhook_header: "X-Virtuous-Signature".to_owned(),
            webhook_bulk: true,
            webhook_omits_methods: false,
            max_tags_page: 1000,
            unreadable_contact: None,
        }
    }
}

impl Switches {
    /// These switches with the keys of `patch` set.
    ///
    /// # Errors
    /// An unknown key or a value of the wrong type, named in the message.
    pub fn patched(&self, patch: &serde_json::Value) -> Result<Self, serde_json::Error> {
        let mut all = serde_json::to_value(self)?;
        if let (Some(all), Some(patch)) = (all.as_object_mut(), patch.as_object()) {
            all.extend(patch.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        serde_json::from_value(all)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_sets_what_it_names_and_refuses_what_is_unknown() {
        let patched =
            Switches::default().patched(&json!({"import_every": 3, "operators": "spaced"})).unwrap();
        assert_eq!(patched.import_every, Some(3));
        assert_eq!(patched.operators, Operators::Spaced);
        assert_eq!(patched.hourly_limit, 5000);
        assert!(Switches::default().patched(&json!({"import_evry": 3})).is_err());
    }
}
