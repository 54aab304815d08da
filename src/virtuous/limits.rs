//! The organisation's hourly limit, as the headers of every answer tell it (reference/virtuous.md 2).

use std::{sync::Arc, time::Duration};

use crate::{
    domain::Timestamp,
    transport::{RETRY_AFTER_MAX, Response},
};

/// What one answer said of the limit. Each part is absent if its header was, or could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// `X-RateLimit-Limit`: calls an hour for the whole organisation, all integrations together.
    pub limit: Option<u64>,
    /// `X-RateLimit-Remaining`: what is left of them.
    pub remaining: Option<u64>,
    /// `X-RateLimit-Reset`: when they start anew, by the server's clock.
    pub reset_at: Option<Timestamp>,
    /// `Retry-After`: how long to wait from the answer on. A date in it is taken relative to the server's own clock.
    pub retry_after: Option<Duration>,
    /// `Date`: the server's clock, so that `reset_at` can be compared with a local one.
    pub date: Option<Timestamp>,
}

/// Hears the limits of every answer that names any: the organisation's budget.
pub type Observer = Arc<dyn Fn(Limits) + Send + Sync>;

impl Limits {
    /// Reads the headers of an answer; `now` stands in where the answer has no `Date`.
    ///
    /// Both spellings of the names are taken (reference 2: one page writes `X-Rate-Limit-*`).
    #[must_use]
    pub fn of(response: &Response, now: Timestamp) -> Self {
        let header = |names: [&str; 2]| names.iter().find_map(|name| response.header(name)).map(str::trim);
        let number = |names| header(names).and_then(|text| text.parse::<u64>().ok());
        let date = response.header("date").and_then(Timestamp::parse_http_date);
        let reset_at = header(["x-ratelimit-reset", "x-rate-limit-reset"]).and_then(|text| {
            // Unix seconds by the reference; a date costs nothing to take.
            let seconds = text.parse::<i64>().ok().filter(|seconds| (0..=MAX_SECS).contains(seconds));
            seconds.map(Timestamp::from_secs).or_else(|| Timestamp::parse(text))
        });
        let retry_after = response.retry_after(Some(now));
        Self {
            limit: number(["x-ratelimit-limit", "x-rate-limit-limit"]),
            remaining: number(["x-ratelimit-remaining", "x-rate-limit-remaining"]),
            reset_at,
            retry_after,
            date,
        }
    }

    /// When to come back, by the local clock: `Retry-After`, else the reset if nothing is left.
    #[must_use]
    pub fn resume_at(&self, now: Timestamp) -> Option<Timestamp> {
        let wait = self.retry_after.or_else(|| {
            let reset = self.reset_at.filter(|_| self.remaining.is_none_or(|left| left == 0))?;
            Some(reset.since(self.date.unwrap_or(now)).min(RETRY_AFTER_MAX))
        });
        wait.map(|wait| now.plus(wait))
    }

    /// Whether no header of the limit was there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.limit.is_none()
            && self.remaining.is_none()
            && self.reset_at.is_none()
            && self.retry_after.is_none()
    }
}

/// The end of the year 9999.
const MAX_SECS: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Response {
        let mut response = Response::new(429);
        response.headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        response
    }

    #[test]
    fn both_spellings_are_read() {
        let now = Timestamp::from_secs(1_000);
        for prefix in ["x-ratelimit", "x-rate-limit"] {
            let limit = format!("{prefix}-limit");
            let remaining = format!("{prefix}-remaining");
            let reset = format!("{prefix}-reset");
            let response =
                answer(&[(limit.as_str(), "5000"), (remaining.as_str(), "0"), (reset.as_str(), "1060")]);
            let limits = Limits::of(&response, now);
            assert_eq!((limits.limit, limits.remaining), (Some(5000), Some(0)));
            assert_eq!(limits.reset_at, Some(Timestamp::from_secs(1060)));
            assert_eq!(limits.resume_at(now), Some(Timestamp::from_secs(1060)));
        }
    }

    #[test]
    fn waits_are_relative_to_the_server() {
        let now = Timestamp::from_secs(1_000);
        let seconds = Limits::of(&answer(&[("retry-after", " 30 ")]), now);
        assert_eq!(seconds.resume_at(now), Some(Timestamp::from_secs(1030)));
        // The server's clock is a year ahead; its wait is 30 s all the same.
        let dated = answer(&[
            ("date", "Mon, 22 Nov 2027 21:00:00 GMT"),
            ("retry-after", "Mon, 22 Nov 2027 21:00:30 GMT"),
        ]);
        assert_eq!(Limits::of(&dated, now).resume_at(now), Some(Timestamp::from_secs(1030)));
    }

    #[test]
    fn nonsense_is_nothing() {
        let now = Timestamp::EPOCH;
        let response = answer(&[
            ("retry-after", "soon"),
            ("x-ratelimit-limit", "-1"),
            ("x-ratelimit-reset", "99999999999999999"),
        ]);
        assert!(Limits::of(&response, now).is_empty());
        let huge = Limits::of(&answer(&[("retry-after", "99999999999")]), now);
        assert_eq!(huge.retry_after, Some(RETRY_AFTER_MAX));
    }
}
