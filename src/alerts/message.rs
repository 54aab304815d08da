//! A message in words: one text for mails, one JSON for the webhook.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::json;

use super::trouble::Trouble;
use crate::{
    config::AlertSettings,
    domain::{AlertKind, AlertPlace, CustomerId, QueuedAlert, Timestamp, plain_text::plain_line},
};

/// Customers that a message names; it counts the others.
const NAMED_MAX: usize = 20;
/// Characters of each text within a message: a name or an answer of others may be of any length.
const CHARS_MAX: usize = 600;

/// Whether something begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It begins.
    Begins,
    /// It was told before, and goes on.
    GoesOn,
    /// It is over.
    Ends,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub kind: AlertKind,
    /// Whether that begins or ends.
    pub phase: Phase,
    /// What it tells; of what ended only the customer is known.
    pub concerned: Vec<Trouble>,
    /// How many stand now, with those that were told before.
    pub standing: usize,
}

impl Phase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Begins => "begins",
            Self::GoesOn => "goes_on",
            Self::Ends => "ends",
        }
    }
}

impl Message {
    /// A try of the way.
    pub(super) fn test() -> Self {
        Self { kind: AlertKind::Test, phase: Phase::Begins, concerned: Vec::new(), standing: 0 }
    }

    /// What and how many, in a line without a customer's name: ids alone are plain by their making.
    pub(super) fn subject(&self) -> String {
        let count = self.concerned.len();
        let one = match self.concerned.as_slice() {
            [Trouble { customer: Some(id), .. }] => Some(id),
            _ => None,
        };
        let whom = one.map_or_else(|| format!("{count} customers"), CustomerId::to_string);
        let (has, is) = if count == 1 { ("has", "is") } else { ("have", "are") };
        let over = self.phase == Phase::Ends;
        let still = if self.phase == Phase::GoesOn { "still " } else { "" };
        let what = match self.kind {
            AlertKind::Paused if over => format!("{whom} {is} paused no more"),
            AlertKind::Paused => format!("{whom} {is} {still}paused"),
            AlertKind::Brake if over => format!("the brake of {whom} holds no more"),
            AlertKind::Brake => format!("the brake of {whom} {still}holds"),
            AlertKind::OptOutLate if over => format!("{whom} {has} no late opt-out any more"),
            AlertKind::OptOutLate => format!("{whom} {still}{has} an opt-out that is late"),
            AlertKind::OptOutRefused if over => format!("{whom} {has} no refused opt-out any more"),
            AlertKind::OptOutRefused => format!("{whom} {still}{has} an opt-out that was refused"),
            AlertKind::BackupLate if over => "the backup is in time again".to_owned(),
            AlertKind::BackupLate => format!("the last backup is {still}too old"),
            AlertKind::Questions => format!("{whom} {has} questions for a person"),
            AlertKind::Test => "this is a test".to_owned(),
        };
        format!("Tandem: {what}")
    }

    /// The text of a mail.
    pub(super) fn text(&self, public_url: &str) -> String {
        let mut out = self.subject() + ".\n";
        if self.kind == AlertKind::Test {
            out.push_str("\nAlerts of this Tandem arrive here. There is nothing to do.\n");
        }
        for one in self.concerned.iter().take(NAMED_MAX) {
            out.push('\n');
            let link = link(public_url, one);
            if let Some(id) = &one.customer {
                let _ = write!(out, "{id}");
                if !one.name.is_empty() && one.name != id.as_str() {
                    let _ = write!(out, " ({})", bounded(&one.name));
                }
                out.push('\n');
            }
            for (before, text) in [("", &one.what), ("what to do: ", &one.remedy), ("", &link)] {
                if !text.is_empty() {
                    let _ = writeln!(out, "  {before}{}", bounded(text));
                }
            }
        }
        let more = self.concerned.len().saturating_sub(NAMED_MAX);
        if more > 0 {
            let _ = writeln!(out, "\nand {more} more: {public_url}/");
        }
        if self.standing > self.concerned.len() || (self.phase == Phase::Ends && self.standing > 0) {
            let _ = writeln!(out, "\nIn all, this is so of {} now.", self.standing);
        }
        out
    }

    /// The JSON of the webhook. `text` is what chat services show.
    pub(super) fn json(&self, id: &str, at: Timestamp, public_url: &str) -> String {
        let customers = self.concerned.iter().take(NAMED_MAX).map(|one| {
            json!({
                "customer": one.customer.as_ref().map(CustomerId::as_str),
                "name": bounded(&one.name),
                "what": bounded(&one.what),
                "remedy": bounded(&one.remedy),
                "link": link(public_url, one),
            })
        });
        json!({
            "id": id,
            "at": at.to_rfc3339_secs(),
            "kind": self.kind.as_str(),
            "phase": self.phase.as_str(),
            "text": self.subject(),
            "count": self.concerned.len(),
            "standing": self.standing,
            "concerned": customers.collect::<Vec<_>>(),
            "link": format!("{public_url}/"),
        })
        .to_string()
    }

    /// The message for each place that is named in the settings.
    pub(super) fn queued(
        &self,
        settings: &AlertSettings,
        public_url: &str,
        now: Timestamp,
    ) -> Vec<QueuedAlert> {
        let id = fresh_id(now);
        let queued = |place: AlertPlace| QueuedAlert {
            body: match place {
                AlertPlace::Webhook => self.json(&id, now, public_url),
                AlertPlace::Mail(_) => self.text(public_url),
            },
            id: id.clone(),
            place,
            kind: self.kind,
            at: now,
            subject: self.subject(),
            attempts: 0,
            next: now,
        };
        places(settings).into_iter().map(queued).collect()
    }
}

/// The places that are named in the settings.
pub(super) fn places(settings: &AlertSettings) -> Vec<AlertPlace> {
    let webhook = (!settings.webhook_url.is_empty()).then_some(AlertPlace::Webhook);
    webhook.into_iter().chain(settings.mail_to.iter().cloned().map(AlertPlace::Mail)).collect()
}

fn link(public_url: &str, one: &Trouble) -> String {
    one.customer.as_ref().map_or_else(String::new, |id| format!("{public_url}/customers/{id}"))
}

/// A text on one line, of a length that no receiver cuts.
fn bounded(text: &str) -> String {
    plain_line(&text.chars().take(CHARS_MAX).collect::<String>())
}

/// An id that no other message has.
fn fresh_id(now: Timestamp) -> String {
    let mut bytes = [0; 16];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => HEXLOWER.encode(&bytes),
        // A machine without randomness: ids of one millisecond would be the same, which an alert may be.
        Err(_) => format!("{:032x}", now.as_millis()),
    }
}
