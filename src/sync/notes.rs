//! Notes: every wording in one place, and the identity that keeps a note from being written twice (N1).

use crate::domain::{
    BounceKind, BouncePolicy, Cause, Deletion, DeletionProof, Effect, Note, Person, Reason, Rule, Subject,
    Timestamp,
};

use super::consent;
use crate::domain::CustomerRules;

/// Characters of a campaign's name in a note.
const NAME_MAX: usize = 80;
/// The kind of a note about a deletion (D1).
const DELETED: &str = "deleted";

/// Whether a note tells of a deletion, and so of the opt-out that it brought (D1).
#[must_use]
pub fn is_of_deletion(note: &Note) -> bool {
    note.key.split(' ').next() == Some(DELETED)
}

/// The notes that are owed for a linked subscriber and not yet written.
#[must_use]
pub fn owed(subject: &Subject, person: &Person, rules: &CustomerRules) -> Vec<(Effect, Reason)> {
    let mut notes = Vec::new();
    if let Some(deletion) = subject.cc.deletion.filter(|deletion| !is_told(subject, deletion)) {
        let found = match deletion.proof {
            DeletionProof::DeletedAt => "Constant Contact shows the deletion",
            DeletionProof::NotFound => "the contact could no longer be found there, checked twice",
            DeletionProof::Sweep => "the contact was missing from a complete reading of the account",
        };
        let date = deletion.at.to_date();
        notes.push(note(subject, DELETED, deletion.at, format!(
            "Deleted in Constant Contact on {date}: {found}. The email address was opted out here. Nothing else was changed."
        )));
    }
    if let Some((kind, at)) = consent::effective_bounce(&subject.cc)
        && let Some(bounce) = &subject.cc.bounce
        && rules.bounce_policy(kind) != BouncePolicy::Ignore
    {
        let category = match kind {
            BounceKind::Hard => "hard bounce",
            BounceKind::Soft => "soft bounce",
        };
        let meaning = meaning_of(bounce.code);
        // An opt-in that is newer than the bounce answers it (P3).
        let opts_out = rules.bounce_policy(kind) == BouncePolicy::OptOut
            && matches!(consent::cc_consent(&subject.cc, rules), consent::CcConsent::Out { .. });
        let outcome = outcome(opts_out);
        notes.push(note(
            subject,
            "bounce",
            at,
            format!(
                "Mail from Constant Contact bounced on {}: {meaning} ({category}, code {}), campaign \"{}\". {outcome}",
                at.to_date(),
                bounce.code,
                short(&bounce.campaign),
            ),
        ));
    }
    if subject.cc.is_complaint()
        && rules.complaint != BouncePolicy::Ignore
        && let Some(at) = subject.cc.opt_out_at
    {
        notes.push(note(
            subject,
            "complaint",
            at,
            format!(
                "Mail from Constant Contact was reported as unwanted (spam or abuse) on {}, and the person was unsubscribed \
                 there. The email address was opted out here.",
                at.to_date()
            ),
        ));
    }
    notes
        .into_iter()
        .filter(|note| !subject.base.notes.contains(&note.key))
        .map(|note| {
            let reason = Reason::about(Rule::N1, Cause::NoteOwed, note.key.clone());
            (Effect::AddNote { contact: person.contact, note }, reason)
        })
        .collect()
}

/// Whether a note tells of this deletion already under a later date: it was found before Constant Contact stated its own date.
/// A second deletion is later than every note about the first.
fn is_told(subject: &Subject, deletion: &Deletion) -> bool {
    let dates = subject.base.notes.iter().filter_map(|key| {
        let (kind, at) = key.split_once(' ')?;
        (kind == DELETED).then(|| Timestamp::parse(at)).flatten()
    });
    dates.into_iter().any(|told| told >= deletion.at)
}

const fn outcome(opts_out: bool) -> &'static str {
    if opts_out { "The email address was opted out here." } else { "Nothing else was changed." }
}

/// What a bounce code means, for people who never saw the codes (constant-contact.md 4).
const fn meaning_of(code: char) -> &'static str {
    match code {
        'B' => "the address does not exist",
        'S' => "the address did not exist earlier, so that Constant Contact stopped mailing it",
        'D' => "the mail could not be delivered in several tries",
        'F' => "the mailbox is full",
        'Z' => "the mail was blocked by the recipient's server",
        _ => "the mail could not be delivered",
    }
}

/// A name that somebody chose, short enough for a note.
fn short(name: &str) -> String {
    let mut short: String = name.chars().take(NAME_MAX).collect();
    if short.len() < name.len() {
        short.push_str("...");
    }
    short
}

/// A note with its identity: the kind and the date of the fact; customer and subscriber are those of the subject (N1).
fn note(subject: &Subject, kind: &str, at: crate::domain::Timestamp, text: String) -> Note {
    let key = format!("{kind} {at}");
    let text = format!("{text} [{}]", marker(subject, &key));
    Note { key, text, at }
}

/// The text by which a note is found again after an unknown outcome: the same for the same note, and no other.
#[must_use]
pub fn marker(subject: &Subject, key: &str) -> String {
    let hash = xxhash_rust::xxh3::xxh3_64(format!("{} {key}", subject.id).as_bytes());
    format!("Tandem {hash:016x}")
}

/// The marker that a note's text ends with.
#[must_use]
pub fn marker_of(text: &str) -> Option<&str> {
    text.rsplit_once('[')?.1.strip_suffix(']')
}

#[cfg(test)]
#[path = "notes_test.rs"]
mod tests;
