//! Abbreviated contacts, notes, and the envelope of lists.

use serde::Serialize;

use super::time::{Time, USER};
use crate::simulator::virtuous::model::{Contact, Method, Note};

/// A contact in the abbreviated form: no references, tags, opt-in or times (section 4.4).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AbbreviatedView<'a> {
    id: i64,
    name: &'a str,
    contact_type: &'a str,
    contact_name: &'a str,
    address: Option<String>,
    email: Option<&'a str>,
    phone: Option<&'a str>,
    contact_view_url: String,
}

impl<'a> AbbreviatedView<'a> {
    pub(crate) fn new(contact: &'a Contact) -> Self {
        let first = |wanted: fn(&Method) -> bool| {
            contact.methods().find(|method| wanted(method)).map(|method| &*method.value)
        };
        Self {
            id: contact.id,
            name: &contact.name,
            contact_type: &contact.contact_type,
            contact_name: &contact.name,
            address: contact
                .address
                .as_deref()
                .map(|a| format!("{} {}, {} {} {}", a.address1, a.city, a.state, a.postal, a.country)),
            email: first(Method::is_email),
            phone: first(Method::is_phone),
            contact_view_url: format!(
                "https://app.virtuoussoftware.com/Generosity/Contact/View/{}",
                contact.id
            ),
        }
    }
}

/// A note.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoteView<'a> {
    id: i64,
    contact_id: i64,
    create_date_time_utc: Time,
    created_by_user: &'static str,
    modified_date_time_utc: Time,
    modified_by_user: &'static str,
    note_date: Time,
    #[serde(rename = "type")]
    kind: &'a str,
    note: &'a str,
    important: bool,
    is_private: bool,
    created_by_avatar_url: Option<()>,
    reminder: Option<()>,
}

impl<'a> NoteView<'a> {
    pub(crate) fn new(note: &'a Note, zulu: bool) -> Self {
        Self {
            id: note.id,
            contact_id: note.contact_id,
            create_date_time_utc: Time(note.created, zulu),
            created_by_user: USER,
            modified_date_time_utc: Time(note.created, zulu),
            modified_by_user: USER,
            note_date: Time(note.date, zulu),
            kind: &note.kind,
            note: &note.text,
            important: note.important,
            is_private: note.private,
            created_by_avatar_url: None,
            reminder: None,
        }
    }
}

/// `{list,total}`.
#[derive(Serialize)]
pub(crate) struct Page<T> {
    pub(crate) list: Vec<T>,
    pub(crate) total: usize,
}
