//! Errors of Constant Contact, sorted by what to do about them.
//! Sources: reference/constant-contact.md 1.5 (token host), 2 (limits), 9 (codes and the five shapes of bodies).

use std::time::Duration;

use serde_json::Value;

use crate::{
    domain::{Refusal, Refused, System, Timestamp, answer_words},
    transport::{Response, TransportError},
};

/// How long to wait after `throttled`, whose window is a second.
const THROTTLED_WAIT: Duration = Duration::from_secs(1);
/// How long to wait after a 429 without a key that is known: the queue of bulk activities is full, say.
const BUSY_WAIT: Duration = Duration::from_secs(60);
/// The longest wait that is believed of an answer which is not Constant Contact's own.
const BETWEEN_WAIT_MAX: Duration = Duration::from_secs(300);

/// A call that brought nothing. Texts hold no word of an answer that is not on a list ([`answer_words`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CcError {
    /// Too many calls in this second, or a full queue: wait, then the same call (W4).
    #[error("throttled, for {after:?}")]
    Throttled {
        /// For how long.
        after: Duration,
    },
    /// The day's calls of the key are used up: nothing until 00:00 UTC (W4).
    #[error("the day's quota is used up")]
    QuotaExceeded,
    /// The access token, or the client's id and secret, are refused.
    #[error("unauthorized: {text}")]
    Unauthorized {
        /// The answer's words.
        text: String,
    },
    /// The token host refuses the refresh token or code.
    #[error("the grant is refused: {text}")]
    InvalidGrant {
        /// The answer's words.
        text: String,
    },
    /// No refresh token works: a person must connect the account again.
    #[error("the account must be connected again: {text}")]
    NeedsReconnect {
        /// Why.
        text: String,
    },
    /// A scope or privilege is missing, or the application is deactivated.
    #[error("forbidden: {text}")]
    Forbidden {
        /// What is missing.
        of: Refused,
        /// The answer's words.
        text: String,
    },
    /// No such thing. For a known contact: look twice, then it is gone (D1).
    #[error("not found")]
    NotFound,
    /// It exists already, or another client wrote at the same time: read again, then try again.
    #[error("conflict: {text}")]
    Conflict {
        /// The answer's words.
        text: String,
    },
    /// Refused for good: repeating it changes nothing (B3).
    #[error("refused with {status}: {text}")]
    Refused {
        /// HTTP status; 0 when the request could not even be made.
        status: u16,
        /// The `error_key`s.
        keys: Vec<String>,
        /// The answer's words.
        text: String,
    },
    /// Passing: try again later.
    #[error("{text}")]
    Transient {
        /// The transport's or the answer's words.
        text: String,
        /// Not before this long from now, if the answer said so.
        after: Option<Duration>,
        /// Whether the call may have taken effect.
        may_have_arrived: bool,
    },
    /// The call never left this machine: counted on no budget, and not an attempt (E4).
    #[error("Constant Contact is not reachable: {text}")]
    Unreachable {
        /// The transport's words.
        text: String,
        /// Whether the host gave no connection. Else this machine had no place for one more call, which says nothing of the host.
        is_host: bool,
    },
    /// An answer that Tandem does not understand. Tried again, and reported.
    #[error("an answer that cannot be understood: {0}")]
    Odd(String),
}

impl CcError {
    /// What an answer of the API that is no success means. Its own voice names an `error_key` (E4).
    #[must_use]
    pub fn of_response(response: &Response) -> Self {
        Self::of_words(response, Words::decode(&response.body, &["error_key"]))
    }

    /// What an answer of the token host that is no success means: it names an `error`, as OAuth has it.
    #[must_use]
    pub fn of_token_host(response: &Response) -> Self {
        Self::of_words(response, Words::decode(&response.body, &["error", "error_key"]))
    }

    fn of_words(response: &Response, words: Words) -> Self {
        let after = response.retry_after(None);
        let has_key = |key: &str| words.keys.iter().any(|it| it == key);
        let text = words.text.clone();
        match response.status {
            429 if has_key("quota_exceeded") => Self::QuotaExceeded,
            // What stands in between limits calls, too, and is believed for a while only (E4).
            429 if words.keys.is_empty() => {
                Self::Throttled { after: after.map_or(BUSY_WAIT, |after| after.min(BETWEEN_WAIT_MAX)) }
            }
            429 => Self::Throttled {
                after: after.unwrap_or(if has_key("throttled") { THROTTLED_WAIT } else { BUSY_WAIT }),
            },
            408 | 425 | 500..=599 => {
                let text = format!("status {}: {text}", response.status);
                Self::Transient { text, after, may_have_arrived: true }
            }
            // Constant Contact is not heard: an outage of what stands in between, whatever its status (E4).
            status @ 300..=499 if status < 400 || words.keys.is_empty() => {
                let text = format!("{status} is not Constant Contact's own answer: {text}");
                Self::Transient { text, after, may_have_arrived: false }
            }
            400..=499 if has_key("invalid_grant") => Self::InvalidGrant { text },
            401 => Self::Unauthorized { text },
            400 if has_key("invalid_client") => Self::Unauthorized { text },
            403 => Self::Forbidden { of: Refused::Access, text },
            404 | 410 => Self::NotFound,
            409 => Self::Conflict { text },
            status @ 400..=499 => Self::Refused { status, keys: words.keys, text },
            status => Self::Odd(format!("status {status}: {text}")),
        }
    }

    /// The same, of a call that needs this privilege (B3).
    #[must_use]
    pub(super) fn needing(self, of: Refused) -> Self {
        if let Self::Forbidden { text, .. } = self { Self::Forbidden { of, text } } else { self }
    }

    /// What a missing answer means.
    #[must_use]
    pub fn of_transport(error: &TransportError) -> Self {
        match error {
            // Its words may quote the URL, and that may hold an address.
            TransportError::Invalid(_) => {
                Self::Refused { status: 0, keys: Vec::new(), text: "the request cannot be made".to_owned() }
            }
            TransportError::Connect { .. } | TransportError::NoRoom { .. } => {
                let is_host = matches!(error, TransportError::Connect { .. });
                Self::Unreachable { text: error.to_string(), is_host }
            }
            TransportError::Timeout(_) | TransportError::Broken | TransportError::TooLarge { .. } => {
                Self::Transient { text: error.to_string(), after: None, may_have_arrived: true }
            }
        }
    }

    /// As the domain knows it.
    #[must_use]
    pub fn into_refusal(self, now: Timestamp) -> Refusal {
        let text = self.to_string();
        match self {
            Self::Throttled { after } => {
                Refusal::NotNow { system: System::ConstantContact, until: now.plus(after) }
            }
            Self::QuotaExceeded => {
                Refusal::NotNow { system: System::ConstantContact, until: now.next_utc_midnight() }
            }
            Self::Unauthorized { .. } | Self::InvalidGrant { .. } | Self::NeedsReconnect { .. } => {
                Refusal::Unauthorized { system: System::ConstantContact, of: Refused::Access, text }
            }
            Self::Forbidden { of, .. } => Refusal::Unauthorized { system: System::ConstantContact, of, text },
            Self::NotFound => Refusal::Permanent { status: 404, text },
            Self::Refused { status, .. } => Refusal::Permanent { status, text },
            Self::Conflict { .. } => Refusal::Transient { text, after: None, may_have_arrived: false },
            Self::Transient { after, may_have_arrived, .. } => {
                Refusal::Transient { text, after: after.map(|after| now.plus(after)), may_have_arrived }
            }
            Self::Unreachable { text, .. } => Refusal::Unreachable { system: System::ConstantContact, text },
            Self::Odd(_) => Refusal::Transient { text, after: None, may_have_arrived: true },
        }
    }
}

/// What is kept of an error's body, whatever its shape: known keys, and the known fields that it speaks of (B3). Its other words may
/// repeat a person's data or a secret.
#[derive(Debug, Default, PartialEq, Eq)]
struct Words {
    /// The known keys; an unknown key is counted as another key.
    keys: Vec<String>,
    text: String,
}

impl Words {
    /// A body may repeat itself; so many entries are enough to see what is wrong.
    const ENTRIES_MAX: usize = 10;

    /// Reads any bytes: the five shapes, an empty body, HTML, plain text.
    /// `named` are the members that hold a key.
    fn decode(body: &[u8], named: &[&str]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        let mut words = Self::default();
        let mut fields = Vec::new();
        let otherwise = match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(entries)) => {
                for entry in entries.iter().take(Self::ENTRIES_MAX) {
                    words.take(entry, named, &mut fields);
                }
                "JSON without a key"
            }
            Ok(entry) => {
                words.take(&entry, named, &mut fields);
                "JSON without a key"
            }
            Err(_) if text.is_empty() => "an empty body",
            Err(_) if text.starts_with('<') => "an HTML page",
            Err(_) => "plain text",
        };
        words.text = answer_words::told(&words.keys, &fields, otherwise);
        words
    }

    fn take(&mut self, entry: &Value, named: &[&str], fields: &mut Vec<&'static str>) {
        let text = |name: &&str| entry.get(*name)?.as_str();
        if let Some(key) = named.iter().find_map(text) {
            self.keys.push(answer_words::key(key));
        }
        let messages = ["error_message", "error_description", "message", "error"].iter().filter_map(text);
        messages.chain(entry.as_str()).for_each(|message| answer_words::add_fields(message, fields));
        if let Some(Value::Array(nested)) = entry.get("activity_errors") {
            for error in nested.iter().take(Self::ENTRIES_MAX) {
                let message = error.as_str().or_else(|| error.get("message")?.as_str());
                answer_words::add_fields(message.unwrap_or_default(), fields);
            }
        }
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
