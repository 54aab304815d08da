//! Notes on contacts (N1; reference/virtuous.md 8).

use std::{fmt, time::Duration};

use serde_json::{Value, json};

use super::{
    client::{Client, json as body_of},
    error::VirtuousError,
    lenient::{as_text, as_time},
    page::{Cut, text_of},
    paths,
    wire::integer_of,
};
use crate::domain::{Note, Timestamp, VirtuousContactId};

/// Notes asked for in one call.
pub const NOTES_TAKE: usize = 100;

/// A note as read.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadNote {
    /// Its id.
    pub id: Option<i64>,
    /// Its text.
    pub text: String,
    /// When it was added.
    pub created_at: Option<Timestamp>,
}

impl fmt::Debug for ReadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadNote").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A page of a contact's notes, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotePage {
    /// Those that could be read.
    pub notes: Vec<ReadNote>,
    /// How many there are in all, if told.
    pub total: Option<u64>,
    /// Records in the page, odd ones included.
    pub raw_count: usize,
}

impl NotePage {
    /// Whether one of the notes carries this marker (N1). Blanks are compared loosely: the CRM may have reformatted
    /// the text.
    #[must_use]
    pub fn has_marker(&self, marker: &str) -> bool {
        let marker = squeeze(marker);
        !marker.is_empty() && self.notes.iter().any(|note| squeeze(&note.text).contains(&marker))
    }

    /// The newest of the notes that tell of an opt-out as Tandem's own.
    #[must_use]
    pub fn own_opt_out(&self, about: &OptOut<'_>) -> Option<&ReadNote> {
        self.notes.iter().filter(|note| about.is_told_by(note)).max_by_key(|note| note.created_at)
    }

    /// Where the next page begins, if there is one and it may still hold notes added at `since` or later: a note that
    /// an earlier call may have left behind is not older than that call.
    #[must_use]
    pub fn next_skip(&self, skip: usize, since: Timestamp) -> Option<usize> {
        let next = skip.saturating_add(self.raw_count);
        let more = match self.total {
            Some(total) => u64::try_from(next).is_ok_and(|next| next < total),
            None => self.raw_count >= NOTES_TAKE,
        };
        let newest_first = self.notes.windows(2).all(|pair| pair[0].created_at >= pair[1].created_at);
        let passed = newest_first
            && self.notes.last().and_then(|note| note.created_at).is_some_and(|oldest| oldest < since);
        (self.raw_count > 0 && more && !passed).then_some(next)
    }
}

/// How long after Tandem's note the method may have been changed by the opt-out that the note tells of.
const NOTED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// An opt-out that a note of Tandem's may tell of (E5).
#[derive(Debug, Clone, Copy)]
pub struct OptOut<'a> {
    /// The codes of the subscriber's addresses.
    pub addresses: &'a [String],
    /// Markers of notes about other addresses of the contact.
    pub others: &'a [String],
    /// When the last of the methods that are out was changed, if known.
    pub changed_at: Option<Timestamp>,
}

impl OptOut<'_> {
    fn is_told_by(&self, note: &ReadNote) -> bool {
        let text = squeeze(&note.text);
        let is_own = text.contains("[Tandem ") && text.contains("opted out here");
        let names = |code: &String| text.contains(&format!(", address {code}]"));
        let is_of_address = !text.contains(", address ") || self.addresses.iter().any(names);
        let is_of_others = self.others.iter().any(|marker| text.contains(&squeeze(marker)));
        is_own && is_of_address && !is_of_others
    }

    /// Whether the note explains every method that is out: what was changed long after it may be staff's.
    #[must_use]
    pub fn is_explained_by(&self, note: &ReadNote) -> bool {
        match (self.changed_at, note.created_at) {
            (Some(changed), Some(noted)) => changed <= noted.plus(NOTED_WITHIN),
            _ => true,
        }
    }
}

impl Client {
    /// Adds a note of one of the organisation's types to a contact, and gives its id if the answer shows it. One call.
    ///
    /// Not idempotent: a repetition adds a second note. So after an unknown outcome the contact's notes are searched
    /// for the marker first (N1).
    ///
    /// # Errors
    /// [`VirtuousError`]; `NotFound` if the contact is gone.
    pub async fn add_note(
        &self,
        contact: VirtuousContactId,
        kind: &str,
        note: &Note,
    ) -> Result<Option<i64>, VirtuousError> {
        let body = json!({
            "contactId": contact.0,
            "type": kind,
            "note": note.text,
            "noteDateTime": note.at.to_rfc3339_secs(),
            "important": false,
            "private": false,
        });
        let response = self.post(paths::CONTACT_NOTE, &body).await?;
        Ok(body_of(&response).as_ref().and_then(|record| integer_of(record, &["id"])))
    }

    /// A page of a contact's notes, newest first. One call, a read.
    ///
    /// # Errors
    /// [`VirtuousError`]; `NotFound` if the contact is gone, `Odd` if the answer is no page.
    pub async fn notes_of_contact(
        &self,
        contact: VirtuousContactId,
        skip: usize,
    ) -> Result<NotePage, VirtuousError> {
        let response = self.get(&paths::notes_of_contact(contact, skip, NOTES_TAKE)).await?;
        let body = text_of(&response.body);
        let cut = Cut::of(&body).ok_or_else(|| VirtuousError::odd("a page of notes"))?;
        let (records, _) = cut.read::<Value>();
        let note = |record: &Value| {
            Some(ReadNote {
                id: integer_of(record, &["id"]),
                text: record.get("note").and_then(as_text)?,
                created_at: record.get("createDateTimeUtc").and_then(as_time),
            })
        };
        Ok(NotePage {
            notes: records.iter().filter_map(note).collect(),
            total: cut.total,
            raw_count: cut.records.len(),
        })
    }
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::virtuous::script::Script;

    #[tokio::test]
    async fn a_note_is_added_and_found() {
        let list = json!({"list": [
            {"id": 2, "note": "Mail bounced.\r\n[tandem  b-1]", "createDateTimeUtc": "2026-11-22T10:00:00"},
            {"id": 1, "note": null},
        ], "total": 2});
        let script = Script::new().then(200, json!({"id": 2})).then(200, list);
        let client = script.client();
        let at = Timestamp::parse("2026-11-20T08:00:00Z").unwrap();
        let note = Note { key: "b-1".into(), text: "Mail bounced.\n[tandem b-1]".into(), at };
        assert_eq!(client.add_note(VirtuousContactId(4), "General", &note).await, Ok(Some(2)));
        assert_eq!(
            script.body(0),
            json!({"contactId": 4, "type": "General", "note": "Mail bounced.\n[tandem b-1]",
                "noteDateTime": "2026-11-20T08:00:00Z", "important": false, "private": false})
        );
        let page = client.notes_of_contact(VirtuousContactId(4), 0).await.unwrap();
        assert!(page.has_marker("[tandem b-1]") && !page.has_marker("[tandem b-2]") && !page.has_marker(""));
        assert_eq!(page.next_skip(0, Timestamp::EPOCH), None);
        assert!(!format!("{page:?}").contains("bounced"));
    }

    #[test]
    fn e5_a_note_tells_of_opt_outs_of_its_address_and_time() {
        let noted = |code: &str| ReadNote {
            id: None,
            text: format!("The email address was opted out here. [Tandem 1f{code}]"),
            created_at: Some(Timestamp::from_secs(10_000)),
        };
        let told = |code: &str, changed_at: Option<i64>| {
            let (addresses, others) = (["aa".to_owned()], ["Tandem 2e".to_owned()]);
            let changed_at = changed_at.map(Timestamp::from_secs);
            let (about, note) = (OptOut { addresses: &addresses, others: &others, changed_at }, noted(code));
            about.is_told_by(&note).then(|| about.is_explained_by(&note))
        };
        assert_eq!([told(", address aa", Some(9_990)), told(", address aa", None)], [Some(true); 2]);
        assert_eq!(told("", Some(9_990)), Some(true), "an older note tells no address");
        assert_eq!([told("", Some(10_600)), told("", Some(10_601))], [Some(true), Some(false)]);
        assert_eq!(told(", address bb", Some(9_990)), None, "another address of the contact");
        let of_another = ReadNote { text: noted("").text.replace("1f", "2e"), ..noted("") };
        let about = OptOut { addresses: &[], others: &["Tandem 2e".to_owned()], changed_at: None };
        assert!(!about.is_told_by(&of_another) && about.is_told_by(&noted("")));
    }

    #[test]
    fn paging_ends_once_the_notes_are_older() {
        let note =
            |secs| ReadNote { id: None, text: String::new(), created_at: Some(Timestamp::from_secs(secs)) };
        let page = NotePage { notes: vec![note(9), note(5)], total: Some(7), raw_count: 2 };
        assert_eq!(page.next_skip(0, Timestamp::from_secs(4)), Some(2));
        assert_eq!(page.next_skip(0, Timestamp::from_secs(6)), None);
        // Oldest first in spite of what was asked: every page has to be read.
        let page = NotePage { notes: vec![note(5), note(9), note(3)], total: Some(7), raw_count: 3 };
        assert_eq!(page.next_skip(0, Timestamp::from_secs(6)), Some(3));
    }
}
