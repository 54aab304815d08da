//! How a call fails, by what there is to do about it (reference/virtuous.md 12).

use std::time::Duration;

use crate::{
    domain::{Refusal, Refused, System, Timestamp},
    transport::{Response, TransportError},
};

use super::{limits::Limits, refused, scrub::scrub};

/// The wait after a 429 that names none.
const PAUSE: Duration = Duration::from_secs(60);
/// The longest wait that is believed of an answer which is not Virtuous' own.
const BETWEEN_WAIT_MAX: Duration = Duration::from_secs(300);

/// Why a call did not bring what it should. Texts hold no word of an answer that is not on a list ([`crate::domain::answer_words`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VirtuousError {
    /// 429: the organisation's hour is used up, perhaps by others. Not an attempt.
    #[error("Virtuous asks to wait")]
    RateLimited {
        /// Not before, by the local clock; `None` if the answer did not say.
        after: Option<Timestamp>,
    },
    /// 401: the key is refused. The customer pauses (B3).
    #[error("Virtuous refuses the key: {text}")]
    Unauthorized {
        /// What it said.
        text: String,
    },
    /// 403: the key's permission group lacks something.
    #[error("Virtuous forbids it: {text}")]
    Forbidden {
        /// What it said.
        text: String,
    },
    /// 404. A normal answer to lookups, which therefore never return it; the body is empty as a rule.
    #[error("not found in Virtuous")]
    NotFound,
    /// 409: changed meanwhile (read again and decide anew), or an address or tag that is already there (P6).
    #[error("a conflict in Virtuous: {text}")]
    Conflict {
        /// What it said.
        text: String,
    },
    /// Refused for good: a dead letter (B3).
    #[error("refused ({status}): {text}")]
    Refused {
        /// The HTTP status; 0 if Tandem did not even send it.
        status: u16,
        /// What was said, with the fields at fault.
        text: String,
    },
    /// A passing failure: 5xx, a broken connection, an HTML page of the edge.
    #[error("a passing failure: {text}")]
    Transient {
        /// The status and text, or the transport's words.
        text: String,
        /// Not before, by the local clock, if told.
        after: Option<Timestamp>,
        /// Whether the call may have taken effect all the same.
        may_have_arrived: bool,
    },
    /// The call never left this machine: counted on no budget, and not an attempt (E4).
    #[error("Virtuous is not reachable: {text}")]
    Unreachable {
        /// The transport's words.
        text: String,
        /// Whether the host gave no connection. Else this machine had no place for one more call, which says nothing of the host.
        is_host: bool,
    },
    /// A success whose body is not what it should be.
    #[error("an answer that Tandem does not understand: {text}")]
    Odd {
        /// What was expected.
        text: String,
    },
}

impl VirtuousError {
    /// Whether asking again at once would bring the same answer: neither a limit, nor the key, nor a passing failure.
    #[must_use]
    pub const fn stays(&self) -> bool {
        matches!(
            self,
            Self::Forbidden { .. }
                | Self::NotFound
                | Self::Refused { .. }
                | Self::Conflict { .. }
                | Self::Odd { .. }
        )
    }

    /// The error of an answer that is no success.
    #[must_use]
    pub fn of(response: &Response, limits: &Limits, now: Timestamp) -> Self {
        let text = refused::text(response);
        let after = limits.resume_at(now).filter(|_| limits.retry_after.is_some());
        match response.status {
            // What stands in between limits calls, too, and is believed for a while only (E4).
            429 if refused::is_html(response) => {
                let latest = now.plus(BETWEEN_WAIT_MAX);
                Self::RateLimited { after: Some(limits.resume_at(now).map_or(latest, |at| at.min(latest))) }
            }
            429 => Self::RateLimited { after: limits.resume_at(now) },
            // The call may have passed what stands in between before it failed.
            status @ (408 | 425 | 500..) => {
                let text = format!("{status} {text}").trim_end().to_owned();
                Self::Transient { text, after, may_have_arrived: true }
            }
            // Virtuous is not heard: an outage of what stands in between, whatever its status (E4).
            status if !refused::is_of_the_api(response) => {
                let text = format!("{status} is not Virtuous' own answer: {text}").trim_end().to_owned();
                Self::Transient { text, after, may_have_arrived: false }
            }
            401 => Self::Unauthorized { text },
            403 => Self::Forbidden { text },
            404 => Self::NotFound,
            409 => Self::Conflict { text },
            status => Self::Refused { status, text },
        }
    }

    /// A refusal that Tandem itself makes, before anything is sent.
    pub(super) fn unsent(text: &str) -> Self {
        Self::Refused { status: 0, text: scrub(text) }
    }

    /// A success that cannot be read.
    pub(super) fn odd(expected: &str) -> Self {
        Self::Odd { text: scrub(expected) }
    }

    /// Whether a submission was refused for its name, which some organisations need whole (C3; reference 3.1,
    /// CONFLICT on whether one of the two names is enough).
    #[must_use]
    pub fn speaks_of_name(&self) -> bool {
        let Self::Refused { status: 400 | 422, text } = self else { return false };
        let text: String = text.to_ascii_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
        text.contains("firstname") || text.contains("lastname")
    }

    /// The same in the domain's words; `now` dates a wait that has no time.
    #[must_use]
    pub fn into_refusal(self, now: Timestamp) -> Refusal {
        let text = self.to_string();
        match self {
            Self::RateLimited { after } => {
                Refusal::NotNow { system: System::Virtuous, until: after.unwrap_or_else(|| now.plus(PAUSE)) }
            }
            Self::Unauthorized { text } => {
                Refusal::Unauthorized { system: System::Virtuous, of: Refused::Access, text }
            }
            // The key's permission group lacks something: that speaks of the key, not of the person (P1).
            Self::Forbidden { .. } => Refusal::Transient { text, after: None, may_have_arrived: false },
            Self::NotFound => Refusal::Permanent { status: 404, text },
            Self::Conflict { text } => Refusal::Permanent { status: 409, text },
            Self::Refused { status, text } => Refusal::Permanent { status, text },
            Self::Transient { text, after, may_have_arrived } => {
                Refusal::Transient { text, after, may_have_arrived }
            }
            Self::Unreachable { text, .. } => Refusal::Unreachable { system: System::Virtuous, text },
            Self::Odd { .. } => Refusal::Transient { text, after: None, may_have_arrived: true },
        }
    }
}

impl From<TransportError> for VirtuousError {
    fn from(error: TransportError) -> Self {
        let text = scrub(&error.to_string());
        match error {
            TransportError::Connect { .. } => Self::Unreachable { text, is_host: true },
            TransportError::NoRoom { .. } => Self::Unreachable { text, is_host: false },
            TransportError::Invalid(_) => Self::Refused { status: 0, text },
            TransportError::Timeout(_) | TransportError::Broken | TransportError::TooLarge { .. } => {
                Self::Transient { text, after: None, may_have_arrived: true }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str, headers: &[(&str, &str)]) -> VirtuousError {
        let now = Timestamp::from_secs(100);
        let mut response = Response::new(status);
        response.body = body.as_bytes().to_vec();
        response.headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        VirtuousError::of(&response, &Limits::of(&response, now), now)
    }

    #[test]
    fn e4_no_place_for_a_call_says_nothing_of_the_host() {
        let host = || "api.example".to_owned();
        let no_room = VirtuousError::from(TransportError::NoRoom { host: host() });
        assert!(matches!(no_room, VirtuousError::Unreachable { is_host: false, .. }), "{no_room:?}");
        let refused = VirtuousError::from(TransportError::Connect { host: host() });
        assert!(matches!(refused, VirtuousError::Unreachable { is_host: true, .. }), "{refused:?}");
    }

    #[test]
    fn statuses_are_sorted_by_what_to_do() {
        let now = Timestamp::from_secs(100);
        let refusal = |status| error(status, "{}", &[]).into_refusal(now);
        for status in [400, 405, 415, 422, 404, 409] {
            assert!(
                matches!(refusal(status), Refusal::Permanent { status: kept, .. } if kept == status),
                "{status}"
            );
        }
        for status in [408, 500, 502, 503, 504, 520, 530] {
            assert!(matches!(refusal(status), Refusal::Transient { may_have_arrived: true, .. }), "{status}");
        }
        assert!(matches!(refusal(403), Refusal::Transient { may_have_arrived: false, .. }));
        assert!(matches!(refusal(401), Refusal::Unauthorized { .. }));
        assert_eq!(
            refusal(429),
            Refusal::NotNow { system: System::Virtuous, until: Timestamp::from_secs(160) }
        );
        let told = error(429, "", &[("retry-after", "7")]).into_refusal(now);
        assert_eq!(told, Refusal::NotNow { system: System::Virtuous, until: Timestamp::from_secs(107) });
    }

    #[test]
    fn a_503_may_say_when() {
        let after = Some(Timestamp::from_secs(109));
        assert!(matches!(
            error(503, "", &[("retry-after", "9")]),
            VirtuousError::Transient { after: at, .. } if at == after
        ));
    }

    #[test]
    fn e4_the_edge_is_not_the_api() {
        let page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>";
        for status in [301, 302, 307] {
            assert!(matches!(error(status, "{}", &[]), VirtuousError::Transient { .. }), "{status}");
        }
        for status in [400, 401, 403, 405, 409, 422] {
            for body in [page, "", "Not here"] {
                assert!(
                    matches!(error(status, body, &[]), VirtuousError::Transient { .. }),
                    "{status} {body}"
                );
            }
        }
        // The API's own words for a refused key, as they were seen.
        let denied = error(401, "Authorization has been denied for this request.", &[]);
        assert!(matches!(denied, VirtuousError::Unauthorized { .. }), "{denied:?}");
        let proxy = error(401, "401 Authorization Required", &[]);
        assert!(matches!(proxy, VirtuousError::Transient { .. }), "{proxy:?}");
        let slow_down = error(429, page, &[("retry-after", "86400")]);
        let VirtuousError::RateLimited { after: Some(after) } = slow_down else { panic!("{slow_down:?}") };
        assert_eq!(
            after.since(Timestamp::from_secs(100)),
            BETWEEN_WAIT_MAX,
            "what stands in between is believed for minutes only"
        );
        assert!(matches!(error(404, page, &[]), VirtuousError::Transient { .. }));
        assert_eq!(error(404, " ", &[]), VirtuousError::NotFound);
        assert_eq!(
            error(520, page, &[]),
            VirtuousError::Transient { text: "520 an HTML page".into(), after: None, may_have_arrived: true }
        );
    }

    #[test]
    fn names_at_fault_are_noticed() {
        let body = r#"{"error":{"code":"VALIDATION_FAILED","message":"Invalid",
            "details":[{"field":"lastName","code":"REQUIRED","message":"is required"}]}}"#;
        assert!(error(422, body, &[]).speaks_of_name());
        let body = r#"{"message":"The request is invalid.","modelState":{"model.FirstName":["Required."]}}"#;
        assert!(error(400, body, &[]).speaks_of_name());
        assert!(!error(400, r#"{"message":"email"}"#, &[]).speaks_of_name());
        assert!(!error(500, "lastName", &[]).speaks_of_name());
    }
}
