//! One organisation: its contacts, definitions, notes, held rows, webhooks and counts.

use std::{collections::HashMap, sync::Arc};

use chrono_tz::Tz;

use super::{
    book::Book,
    fields::FieldDefinition,
    import::Holding,
    meter::Meter,
    model::{Note, TagDefinition, TagJoin},
    snapshot::VirtuousSnapshot,
    switches::Switches,
    unreliable::{Answers, Past, Unreliable},
    webhooks::Webhooks,
};
use crate::domain::Timestamp;

const FIRST_TAG: i64 = 51;
const FIRST_JOIN: i64 = 7_000_001;
const FIRST_NOTE: i64 = 9_000_001;

/// What an organisation begins with.
#[derive(Debug, Clone)]
pub struct OrganisationSetup {
    /// The name.
    pub name: String,
    /// The API key that opens it.
    pub api_key: String,
    /// The zone of its dates, such as `America/New_York`; unknown names mean UTC.
    pub time_zone: String,
}

/// One organisation.
#[derive(Debug)]
pub struct Organisation {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The zone that dates without a zone are in.
    pub time_zone: Tz,
    /// `isEnabled` of `Organization/Current`.
    pub enabled: bool,
    /// The switches.
    pub switches: Switches,
    /// What makes the answers unreliable.
    pub(super) unreliable: Unreliable,
    pub(super) past: Past,
    pub(super) answers: Answers,
    /// The contacts.
    pub book: Book,
    /// Rows that wait for the import.
    pub holding: Holding,
    /// Webhook subscriptions and deliveries.
    pub webhooks: Webhooks,
    /// Counts.
    pub meter: Meter,
    /// How it was before Tandem came, for the comparison.
    pub baseline: Option<VirtuousSnapshot>,
    /// Custom fields of contacts.
    pub contact_fields: Vec<FieldDefinition>,
    /// Custom fields of individuals.
    pub individual_fields: Vec<FieldDefinition>,
    tags: Vec<TagDefinition>,
    tags_by_name: HashMap<Arc<str>, i64>,
    notes: Vec<Note>,
    notes_of: HashMap<i64, Vec<u32>>,
    next_join: i64,
}

/// The contact types of every organisation.
pub(crate) const CONTACT_TYPES: [&str; 3] = ["Household", "Organization", "Foundation"];
/// The recorded method types (section 5).
pub(crate) const METHOD_TYPES: [&str; 14] = [
    "Home Email",
    "Work Email",
    "Other Email",
    "Home Phone",
    "Mobile Phone",
    "Work Phone",
    "Other Phone",
    "Fax",
    "Facebook",
    "Twitter",
    "LinkedIn",
    "Skype",
    "Web",
    "Other",
];

impl Organisation {
    pub(crate) fn new(id: i64, setup: &OrganisationSetup, now: Timestamp) -> Self {
        let time_zone = setup.time_zone.parse().unwrap_or(Tz::UTC);
        let switches = Switches::default();
        let mut organisation = Self {
            id,
            name: setup.name.clone(),
            time_zone,
            enabled: true,
            switches,
            unreliable: Unreliable::default(),
            past: Past::default(),
            answers: Answers::default(),
            book: Book::default(),
            holding: Holding::default(),
            webhooks: Webhooks::default(),
            meter: Meter::default(),
            baseline: None,
            contact_fields: Vec::new(),
            individual_fields: Vec::new(),
            tags: Vec::new(),
            tags_by_name: HashMap::new(),
            notes: Vec::new(),
            notes_of: HashMap::new(),
            next_join: FIRST_JOIN,
        };
        organisation.plan_import(now);
        organisation
    }

    /// The tag definitions, in the order of ids.
    #[must_use]
    pub fn tags(&self) -> &[TagDefinition] {
        &self.tags
    }

    /// A tag definition.
    #[must_use]
    pub fn tag(&self, id: i64) -> Option<&TagDefinition> {
        self.tags.get(usize::try_from(id.checked_sub(FIRST_TAG)?).ok()?)
    }

    /// The first tag with exactly this name.
    #[must_use]
    pub fn tag_named(&self, name: &str) -> Option<i64> {
        self.tags_by_name.get(name).copied()
    }

    /// Adds a tag definition, as staff do in the CRM; names may repeat (section 6).
    pub fn add_tag(&mut self, name: &str, group: &str) -> i64 {
        let id = FIRST_TAG + i64::try_from(self.tags.len()).unwrap_or(0);
        let name: Arc<str> = name.into();
        self.tags_by_name.entry(Arc::clone(&name)).or_insert(id);
        self.tags.push(TagDefinition { id, name, group: group.into() });
        id
    }

    /// Renames a tag definition; fires nothing (section 14.3).
    pub fn rename_tag(&mut self, id: i64, name: &str) {
        let at = usize::try_from(id - FIRST_TAG).unwrap_or(usize::MAX);
        let Some(tag) = self.tags.get_mut(at) else { return };
        tag.name = name.into();
        self.tags_by_name.clear();
        for tag in &self.tags {
            self.tags_by_name.entry(Arc::clone(&tag.name)).or_insert(tag.id);
        }
    }

    /// The names of a contact's tags.
    pub fn tag_names<'a>(&'a self, joins: &'a [TagJoin]) -> impl Iterator<Item = &'a str> {
        joins.iter().filter_map(|join| self.tag(join.tag)).map(|tag| &*tag.name)
    }

    /// Puts a tag on a contact and returns the join id; none if the contact is unknown.
    pub(crate) fn join_tag(&mut self, contact: i64, tag: i64) -> Option<i64> {
        let id = self.new_join();
        let contact = self.book.contact_mut(contact)?;
        contact.tags.reserve_exact(1);
        contact.tags.push(TagJoin { id, tag });
        Some(id)
    }

    /// An id that no join has.
    pub(crate) const fn new_join(&mut self) -> i64 {
        self.next_join += 1;
        self.next_join - 1
    }

    /// The contact that a join belongs to. A scan: joins are removed seldom.
    pub(crate) fn contact_of_join(&self, join: i64) -> Option<i64> {
        let has = |contact: &&super::model::Contact| contact.tags.iter().any(|held| held.id == join);
        self.book.contacts().iter().find(has).map(|contact| contact.id)
    }

    /// The notes of a contact, oldest first.
    pub fn notes_of(&self, contact: i64) -> impl DoubleEndedIterator<Item = &Note> {
        let positions = self.notes_of.get(&contact).map_or(&[][..], Vec::as_slice);
        positions.iter().filter_map(|at| self.notes.get(*at as usize))
    }

    /// Every note.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    pub(crate) fn note_mut(&mut self, id: i64) -> Option<&mut Note> {
        self.notes.get_mut(usize::try_from(id - FIRST_NOTE).ok()?)
    }

    /// Adds a note; its id is set here.
    pub(crate) fn add_note(&mut self, mut note: Note) -> i64 {
        note.id = FIRST_NOTE + i64::try_from(self.notes.len()).unwrap_or(0);
        let id = note.id;
        let at = u32::try_from(self.notes.len()).unwrap_or(u32::MAX);
        self.notes_of.entry(note.contact_id).or_default().push(at);
        self.notes.push(note);
        id
    }

    /// Marks a contact as changed, and says so to the webhooks.
    pub(crate) fn touch(&mut self, contact: i64, bump: bool, fire: bool, now: Timestamp) {
        if bump && let Some(contact) = self.book.contact_mut(contact) {
            contact.modified = now;
        }
        self.remember(contact, now);
        if fire {
            self.webhooks.queue("ContactUpdate", vec![contact], now);
        }
    }

    /// The date of a moment in the organisation's zone.
    #[must_use]
    pub fn local_date(&self, at: Timestamp) -> chrono::NaiveDate {
        at.to_datetime().with_timezone(&self.time_zone).date_naive()
    }
}
