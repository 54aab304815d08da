//! Notes: every wording in one place, and the identity that keeps a note from being written twice (N1).

use crate::domain::{BouncePolicy, Cause, DeletionProof, Effect, Note, Person, Reason, Rule, Subject};

use super::consent;
use crate::domain::CustomerRules;

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
    if let Some(deletion) = subject.cc.deletion {
        let found = match deletion.proof {
            DeletionProof::DeletedAt => "Constant Contact shows the deletion",
            DeletionProof::NotFound => "the contact could no longer be found there, checked twice",
            DeletionProof::Sweep => "the contact was missing from a complete reading of the account",
        };
        let date = deletion.at.to_date();
        notes.push(note(subject, DELETED, deletion.at, Rule::D1, format!(
            "Deleted in Constant Contact on {date}: {found}. The email address was opted out here. Nothing else was changed."
        )));
    }
    if let Some((kind, at)) = consent::effective_bounce(&subject.cc)
        && let Some(bounce) = &subject.cc.bounce
        && rules.bounce_policy(kind) != BouncePolicy::Ignore
    {
        let category = match kind {
            crate::domain::BounceKind::Hard => "the address does not exist (hard bounce)",
            crate::domain::BounceKind::Soft => "the mail could not be delivered (soft bounce)",
        };
        let outcome = outcome(rules.bounce_policy(kind));
        notes.push(note(
            subject,
            "bounce",
            at,
            Rule::P4,
            format!(
                "Mail from Constant Contact bounced on {}: {category}, code {}, campaign {}. {outcome}",
                at.to_date(),
                bounce.code,
                bounce.campaign,
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
            Rule::P4,
            format!(
                "Reported as spam in Constant Contact on {}. The email address was opted out here.",
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

const fn outcome(policy: BouncePolicy) -> &'static str {
    match policy {
        BouncePolicy::OptOut => "The email address was opted out here.",
        BouncePolicy::Note | BouncePolicy::Ignore => "Nothing else was changed.",
    }
}

/// A note with its identity: the kind and the date of the fact; customer and subscriber are those of the subject (N1).
fn note(subject: &Subject, kind: &str, at: crate::domain::Timestamp, _rule: Rule, text: String) -> Note {
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
