//! What a Virtuous response says about the organisation's limit.

use std::time::Duration;

use crate::domain::Timestamp;

/// The rate headers of one response, each perhaps missing (reference/virtuous.md 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateHeaders {
    /// Calls an hour, for the whole organisation.
    pub limit: Option<u64>,
    /// Calls left until the reset, other tools' calls taken off.
    pub remaining: Option<u64>,
    /// How long until the reset, by the server's own clock where it told its time.
    pub reset_in: Option<Duration>,
    /// How long a 429 asks to wait.
    pub retry_after: Option<Duration>,
}

impl RateHeaders {
    /// Reads them through a look-up by lower-case name. Both spellings that were seen count (`X-RateLimit-*`,
    /// `X-Rate-Limit-*`). The reset is a Unix second; measured against the response's `Date`, it is right even where the two
    /// clocks differ. A value too small to be one is taken as seconds to wait.
    #[must_use]
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Self {
        let rate = |name: &str| -> Option<u64> {
            let value =
                header(&format!("x-ratelimit-{name}")).or_else(|| header(&format!("x-rate-limit-{name}")))?;
            value.trim().parse().ok()
        };
        let server = header("date").and_then(Timestamp::parse_http_date).unwrap_or(now);
        let reset_in = rate("reset").map(|reset| match i64::try_from(reset) {
            Ok(at) if at >= 1_000_000_000 => Timestamp::from_secs(at).since(server),
            _ => Duration::from_secs(reset),
        });
        let retry_after = header("retry-after").and_then(|value| {
            let seconds = value.trim().parse().ok().map(Duration::from_secs);
            seconds.or_else(|| Timestamp::parse_http_date(value).map(|at| at.since(server)))
        });
        Self { limit: rate("limit"), remaining: rate("remaining"), reset_in, retry_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_and_a_clock_that_differs() {
        let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
        let check = |headers: &[(&str, &str)], expect: RateHeaders| {
            let find = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            assert_eq!(RateHeaders::read(find, now), expect, "{headers:?}");
        };
        let reset = (now.as_secs() + 600).to_string();
        let full = RateHeaders {
            limit: Some(5000),
            remaining: Some(4999),
            reset_in: Some(Duration::from_secs(600)),
            retry_after: None,
        };
        check(
            &[
                ("x-ratelimit-limit", "5000"),
                ("x-ratelimit-remaining", "4999"),
                ("x-ratelimit-reset", &reset),
            ],
            full,
        );
        check(
            &[
                ("x-rate-limit-limit", "5000"),
                ("x-rate-limit-remaining", "4999"),
                ("x-rate-limit-reset", "600"),
            ],
            full,
        );
        check(
            &[
                ("date", "Sun, 22 Nov 2026 12:05:00 GMT"),
                ("x-ratelimit-reset", &reset),
                ("retry-after", "30"),
            ],
            RateHeaders {
                reset_in: Some(Duration::from_secs(300)),
                retry_after: Some(Duration::from_secs(30)),
                ..RateHeaders::default()
            },
        );
        check(
            &[("retry-after", "Sun, 22 Nov 2026 12:00:09 GMT"), ("x-ratelimit-limit", "lots")],
            RateHeaders { retry_after: Some(Duration::from_secs(9)), ..RateHeaders::default() },
        );
    }
}
