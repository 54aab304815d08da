//! Notes: not idempotent, no external id (section 8).

use serde::Deserialize;

use super::conditions::{Condition, Filter, Group, Test};
use crate::{
    domain::Timestamp,
    simulator::virtuous::{
        answer::{self, Outcome},
        call::{Call, loose_bool, loose_int, loose_text},
        model::Note,
        organisation::Organisation,
        view::{NoteView, Page},
    },
    transport::Response,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoteBody {
    #[serde(default, deserialize_with = "loose_int")]
    contact_id: Option<i64>,
    #[serde(default, rename = "type", deserialize_with = "loose_text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    note: Option<String>,
    #[serde(default)]
    note_date_time: Option<String>,
    #[serde(default, deserialize_with = "loose_bool")]
    important: Option<bool>,
    #[serde(default, deserialize_with = "loose_bool")]
    private: Option<bool>,
}

pub(super) fn create(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let body: NoteBody = call.body("contactNoteBindingModel")?;
    let Some(contact) = body.contact_id else {
        return Err(answer::model_state("contactNoteBindingModel.contactId"));
    };
    organisation.book.contact(contact).ok_or_else(answer::not_found)?;
    let status = organisation.switches.invalid_status;
    let text = body.note.unwrap_or_default();
    if text.trim().is_empty() {
        return Err(answer::invalid(status, "note", "The note is required."));
    }
    if text.chars().count() > organisation.switches.max_note {
        return Err(answer::invalid(status, "note", "The note is too long."));
    }
    if organisation.notes_of(contact).any(|held| *held.text == *text) {
        organisation.meter.repeats.notes += 1;
    }
    let id = organisation.add_note(Note {
        id: 0,
        contact_id: contact,
        kind: body.kind.unwrap_or_else(|| "General".to_owned()).into(),
        text: text.into(),
        date: body.note_date_time.as_deref().and_then(Timestamp::parse).unwrap_or(call.now),
        important: body.important.unwrap_or(false),
        private: body.private.unwrap_or(false),
        created: call.now,
    });
    let note = organisation.note_mut(id).ok_or_else(answer::not_found)?;
    answer::ok(&NoteView::new(note, true))
}

fn page<'a>(organisation: &Organisation, call: &Call<'_>, found: impl Iterator<Item = &'a Note>) -> Outcome {
    let (skip, take) = call.page((None, None))?;
    let mut found: Vec<_> = found.collect();
    if call.query("descending") == Some("true") {
        found.reverse();
    }
    let zulu = organisation.switches.times_with_z;
    let list = found.iter().skip(skip).take(take).map(|note| NoteView::new(note, zulu)).collect();
    answer::ok(&Page { list, total: found.len() })
}

pub(super) fn by_contact(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let contact = organisation.book.contact(call.id(2)).ok_or_else(answer::not_found)?.id;
    page(organisation, call, organisation.notes_of(contact))
}

#[derive(Deserialize)]
struct NoteQuery {
    #[serde(default)]
    groups: Vec<Group>,
}

/// Understands `Contact Id`, `Note`, `Note Type`, `Note Date` and `Create Date`.
pub(super) fn query(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let body: NoteQuery = call.body("queryBindingModel")?;
    let filter = Filter::new(&body.groups, |condition| test(organisation, condition))?;
    page(organisation, call, organisation.notes().iter().filter(|note| filter.holds(note)))
}

fn test<'a>(organisation: &'a Organisation, condition: &'a Condition) -> Result<Test<'a, Note>, Response> {
    Ok(match condition.parameter.as_str() {
        "Contact Id" => {
            let test = condition.number(organisation)?;
            Box::new(move |note| test(&note.contact_id))
        }
        "Note" => {
            let test = condition.text(organisation)?;
            Box::new(move |note| test.one(&note.text))
        }
        "Note Type" => {
            let test = condition.text(organisation)?;
            Box::new(move |note| test.one(&note.kind))
        }
        "Note Date" => {
            let test = condition.date(organisation)?;
            Box::new(move |note| test(&note.date))
        }
        "Create Date" => {
            let test = condition.date(organisation)?;
            Box::new(move |note| test(&note.created))
        }
        _ => return Err(condition.unknown()),
    })
}
