//! Notes: every wording in one place, and the identity that keeps a note from being written twice (N1).

use crate::domain::{
    BounceKind, BouncePolicy, Cause, CustomerRules, Deletion, DeletionProof, Effect, Note, Person, Reason,
    Rule, Subject, Timestamp,
};

use super::{Household, consent, handed_on};

/// Characters of a campaign's name in a note.
const NAME_MAX: usize = 80;
/// The kind of a note about a deletion (D1).
const DELETED: &str = "deleted";
/// What a note says where the address is another's now (P6).
const SPARED: &str =
    "Another subscriber has the email address now, so that it stays as it is. Nothing was changed.";

/// Keys of notes that are remembered of a person; older ones are of facts that nothing shows any more.
const KEYS_MAX: usize = 100;

/// Remembers a note that was written.
pub fn remember(keys: &mut Vec<String>, note: &Note) {
    keys.push(note.key.clone());
    keys.drain(..keys.len().saturating_sub(KEYS_MAX));
}

/// Whether a note tells of a deletion, and so of the opt-out that it brought (D1).
#[must_use]
pub fn is_of_deletion(note: &Note) -> bool {
    note.key.split(' ').next() == Some(DELETED)
}

/// The notes that are owed for a linked subscriber and not yet written.
#[must_use]
pub fn owed(
    subject: &Subject,
    person: &Person,
    household: &Household,
    rules: &CustomerRules,
) -> Vec<(Effect, Reason)> {
    let is_out = subject.base.consent.is_some_and(|base| !base.opted_in);
    // What was opted out before the address was another's is told as it was.
    let is_spared = handed_on::is_last(subject, household) && !is_out;
    [
        of_deletion(subject, is_spared),
        of_bounce(subject, rules, is_spared),
        of_complaint(subject, rules, is_spared),
    ]
    .into_iter()
    .flatten()
    .filter(|note| !subject.base.notes.contains(&note.key))
    .map(|note| {
        let reason = Reason::about(Rule::N1, Cause::NoteOwed, note.key.clone());
        (Effect::AddNote { contact: person.contact, note }, reason)
    })
    .collect()
}

fn of_deletion(subject: &Subject, is_spared: bool) -> Option<Note> {
    let deletion = subject.cc.deletion.filter(|deletion| !is_told(subject, deletion))?;
    let found = match deletion.proof {
        DeletionProof::DeletedAt => "Constant Contact shows the deletion",
        DeletionProof::NotFound => "the contact could no longer be found there, checked twice",
        DeletionProof::Sweep => "the contact was missing from a complete reading of the account",
    };
    let date = deletion.at.to_date();
    let outcome =
        if is_spared { SPARED } else { "The email address was opted out here. Nothing else was changed." };
    let text = format!("Deleted in Constant Contact on {date}: {found}. {outcome}");
    Some(note(subject, DELETED, deletion.at, text))
}

fn of_bounce(subject: &Subject, rules: &CustomerRules, is_spared: bool) -> Option<Note> {
    let (kind, at) = consent::effective_bounce(&subject.cc)?;
    let bounce = subject.cc.bounce.as_ref()?;
    let policy = rules.bounce_policy(kind);
    if policy == BouncePolicy::Ignore {
        return None;
    }
    let category = match kind {
        BounceKind::Hard => "hard bounce",
        BounceKind::Soft => "soft bounce",
    };
    // An opt-in that is newer than the bounce answers it (P3).
    let opts_out = policy == BouncePolicy::OptOut
        && matches!(consent::cc_consent(&subject.cc, rules), consent::CcConsent::Out { .. });
    let outcome = if is_spared { SPARED } else { outcome(opts_out) };
    let (date, meaning) = (at.to_date(), meaning_of(bounce.code));
    let (code, campaign) = (bounce.code, short(&bounce.campaign));
    let text = format!(
        "Mail from Constant Contact bounced on {date}: {meaning} ({category}, code {code}), campaign \"{campaign}\". {outcome}"
    );
    Some(note(subject, "bounce", at, text))
}

fn of_complaint(subject: &Subject, rules: &CustomerRules, is_spared: bool) -> Option<Note> {
    if !subject.cc.is_complaint() || rules.complaint == BouncePolicy::Ignore {
        return None;
    }
    let at = subject.cc.opt_out_at?;
    let outcome = if is_spared { SPARED } else { outcome(true) };
    let text = format!(
        "Mail from Constant Contact was reported as unwanted (spam or abuse) on {}, and the person was unsubscribed \
         there. {outcome}",
        at.to_date()
    );
    Some(note(subject, "complaint", at, text))
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
fn note(subject: &Subject, kind: &str, at: Timestamp, text: String) -> Note {
    let key = format!("{kind} {at}");
    let code = subject.cc.email_key().map(|address| format!(", address {}", address_code(&address)));
    let text = format!("{text} [{}{}]", marker(subject, &key), code.unwrap_or_default());
    Note { key, text, at }
}

/// By what a note is about this address, given as compared, and no other of its contact (E5).
#[must_use]
pub fn address_code(address: &str) -> String {
    format!("{:08x}", xxhash_rust::xxh3::xxh3_64(address.as_bytes()) >> 32)
}

/// The text by which a note is found again after an unknown outcome: the same for the same note, and no other.
#[must_use]
pub fn marker(subject: &Subject, key: &str) -> String {
    let hash = xxhash_rust::xxh3::xxh3_64(format!("{} {key}", subject.id).as_bytes());
    format!("Tandem {hash:016x}")
}

/// The marker at a note's end, without the code of the address, which may be another one by the time of a second try.
#[must_use]
pub fn marker_of(text: &str) -> Option<&str> {
    let told = text.rsplit_once('[')?.1.strip_suffix(']')?;
    Some(told.split_once(", ").map_or(told, |(marker, _)| marker))
}

#[cfg(test)]
#[path = "notes_test.rs"]
mod tests;
