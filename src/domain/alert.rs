//! What Tandem tells by itself, and what it keeps of that.

use std::collections::BTreeSet;

use super::Timestamp;

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum AlertKind {
    /// Tandem paused a customer by itself (B3, B4, I5).
    Paused = 1,
    /// The brake holds (B1).
    Brake = 2,
    /// An opt-out waits for too long (P1).
    OptOutLate = 3,
    /// An opt-out was refused for good (P1, B3).
    OptOutRefused = 4,
    /// The newest backup is too old.
    BackupLate = 5,
    /// Reviews and dead letters wait for a person.
    Questions = 6,
    /// An operator tries the way.
    Test = 7,
}

impl AlertKind {
    /// All kinds that stand for something that is so.
    pub const STANDING: [Self; 6] =
        [Self::Paused, Self::Brake, Self::OptOutLate, Self::OptOutRefused, Self::BackupLate, Self::Questions];

    /// The name in messages and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Brake => "brake",
            Self::OptOutLate => "opt_out_late",
            Self::OptOutRefused => "opt_out_refused",
            Self::BackupLate => "backup_late",
            Self::Questions => "questions",
            Self::Test => "test",
        }
    }

    /// The kind with this number on disk.
    #[must_use]
    pub fn of_u8(number: u8) -> Option<Self> {
        Self::STANDING.into_iter().chain([Self::Test]).find(|kind| *kind as u8 == number)
    }
}

/// A way to people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertPlace {
    /// The webhook.
    Webhook,
    /// A mail to this address.
    Mail(String),
}

impl AlertPlace {
    /// The name in logs and metrics, without the address.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Mail(_) => "mail",
        }
    }
}

/// What was told of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAlert {
    /// When the last message about the kind was made.
    pub at: Timestamp,
    /// The customers that it was told of and that have not ended since; an empty text stands for the process.
    pub of: BTreeSet<String>,
}

/// A message on its way to one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedAlert {
    /// The same at every try: receivers drop twins by it.
    pub id: String,
    /// Where it goes.
    pub place: AlertPlace,
    /// What it is about.
    pub kind: AlertKind,
    /// When it was made.
    pub at: Timestamp,
    /// What and how many, in a line.
    pub subject: String,
    /// The JSON of the webhook, or the text of the mail.
    pub body: String,
    /// Tries that failed.
    pub attempts: u32,
    /// When it is tried next.
    pub next: Timestamp,
}
