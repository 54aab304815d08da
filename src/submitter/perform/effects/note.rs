//! Adding a note, once (N1).

use crate::{
    access::VirtuousAccess,
    domain::{Lane, Note, Timestamp, VirtuousContactId},
    sync::notes,
    virtuous::{
        VirtuousError,
        note::{OptOut, ReadNote},
    },
};

/// A note for a contact.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The contact.
    pub contact: VirtuousContactId,
    /// The note's type.
    pub kind: &'a str,
    /// The note.
    pub note: &'a Note,
}

/// Whether the note may be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// No earlier turn can have written it.
    No,
    /// After an unknown outcome its marker is searched for before it is written.
    First,
}

/// The type of Tandem's notes, of those that the organisation has.
#[must_use]
pub fn kind(kinds: &[String]) -> String {
    let wanted = ["Email", "General"].into_iter().find(|wanted| kinds.iter().any(|kind| kind == wanted));
    wanted.map(str::to_owned).or_else(|| kinds.first().cloned()).unwrap_or_else(|| "General".to_owned())
}

/// Adds a note.
///
/// # Errors
/// The call's.
pub async fn add(
    virtuous: &VirtuousAccess,
    lane: Lane,
    entry: Entry<'_>,
    search: Search,
) -> Result<(), VirtuousError> {
    if search == Search::First && is_there(virtuous, lane, &entry).await? {
        return Ok(());
    }
    let Entry { contact, kind, note } = entry;
    virtuous.call(lane, |client| async move { client.add_note(contact, kind, note).await }).await?;
    Ok(())
}

/// Pages of a contact's notes that are looked through.
const PAGES_MAX: usize = 10;

/// The note of Tandem's on the contact that tells of the opt-out, if there is one: the store that it was written by was lost (E5).
///
/// # Errors
/// The call's.
pub async fn own_opt_out(
    virtuous: &VirtuousAccess,
    lane: Lane,
    contact: VirtuousContactId,
    about: &OptOut<'_>,
) -> Result<Option<ReadNote>, VirtuousError> {
    let mut skip = 0;
    for _ in 0..PAGES_MAX {
        let call = virtuous.call(lane, |client| async move { client.notes_of_contact(contact, skip).await });
        let page = call.await?;
        if let Some(note) = page.own_opt_out(about) {
            return Ok(Some(note.clone()));
        }
        match page.next_skip(skip, Timestamp::EPOCH) {
            Some(next) if next > skip => skip = next,
            _ => break,
        }
    }
    Ok(None)
}

async fn is_there(virtuous: &VirtuousAccess, lane: Lane, entry: &Entry<'_>) -> Result<bool, VirtuousError> {
    let Some(marker) = notes::marker_of(&entry.note.text) else { return Ok(false) };
    let contact = entry.contact;
    let mut skip = Some(0);
    while let Some(at) = skip {
        let call = virtuous.call(lane, |client| async move { client.notes_of_contact(contact, at).await });
        let page = call.await?;
        if page.has_marker(marker) {
            return Ok(true);
        }
        skip = page.next_skip(at, entry.note.at);
    }
    Ok(false)
}
