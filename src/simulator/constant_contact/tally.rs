//! Who called what, and how often: what tests hold Tandem's thrift against.

use std::collections::BTreeMap;

use serde::Serialize;

use super::errors::{ApiError, Reply};

/// How often one call was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CallCount {
    /// All calls that reached the simulator with a good token, whatever came of them.
    pub calls: u64,
    /// Those of them that were refused for a limit.
    pub limited: u64,
    /// Those of them that were refused otherwise.
    pub refused: u64,
}

/// Calls by account, method and path pattern (`/contacts/{contact_id}`; `/oauth/token` for the token endpoint).
#[derive(Debug, Clone, Default)]
pub struct Tally {
    counts: BTreeMap<(Box<str>, &'static str, &'static str), CallCount>,
}

impl Tally {
    pub(super) fn count(
        &mut self,
        account: &str,
        method: &'static str,
        pattern: &'static str,
        reply: &Reply,
    ) {
        let count = self.counts.entry((account.into(), method, pattern)).or_default();
        count.calls += 1;
        match reply {
            Ok(_) => {}
            Err(ApiError::Throttled | ApiError::QuotaExceeded) => count.limited += 1,
            Err(_) => count.refused += 1,
        }
    }

    /// Every line: account, method, pattern, count.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'static str, &'static str, CallCount)> {
        self.counts.iter().map(|((account, method, pattern), count)| (&**account, *method, *pattern, *count))
    }

    /// One line.
    #[must_use]
    pub fn of(&self, account: &str, method: &str, pattern: &str) -> CallCount {
        let mut lines = self.iter();
        let line = lines.find(|line| line.0 == account && line.1 == method && line.2 == pattern);
        line.map(|line| line.3).unwrap_or_default()
    }

    /// API calls of an account, without those to the token endpoint; of all accounts for `None`.
    #[must_use]
    pub fn total(&self, account: Option<&str>) -> u64 {
        let ours = |line: &(&str, &str, &str, CallCount)| {
            line.2 != "/oauth/token" && account.is_none_or(|account| line.0 == account)
        };
        self.iter().filter(ours).map(|line| line.3.calls).sum()
    }

    /// As JSON lines.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let line = |(account, method, pattern, count): (&str, &str, &str, CallCount)| {
            serde_json::json!({
                "account": account, "method": method, "pattern": pattern,
                "calls": count.calls, "limited": count.limited, "refused": count.refused,
            })
        };
        self.iter().map(line).collect()
    }
}
